#include <tiny.h>

int app_main(const struct tiny *tiny) {
    tiny->print("Hello from {{name}}: ");
    tiny->print(tiny->arguments);
    tiny->print("\n");
    return 0;
}
