#define _GNU_SOURCE
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 10.0 /* seconds until something is given up */

static struct kernel *running; /* what is to be removed in any case */

_Noreturn static void bail(const char *what) {
    printf("Bail out! %s: %s\n", what, strerror(errno));
    if (running)
        kernel_end(running);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static const char *path_of(const struct kernel *k, const char *name) {
    static char path[8][256];
    static int next;
    next = (next + 1) % 8;
    snprintf(path[next], sizeof path[next], "%s/%s", k->folder, name);
    return path[next];
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        bail(path);
}

/* --- the agent --- */

void kernel_prepare(struct kernel *k) {
    memset(k, 0, sizeof *k);
    snprintf(k->folder, sizeof k->folder, "/tmp/diver-agent-test.XXXXXX");
    if (!mkdtemp(k->folder))
        bail("no folder for the test");
    running = k;
    for (const char *const *name = (const char *const[]){"share", "read-only", "outside", NULL};
         *name; name++)
        if (mkdir(path_of(k, *name), 0755) != 0)
            bail("no folder for the test");
    write_file(path_of(k, "read-only/kept"), "as it was\n");
    write_file(path_of(k, "outside/canary"), "unharmed\n");
    write_file(path_of(k, "outside/stream"), "");
    write_file(path_of(k, "report"), "");
    int file = open(path_of(k, "memory"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, MEMORY + BEYOND) != 0)
        bail("no memory file");
    k->memory = mmap(NULL, MEMORY + BEYOND, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (k->memory == MAP_FAILED)
        bail("no memory file");
    close(file);
    memset(k->memory + MEMORY, 0xca, BEYOND);
    k->channel = (struct diver_channel *)(k->memory + CHANNEL_AT);
    k->next_table = TABLES_AT + PAGE;
    k->next_page = PAGES_AT;
    k->bell = -1;
    k->cores = 2;
}

bool kernel_is_seen(void) {
    return getenv("AGENT_SEEN") != NULL;
}

void kernel_start_agent(struct kernel *k, const char *const *more) {
    char region[64], share[320], read_only[320];
    const char *binary = getenv("AGENT") ? getenv("AGENT") : "build/diver-agent";
    snprintf(region, sizeof region, "0:%llu:0", MEMORY);
    snprintf(share, sizeof share, "%s:/share", path_of(k, "share"));
    snprintf(read_only, sizeof read_only, "%s:/given:ro", path_of(k, "read-only"));
    const char *words[64] = {binary,        "host",
                             "--memory",    path_of(k, "memory"),
                             "--region",    region,
                             "--doorbell",  path_of(k, "bell"),
                             "--report",    path_of(k, "report"),
                             "--log",       path_of(k, "log"),
                             "--share",     share,
                             "--share",     read_only,
                             "--cores",     "2",
                             "--directory", "/share"};
    size_t count = 20;
    if (kernel_is_seen())
        words[count++] = "--seen";
    while (more && *more)
        words[count++] = *more++;
    k->agent = fork();
    if (k->agent != 0)
        return;
    int stream = open(path_of(k, "outside/stream"), O_RDWR);
    for (int i = 0; i < 3; i++)
        if (i != 2 || !getenv("AGENT_STDERR"))
            dup2(stream, i);
    close(stream);
    if (k->leashed)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(words[0], (char *const *)words);
    _exit(127);
}

static int connect_bell(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int bell = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (double start = now(); now() - start < PATIENCE; usleep(1000))
        if (connect(bell, (struct sockaddr *)&address, sizeof address) == 0)
            return bell;
    bail("the agent does not listen");
}

void kernel_connect(struct kernel *k) {
    k->bell = connect_bell(path_of(k, "bell"));
    *kernel_entry(k, DATA, 1) = 0; /* makes the tables */
    for (uint64_t i = 0; i < DATA_PAGES; i++)
        kernel_map(k, DATA + i * PAGE, kernel_page(k) | APP);
    kernel_map(k, READ_ONLY, kernel_page(k) | PRESENT | USER);
    k->channel->version = DIVER_CHANNEL_VERSION;
    k->channel->core_count = k->cores;
    k->channel->page_table = TABLES_AT;
    k->channel->magic = DIVER_CHANNEL_MAGIC;
}

void kernel_hello(struct kernel *k, uint64_t magic, uint64_t channel) {
    const uint64_t hello[2] = {magic, channel};
    if (write(k->bell, hello, sizeof hello) != sizeof hello)
        bail("the agent hung up");
}

void kernel_start(struct kernel *k) {
    kernel_prepare(k);
    kernel_start_agent(k, NULL);
    kernel_connect(k);
    kernel_hello(k, DIVER_HELLO, CHANNEL_AT);
}

int kernel_agent_status(struct kernel *k) {
    int status;
    for (double start = now(); now() - start < PATIENCE; usleep(1000))
        if (waitpid(k->agent, &status, WNOHANG) == k->agent) {
            k->agent = 0;
            return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
        }
    return -1;
}

void kernel_end(struct kernel *k) {
    running = NULL;
    char command[256];
    if (k->agent > 0) {
        kill(k->agent, SIGKILL);
        waitpid(k->agent, NULL, 0);
    }
    close(k->bell);
    munmap(k->memory, MEMORY + BEYOND);
    snprintf(command, sizeof command, "rm -rf '%s'", k->folder);
    if (system(command) != 0)
        bail("the test's folder cannot be removed");
}

int kernel_say_end(struct kernel *k) {
    call(k, DIVER_END, DIVER_END_EXIT, 0);
    return kernel_agent_status(k);
}

static const char *read_file(const char *path, char *to, size_t size) {
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(to, 1, size - 1, file) : 0;
    to[length] = '\0';
    if (file)
        fclose(file);
    return to;
}

const char *kernel_report(struct kernel *k) {
    static char text[1 << 16];
    return read_file(path_of(k, "report"), text, sizeof text);
}

const char *kernel_log(struct kernel *k) {
    static char text[1 << 16];
    return read_file(path_of(k, "log"), text, sizeof text);
}

/* --- the app's memory --- */

uint64_t kernel_page(struct kernel *k) {
    uint64_t page = k->next_page;
    k->next_page += PAGE;
    return page;
}

uint64_t *kernel_entry(struct kernel *k, uint64_t address, int level) {
    uint64_t table = TABLES_AT;
    for (int at = 4; at > level; at--) {
        uint64_t *entry = (uint64_t *)(k->memory + table) + (address >> (3 + 9 * at) & 511);
        if (!(*entry & PRESENT)) {
            *entry = k->next_table | APP;
            k->next_table += PAGE;
        }
        table = *entry & ~0xfffull;
    }
    return (uint64_t *)(k->memory + table) + (address >> (3 + 9 * level) & 511);
}

void kernel_map(struct kernel *k, uint64_t address, uint64_t entry) {
    *kernel_entry(k, address, 1) = entry;
}

void kernel_drop(struct kernel *k, uint64_t start, uint64_t end) {
    struct diver_drops *drops = &k->channel->drops;
    drops->ranges[drops->count % DIVER_DROPS] = (struct diver_range){start, end};
    __atomic_store_n(&drops->count, drops->count + 1, __ATOMIC_RELEASE);
}

void *kernel_at(struct kernel *k, uint64_t address) {
    return k->memory + (*kernel_entry(k, address, 1) & ~0xfffull) + address % PAGE;
}

uint64_t kernel_text(struct kernel *k, uint64_t address, const char *text) {
    for (uint64_t i = 0; i <= strlen(text); i++)
        *(char *)kernel_at(k, address + i) = text[i];
    return address;
}

/* --- requests --- */

uint64_t kernel_submit(struct kernel *k, uint32_t core, uint32_t thread, uint32_t number,
                       const uint64_t argument[6]) {
    struct diver_core *ring = &k->channel->cores[core];
    uint64_t sequence = ++k->sequence[core];
    while (sequence - __atomic_load_n(&ring->agent.taken, __ATOMIC_ACQUIRE) > DIVER_SLOTS)
        sched_yield();
    struct diver_request *slot = &ring->requests[sequence % DIVER_SLOTS];
    slot->number = number;
    slot->thread = thread;
    memcpy(slot->argument, argument, sizeof slot->argument);
    __atomic_store_n(&slot->sequence, sequence, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&ring->agent.sleeping, __ATOMIC_RELAXED))
        send(k->bell, "", 1, MSG_NOSIGNAL);
    return sequence;
}

bool kernel_answered(struct kernel *k, uint32_t core, uint32_t thread, uint64_t sequence,
                     struct answer *answer) {
    const struct diver_reply *line = &k->channel->replies[thread];
    if (__atomic_load_n(&line->sequence, __ATOMIC_ACQUIRE) != sequence || line->core != core)
        return false;
    *answer = (struct answer){line->result, line->status, false};
    return true;
}

struct answer kernel_await(struct kernel *k, uint32_t core, uint32_t thread, uint64_t sequence) {
    struct answer answer = {0, 0, true};
    for (double start = now(); now() - start < PATIENCE; sched_yield())
        if (kernel_answered(k, core, thread, sequence, &answer))
            return answer;
    return answer;
}

struct answer kernel_call6(struct kernel *k, uint32_t number, uint64_t a, uint64_t b, uint64_t c,
                           uint64_t d, uint64_t e, uint64_t f) {
    const uint64_t argument[6] = {a, b, c, d, e, f};
    return kernel_await(k, 0, DIVER_CORES_MAX,
                        kernel_submit(k, 0, DIVER_CORES_MAX, number, argument));
}
