// Both ends of one stream, mapped by one app: the library, and what of it is the app's own.
#include "../check.h"
#include <diver/stream_linux.h>

int main(void) {
    static char bytes[100];
    struct diver_stream_end in, out, again;
    uint8_t *to;
    const uint8_t *from;
    CHECK(diver_stream_open_linux(&in, 0, DIVER_STREAM_READER) == 0);
    CHECK(diver_stream_open_linux(&out, 1, DIVER_STREAM_WRITER) == 0);
    CHECK(diver_stream_open_linux(&again, 1, DIVER_STREAM_WRITER) == -EBUSY);
    for (uint64_t n = 0; n < 1000; n++) { /* several times around the ring */
        CHECK(diver_stream_reserve(&out, &to) > 0);
        *(uint64_t *)to = n;
        diver_stream_commit(&out, 4096);
        CHECK(diver_stream_peek(&in, &from) == 4096 && *(const uint64_t *)from == n);
        diver_stream_release(&in, 4096);
    }
    FAILS(EBUSY, write(1, bytes, 1));
    FAILS(EBUSY, read(0, bytes, 1));
    CHECK(munmap(out.shared, 4096) == 0 && mprotect(out.data, 4096, PROT_READ) == 0);
    CHECK(close(1) == 0 && in.shared->sides[DIVER_STREAM_WRITER].state == DIVER_STREAM_OPEN);
    diver_stream_finish(&in, 0);
    return 0;
}
