#include <tiny.h>

int app_main(const struct tiny *tiny) {
    tiny->print("tiny: no app is linked into this kernel\n");
    return 126;
}
