/* The app on this Linux itself, for comparing: the same files, streams and locks, but for calls. */
#pragma once

#include "options.h"

/* Behind root_enter. Runs the app to its end and reports it as a kernel would; then ends. */
_Noreturn void native(const struct options *options);
