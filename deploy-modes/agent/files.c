#include "files.h"
#include "lib.h"
#include "sys.h"

#define MAP_POPULATE 0x8000 /* all at once: it is read from end to end */

struct file file_map(const char *path) {
    struct stat status;
    int64_t descriptor = sys(__NR_open, path, O_RDONLY | O_CLOEXEC);
    int64_t result = is_error(descriptor) ? descriptor : sys(__NR_fstat, descriptor, &status);
    if (is_error(result))
        fail("%s cannot be read: error %d.", path, (int)-result);
    if (status.size == 0)
        fail("%s is empty.", path);
    int64_t bytes =
        sys(__NR_mmap, 0, status.size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
    if (is_error(bytes))
        fail("%s cannot be mapped: error %d.", path, (int)-bytes);
    sys(__NR_close, descriptor);
    return (struct file){(const uint8_t *)bytes, (size_t)status.size};
}

int64_t file_read(const char *path, char *to, size_t size) {
    size_t length = 0;
    int64_t file = sys(__NR_open, path, O_RDONLY | O_CLOEXEC), got = file;
    while (!is_error(file) && length < size - 1 &&
           (got = sys(__NR_read, file, to + length, size - 1 - length)) > 0)
        length += (size_t)got;
    if (!is_error(file))
        sys(__NR_close, file);
    to[length] = '\0';
    return is_error(got) ? got : (int64_t)length;
}
