/* Two processes and a stream between them. Prints TAP. */
#define _GNU_SOURCE
#include <diver/stream_linux.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>

#define RING            4096ull
#define LONGEST_SECONDS 120

static int number, failures;
static bool failed;

#define CHECK(that)                                                                                \
    do {                                                                                           \
        if (!(that)) {                                                                             \
            printf("# %s:%d: %s\n", __func__, __LINE__, #that);                                    \
            failed = true;                                                                         \
        }                                                                                          \
    } while (0)

/* --- what the cases are made of --- */

static char path[64];

/* A stream in a file of its own: each open of it is a process's. */
static void make(uint64_t size) {
    snprintf(path, sizeof path, "/dev/shm/diver-stream-test.%d", getpid());
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, (off_t)(DIVER_STREAM_DATA + size)) != 0)
        exit(2);
    void *memory =
        mmap(NULL, DIVER_STREAM_DATA + size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    diver_stream_make(memory, size);
    close(file);
}

static struct diver_stream_end attach(enum diver_stream_role role) {
    struct diver_stream_end end = {0};
    int result = diver_stream_open_linux(&end, open(path, O_RDWR), role);
    if (result != 0) {
        printf("# attach: %d\n", result);
        exit(2);
    }
    return end;
}

static pid_t start(void (*body)(struct diver_stream_end *), enum diver_stream_role role) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct diver_stream_end end = attach(role);
        body(&end);
        _exit(failed);
    }
    return child;
}

static void join(pid_t child) {
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* Byte n of a stream, by which its reader knows it. */
static uint8_t byte(uint64_t n) {
    return (uint8_t)(n * 2654435761u >> 13);
}

/* --- the cases --- */

#define MANY (16ull << 20)

static void write_many(struct diver_stream_end *end) {
    static uint8_t bytes[3 * RING];
    uint64_t done = 0;
    for (uint64_t part = 1; done < MANY; part = part * 7 % sizeof bytes + 1) {
        part = part < MANY - done ? part : MANY - done;
        for (uint64_t i = 0; i < part; i++)
            bytes[i] = byte(done + i);
        CHECK(diver_stream_write(end, bytes, part) == 0);
        done += part;
    }
    diver_stream_finish(end, 0);
}

static void bytes_arrive_in_order_around_the_ring(void) {
    static uint8_t bytes[2 * RING];
    pid_t child = start(write_many, DIVER_STREAM_WRITER);
    struct diver_stream_end end = attach(DIVER_STREAM_READER);
    uint64_t done = 0, wrong = 0;
    int64_t got;
    for (uint64_t part = 1; (got = diver_stream_read(&end, bytes, part)) > 0;
         part = part * 5 % sizeof bytes + 1) {
        for (int64_t i = 0; i < got; i++)
            wrong += bytes[i] != byte(done + (uint64_t)i);
        done += (uint64_t)got;
    }
    CHECK(got == 0 && done == MANY && wrong == 0);
    CHECK(diver_stream_read(&end, bytes, 1) == 0);
    join(child);
}

static void fill_spans(struct diver_stream_end *end) {
    uint64_t done = 0;
    while (done < MANY) {
        uint8_t *at;
        int64_t room = diver_stream_reserve(end, &at);
        uint64_t part = (uint64_t)room < MANY - done ? (uint64_t)room : MANY - done;
        CHECK(room > 0 && room <= (int64_t)RING);
        for (uint64_t i = 0; i < part; i++)
            at[i] = byte(done + i);
        diver_stream_commit(end, part);
        done += part;
    }
    diver_stream_finish(end, 0);
}

static void nothing_is_copied_that_need_not(void) {
    pid_t child = start(fill_spans, DIVER_STREAM_WRITER);
    struct diver_stream_end end = attach(DIVER_STREAM_READER);
    uint64_t done = 0, wrong = 0;
    const uint8_t *at;
    int64_t there;
    while ((there = diver_stream_peek(&end, &at)) > 0) {
        CHECK(at >= end.data && at + there <= end.data + RING);
        for (int64_t i = 0; i < there; i++)
            wrong += at[i] != byte(done + (uint64_t)i);
        done += (uint64_t)there;
        diver_stream_release(&end, (uint64_t)there);
    }
    CHECK(there == 0 && done == MANY && wrong == 0);
    join(child);
}

static void send_messages(struct diver_stream_end *end) {
    static uint8_t bytes[RING * 2];
    for (uint32_t length = 0; length < sizeof bytes; length += 311) {
        memset(bytes, (int)length, length);
        CHECK(diver_stream_send(end, bytes, length) == 0);
    }
    uint32_t cut_short = 100;
    CHECK(diver_stream_write(end, &cut_short, sizeof cut_short) == 0);
    CHECK(diver_stream_write(end, bytes, 99) == 0);
    diver_stream_finish(end, 0);
}

static void messages_arrive_whole(void) {
    static uint8_t bytes[RING * 2];
    uint32_t got = 0;
    pid_t child = start(send_messages, DIVER_STREAM_WRITER);
    struct diver_stream_end end = attach(DIVER_STREAM_READER);
    for (uint32_t length = 0; length < sizeof bytes; length += 311) {
        CHECK(diver_stream_receive(&end, bytes, sizeof bytes, &got) == 1 && got == length);
        CHECK(length == 0 || (bytes[0] == (uint8_t)length && bytes[length - 1] == bytes[0]));
    }
    CHECK(diver_stream_receive(&end, bytes, sizeof bytes, &got) == -DIVER_ECONNRESET);
    join(child);
}

static void a_message_that_does_not_fit_is_refused(void) {
    uint32_t got;
    char bytes[4];
    struct diver_stream_end writer = attach(DIVER_STREAM_WRITER);
    struct diver_stream_end reader = attach(DIVER_STREAM_READER);
    CHECK(diver_stream_send(&writer, "12345", 5) == 0);
    CHECK(diver_stream_receive(&reader, bytes, 4, &got) == -DIVER_EMSGSIZE && got == 5);
}

static void what_was_written_is_read_before_the_end(void) {
    char bytes[8];
    struct diver_stream_end writer = attach(DIVER_STREAM_WRITER);
    CHECK(diver_stream_write(&writer, "last", 4) == 0);
    diver_stream_finish(&writer, DIVER_EIO);
    struct diver_stream_end reader = attach(DIVER_STREAM_READER);
    CHECK(diver_stream_read(&reader, bytes, 8) == 4 && memcmp(bytes, "last", 4) == 0);
    CHECK(diver_stream_read(&reader, bytes, 8) == -DIVER_EIO);
}

static void a_writer_learns_that_nobody_reads(void) {
    struct diver_stream_end writer = attach(DIVER_STREAM_WRITER);
    struct diver_stream_end reader = attach(DIVER_STREAM_READER);
    CHECK(diver_stream_write(&writer, "ab", 2) == 0);
    diver_stream_finish(&reader, 0);
    CHECK(diver_stream_write(&writer, "ab", 2) == -DIVER_EPIPE);
}

static void an_end_is_attached_once(void) {
    struct diver_stream_end again, reader = attach(DIVER_STREAM_READER);
    int file = open(path, O_RDWR);
    CHECK(diver_stream_open_linux(&again, file, DIVER_STREAM_READER) == -DIVER_EBUSY);
    CHECK(diver_stream_attach(&again, reader.shared, DIVER_STREAM_DATA + RING, DIVER_STREAM_READER,
                              NULL) == -DIVER_EBUSY);
    close(file);
}

static int looking;

static void look_away(int signal) {
    (void)signal;
    close(looking); /* and with it the lock */
}

static void who_looks_whether_an_end_lives_does_not_keep_it(void) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    struct itimerval soon = {.it_value.tv_usec = 5000};
    looking = open(path, O_RDWR);
    CHECK(fcntl(looking, F_OFD_SETLK, &lock) == 0);
    signal(SIGALRM, look_away);
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    struct diver_stream_end writer = attach(DIVER_STREAM_WRITER);
    CHECK(diver_stream_mine(&writer)->state == DIVER_STREAM_OPEN);
    signal(SIGALRM, SIG_DFL);
    alarm(LONGEST_SECONDS);
}

