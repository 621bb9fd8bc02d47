// poll sees input, the end of input, room for output, and time passing.
// stdin: x
#include "check.h"
#include <poll.h>

int main(void) {
    struct pollfd all[3] = {{.fd = 0, .events = POLLIN}, {.fd = 1, .events = POLLOUT}, {.fd = 9}};
    char bytes[8];
    CHECK(poll(all, 1, -1) == 1 && all[0].revents == POLLIN);
    CHECK(poll(all, 3, 0) == 3 && all[1].revents == POLLOUT && all[2].revents == POLLNVAL);
    CHECK(read(0, bytes, 8) == 2 && bytes[0] == 'x' && bytes[1] == '\n');
    CHECK(poll(all, 1, -1) == 1 && read(0, bytes, 8) == 0 && read(0, bytes, 8) == 0);
    CHECK(poll(all + 1, 0, 5) == 0);
    return 0;
}
