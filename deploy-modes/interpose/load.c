#include "load.h"
#include "entry.h"
#include "linux.h"
#include "options.h"

/* What one ELF file has become. */
struct image {
    uint64_t base; /* added to the file's own addresses */
    uint64_t entry, headers, header_count;
    uint64_t start_code, end_code, start_data, end_data, end;
    bool executable_stack;
    char interpreter[PATH_BYTES]; /* empty: none */
};

const char *load_executable;
static char executable[PATH_BYTES];

#define MOST_HEADERS 64

struct file {
    int64_t descriptor;
    const char *path;
    struct elf_header header;
    struct program_header segments[MOST_HEADERS];
};

static void read_at(const struct file *file, void *to, uint64_t bytes, uint64_t offset) {
    if (sys(__NR_pread64, file->descriptor, to, bytes, offset) != (int64_t)bytes)
        fail("%s is cut off: it is no executable.", file->path);
}

static void open_file(struct file *file, const char *path) {
    file->path = path;
    file->descriptor = sys(__NR_open, path, O_RDONLY | O_CLOEXEC);
    if (is_error(file->descriptor))
        fail("%s cannot be opened: error %ld.", path, -file->descriptor);
    read_at(file, &file->header, sizeof file->header, 0);
    if (memcmp(file->header.ident, "\177ELF", 4) != 0 ||
        file->header.program_header_count > MOST_HEADERS)
        fail("%s is no executable for this Linux.", path);
    read_at(file, file->segments, file->header.program_header_count * sizeof *file->segments,
            file->header.program_headers);
}

static uint64_t random_below(uint64_t pages) {
    uint64_t value = 0;
    if (sys(__NR_personality, 0xffffffff) & 0x40000) /* ADDR_NO_RANDOMIZE */
        return 0;
    sys(__NR_getrandom, &value, sizeof value, 0);
    return value % pages * PAGE;
}

static uint64_t reserve(uint64_t at, uint64_t bytes) {
    int64_t result =
        sys(__NR_mmap, at, bytes, PROT_NONE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED_NOREPLACE : 0), -1, 0);
    return is_error(result) ? 0 : (uint64_t)result;
}

/* Where a file that can lie anywhere goes: programs where Linux puts them (ELF_ET_DYN_BASE, below
 * which the heap has room to grow), interpreters among the libraries. */
static uint64_t place(uint64_t bytes, uint64_t alignment, bool is_program) {
    uint64_t at = 0;
    for (int attempt = 0; is_program && !at && attempt < 8; attempt++)
        at = reserve(align_up(0x555555554000 + random_below(1ull << 28), alignment), bytes);
    if (!at) {
        at = reserve(0, bytes + alignment);
        if (!at)
            fail("There is no memory for the program.");
        sys(__NR_munmap, at, bytes + alignment);
        return align_up(at, alignment);
    }
    sys(__NR_munmap, at, bytes);
    return at;
}

static int protection(const struct program_header *segment) {
    return (segment->flags & PF_R ? PROT_READ : 0) | (segment->flags & PF_W ? PROT_WRITE : 0) |
           (segment->flags & PF_X ? PROT_EXEC : 0);
}

static void map(const struct file *file, uint64_t at, uint64_t bytes, int protection, int flags,
                int64_t descriptor, uint64_t offset) {
    int64_t result =
        sys(__NR_mmap, at, bytes, protection, flags | MAP_PRIVATE | MAP_FIXED, descriptor, offset);
    if (is_error(result))
        fail("%s cannot be loaded at 0x%lx: error %ld.", file->path, at, -result);
}

static void map_segment(const struct file *file, const struct program_header *segment,
                        uint64_t base) {
    uint64_t start = base + segment->virtual, page = align_down(start, PAGE);
    uint64_t file_end = start + segment->file_size, end = start + segment->memory_size;
    int bits = protection(segment);
    if (segment->file_size > 0)
        map(file, page, file_end - page, bits, 0, file->descriptor,
            segment->offset - (start - page));
    if (end == file_end)
        return;
    uint64_t rest = segment->file_size > 0 ? align_up(file_end, PAGE) : page;
    if (segment->file_size > 0 && bits & PROT_WRITE)
        memset((void *)file_end, 0, rest - file_end);
    if (end > rest)
        map(file, rest, end - rest, bits, MAP_ANONYMOUS, -1, 0);
}

