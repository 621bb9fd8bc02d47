/*
 * Messages from one program to another, and how fast they go: as JSON on standard error.
 *
 *   stream pipe COUNT BYTES       a child writes, this process reads: messages through a pipe
 *   stream pipe-echo COUNT BYTES  a child sends each message back
 *   stream write|read|echo|ask COUNT BYTES  one side each, on standard input and output
 *   stream reserve|peek COUNT BYTES         the same without a copy, by the library
 */
#define _GNU_SOURCE
#include <diver/stream_linux.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char message[1 << 20];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void must(int that, const char *what) {
    if (that)
        return;
    perror(what);
    exit(1);
}

static void put(int to, size_t bytes) {
    for (size_t done = 0; done < bytes;) {
        ssize_t written = write(to, message + done, bytes - done);
        must(written > 0, "write");
        done += (size_t)written;
    }
}

/* False at the end. */
static int get(int from, size_t bytes) {
    for (size_t done = 0; done < bytes;) {
        ssize_t got = read(from, message + done, bytes - done);
        must(got >= 0, "read");
        if (got == 0)
            return 0;
        done += (size_t)got;
    }
    return 1;
}

static void write_all(int to, long count, size_t bytes) {
    for (long i = 0; i < count; i++)
        put(to, bytes);
}

/* From when the first has come, which says that both are there. */
static void read_all(int from, long count, size_t bytes) {
    must(get(from, bytes), "the first message");
    uint64_t start = now();
    long got = 0;
    while (got < count - 1 && get(from, bytes))
        got++;
    must(got == count - 1, "all messages");
    fprintf(stderr, "{\"mb_s\": %.1f}\n",
            (double)got * (double)bytes * 1e3 / (double)(now() - start));
}

static void echo(int from, int to, size_t bytes) {
    while (get(from, bytes))
        put(to, bytes);
}

static void ask(int from, int to, long count, size_t bytes) {
    put(to, bytes);
    must(get(from, bytes), "the first answer");
    uint64_t start = now();
    for (long i = 0; i < count; i++) {
        put(to, bytes);
        must(get(from, bytes), "an answer");
    }
    fprintf(stderr, "{\"one_way_ns\": %.0f}\n", (double)(now() - start) / (double)count / 2);
}

/* --- two processes of one Linux --- */

static void through_pipe(long count, size_t bytes) {
    int ends[2];
    must(pipe(ends) == 0, "pipe");
    if (fork() == 0) {
        write_all(ends[1], count, bytes);
        _exit(0);
    }
    close(ends[1]);
    read_all(ends[0], count, bytes);
    wait(NULL);
}

static void through_pipes(long count, size_t bytes) {
    int there[2], back[2];
    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    if (fork() == 0) {
        close(there[1]);
        echo(there[0], back[1], bytes);
        _exit(0);
    }
    close(there[0]);
    ask(back[0], there[1], count, bytes);
    close(there[1]);
    wait(NULL);
}

/* --- without a copy: what a program does that computes its messages in place --- */

static void reserve(long count, size_t bytes) {
    struct diver_stream_end end;
    must(diver_stream_open_linux(&end, 1, DIVER_STREAM_WRITER) == 0, "the stream");
    for (size_t left = (size_t)count * bytes; left > 0;) {
        uint8_t *at;
        int64_t room = diver_stream_reserve(&end, &at);
        must(room > 0, "reserve");
        size_t part = (size_t)room < bytes ? (size_t)room : bytes;
        part = part < left ? part : left;
        memset(at, (int)left, part);
        diver_stream_commit(&end, part);
        left -= part;
    }
    diver_stream_finish(&end, 0);
}

static void peek(size_t bytes) {
    struct diver_stream_end end;
    const uint8_t *at;
    must(diver_stream_open_linux(&end, 0, DIVER_STREAM_READER) == 0, "the stream");
    must(diver_stream_peek(&end, &at) > 0, "the first message");
    uint64_t start = now(), sum = 0, got = 0;
    for (int64_t there; (there = diver_stream_peek(&end, &at)) > 0;) {
        uint64_t part = (uint64_t)there < bytes ? (uint64_t)there : bytes;
        for (uint64_t i = 0; i + 8 <= part; i += 8)
            sum += *(const uint64_t *)(at + i);
        diver_stream_release(&end, part);
        got += part;
    }
    fprintf(stderr, "{\"mb_s\": %.1f, \"sum\": %llu}\n",
            (double)got * 1e3 / (double)(now() - start), (unsigned long long)(sum & 0xffff));
}

int main(int count, char **arguments) {
    if (count != 4)
        return 2;
    const char *what = arguments[1];
    long times = atol(arguments[2]);
    size_t bytes = (size_t)atol(arguments[3]);
    if (bytes == 0 || bytes > sizeof message)
        return 2;
    memset(message, 7, sizeof message);
    if (strcmp(what, "pipe") == 0)
        through_pipe(times, bytes);
    else if (strcmp(what, "pipe-echo") == 0)
        through_pipes(times, bytes);
    else if (strcmp(what, "write") == 0)
        write_all(1, times, bytes);
    else if (strcmp(what, "read") == 0)
        read_all(0, times, bytes);
    else if (strcmp(what, "echo") == 0)
        echo(0, 1, bytes);
    else if (strcmp(what, "ask") == 0)
        ask(0, 1, times, bytes);
    else if (strcmp(what, "reserve") == 0)
        reserve(times, bytes);
    else if (strcmp(what, "peek") == 0)
        peek(bytes);
    else
        return 2;
    return 0;
}
