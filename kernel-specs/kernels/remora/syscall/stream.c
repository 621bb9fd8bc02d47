/* Reading, writing and asking about the app's streams. */
#include "remora/descriptors.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/shared.h"
#include "remora/syscall.h"

#define IOVEC_MAX    1024
#define TRANSFER_MAX 0x7ffff000u /* as in Linux: what one call moves at most */

struct iovec {
    uint64_t base, length;
};

/* --- writing --- */

/* Spans on their way to a stream: collected, so that one call is few hand-overs. */
struct batch {
    enum stream stream;
    size_t count;
    struct span spans[QUEUE_SIZE];
};

static void batch_flush(struct batch *batch) {
    if (batch->count > 0)
        console_write(batch->stream, batch->spans, batch->count);
    batch->count = 0;
}

/* The range has been checked. */
static void batch_add(struct batch *batch, uint64_t address, uint64_t size) {
    while (size > 0) {
        if (batch->count == QUEUE_SIZE)
            batch_flush(batch);
        struct span *span = &batch->spans[batch->count++];
        user_span(address, size, PROT_READ, span);
        address += span->length;
        size -= span->length;
    }
}

/* False unless the descriptor is open and its stream goes in this direction. */
static bool find_stream(uint64_t descriptor, bool output, enum stream *stream) {
    return descriptor_stream(descriptor, stream) && (*stream != STREAM_IN) == output;
}

int64_t sys_write(const struct call *call) {
    uint64_t size = MIN(call->argument[2], TRANSFER_MAX);
    struct batch batch = {.count = 0};
    if (!find_stream(call->argument[0], true, &batch.stream))
        return -EBADF;
    if (!user_check(call->argument[1], size, PROT_READ))
        return -EFAULT;
    if (shared_is(batch.stream))
        return shared_write(batch.stream, call->argument[1], size);
    batch_add(&batch, call->argument[1], size);
    batch_flush(&batch);
    return (int64_t)size;
}

/* Reads the vector and checks all that it points to; the sum of its lengths, or an error. */
static int64_t vector_read(const struct call *call, unsigned access, struct iovec *vector) {
    uint64_t count = call->argument[2], total = 0;
    if (count > IOVEC_MAX)
        return -EINVAL;
    if (!user_read(vector, call->argument[1], count * sizeof *vector))
        return -EFAULT;
    for (uint64_t i = 0; i < count; i++) {
        if (vector[i].length > INT64_MAX)
            return -EINVAL;
        vector[i].length = MIN(vector[i].length, TRANSFER_MAX - total);
        if (!user_check(vector[i].base, vector[i].length, access))
            return -EFAULT;
        total += vector[i].length;
    }
    return (int64_t)total;
}

static struct iovec vector[IOVEC_MAX]; /* too large for the kernel's stack; one call at a time */

/* A write for each part, and their sum. While one waits, another call may use the vector. */
static int64_t shared_writev(const struct call *call, enum stream stream) {
    int64_t sum = 0;
    for (uint64_t i = 0; i < call->argument[2]; i++) {
        struct iovec part;
        if (!user_read(&part, call->argument[1] + i * sizeof part, sizeof part))
            return sum ? sum : -EFAULT;
        int64_t written = part.length > 0 ? shared_write(stream, part.base, part.length) : 0;
        if (written < 0)
            return sum ? sum : written;
        sum += written;
        if ((uint64_t)written < part.length)
            break;
    }
    return sum;
}

int64_t sys_writev(const struct call *call) {
    struct batch batch = {.count = 0};
    if (!find_stream(call->argument[0], true, &batch.stream))
        return -EBADF;
    int64_t total = vector_read(call, PROT_READ, vector);
    if (total < 0)
        return total;
    if (shared_is(batch.stream))
        return shared_writev(call, batch.stream);
    for (uint64_t i = 0; i < call->argument[2]; i++)
        batch_add(&batch, vector[i].base, vector[i].length);
    batch_flush(&batch);
    return total;
}

/* --- reading --- */

/* Waits for the first bytes only, and takes what has come. */
static int64_t read_into(uint64_t address, uint64_t size) {
    struct span span;
    if (shared_is(STREAM_IN))
        return shared_read(STREAM_IN, address, size);
    if (size == 0)
        return 0;
    if (!console_wait())
        return -ERESTARTSYS;
    if (!user_span(address, size, PROT_WRITE, &span))
        return -EFAULT; /* others may have taken it away meanwhile */
    return (int64_t)console_read(physical_to_kernel(span.physical), span.length);
}

int64_t sys_read(const struct call *call) {
    uint64_t size = MIN(call->argument[2], TRANSFER_MAX);
    enum stream stream;
    if (!find_stream(call->argument[0], false, &stream))
        return -EBADF;
    if (!user_check(call->argument[1], size, PROT_WRITE))
        return -EFAULT;
    return read_into(call->argument[1], size);
}

/* May be short, as it may on any stream: what has arrived for the first part that is not empty. */
int64_t sys_readv(const struct call *call) {
    enum stream stream;
    if (!find_stream(call->argument[0], false, &stream))
        return -EBADF;
    int64_t total = vector_read(call, PROT_WRITE, vector);
    if (total < 0)
        return total;
    for (uint64_t i = 0; i < call->argument[2]; i++)
        if (vector[i].length > 0)
            return read_into(vector[i].base, vector[i].length);
    return 0;
}

/* --- what a stream is not --- */

static int64_t refuse(const struct call *call, int64_t error) {
    enum stream stream;
    return descriptor_stream(call->argument[0], &stream) ? error : -EBADF;
}

/* lseek, pread64, pwrite64: a stream has no position. */
int64_t sys_lseek(const struct call *call) {
    return refuse(call, -ESPIPE);
}

/* A stream is no terminal. */
int64_t sys_ioctl(const struct call *call) {
    return refuse(call, -ENOTTY);
}

/* A stream is no file: fsync, fdatasync, ftruncate. */
int64_t sys_fsync(const struct call *call) {
    return refuse(call, -EINVAL);
}

/* --- fstat --- */

struct stat {
    uint64_t device, inode, links;
    uint32_t mode, uid, gid, padding;
    uint64_t device_of_file;
    int64_t size, block_size, blocks;
    uint64_t times[6], unused[3];
};
_Static_assert(sizeof(struct stat) == 144, "asm/stat.h");

#define MODE_PIPE 0010600

static int64_t stat_stream(uint64_t descriptor, uint64_t to) {
    enum stream stream;
    if (!descriptor_stream(descriptor, &stream))
        return -EBADF;
    struct stat stat = {
        .inode = stream + 1,
        .links = 1,
        .mode = MODE_PIPE,
        .block_size = PAGE_SIZE,
        .size = shared_is(stream) ? (int64_t)shared_bytes(stream) : 0,
    };
    return user_write(to, &stat, sizeof stat) ? 0 : -EFAULT;
}

int64_t sys_fstat(const struct call *call) {
    return stat_stream(call->argument[0], call->argument[1]);
}

/* fstat by another name (glibc's); there are no paths to ask about. */
int64_t sys_newfstatat(const struct call *call) {
    char first;
    if (!user_read(&first, call->argument[1], 1))
        return -EFAULT;
    if (first != '\0' || !(call->argument[3] & AT_EMPTY_PATH))
        return -ENOENT;
    return stat_stream(call->argument[0], call->argument[2]);
}
