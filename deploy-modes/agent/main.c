/* The delegate agent: executes on Linux what a kernel beside it forwards. See docs/channel.md. */
#include "enclave.h"
#include "hardware.h"
#include "host.h"
#include "init.h"
#include "lib.h"
#include "options.h"
#include "report.h"
#include "start.h"
#include "sys.h"

static struct options options;

_Noreturn void enter(uint64_t *stack) {
    char **words = (char **)(stack + 1);
    check_own((uint64_t)&options);
    if (words[0] && equal(words[0], "/init")) /* as Linux starts it from an initial RAM disk */
        init();
    if (!words[0] || !words[1])
        fail("The agent wants to know what to do: diver starts it.");
    if (equal(words[1], "hardware"))
        hardware(words + 2);
    options_read(words + 2, &options);
    if (equal(words[1], "host"))
        host(&options);
    if (equal(words[1], "enclave"))
        enclave(&options);
    fail("The agent does not know what %s is: use the agent of this Diver.", words[1]);
}
