/* Children by fork, vfork, clone and posix_spawn; execve in its forms. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static int shared = 1;

static int wait_for(pid_t pid) {
    int status;
    if (waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int on_a_stack(void *argument) {
    shared = 2;
    printf("clone: %s\n", (char *)argument);
    fflush(stdout);
    return 11;
}

static void clones(void) {
    char *stack = malloc(65536);
    pid_t pid = clone(on_a_stack, stack + 65536, SIGCHLD, "copied memory");
    printf("%d, shared %d\n", wait_for(pid), shared);
    pid = clone(on_a_stack, stack + 65536, CLONE_VM | SIGCHLD, "shared memory");
    printf("%d, shared %d\n", wait_for(pid), shared);
    pid = clone(on_a_stack, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, "vfork with a stack");
    printf("%d\n", wait_for(pid));
}

static void vforks(void) {
    volatile int seen = 0;
    pid_t pid = vfork();
    if (pid == 0) {
        seen = 1;
        close(0);
        _exit(12);
    }
    printf("vfork: %d, seen %d, descriptor 0 open: %d\n", wait_for(pid), seen,
           fcntl(0, F_GETFD) >= 0);
    for (volatile int i = 0; i < 20; i++) {
        pid = vfork();
        if (pid == 0) {
            execl("/bin/sh", "sh", "-c", "exit $1", "-", i % 2 ? "1" : "0", NULL);
            _exit(127);
        }
        if (wait_for(pid) != i % 2)
            printf("vfork %d went wrong\n", i);
    }
}

static void spawns(void) {
    char *words[] = {"sh", "-c", "echo spawned; exit 13", NULL};
    pid_t pid;
    int error = posix_spawnp(&pid, "sh", NULL, NULL, words, environ);
    printf("posix_spawn: %d %d\n", error, wait_for(pid));
    printf("posix_spawn of nothing: %s\n",
           strerror(posix_spawn(&pid, "/nonexistent", NULL, NULL, words, environ)));
    printf("system: %d\n", WEXITSTATUS(system("echo by system; exit 14")));
}

static const char *failed_exec(const char *path) {
    char *words[] = {"x", NULL};
    execve(path, words, environ);
    return strerror(errno);
}

static void errors(void) {
    FILE *file = fopen("plain.txt", "w");
    fputs("no program\n", file);
    fclose(file);
    chmod("plain.txt", 0755);
    file = fopen("bad.sh", "w");
    fputs("#!/nonexistent/interpreter\n", file);
    fclose(file);
    printf("execve: %s; %s; %s; ", failed_exec("/nonexistent"), failed_exec("/"),
           failed_exec("/etc/passwd/x"));
    printf("%s; ", failed_exec("plain.txt"));
    chmod("plain.txt", 0644);
    printf("%s; ", failed_exec("plain.txt"));
    printf("%s; ", failed_exec("bad.sh"));
    chmod("bad.sh", 0755);
    printf("%s\n", failed_exec("bad.sh"));
    printf("%s\n", syscall(SYS_execve, 8, NULL, NULL) < 0 ? strerror(errno) : "");
}

static void by_descriptor(void) {
    char *words[] = {"sh", "-c", "echo by descriptor $0; exit 15", "zero", NULL}, *none[] = {NULL};
    pid_t pid = fork();
    if (pid == 0) {
        fexecve(open("/bin/sh", O_RDONLY | O_CLOEXEC), words, none);
        _exit(127);
    }
    printf("fexecve: %d\n", wait_for(pid));
    pid = fork();
    if (pid == 0) {
        syscall(SYS_execveat, open("/bin", O_PATH), "sh", words, none, 0);
        _exit(127);
    }
    printf("execveat: %d\n", wait_for(pid));
}

static void script(void) {
    FILE *file = fopen("outer.sh", "w");
    fputs("#!./inner.sh with  words \n", file);
    fclose(file);
    file = fopen("inner.sh", "w");
    fputs("#!/bin/sh -e\nfor word in \"$@\"; do echo \"<$word>\"; done; "
          "tr '\\0' '|' < /proc/$$/cmdline; cat /proc/$$/comm; exit 16\n",
          file);
    fclose(file);
    chmod("outer.sh", 0755);
    chmod("inner.sh", 0755);
    pid_t pid = fork();
    if (pid == 0) {
        execl("./outer.sh", "name", "a", "b c", NULL);
        _exit(127);
    }
    printf("script: %d\n", wait_for(pid));
}

static void closed(void) {
    pid_t pid = fork();
    if (pid == 0) {
        syscall(SYS_close_range, 3, ~0u, 0);
        for (int i = 3; i < 1024; i++)
            close(i);
        execl("/bin/echo", "echo", "all descriptors closed", NULL);
        _exit(127);
    }
    printf("closed: %d\n", wait_for(pid));
    pid = fork();
    if (pid == 0) {
        setuid(65534);
        char *none[] = {NULL}, *words[] = {"sh", "-c", "id -u; env | grep -c =", NULL};
        execve("/bin/sh", words, none);
        _exit(127);
    }
    printf("another user: %d\n", wait_for(pid));
}

static void many_words(void) {
    enum { COUNT = 20000 };
    char **words = calloc(COUNT + 4, sizeof *words);
    words[0] = "sh", words[1] = "-c", words[2] = "echo $#";
    for (int i = 0; i < COUNT; i++)
        words[3 + i] = "word";
    pid_t pid = vfork();
    if (pid == 0) {
        execv("/bin/sh", words);
        _exit(127);
    }
    printf("many words: %d\n", wait_for(pid));
}

static void killed(void) {
    pid_t pid = fork();
    if (pid == 0)
        abort();
    printf("aborted: %d\n", wait_for(pid));
    pid = fork();
    if (pid == 0) {
        *(volatile int *)0 = 0;
        _exit(0);
    }
    printf("crashed: %d\n", wait_for(pid));
    pid = fork();
    if (pid == 0) {
        raise(SIGTERM);
        _exit(0);
    }
    printf("terminated: %d\n", wait_for(pid));
    pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    usleep(20000);
    kill(pid, SIGKILL);
    printf("killed: %d\n", wait_for(pid));
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    clones();
    vforks();
    spawns();
    errors();
    by_descriptor();
    script();
    closed();
    many_words();
    killed();
    return 0;
}
