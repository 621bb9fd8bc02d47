#include "ring.h"
#include "files.h"
#include "lib.h"
#include "pool.h"
#include "sys.h"

#include <diver/stream.h>

#define FILE_BYTES CHUNK
#define RING_BYTES (1ull << 20)
#define LOOK_MS    100

static const char *const directions[] = {
    [DIVER_STREAM_WRITER] = "writes to", [DIVER_STREAM_READER] = "reads"};

/* --- names: in the ledger and of the file, by where the link is --- */

#define PREFIX "stream"

static void replace(char *text, char from, char to) {
    for (; *text; text++)
        if (*text == from)
            *text = to;
}

static void name_of(char name[PATH_MAX], const char *link) {
    format(name, PATH_MAX, "%s", link);
    for (const char *at = link; *at; at++)
        if (*at == '%' || *at <= ' ')
            refuse("Name another file.", "The name of a stream has no blanks and no %%: %s.", link);
    if (link[0] != '/' || strlen(link) > PATH_MAX / 2)
        refuse("Name another file.",
               "A stream is named by a path from / on, of at most %d bytes, not %s.", PATH_MAX / 2,
               link);
    replace(name, '/', '%');
}

static void file_of(char file[PATH_MAX], const char *name) {
    char folder[PATH_MAX];
    pool_folder(folder, FILE_BYTES);
    format(file, PATH_MAX, "%s/" PREFIX "%s", folder, name);
}

static void link_of(char link[PATH_MAX], const char *name) {
    format(link, PATH_MAX, "%s", name);
    replace(link, '%', '/');
}

/* Whether the link is there, and leads to the file. */
static bool is_linked(const char *name) {
    char link[PATH_MAX], file[PATH_MAX], to[PATH_MAX];
    link_of(link, name);
    file_of(file, name);
    int64_t length = sys(__NR_readlink, link, to, sizeof to - 1);
    if (is_error(length))
        return false;
    to[length] = '\0';
    return equal(to, file);
}

/* --- files --- */

static int64_t open_file(const char *name, int flags) {
    char file[PATH_MAX];
    file_of(file, name);
    return sys(__NR_open, file, O_RDWR | O_CLOEXEC | flags, 0600);
}

