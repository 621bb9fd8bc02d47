/* As in kernel.toml. */
#pragma once

#define REMORA_VERSION "0.1.0"