static void note_segment(struct image *image, const struct program_header *segment,
                         const struct elf_header *header) {
    uint64_t start = image->base + segment->virtual, end = start + segment->file_size;
    uint64_t headers = header->program_headers;
    if (headers >= segment->offset && headers < segment->offset + segment->file_size)
        image->headers = start + headers - segment->offset;
    if (segment->flags & PF_X && !image->start_code)
        image->start_code = start;
    if (segment->flags & PF_X)
        image->end_code = end;
    image->start_data = start;
    image->end_data = end;
    image->end = MAX(image->end, start + segment->memory_size);
}

static void place_image(struct image *image, const struct file *file, bool is_program) {
    uint64_t low = ~0ull, high = 0, alignment = PAGE;
    for (unsigned i = 0; i < file->header.program_header_count; i++) {
        const struct program_header *segment = &file->segments[i];
        if (segment->type != PT_LOAD)
            continue;
        low = MIN(low, align_down(segment->virtual, PAGE));
        high = MAX(high, align_up(segment->virtual + segment->memory_size, PAGE));
        if ((segment->alignment & (segment->alignment - 1)) == 0)
            alignment = MAX(alignment, segment->alignment);
    }
    if (high <= low)
        fail("%s is no executable: there is nothing to load.", file->path);
    if (file->header.type == ET_DYN)
        image->base = place(high - low, alignment, is_program) - low;
    else if (!reserve(low, high - low))
        fail("%s is for 0x%lx, where Linux has put the interposer.", file->path, low);
}

static void map_image(struct image *image, const struct file *file, bool is_program) {
    place_image(image, file, is_program);
    image->entry = image->base + file->header.entry;
    image->header_count = file->header.program_header_count;
    for (unsigned i = 0; i < file->header.program_header_count; i++) {
        const struct program_header *segment = &file->segments[i];
        if (segment->type == PT_LOAD) {
            map_segment(file, segment, image->base);
            note_segment(image, segment, &file->header);
        } else if (segment->type == PT_INTERP && segment->file_size < PATH_BYTES)
            read_at(file, image->interpreter, segment->file_size, segment->offset);
        else if (segment->type == PT_GNU_STACK)
            image->executable_stack = (segment->flags & PF_X) != 0;
    }
}

/* --- the stack --- */

static size_t count_of(char **words) {
    size_t count = 0;
    while (words[count])
        count++;
    return count;
}

static uint64_t *auxiliary_of(uint64_t *auxiliary, uint64_t type) {
    for (; auxiliary[0] != AT_NULL; auxiliary += 2)
        if (auxiliary[0] == type)
            return auxiliary + 1;
    return NULL;
}

static void set_auxiliary(uint64_t *auxiliary, uint64_t type, uint64_t value) {
    uint64_t *at = auxiliary_of(auxiliary, type);
    if (at)
        *at = value;
}

/* Strings below `stack`, one behind the other, as /proc wants them; where the stack is then. */
static uint64_t copy_strings(char **words, size_t count, uint64_t stack) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += strlen(words[i]) + 1;
    char *to = (char *)(stack - bytes);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(words[i]) + 1;
        memcpy(to, words[i], length);
        words[i] = to;
        to += length;
    }
    return stack - bytes;
}

struct block {
    uint64_t stack, *auxiliary, auxiliary_bytes;
    char **words, **environment;
    size_t word_count, environment_count;
};

/* The words, those of scripts first, the environment and the auxiliary vector, below the old. */
static struct block build_stack(const struct program *program, const struct start *start) {
    struct block block = {.environment_count = count_of(start->environment)};
    size_t given = count_of(start->words), entries = 2;
    while (start->auxiliary[entries - 2] != AT_NULL)
        entries += 2;
    size_t scripts = program->word_count;
    block.word_count = scripts ? 1 + scripts + given - 1 : given;
    uint64_t room = scripts ? start->stack - 0x20000 : start->stack; /* for their strings */
    size_t slots = 1 + block.word_count + 1 + block.environment_count + 1 + entries;
    uint64_t *at = (uint64_t *)align_down(room - slots * 8, 16);
    block.stack = (uint64_t)at;
    *at++ = block.word_count;
    block.words = (char **)at;
    if (scripts) {
        *at++ = (uint64_t)program->path;
        for (size_t i = scripts; i > 0; i--)
            *at++ = (uint64_t)program->words[i - 1];
    }
    for (size_t i = scripts ? 1 : 0; i < given; i++)
        *at++ = (uint64_t)start->words[i];
    *at++ = 0;
    block.environment = (char **)at;
    memcpy(at, start->environment, (block.environment_count + 1) * 8);
    at += block.environment_count + 1;
    block.auxiliary = memcpy(at, start->auxiliary, entries * 8);
    block.auxiliary_bytes = entries * 8;
    return block;
}

