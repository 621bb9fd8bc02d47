#include "files.h"
#include "lib.h"
#include "sys.h"

struct file file_map(const char *path) {
    struct stat status;
    int64_t descriptor = sys(__NR_open, path, O_RDONLY | O_CLOEXEC);
    int64_t result = is_error(descriptor) ? descriptor : sys(__NR_fstat, descriptor, &status);
    if (is_error(result))
        fail("%s cannot be read: error %d.", path, (int)-result);
    if (status.size == 0)
        fail("%s is empty.", path);
    int64_t bytes = /* all at once: it is read from end to end */
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

bool file_exists(const char *path) {
    struct stat status;
    return !is_error(sys(__NR_stat, path, &status));
}

/* struct linux_dirent64 of getdents64(2). */
struct entry {
    uint64_t inode, offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

bool any_name(const char *folder, bool (*each)(const char *name, void *context), void *context) {
    char entries[2048] __attribute__((aligned(8)));
    bool found = false;
    int64_t file = sys(__NR_open, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), got;
    while (!is_error(file) && !found &&
           (got = sys(__NR_getdents64, file, entries, sizeof entries)) > 0)
        for (int64_t at = 0; at < got && !found;) {
            const struct entry *entry = (const void *)(entries + at);
            at += entry->length;
            found = entry->name[0] != '.' && each(entry->name, context);
        }
    if (!is_error(file))
        sys(__NR_close, file);
    return found;
}

uint64_t file_number(const char *path) {
    char text[64];
    const char *at = text;
    uint64_t value;
    return file_read(path, text, sizeof text) > 0 && parse_number(&at, "\n", &value) ? value : 0;
}

int64_t file_write(const char *path, const char *text) {
    int64_t file = sys(__NR_open, path, O_WRONLY | O_CLOEXEC);
    if (is_error(file))
        return file;
    int64_t result = sys(__NR_write, file, text, strlen(text));
    sys(__NR_close, file);
    return result;
}
