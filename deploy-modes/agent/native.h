/* The app on this Linux itself, for comparing: the same files, streams and locks, but for calls. */
#pragma once

#include "options.h"

/* Behind root_enter. Runs the app to its end and reports it as a kernel would; then ends. */
_Noreturn void native(const struct options *options);

/* The same on the options' cores of this Linux, in a file tree of its own: to be compared with a
 * kernel that has those cores. */
_Noreturn void native_on_cores(const struct options *options);
