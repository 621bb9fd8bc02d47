// Writes a count that cannot be into the header, and stays until the reader has had enough.
#include "../check.h"
#include <diver/stream_linux.h>

int main(void) {
    struct diver_stream_end out;
    CHECK(diver_stream_open_linux(&out, 1, DIVER_STREAM_WRITER) == 0);
    CHECK(diver_stream_write(&out, "abcd", 4) == 0);
    while (out.shared->sides[DIVER_STREAM_READER].count != 4)
        usleep(1000);
    out.shared->sides[DIVER_STREAM_WRITER].count = 1ull << 40;
    while (out.shared->sides[DIVER_STREAM_READER].state != DIVER_STREAM_ENDED)
        usleep(1000);
    return 0;
}
