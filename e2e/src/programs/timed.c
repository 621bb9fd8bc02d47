/*
 * timed FILE VALUE: writes the value to the file; timed -- COMMAND...: runs the command, whose
 * output goes to standard error. Prints the milliseconds that it took.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int write_file(const char *path, const char *value) {
    int fd = open(path, O_WRONLY);
    size_t length = strlen(value);
    return fd < 0 || write(fd, value, length) != (ssize_t)length || close(fd) != 0;
}

static int run(char **command) {
    pid_t child;
    posix_spawn_file_actions_t actions;
    int status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    if (posix_spawnp(&child, command[0], &actions, NULL, command, environ) != 0 ||
        waitpid(child, &status, 0) != child)
        return 1;
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    double start = now_ms();
    int failed = strcmp(argv[1], "--") == 0 ? run(argv + 2) : write_file(argv[1], argv[2]);
    double took = now_ms() - start;
    if (failed) {
        perror(argv[1]);
        return 1;
    }
    printf("%.3f\n", took);
    return 0;
}
