/* Builds the app's tree on a file system in memory and makes it the process's root. */
#include "root.h"
#include "describe.h"
#include "files.h"
#include "lib.h"
#include "mounts.h"
#include "sys.h"

#define CLONE_NEWNS   0x00020000
#define CLONE_NEWUTS  0x04000000
#define CLONE_NEWIPC  0x08000000
#define CLONE_NEWUSER 0x10000000
#define CLONE_NEWNET  0x40000000

#define MNT_DETACH 2

/* The machine's /proc is of no more use once the namespaces are there, and nobody shares it. */
#define BUILD_AT "/proc"

#define PROC_MAGIC  0x9fa0 /* statfs(2) */
#define SYSFS_MAGIC 0x62656572

/* --- namespaces --- */

static void write_text(const char *path, const char *text) {
    if (is_error(file_write(path, text)))
        fail("A user namespace cannot be set up: %s cannot be written.", path);
}

static void map_user(const char *path, uint64_t id) {
    char line[64];
    format(line, sizeof line, "%lu %lu 1", id, id);
    write_text(path, line);
}

static void enter_namespaces(void) {
    uint64_t spaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
    uint64_t uid = (uint64_t)sys(__NR_geteuid), gid = (uint64_t)sys(__NR_getegid);
    if (!is_error(sys(__NR_unshare, spaces)))
        return;
    int64_t result = sys(__NR_unshare, spaces | CLONE_NEWUSER);
    if (is_error(result))
        fail("The delegate cannot be confined: Linux allows no user namespaces here (error %d). "
             "Allow them (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces).",
             (int)-result);
    write_text("/proc/self/setgroups", "deny");
    map_user("/proc/self/uid_map", uid);
    map_user("/proc/self/gid_map", gid);
}

/* --- places --- */

/* One component of a place, made if it is missing. Nothing in a share, which an app may have
 * written, leads out of the tree: links are refused. */
