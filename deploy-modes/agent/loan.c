#include "loan.h"
#include "lib.h"
#include "sys.h"
#include "view.h"
#include "window.h"

static void free_copy(struct loan *loan) {
    if (loan->copy && loan->copy != loan->small)
        sys(__NR_munmap, loan->copy, align_up(loan->bytes, PAGE));
    loan->copy = NULL;
}

void loan_copy(struct loan *loan, uint64_t bytes) {
    loan->address = 0;
    loan->bytes = bytes;
    loan->written = false;
    loan->copy = bytes <= sizeof loan->small ? loan->small : allocate(bytes);
}

bool loan_take(struct loan *loan, uint64_t address, uint64_t bytes, bool written, bool held,
               uint64_t *at, uint64_t *fault) {
    unsigned access = written ? ACCESS_WRITE : ACCESS_READ;
    *at = address;
    if (!window_check(address, bytes, access, fault))
        return false;
    if (!view_is_used() || bytes == 0)
        return true;
    void *place = held ? NULL : window_place(address, bytes, access);
    if (place) {
        *at = (uint64_t)place;
        return true;
    }
    loan_copy(loan, MIN(bytes, LOAN_LIMIT));
    loan->address = address;
    loan->written = written;
    *at = (uint64_t)loan->copy;
    /* also what is to be written: a call may write less of it */
    if (window_read(loan->copy, address, loan->bytes, fault))
        return true;
    free_copy(loan);
    return false;
}

bool loan_return(struct loan *loan, uint64_t bytes, uint64_t *fault) {
    if (!loan->copy)
        return true;
    bool whole =
        !loan->written || window_write(loan->address, loan->copy, MIN(bytes, loan->bytes), fault);
    free_copy(loan);
    return whole;
}
