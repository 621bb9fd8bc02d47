#include <tiny.h>

int app_main(const struct tiny *tiny) {
    char digit = tiny->arguments[0];
    tiny->print("{{name}} ends\n");
    return digit >= '0' && digit <= '9' ? digit - '0' : 99;
}
