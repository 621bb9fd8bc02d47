#include "shared.h"
#include "ledger.h"
#include "lib.h"
#include "sys.h"

struct shared *shared_open(const char *name, bool make) {
    char path[PATH_MAX];
    enclave_path(path, name, "shared");
    int64_t file = sys(__NR_open, path,
                       O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT | O_TRUNC : 0), 0600);
    int64_t result = is_error(file) ? file : sys(__NR_ftruncate, file, sizeof(struct shared));
    if (!is_error(result))
        result = sys(__NR_mmap, 0, align_up(sizeof(struct shared), PAGE), PROT_READ | PROT_WRITE,
                     MAP_SHARED, file, 0);
    if (is_error(result))
        fail("%s cannot be shared: error %d.", path, (int)-result);
    sys(__NR_close, file);
    return (struct shared *)result;
}

bool shared_add(struct shared *shared, const struct pages *pages, enum piece_state state) {
    uint64_t at = 0;
    for (size_t i = 0; i < pages->count; i++, at++) {
        while (at < shared->piece_count && shared->pieces[at].state != PIECE_GONE)
            at++;
        if (at == PIECES_MAX)
            return false;
        shared->pieces[at] = (struct shared_piece){pages->pieces[i], state};
        shared->piece_count = MAX(shared->piece_count, at + 1);
    }
    return true;
}
