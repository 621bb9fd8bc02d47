/* The mounts of the app's tree. */
#include "mounts.h"
#include "lib.h"
#include "sys.h"

#define PATH_BYTES 8192 /* of a place in the tree, with its name */

#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_RECURSIVE        0x8000

void mount(const char *what, const char *where, const char *type, uint64_t flags,
           const char *data) {
    int64_t result = sys(__NR_mount, what, where, type, flags, data);
    if (is_error(result))
        fail("%s cannot be mounted for the app: error %d.", type ? type : where, (int)-result);
}

/* mount_setattr(2) */
struct mount_attributes {
    uint64_t set, clear, propagation, namespace;
};

void mount_restrict(const char *name, const char *place, uint64_t rights) {
    const struct mount_attributes attributes = {.set = rights | ATTR_NOSUID};
    int64_t result = sys(__NR_mount_setattr, AT_FDCWD, name, AT_RECURSIVE | AT_SYMLINK_NOFOLLOW,
                         &attributes, sizeof attributes);
    if (is_error(result))
        fail("%s cannot be shared safely: error %d; Linux 5.12 or later is needed.", place,
             (int)-result);
}

/* --- what is mounted below a share --- */

static int64_t list; /* /proc/self/mountinfo */

void mounts_open(void) {
    list = sys(__NR_open, "/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
}

void mounts_close(void) {
    sys(__NR_close, list);
}

/* Compares with a path in which a blank, say, is \040 (proc(5)), and moves behind it. */
static bool skip_path(const char **text, const char *path) {
    for (; *path; path++) {
        char c = *(*text)++;
        if (c == '\\') {
            c = (char)((*text)[0] << 6 | ((*text)[1] & 7) << 3 | ((*text)[2] & 7));
            *text += 3;
        }
        if (c != *path)
            return false;
    }
    return true;
}

/* A line of mountinfo: five words, of which the last is the place, others, "-", the type. */
static bool leads_out(const char *line, const char *place) {
    for (int words = 0; words < 4; line++)
        words += *line == ' ';
    if (!skip_path(&line, place) || *line != '/')
        return false;
    while (*line && !starts_with(line, " - "))
        line++;
    return starts_with(line, " - proc ") || starts_with(line, " - sysfs ");
}

#define MOUNTS_MAX (1 << 20)

/* What is mounted below the name in the working directory came with it. */
static void refuse_system_mounts(const char *name, const char *place) {
    char path[PATH_BYTES];
    char *lines = allocate(MOUNTS_MAX);
    int64_t length = sys(__NR_getcwd, path, sizeof path), got, have = 0;
    while ((got = sys(__NR_pread64, list, lines + have, MOUNTS_MAX - 1 - have, have)) > 0)
        have += got;
    if (is_error(length) || is_error(got) || have == MOUNTS_MAX - 1)
        fail("%s cannot be shared: what is mounted below it cannot be found out.", place);
    format(path + length - 1, sizeof path - (size_t)length + 1, "/%s", name);
    for (char *line = lines, *end; *line; line = end + 1) {
        for (end = line; *end != '\n'; end++)
            ;
        *end = '\0';
        if (leads_out(line, path))
            fail("%s cannot be shared: /proc or /sys is mounted below it. Share the folders beside "
                 "that one by one.",
                 place);
    }
    sys(__NR_munmap, lines, MOUNTS_MAX);
}

void mount_share(const struct share *share, const char *name) {
    int64_t result = sys(__NR_mount, share->from, name, 0, MS_BIND, 0);
    if (result == -EINVAL) { /* a user namespace may not uncover what is mounted below */
        result = sys(__NR_mount, share->from, name, 0, MS_BIND | MS_REC, 0);
        refuse_system_mounts(name, share->from);
    }
    if (is_error(result))
        fail("%s cannot be shared: error %d.", share->from, (int)-result);
    mount_restrict(name, share->at, ATTR_NODEV | (share->read_only ? ATTR_RDONLY : 0));
}
