// A static position-independent executable: relocates itself with what the auxiliary vector says.
// link: -static-pie
// cflags: -fPIE
// stdout: relocated
// report: "app_base":"0x555555400000"
#include <stdio.h>

static const char *const words[] = {"relocated"};

int main(void) {
    puts(words[0]);
    return 0;
}
