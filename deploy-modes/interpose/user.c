#include "user.h"

static bool transfer(int64_t number, uint64_t own, uint64_t other, uint64_t bytes) {
    struct iovec local = {own, bytes}, remote = {other, bytes};
    return sys(number, sys(__NR_getpid), &local, 1, &remote, 1, 0) == (int64_t)bytes;
}

bool user_read(void *to, uint64_t from, uint64_t bytes) {
    return transfer(__NR_process_vm_readv, (uint64_t)to, from, bytes);
}

bool user_write(uint64_t to, const void *from, uint64_t bytes) {
    return transfer(__NR_process_vm_writev, (uint64_t)from, to, bytes);
}
