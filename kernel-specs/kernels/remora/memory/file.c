/*
 * Files in the app's memory: copies, read by the agent when they are mapped. Later changes of the
 * file do not show, and nothing is written back.
 */
#include "remora/delegate.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/numbers.h"

#define F_GETFL   3
#define O_ACCMODE 3
#define O_WRONLY  1
#define O_RDWR    2

int file_check(int descriptor, bool shared, unsigned prot) {
    if (!delegate_available())
        return (uint32_t)descriptor <= 2 ? -ENODEV : -EBADF; /* only streams are open */
    int64_t flags = delegate_ask(NUMBER_fcntl, (uint32_t)descriptor, F_GETFL);
    if (flags < 0)
        return (int)flags;
    bool written = shared && (prot & PROT_WRITE);
    if ((flags & O_ACCMODE) == O_WRONLY || (written && (flags & O_ACCMODE) != O_RDWR))
        return -EACCES;
    /* a pipe, a folder or the like cannot be read at an offset */
    return written || delegate_ask(NUMBER_pread64, (uint32_t)descriptor, 0, 0, 0) < 0 ? -ENODEV : 0;
}

/* The bytes that were read, fewer only where the file ends; or an error. */
static int64_t read_all(int descriptor, uint64_t to, uint64_t bytes, uint64_t offset) {
    uint64_t done = 0;
    while (done < bytes) {
        int64_t got = delegate_ask(NUMBER_pread64, (uint32_t)descriptor, to + done, bytes - done,
                                   offset + done);
        if (got == 0)
            break;
        if (got < 0 && got != -EINTR && got != -ERESTARTSYS)
            return got;
        done += got > 0 ? (uint64_t)got : 0;
    }
    return (int64_t)done;
}

int file_map(uint64_t start, uint64_t end, unsigned prot, enum area_kind kind, int descriptor,
             uint64_t offset) {
    int result = space_add(start, end, PROT_READ | PROT_WRITE, kind);
    if (result != 0)
        return result;
    int64_t got = read_all(descriptor, start, end - start, offset);
    if (got >= 0 && user_zero(start + (uint64_t)got, end - start - (uint64_t)got))
        return space_protect(start, end, prot);
    space_remove(start, end);
    return got < 0 ? (int)got : -EFAULT;
}
