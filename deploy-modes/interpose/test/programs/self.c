/* What a process sees of itself. */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static void print_file(const char *path) {
    char text[4096];
    FILE *file = fopen(path, "r");
    size_t size = fread(text, 1, sizeof text, file);
    for (size_t i = 0; i < size; i++)
        putchar(text[i] ? text[i] : '|');
    fclose(file);
    putchar('\n');
}

static void names(char **words) {
    char link[4096] = {0}, name[16];
    readlink("/proc/self/exe", link, sizeof link - 1);
    printf("executable %s\n", strrchr(link, '/'));
    prctl(PR_GET_NAME, name);
    printf("name %s, words[0] %s, %s, %s\n", name, words[0], program_invocation_name,
           strrchr((char *)getauxval(AT_EXECFN), '/'));
    print_file("/proc/self/cmdline");
    printf("entry known: %d, page %lu, secure %lu\n", getauxval(AT_ENTRY) != 0,
           getauxval(AT_PAGESZ), getauxval(AT_SECURE));
}

static void descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    printf("descriptors: %d\n", count - 3);
    for (char **at = environ; *at; at++)
        if (strstr(*at, "LD_") == *at || strstr(*at, "DIVER") == *at)
            printf("environment: %s\n", *at);
}

static void cores(void) {
    cpu_set_t set, one;
    sched_getaffinity(0, sizeof set, &set);
    printf("cores %d, %ld\n", CPU_COUNT(&set), sysconf(_SC_NPROCESSORS_ONLN));
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    int result = sched_setaffinity(0, sizeof one, &one);
    sched_getaffinity(0, sizeof set, &set);
    printf("pinned: %d %d\n", result, CPU_COUNT(&set));
}

static sigjmp_buf back;
static char *alternate;

static void on_stack(int signal, siginfo_t *info, void *context) {
    (void)info;
    char here;
    printf("signal %d on the other stack: %d, in the program: %d\n", signal,
           &here >= alternate && &here < alternate + 65536,
           ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] != 0);
    siglongjmp(back, 1);
}

static void stacks(void) {
    stack_t set = {.ss_size = 65536}, now = {0};
    printf("no stack: %d, flags %d\n", sigaltstack(NULL, &now), now.ss_flags);
    set.ss_sp = alternate = malloc(65536);
    printf("set: %d", sigaltstack(&set, NULL));
    sigaltstack(NULL, &now);
    printf(", kept %d, flags %d\n", now.ss_sp == alternate && now.ss_size == 65536, now.ss_flags);
    struct sigaction action = {.sa_sigaction = on_stack, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    if (!sigsetjmp(back, 1))
        *(volatile int *)8 = 1;
    sigaction(SIGUSR1, &action, NULL);
    if (!sigsetjmp(back, 1))
        raise(SIGUSR1);
    stack_t small = {.ss_sp = alternate, .ss_size = 100};
    printf("too small: %d", sigaltstack(&small, NULL));
    printf(" %s\n", strerror(errno));
    stack_t off = {.ss_flags = SS_DISABLE};
    printf("off: %d", sigaltstack(&off, NULL));
    sigaltstack(NULL, &now);
    printf(", flags %d\n", now.ss_flags);
}

static void wrong(void) {
    printf("%ld", syscall(SYS_rt_sigprocmask, SIG_SETMASK, 8, NULL, 8));
    printf(" %s, %ld", strerror(errno), syscall(SYS_rt_sigaction, SIGUSR1, 8, NULL, 8));
    printf(" %s, %ld", strerror(errno), syscall(SYS_rt_sigaction, 99, NULL, NULL, 8));
    printf(" %s, %ld", strerror(errno), syscall(SYS_clone3, 8, 64));
    printf(" %s, %ld", strerror(errno), syscall(9999));
    printf(" %s, %ld", strerror(errno), syscall(SYS_read, 0, 8, 100));
    printf(" %s\n", strerror(errno));
}

static void heap(void) {
    char *before = sbrk(0), *more = sbrk(1 << 20);
    memset(more, 1, 1 << 20);
    printf("heap grows: %d\n", more == before && (char *)sbrk(0) == before + (1 << 20));
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    volatile char deep[1 << 20];
    memset((char *)deep, 1, sizeof deep);
    printf("stack grows: %d\n", deep[12345]);
}

static void old_interface(void) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20), "b"(0) : "memory");
    printf("int 0x80: %d\n", result == getpid());
}

int main(int count, char **words) {
    (void)count;
    names(words);
    descriptors();
    cores();
    stacks();
    wrong();
    heap();
    old_interface();
    return 42;
}