/* NULL where Linux refuses. */
static struct diver_stream *map(int64_t file) {
    int64_t at = sys(__NR_mmap, 0, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return is_error(at) ? NULL : (struct diver_stream *)at;
}

/* False where Linux refuses. */
static bool remove(const char *name) {
    char path[PATH_MAX];
    link_of(path, name);
    if (is_linked(name))
        sys(__NR_unlink, path);
    file_of(path, name);
    return !is_error(sys(__NR_unlink, path));
}

/* --- locks: a byte of the file for each end, held by who has it --- */

static struct flock byte_of(enum diver_stream_role role) {
    return (struct flock){.type = F_WRLCK, .start = role, .length = 1};
}

static bool take_lock(const struct ring *ring, enum diver_stream_role role) {
    struct flock lock = byte_of(role);
    return !is_error(sys(__NR_fcntl, ring->file, F_OFD_SETLK, &lock));
}

static bool is_locked(const struct ring *ring, enum diver_stream_role role) {
    struct flock lock = byte_of(role);
    return !is_error(sys(__NR_fcntl, ring->file, F_OFD_GETLK, &lock)) && lock.type != F_UNLCK;
}

/* --- what its ends say --- */

static uint32_t state_of(const struct diver_stream *stream, enum diver_stream_role role) {
    return __atomic_load_n(&stream->sides[role].state, __ATOMIC_ACQUIRE);
}

static bool is_gone(const struct diver_stream *stream, enum diver_stream_role role) {
    return __atomic_load_n(&stream->gone[role], __ATOMIC_ACQUIRE) != 0;
}

static void say_gone(struct diver_stream *stream, enum diver_stream_role role) {
    __atomic_store_n(&stream->gone[role], 1, __ATOMIC_RELEASE);
}

/* --- taking --- */

static void map_ring(struct ring *ring) {
    ring->stream = map(ring->file);
    if (!ring->stream)
        fail("The memory of a stream cannot be mapped.");
    ring->bytes = FILE_BYTES;
}

/* Empty, with its one page. */
static void make(struct ring *ring, const char *name, const struct pool *pool, int ledger) {
    char folder[PATH_MAX];
    pool_mount(folder, FILE_BYTES);
    int64_t file = open_file(name, O_CREAT | O_EXCL);
    int64_t result = is_error(file) ? file : sys(__NR_ftruncate, file, FILE_BYTES);
    if (is_error(result))
        fail("The file of a stream cannot be made in %s: error %d.", folder, (int)-result);
    ring->file = hide((int)file);
    if (pool_fill(pool, ring->file, 0, 1, ledger) == 0)
        refuse("End another dive there.", "There is not enough memory: Linux has no 2 MiB in one "
                                          "piece for a stream.");
    map_ring(ring);
    diver_stream_make(ring->stream, RING_BYTES);
}

static void link_to(const char *name, const char *link) {
    char file[PATH_MAX];
    file_of(file, name);
    int64_t result = sys(__NR_symlink, file, link);
    if (is_error(result) && result != -EEXIST)
        refuse("Name another file.", "The stream %s cannot be made: error %d.", link, (int)-result);
    if (!is_linked(name))
        refuse("Name a file that is not there yet, as in /dev/shm/stream; Diver makes it.",
               "%s is no stream that an enclave can have.", link);
}

/* It goes into the ledger when it is sure that this end is the enclave's: the end of what is there
 * is said to be gone. */
static void take(struct ring *ring, enum diver_stream_role role, const char *link,
                 const struct pool *pool, int ledger) {
    char name[PATH_MAX];
    name_of(name, link);
    int64_t file = open_file(name, 0);
    if (is_error(file)) {
        ledger_write(ledger, "stream %u %s", role, name);
        make(ring, name, pool, ledger);
        take_lock(ring, role);
    } else {
        ring->file = hide((int)file);
        map_ring(ring);
        if (!take_lock(ring, role) || state_of(ring->stream, role) != DIVER_STREAM_ABSENT ||
            is_gone(ring->stream, role))
            refuse("Name another file.",
                   "Somebody %s %s, or has: a stream has one reader and one writer, and is used "
                   "once.",
                   directions[role], link);
        ledger_write(ledger, "stream %u %s", role, name);
    }
    link_to(name, link);
}

void rings_take(struct ring rings[2], const struct options *options, int ledger) {
    struct pool pool;
    if (!options->streams[0] && !options->streams[1])
        return;
    int64_t pagemap = sys(__NR_open, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    pool_find(&pool, options->node, FILE_BYTES);
    for (unsigned role = 0; role < 2; role++)
        if (options->streams[role]) {
            take(&rings[role], role, options->streams[role], &pool, ledger);
            rings[role].physical = pool_physical(pagemap, (uint64_t)rings[role].stream);
        }
    sys(__NR_close, pagemap);
}

void rings_forget(struct ring rings[2]) {
    for (unsigned role = 0; role < 2; role++)
        if (rings[role].stream) {
            sys(__NR_munmap, rings[role].stream, FILE_BYTES);
            sys(__NR_close, rings[role].file);
            rings[role].stream = NULL;
        }
}

/* --- watching --- */

/* Whoever is killed leaves an end that has not ended, and has no lock any more. False: there is
 * nothing more to look for. */
static bool watch(struct ring *ring, enum diver_stream_role other) {
    uint32_t state = state_of(ring->stream, other);
    bool locked = is_locked(ring, other);
    if (state == DIVER_STREAM_ENDED || is_gone(ring->stream, other))
        return false;
    if (locked || (state == DIVER_STREAM_ABSENT && !ring->met)) {
        ring->met = locked;
        return true;
    }
    say_gone(ring->stream, other);
    return false;
}

int rings_watch(struct ring rings[2]) {
    bool again = false;
    for (unsigned role = 0; role < 2; role++)
        again |= rings[role].stream && watch(&rings[role], 1 - role);
    return again ? LOOK_MS : -1;
}

/* --- giving back --- */

struct user {
    const char *name, *but; /* of the stream; of an enclave that does not count */
    bool found;
};

static void find_user(const struct record *record, void *context) {
    struct user *user = context;
    for (int role = 0; role < 2; role++)
        user->found |= record->state != STATE_ENDED && equal(record->streams[role], user->name) &&
                       !equal(record->name, user->but);
}

/* Whether a co-kernel may still write to it. */
static bool is_used(const char *name, const char *but) {
    struct user user = {name, but, false};
    ledger_all(find_user, &user);
    return user.found;
}

/* Who has not come yet may still want what was written. */
static bool is_awaited(const struct diver_stream *stream, enum diver_stream_role role) {
    return state_of(stream, role) != DIVER_STREAM_ABSENT &&
           state_of(stream, 1 - role) == DIVER_STREAM_ABSENT && !is_gone(stream, 1 - role);
}

static void give_back(enum diver_stream_role role, const char *name, const char *enclave) {
    int64_t file = open_file(name, 0);
    struct diver_stream *stream = is_error(file) ? NULL : map(file);
    if (stream) {
        say_gone(stream, role);
        if (!is_used(name, enclave) && !is_awaited(stream, role))
            remove(name);
        sys(__NR_munmap, stream, FILE_BYTES);
    }
    if (!is_error(file))
        sys(__NR_close, file);
}

void rings_give_back(const struct record *record, int ledger) {
    for (unsigned role = 0; role < 2; role++)
        if (record->streams[role][0]) {
            give_back(role, record->streams[role], record->name);
            ledger_note(ledger, "stream-back %u", role);
        }
}

/* Names the stream whose file this is, if it is one that nobody has or can find. */
static bool is_forsaken(const char *file, void *name) {
    if (!starts_with(file, PREFIX "%")) /* an enclave's */
        return false;
    format(name, PATH_MAX, "%s", file + strlen(PREFIX));
    return !is_linked(name) && !is_used(name, "");
}

void rings_sweep(void) {
    char folder[PATH_MAX], name[PATH_MAX];
    pool_folder(folder, FILE_BYTES);
    if (!any_name(folder, is_forsaken, name))
        return; /* and no wait for the lock */
    machine_lock();
    while (any_name(folder, is_forsaken, name) && remove(name))
        ;
    machine_unlock();
}
