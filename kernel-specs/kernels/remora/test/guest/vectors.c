// readv and writev, with parts that are empty or cross pages.
// stdin: abcdef
// stdout: one two three
#include "check.h"
#include <sys/uio.h>

int main(void) {
    static char pages[3 * 4096];
    char *cross = pages + 4096 - (uintptr_t)pages % 4096 - 2;
    memcpy(cross, "three\n", 6);
    struct iovec out[4] = {{"one ", 4}, {NULL, 0}, {"two ", 4}, {cross, 6}};
    CHECK(writev(1, out, 4) == 14);
    struct iovec in[2] = {{NULL, 0}, {cross, 4}};
    CHECK(readv(0, in, 2) > 0 && cross[0] == 'a');
    return 0;
}
