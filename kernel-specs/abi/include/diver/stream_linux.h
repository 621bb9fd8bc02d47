/*
 * The hooks of a stream (diver/stream.h) for programs of the Linux system call ABI: processes of a
 * Linux, and apps on a kernel like remora.
 *
 * The handle is a descriptor of the stream's file. As long as an end is open, its process holds a
 * lock on one byte of the file: byte 0 that of the writer, byte 1 that of the reader. So the other
 * side sees when it has been killed. For an app on another kernel, Diver holds the lock.
 */
#pragma once

#include <diver/stream.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef F_OFD_SETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#endif

#define DIVER_STREAM_WAIT_NS   1000000l
#define DIVER_STREAM_WAITS_FOR 64 /* waits between two looks whether the other side lives */
#define DIVER_STREAM_TRIES     100

static inline void *diver_stream_linux_map(int descriptor, uint64_t *bytes) {
    struct stat stat;
    if (fstat(descriptor, &stat) != 0 || stat.st_size < (off_t)DIVER_STREAM_DATA)
        return NULL;
    *bytes = (uint64_t)stat.st_size;
    void *memory =
        mmap(NULL, (size_t)stat.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static inline void diver_stream_linux_notify(uint32_t *bell) {
    syscall(SYS_futex, bell, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Where there are no such locks, somebody else watches. */
static inline void diver_stream_linux_look(struct diver_stream_end *end) {
    int other = 1 - (int)end->role;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = other, .l_len = 1};
    if (__atomic_load_n(&end->shared->sides[other].state, __ATOMIC_ACQUIRE) == DIVER_STREAM_OPEN &&
        fcntl(end->handle, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK)
        __atomic_store_n(&end->shared->gone[other], 1, __ATOMIC_RELEASE);
}

static inline void diver_stream_linux_wait(struct diver_stream_end *end, uint32_t *bell,
                                           uint32_t value) {
    struct timespec most = {.tv_nsec = DIVER_STREAM_WAIT_NS};
    syscall(SYS_futex, bell, FUTEX_WAIT, value, &most, NULL, 0);
    if (++end->waits % DIVER_STREAM_WAITS_FOR == 0)
        diver_stream_linux_look(end);
}

static const struct diver_stream_hooks diver_stream_linux = {
    .map = diver_stream_linux_map,
    .notify = diver_stream_linux_notify,
    .wait = diver_stream_linux_wait,
};

/* Whoever watches over the other end for a net takes this lock for an instant, now and then, to see
 * whether somebody has it. */
static inline bool diver_stream_linux_lock(int descriptor, enum diver_stream_role role) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = role, .l_len = 1};
    struct timespec pause = {.tv_nsec = DIVER_STREAM_WAIT_NS};
    for (unsigned i = 0; i < DIVER_STREAM_TRIES; i++) {
        if (fcntl(descriptor, F_OFD_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES))
            return true; /* or there are no such locks */
        nanosleep(&pause, NULL);
    }
    return false;
}

/* Attaches the end of the stream whose file this is; 0 or an error. */
static inline int diver_stream_open_linux(struct diver_stream_end *end, int descriptor,
                                          enum diver_stream_role role) {
    if (!diver_stream_linux_lock(descriptor, role))
        return -DIVER_EBUSY;
    return diver_stream_open(end, descriptor, role, &diver_stream_linux);
}
