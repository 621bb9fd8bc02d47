/* The first stack: strings, then argc, argv, envp and the auxiliary vector below them. */
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/random.h"
#include "remora/signal.h"

#define AT_NULL        0
#define AT_PHDR        3
#define AT_PHENT       4
#define AT_PHNUM       5
#define AT_PAGESZ      6
#define AT_BASE        7
#define AT_FLAGS       8
#define AT_ENTRY       9
#define AT_UID         11
#define AT_EUID        12
#define AT_GID         13
#define AT_EGID        14
#define AT_PLATFORM    15
#define AT_HWCAP       16
#define AT_CLKTCK      17
#define AT_SECURE      23
#define AT_RANDOM      25
#define AT_HWCAP2      26
#define AT_EXECFN      31
#define AT_MINSIGSTKSZ 51

#define PROGRAM_HEADER_SIZE 56
#define RANDOM_BYTES        16

/* The part that holds words is put together here and then written at once. */
#define VECTOR_MAX (1 + WORDS_MAX + 2 + 2 * 24)

struct builder {
    uint64_t top; /* strings grow down from STACK_TOP */
    uint64_t vector[VECTOR_MAX];
    size_t length;
    bool failed;
};

static uint64_t push_bytes(struct builder *b, const void *bytes, size_t size) {
    b->top -= size;
    b->failed |= !user_write(b->top, bytes, size);
    return b->top;
}

static uint64_t push_string(struct builder *b, const char *string) {
    return push_bytes(b, string, strlen(string) + 1);
}

static void add(struct builder *b, uint64_t value) {
    b->vector[b->length++] = value;
}

static void add_auxiliary(struct builder *b, uint64_t type, uint64_t value) {
    add(b, type);
    add(b, value);
}

static void add_strings(struct builder *b, char *const *strings, size_t count) {
    for (size_t i = 0; i < count; i++)
        add(b, push_string(b, strings[i]));
    add(b, 0);
}

static void add_auxiliaries(struct builder *b, const struct executable *executable,
                            const char *name) {
    uint8_t random[RANDOM_BYTES];
    random_fill(random, sizeof random);
    add_auxiliary(b, AT_PHDR, executable->program_headers);
    add_auxiliary(b, AT_PHENT, PROGRAM_HEADER_SIZE);
    add_auxiliary(b, AT_PHNUM, executable->program_header_count);
    add_auxiliary(b, AT_PAGESZ, PAGE_SIZE);
    add_auxiliary(b, AT_BASE, executable->interpreter);
    add_auxiliary(b, AT_FLAGS, 0);
    add_auxiliary(b, AT_ENTRY, executable->entry);
    add_auxiliary(b, AT_UID, options.uid);
    add_auxiliary(b, AT_EUID, options.uid);
    add_auxiliary(b, AT_GID, options.gid);
    add_auxiliary(b, AT_EGID, options.gid);
    add_auxiliary(b, AT_SECURE, 0);
    add_auxiliary(b, AT_HWCAP, cpu_hwcap());
    add_auxiliary(b, AT_HWCAP2, 0);
    add_auxiliary(b, AT_CLKTCK, 100);
    add_auxiliary(b, AT_MINSIGSTKSZ, signal_frame_size());
    add_auxiliary(b, AT_PLATFORM, push_string(b, "x86_64"));
    add_auxiliary(b, AT_EXECFN, push_string(b, name));
    add_auxiliary(b, AT_RANDOM, push_bytes(b, random, sizeof random));
    add_auxiliary(b, AT_NULL, 0);
}

uint64_t stack_build(const struct executable *executable, const struct words *words) {
    static struct builder builder;
    struct builder *b = &builder;
    b->top = STACK_TOP;
    if (space_add(STACK_TOP - STACK_LIMIT, STACK_TOP, PROT_READ | PROT_WRITE, AREA_STACK) != 0)
        return 0;
    add(b, words->argument_count);
    add_strings(b, words->arguments, words->argument_count);
    add_strings(b, words->environment, words->environment_count);
    add_auxiliaries(b, executable,
                    options.path                ? options.path
                    : words->argument_count > 0 ? words->arguments[0]
                                                : "");
    b->top = align_down(b->top - b->length * sizeof b->vector[0], 16);
    b->failed |= !user_write(b->top, b->vector, b->length * sizeof b->vector[0]);
    return b->failed ? 0 : b->top;
}