static bool enter_folder(const char *name) {
    sys(__NR_mkdir, name, 0755);
    int64_t folder = sys(__NR_open, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
    if (is_error(folder))
        return false;
    int64_t result = sys(__NR_fchdir, folder);
    sys(__NR_close, folder);
    return !is_error(result);
}

#define NAME_BYTES 256

/* The next name of a path, which is advanced behind it; false if there is none that can be used. */
static bool next_name(const char **path, char name[NAME_BYTES]) {
    size_t length = 0;
    while (**path == '/')
        ++*path;
    for (; **path && **path != '/' && length < NAME_BYTES - 1; ++*path)
        name[length++] = **path;
    name[length] = '\0';
    while (**path == '/')
        ++*path;
    return length > 0 && length < NAME_BYTES - 1 && !equal(name, ".") && !equal(name, "..");
}

/* Enters the folder that holds `place`, whose last name goes to `name`. */
static bool enter_parent(const char *place, char name[NAME_BYTES]) {
    sys(__NR_chdir, BUILD_AT);
    while (next_name(&place, name)) {
        if (*place == '\0')
            return true;
        if (!enter_folder(name))
            return false;
    }
    return false;
}

static void check_source(const struct share *share) {
    if (share->tag)
        return;
    uint64_t status[15]; /* struct statfs: its type comes first */
    int64_t result = sys(__NR_statfs, share->from, status);
    if (is_error(result))
        fail("%s cannot be shared: error %d.", share->from, (int)-result);
    if (equal(share->from, "/"))
        fail("The machine's whole file tree cannot be shared: share folders in it.");
    if (status[0] == PROC_MAGIC || status[0] == SYSFS_MAGIC)
        fail("%s cannot be shared: what the machine says of itself is not for the app.",
             share->from);
}

static bool is_folder(const char *path) {
    struct stat status;
    return !is_error(sys(__NR_stat, path, &status)) && (status.mode & S_IFMT) == S_IFDIR;
}

static void make_file(const char *name) {
    sys(__NR_close, sys(__NR_open, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
}

static void add_share(const struct share *share) {
    char name[NAME_BYTES];
    if (!enter_parent(share->at, name))
        fail("Nothing can be shared at %s: it is no place in the app's tree, or a link is on the "
             "way there.",
             share->at);
    if (share->tag || is_folder(share->from))
        sys(__NR_mkdir, name, 0755);
    else
        make_file(name);
    struct stat status;
    if (is_error(sys(__NR_lstat, name, &status)) || (status.mode & S_IFMT) == S_IFLNK)
        fail("Nothing can be shared at %s: it cannot be made, or a link is there.", share->at);
    if (share->tag)
        mount(share->from, name, "virtiofs",
              MS_NOSUID | MS_NODEV | (share->read_only ? MS_RDONLY : 0), 0);
    else
        mount_share(share, name);
}

/* Those above first: "/a" before "/a/b". */
static void add_shares(const struct options *options) {
    bool done[SHARES_MAX] = {false};
    for (size_t round = 0; round < options->share_count; round++) {
        size_t next = 0;
        while (done[next])
            next++;
        for (size_t i = next; i < options->share_count; i++)
            if (!done[i] && strlen(options->shares[i].at) < strlen(options->shares[next].at))
                next = i;
        done[next] = true;
        add_share(&options->shares[next]);
    }
    sys(__NR_chdir, BUILD_AT);
}

/* --- the tree --- */

/* They are the machine's own: read-only mounts keep their modes and owners from the app, and let it
 * write all the same. */
static void add_devices(void) {
    static const char *const names[] = {"null", "zero", "full", "random", "urandom"};
    sys(__NR_mkdir, "dev", 0755);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char from[32], to[32];
        format(from, sizeof from, "/dev/%s", names[i]);
        format(to, sizeof to, "dev/%s", names[i]);
        make_file(to);
        mount(from, to, NULL, MS_BIND, NULL);
        mount_restrict(to, from, ATTR_RDONLY);
    }
    sys(__NR_symlink, "/tmp", "dev/shm");
}

/* Where programs lie in /usr alone, the old names lead there. */
static void add_links(void) {
    static const char *const names[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char target[16];
        format(target, sizeof target, "usr/%s", names[i]);
        if (is_folder(target))
            sys(__NR_symlink, target, names[i]); /* what is there already stays */
    }
}

/* The executable at the place where the app takes itself to be, unless a share has it there. */
static void add_app(const struct options *options) {
    char name[NAME_BYTES];
    struct stat status;
    const struct share share = {options->app_file, options->app, true, false};
    if (!options->app || options->app[0] != '/' || !options->app_file)
        return;
    sys(__NR_chdir, BUILD_AT);
    if (is_error(sys(__NR_stat, options->app + 1, &status)) && enter_parent(share.at, name)) {
        make_file(name);
        mount_share(&share, name);
    }
    sys(__NR_chdir, BUILD_AT);
}

static void swap_roots(void) {
    sys(__NR_chdir, BUILD_AT);
    if (!is_error(sys(__NR_pivot_root, ".", "."))) {
        /* the old root lies over the new one now */
        if (is_error(sys(__NR_umount2, ".", MNT_DETACH)))
            fail("The machine's file tree cannot be left.");
    } else { /* the initial RAM disk cannot be left, but covered */
        mount(".", "/", NULL, MS_MOVE, NULL);
        if (is_error(sys(__NR_chroot, ".")))
            fail("The machine's file tree cannot be left.");
    }
    sys(__NR_chdir, "/");
}

/* The app's temporary files: what they take is taken from the Linux's memory. */
static void add_temporary(void) {
    mount("none", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=256m,nr_inodes=65536");
}

void root_enter(const struct options *options, const struct machine *machine) {
    int64_t mask = sys(__NR_umask, 022);
    for (size_t i = 0; i < options->share_count; i++)
        check_source(&options->shares[i]);
    enter_namespaces();
    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    mounts_open();
    mount("none", BUILD_AT, "tmpfs", MS_NOSUID, "mode=755,size=16m,nr_inodes=4096");
    sys(__NR_chdir, BUILD_AT);
    sys(__NR_mkdir, "tmp", 0755);
    add_devices();
    add_temporary();
    describe(options, machine);
    add_shares(options);
    add_links();
    add_app(options);
    mounts_close();
    swap_roots();
    mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL);
    sys(__NR_umask, mask);
    if (is_error(sys(__NR_chdir, options->directory)))
        sys(__NR_chdir, "/");
}
