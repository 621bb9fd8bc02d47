#include "streams.h"
#include "ledger.h"
#include "lib.h"
#include "sys.h"

static const char *const names[] = {"", "stdout", "stderr"};

static int open_file(const char *folder, int stream) {
    char path[PATH_MAX];
    format(path, sizeof path, "%s/%s", folder, names[stream]);
    int64_t file = sys(__NR_open, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (is_error(file))
        fail("%s cannot be opened: error %d.", path, (int)-file);
    return hide((int)file);
}

static void move(int from, int to) {
    sys(__NR_dup2, from, to);
    sys(__NR_close, from);
}

/* --- passing on --- */

static int64_t pumps[3];

/* True if all was written. */
static bool write_all(int to, const char *bytes, int64_t count) {
    while (count > 0) {
        int64_t written = sys(__NR_write, to, bytes, count);
        if (written == -EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        count -= written;
    }
    return true;
}

/* The files are in memory that is Linux's. */
#define FILE_LIMIT (64ll << 20)
#define CUT_OFF    "\n(The rest is not kept: there was too much.)\n"

static void write_file(int file, const char *bytes, int64_t count) {
    static int64_t room = FILE_LIMIT;
    if (room <= 0)
        return;
    write_all(file, bytes, MIN(count, room));
    room -= count;
    if (room < 0)
        write_all(file, CUT_OFF, sizeof CUT_OFF - 1);
}

/* All the descriptors that such a process has. */
enum { PUMP_FROM, PUMP_TO, PUMP_FILE, PUMP_END };

/* A piece that could not be written as a whole comes again, in the file. */
_Noreturn static void pump(bool gone) {
    static char bytes[64 * 1024];
    int64_t got;
    while ((got = sys(__NR_read, PUMP_FROM, bytes, sizeof bytes)) > 0 || got == -EINTR) {
        gone = gone || !write_all(PUMP_TO, bytes, got);
        if (gone)
            write_file(PUMP_FILE, bytes, got);
    }
    sys(__NR_exit_group, 0);
    __builtin_unreachable();
}

static void start_pump(const char *folder, int stream, bool gone) {
    int32_t ends[2];
    int file = open_file(folder, stream);
    make_pipe(ends);
    pumps[stream] = sys(__NR_fork);
    if (is_error(pumps[stream]))
        fail("There is no process for the app's %s: error %d.", names[stream], (int)-pumps[stream]);
    if (pumps[stream] == 0) {
        int out = gone ? file : hide(stream);
        move(ends[0], PUMP_FROM);
        sys(__NR_dup2, out, PUMP_TO);
        move(file, PUMP_FILE);
        sys(__NR_close_range, PUMP_END, UINT32_MAX, 0);
        pump(gone);
    }
    sys(__NR_close, ends[0]);
    sys(__NR_close, file);
    move(ends[1], stream);
}

void streams_to_files(const char *folder) {
    for (int stream = 1; stream <= 2; stream++)
        start_pump(folder, stream, true);
    move(hide((int)sys(__NR_open, "/dev/null", O_RDONLY | O_CLOEXEC)), 0);
}

void streams_outlive(const char *folder) {
    for (int stream = 1; stream <= 2; stream++)
        start_pump(folder, stream, false);
}

void streams_finish(void) {
    for (int stream = 1; stream <= 2; stream++)
        if (pumps[stream] > 0) {
            sys(__NR_close, stream);
            process_wait(pumps[stream]);
        }
}
