// Arguments, environment and auxiliary vector arrive as Linux's ABI has them.
// line: A=1 'B=two words' -- start 'it'\''s' '' last
#include "check.h"
#include <sys/auxv.h>

int main(int argc, char **argv, char **envp) {
    CHECK(argc == 4 && !strcmp(argv[0], "start") && !strcmp(argv[1], "it's"));
    CHECK(!strcmp(argv[2], "") && !strcmp(argv[3], "last") && argv[4] == NULL);
    CHECK(!strcmp(envp[0], "A=1") && !strcmp(envp[1], "B=two words") && envp[2] == NULL);
    const uint64_t *random = (const uint64_t *)getauxval(AT_RANDOM);
    CHECK(random && (random[0] | random[1]) != 0);
    CHECK(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_PHNUM) > 0 && getauxval(AT_SECURE) == 0);
    CHECK(!memcmp((char *)(getauxval(AT_PHDR) & ~4095ul), "\177ELF", 4));
    CHECK(getauxval(AT_SYSINFO_EHDR) == 0);
    CHECK(!strcmp((char *)getauxval(AT_EXECFN), "start"));
    CHECK(!strcmp((char *)getauxval(AT_PLATFORM), "x86_64"));
    CHECK(getauxval(AT_MINSIGSTKSZ) >= 1024);
    return 0;
}