static void stay(struct diver_stream_end *end) {
    if (end->role == DIVER_STREAM_WRITER)
        diver_stream_write(end, "half", 4);
    for (;;)
        pause();
}

static void kill_once_open(pid_t child, const struct diver_stream_end *end) {
    const struct diver_stream_side *other = diver_stream_other(end);
    while (
        __atomic_load_n(&other->state, __ATOMIC_ACQUIRE) == DIVER_STREAM_ABSENT ||
        (end->role == DIVER_STREAM_READER && __atomic_load_n(&other->count, __ATOMIC_ACQUIRE) == 0))
        usleep(100);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void a_killed_writer_is_an_error(void) {
    char bytes[8];
    pid_t child = start(stay, DIVER_STREAM_WRITER);
    struct diver_stream_end reader = attach(DIVER_STREAM_READER);
    kill_once_open(child, &reader);
    CHECK(diver_stream_read(&reader, bytes, 8) == 4);
    CHECK(diver_stream_read(&reader, bytes, 8) == -DIVER_ECONNRESET);
}

static void a_killed_reader_is_an_error(void) {
    static uint8_t bytes[2 * RING];
    pid_t child = start(stay, DIVER_STREAM_READER);
    struct diver_stream_end writer = attach(DIVER_STREAM_WRITER);
    kill_once_open(child, &writer);
    CHECK(diver_stream_write(&writer, bytes, sizeof bytes) == -DIVER_EPIPE);
}

static void who_sleeps_is_rung_for(void) {
    struct diver_stream_end writer = attach(DIVER_STREAM_WRITER);
    struct diver_stream_end reader = attach(DIVER_STREAM_READER);
    CHECK(diver_stream_write(&writer, "x", 1) == 0 && diver_stream_mine(&writer)->bell == 0);
    diver_stream_mine(&reader)->sleeping = 1;
    CHECK(diver_stream_write(&writer, "x", 1) == 0 && diver_stream_mine(&writer)->bell == 1);
    diver_stream_finish(&writer, 0);
    CHECK(diver_stream_mine(&writer)->bell == 2);
}

static void what_is_no_stream_is_refused(void) {
    static uint8_t memory[DIVER_STREAM_DATA + RING] __attribute__((aligned(64)));
    struct diver_stream *stream = (struct diver_stream *)memory;
    struct diver_stream_end end;
    const struct diver_stream bad[] = {
        {0},
        {.magic = DIVER_STREAM_MAGIC, .version = 2, .size = RING},
        {.magic = DIVER_STREAM_MAGIC, .version = 1, .flags = 1, .size = RING},
        {.magic = DIVER_STREAM_MAGIC, .version = 1, .size = 0},
        {.magic = DIVER_STREAM_MAGIC, .version = 1, .size = 2048},
        {.magic = DIVER_STREAM_MAGIC, .version = 1, .size = RING + 1},
        {.magic = DIVER_STREAM_MAGIC, .version = 1, .size = 2 * RING},
        {.magic = DIVER_STREAM_MAGIC, .version = 1, .size = 1ull << 63},
        {.magic = DIVER_STREAM_MAGIC, .version = 1, .size = UINT64_MAX - 4095},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        *stream = bad[i];
        CHECK(diver_stream_attach(&end, memory, sizeof memory, DIVER_STREAM_READER, NULL) ==
              -DIVER_EINVAL);
    }
    memset(memory, 0, sizeof memory);
    diver_stream_make(memory, RING);
    CHECK(diver_stream_attach(&end, memory, sizeof memory - 1, DIVER_STREAM_READER, NULL) ==
          -DIVER_EINVAL);
    CHECK(diver_stream_attach(&end, memory, 100, DIVER_STREAM_READER, NULL) == -DIVER_EINVAL);
    CHECK(diver_stream_attach(&end, memory, sizeof memory, DIVER_STREAM_READER, NULL) == 0);
}

static void a_count_that_cannot_be_ends_the_stream(void) {
    char bytes[8];
    struct diver_stream_end reader = attach(DIVER_STREAM_READER);
    struct diver_stream_end writer = attach(DIVER_STREAM_WRITER);
    CHECK(diver_stream_write(&writer, "abcd", 4) == 0);
    CHECK(diver_stream_read(&reader, bytes, 2) == 2);
    diver_stream_other(&reader)->count = 1; /* less than has been read */
    CHECK(diver_stream_read(&reader, bytes, 8) == -DIVER_EPROTO);
    diver_stream_other(&reader)->count = 4; /* too late */
    CHECK(diver_stream_read(&reader, bytes, 8) == -DIVER_EPROTO);
    diver_stream_other(&writer)->count = 5; /* more than was written */
    CHECK(diver_stream_write(&writer, bytes, 8) == -DIVER_EPROTO);
}

static void an_error_that_is_none_is_one_of_the_format(void) {
    static const uint32_t none[] = {
        EAGAIN,        EINTR, /* a reader would ask again for ever */
        EHWPOISON + 1, 512,   4096, 0x80000000u, UINT32_MAX,
    };
    struct diver_stream_end reader = attach(DIVER_STREAM_READER);
    struct diver_stream_end writer = attach(DIVER_STREAM_WRITER);
    char bytes[8];
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        diver_stream_finish(&writer, none[i]);
        CHECK(diver_stream_read(&reader, bytes, 8) == -DIVER_EPROTO);
    }
}

#define RUN(name) run(#name, name)

static void run(const char *name, void (*test)(void)) {
    failed = false;
    make(RING);
    test();
    unlink(path);
    printf("%s %d - %s\n", failed ? "not ok" : "ok", ++number, name);
    failures += failed;
}

int main(void) {
    alarm(LONGEST_SECONDS);
    RUN(bytes_arrive_in_order_around_the_ring);
    RUN(nothing_is_copied_that_need_not);
    RUN(messages_arrive_whole);
    RUN(a_message_that_does_not_fit_is_refused);
    RUN(what_was_written_is_read_before_the_end);
    RUN(a_writer_learns_that_nobody_reads);
    RUN(an_end_is_attached_once);
    RUN(who_looks_whether_an_end_lives_does_not_keep_it);
    RUN(a_killed_writer_is_an_error);
    RUN(a_killed_reader_is_an_error);
    RUN(who_sleeps_is_rung_for);
    RUN(what_is_no_stream_is_refused);
    RUN(a_count_that_cannot_be_ends_the_stream);
    RUN(an_error_that_is_none_is_one_of_the_format);
    printf("1..%d\n", number);
    return failures != 0;
}
