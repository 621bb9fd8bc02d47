// Files are created, written, read, moved and removed on the Linux beside it.
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>

static void reads_what_it_wrote(void) {
    char bytes[16];
    int fd = open("one", O_RDWR | O_CREAT | O_EXCL, 0640);
    CHECK(fd == 3 && write(fd, "hello", 5) == 5 && lseek(fd, 1, SEEK_SET) == 1);
    CHECK(read(fd, bytes, 16) == 4 && memcmp(bytes, "ello", 4) == 0 && read(fd, bytes, 16) == 0);
    CHECK(pwrite(fd, "J", 1, 0) == 1 && pread(fd, bytes, 5, 0) == 5);
    CHECK(memcmp(bytes, "Jello", 5) == 0 && lseek(fd, 0, SEEK_CUR) == 5);
    int end = open("one", O_WRONLY | O_APPEND);
    struct iovec parts[3] = {{" a", 2}, {NULL, 0}, {"nd more", 7}};
    CHECK(end == 4 && writev(end, parts, 3) == 9 && lseek(fd, 0, SEEK_END) == 14);
    struct iovec into[2] = {{bytes, 6}, {bytes + 8, 2}};
    CHECK(preadv(fd, into, 2, 6) == 8 && memcmp(bytes, "and mo", 6) == 0 && bytes[8] == 'r');
    CHECK(ftruncate(fd, 3) == 0 && lseek(fd, 0, SEEK_END) == 3 && fsync(fd) == 0);
    CHECK(close(fd) == 0 && close(end) == 0);
    FAILS(EBADF, read(fd, bytes, 1));
}

static void changes_folders(void) {
    struct stat stat_one, stat_two;
    struct statfs fs;
    char target[16];
    FAILS(EEXIST, open("one", O_RDWR | O_CREAT | O_EXCL, 0600));
    CHECK(stat("one", &stat_one) == 0 && stat_one.st_size == 3 && S_ISREG(stat_one.st_mode));
    CHECK((stat_one.st_mode & 0777) == 0640 && mkdir("folder", 0700) == 0);
    CHECK(rename("one", "folder/two") == 0 && link("folder/two", "three") == 0);
    CHECK(stat("folder/two", &stat_two) == 0 && stat_two.st_ino == stat_one.st_ino);
    CHECK(stat_two.st_nlink == 2 && symlink("folder/two", "link") == 0);
    CHECK(readlink("link", target, 16) == 10 && memcmp(target, "folder/two", 10) == 0);
    CHECK(lstat("link", &stat_one) == 0 && S_ISLNK(stat_one.st_mode));
    CHECK(chmod("three", 0600) == 0 && statfs(".", &fs) == 0 && fs.f_bsize > 0);
    FAILS(ENOTEMPTY, rmdir("folder"));
    FAILS(ENOTDIR, open("three/x", O_RDONLY));
    FAILS(EISDIR, open("folder", O_WRONLY));
}

static void lists_folders(void) {
    int count = 0;
    DIR *dir = opendir("folder");
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir)); count++)
        CHECK(strcmp(entry->d_name, "two") == 0 || entry->d_name[0] == '.');
    CHECK(count == 3 && closedir(dir) == 0);
}

static void knows_where_it_is(void) {
    char before[256], after[256];
    CHECK(getcwd(before, sizeof before) && chdir("folder") == 0);
    CHECK(getcwd(after, sizeof after) && strlen(after) == strlen(before) + 7);
    CHECK(access("two", R_OK) == 0 && chdir("..") == 0);
    CHECK(umask(027) == 022 && umask(022) == 027);
}

int main(void) {
    reads_what_it_wrote();
    changes_folders();
    lists_folders();
    knows_where_it_is();
    CHECK(unlink("folder/two") == 0 && rmdir("folder") == 0);
    CHECK(unlink("link") == 0 && unlink("three") == 0);
    FAILS(ENOENT, unlink("three"));
    return 0;
}
