#include <app.h>

extern char app_size[]; /* by app.ld */

__attribute__((section(".start"), used)) static const struct app_header header = {
    .magic = APP_MAGIC,
    .main = app_main,
    .size = (unsigned)app_size,
};