/* --- what Linux says of the process --- */

static uint64_t end_of(char **strings, size_t count, uint64_t otherwise) {
    return count ? (uint64_t)strings[count - 1] + strlen(strings[count - 1]) + 1 : otherwise;
}

static void tell_linux(const struct image *image, const struct block *block,
                       const struct file *file) {
    uint64_t heap = align_up(image->end, PAGE) + random_below(0x2000);
    uint64_t words_end = end_of(block->words, block->word_count, block->stack);
    struct memory_map map = {
        .start_code = image->start_code,
        .end_code = image->end_code,
        .start_data = image->start_data,
        .end_data = image->end_data,
        .start_brk = heap,
        .brk = heap,
        .start_stack = block->stack,
        .arg_start = block->word_count ? (uint64_t)block->words[0] : block->stack,
        .arg_end = words_end,
        .env_start = block->environment_count ? (uint64_t)block->environment[0] : words_end,
        .env_end = end_of(block->environment, block->environment_count, words_end),
        .auxv = (uint64_t)block->auxiliary,
        .auxv_size = (uint32_t)block->auxiliary_bytes,
        .exe = (uint32_t)file->descriptor};
    if (sys(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) == 0)
        return;
    map.exe = -1u; /* only root may say what the executable is */
    sys(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0);
    char link[32];
    format(link, sizeof link, "/proc/self/fd/%d", (int)file->descriptor);
    if (sys(__NR_readlink, link, executable, sizeof executable - 1) > 0)
        load_executable = executable;
}

static void set_name(const char *path) {
    const char *name = path;
    for (; *path; path++)
        if (*path == '/')
            name = path + 1;
    sys(__NR_prctl, PR_SET_NAME, name);
}

void leave_own_file(void) {
    const struct elf_header *header = (const struct elf_header *)image_start;
    const struct program_header *segments =
        (const struct program_header *)(image_start + header->program_headers);
    for (unsigned i = 0; i < header->program_header_count; i++) {
        if (segments[i].type != PT_LOAD)
            continue;
        uint64_t start = align_down((uint64_t)image_start + segments[i].virtual, PAGE);
        uint64_t end = (uint64_t)image_start + segments[i].virtual + segments[i].file_size;
        uint64_t bytes = align_up(end, PAGE) - start; /* what is behind has no file */
        int64_t copy = sys(__NR_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (is_error(copy))
            return;
        memcpy((void *)copy, (void *)start, bytes);
        sys(__NR_mprotect, copy, bytes, protection(&segments[i]));
        sys(__NR_mremap, copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, start);
    }
}

struct entry load(const struct program *program, const char *name, const struct start *start) {
    struct file file, interpreter_file;
    struct image image = {0}, interpreter = {0};
    open_file(&file, program->path);
    map_image(&image, &file, true);
    if (image.interpreter[0]) {
        open_file(&interpreter_file, image.interpreter);
        map_image(&interpreter, &interpreter_file, false);
        sys(__NR_close, interpreter_file.descriptor);
    }
    struct block block = build_stack(program, start);
    if (program->word_count)
        copy_strings(block.words, block.word_count, start->stack - 64);
    set_auxiliary(block.auxiliary, AT_PHDR, image.headers);
    set_auxiliary(block.auxiliary, AT_PHENT, sizeof(struct program_header));
    set_auxiliary(block.auxiliary, AT_PHNUM, image.header_count);
    set_auxiliary(block.auxiliary, AT_BASE, interpreter.base);
    set_auxiliary(block.auxiliary, AT_ENTRY, image.entry);
    set_auxiliary(block.auxiliary, AT_EXECFN, (uint64_t)name);
    if (image.executable_stack)
        sys(__NR_mprotect, align_down(block.stack, PAGE), PAGE,
            PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN);
    tell_linux(&image, &block, &file);
    set_name(name);
    sys(__NR_close, file.descriptor);
    return (struct entry){block.stack, interpreter.entry ? interpreter.entry : image.entry};
}
