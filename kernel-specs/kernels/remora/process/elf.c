/*
 * Loads an ELF64 executable (System V gABI, chapters 4 and 5), and the interpreter that a dynamic
 * one names. Nothing in either is trusted. The executable is in the kernel's memory; the
 * interpreter is a file of the agent's.
 */
#include "remora/delegate.h"
#include "remora/device.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/numbers.h"
#include "remora/process.h"

struct elf_header {
    uint8_t magic[4], class, data, version, padding[9];
    uint16_t type, machine;
    uint32_t version2;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t header_size, program_header_size, program_header_count;
    uint16_t section_header_size, section_header_count, section_names;
};

struct program_header {
    uint32_t type, flags;
    uint64_t offset, address, physical_address, file_size, memory_size, alignment;
};

#define CLASS_64  2
#define LITTLE    1
#define TYPE_EXEC 2
#define TYPE_DYN  3
#define X86_64    62
#define AT_FDCWD  (-100)
#define O_CLOEXEC 02000000
#define PT_LOAD   1
#define PT_INTERP 3
#define PF_X      1
#define PF_W      2
#define PF_R      4

#define NO_PROGRAM "not an executable for x86-64 Linux: "

/* The file and what has been checked of it. */
struct image {
    const uint8_t *file; /* all of it, or of an interpreter the first page */
    size_t size;
    int descriptor; /* of an interpreter; else -1 */
    const struct elf_header *header;
    const struct program_header *segments;
    uint64_t base; /* what addresses in the file are relative to */
};

/* A sentence with a name in it. */
static const char *say(const char *pattern, const char *name) {
    static char message[256];
    format(message, sizeof message, pattern, name);
    return message;
}

static const char *check_header(struct image *image) {
    const struct elf_header *header = (const void *)image->file;
    if (image->size < sizeof *header || memcmp(header->magic, "\177ELF", 4) != 0)
        return NO_PROGRAM "it is no ELF file";
    if (header->class != CLASS_64 || header->data != LITTLE || header->machine != X86_64)
        return NO_PROGRAM "it is for another machine";
    if (header->type != TYPE_EXEC && header->type != TYPE_DYN)
        return NO_PROGRAM "it is no executable (an object file or a core?)";
    uint64_t table = (uint64_t)header->program_header_count * sizeof(struct program_header);
    if (header->program_header_size != sizeof(struct program_header) || table == 0 ||
        header->program_headers > image->size || table > image->size - header->program_headers ||
        header->program_headers % 8 != 0)
        return NO_PROGRAM "its program headers are damaged";
    image->header = header;
    image->segments = (const void *)(image->file + header->program_headers);
    image->base = header->type == TYPE_DYN ? PIE_BASE : 0;
    return NULL;
}

/* The interpreter's name ends with NUL, in the file. */
static const char *check_name(const struct image *image, const struct program_header *segment) {
    if (segment->file_size < 2 || segment->file_size > PAGE_SIZE ||
        image->file[segment->offset + segment->file_size - 1] != '\0' ||
        image->file[segment->offset] != '/')
        return NO_PROGRAM "its interpreter's name is damaged";
    return NULL;
}

static const char *check_segment(const struct image *image, const struct program_header *segment) {
    bool in_memory = image->descriptor < 0;
    if (segment->type != PT_LOAD && (segment->type != PT_INTERP || !in_memory))
        return NULL;
    if (in_memory &&
        (segment->offset > image->size || segment->file_size > image->size - segment->offset))
        return NO_PROGRAM "the file is cut short";
    if (segment->type == PT_INTERP)
        return check_name(image, segment);
    if (segment->file_size > segment->memory_size ||
        segment->offset % PAGE_SIZE != segment->address % PAGE_SIZE)
        return NO_PROGRAM "a segment is damaged";
    if (segment->address > MMAP_TOP || segment->memory_size > MMAP_TOP ||
        image->base + segment->address + segment->memory_size > MMAP_TOP ||
        image->base + segment->address < USER_BASE)
        return NO_PROGRAM "a segment lies outside the app's address space";
    return NULL;
}

static unsigned prot_of(const struct program_header *segment) {
    return (segment->flags & PF_R ? PROT_READ : 0) | (segment->flags & PF_W ? PROT_WRITE : 0) |
           (segment->flags & PF_X ? PROT_EXEC : 0);
}

/* Fills pages that are not zeroed: what the file has, as it lies there page by page, and zeros. */
static void fill(const struct image *image, const struct program_header *segment, uint64_t start,
                 uint64_t end) {
    uint64_t lead = segment->address % PAGE_SIZE;
    const uint8_t *from = image->file + segment->offset - lead;
    uint64_t left = segment->file_size == 0 ? 0 : segment->file_size + lead;
    uint64_t physical, page;
    for (uint64_t at = start; at < end; at += page) {
        pagetable_find(at, PROT_NONE, &physical, &page);
        page = MIN(page, end - at);
        uint64_t length = MIN(left, page);
        memcpy(physical_to_kernel(physical), from, length);
        memset(physical_to_kernel(physical + length), 0, page - length);
        from += length;
        left -= length;
    }
}

static const char *does_not_fit(uint64_t bytes) {
    static char message[128];
    format(message, sizeof message,
           "the app does not fit: a segment needs %lu bytes, %lu of %lu are free", bytes,
           frames_unused(), frames_total());
    return message;
}

/* As mmap would: what the file has, zeros behind it, and for the rest anonymous memory. */
static const char *map_segment(const struct image *image, const struct program_header *segment,
                               uint64_t start, uint64_t end) {
    uint64_t lead = segment->address % PAGE_SIZE;
    uint64_t file_end = image->base + segment->address + segment->file_size;
    uint64_t file_pages = align_up(file_end, PAGE_SIZE), prot = prot_of(segment);
    int result = 0;
    if (segment->file_size > 0)
        result = file_map(start, file_pages, PROT_READ | PROT_WRITE, AREA_FILE, image->descriptor,
                          segment->offset - lead);
    if (result == 0 && file_pages < end)
        result = space_add(file_pages, end, PROT_READ | PROT_WRITE, AREA_MAPPED);
    if (result == -ENOMEM)
        return does_not_fit(end - start);
    if (result != 0 ||
        (segment->memory_size > segment->file_size && !user_zero(file_end, file_pages - file_end)))
        return "the app's interpreter cannot be read";
    return space_protect(start, end, (unsigned)prot) == 0 ? NULL : does_not_fit(end - start);
}

static const char *load_segment(const struct image *image, const struct program_header *segment,
                                uint64_t *image_end) {
    uint64_t address = image->base + segment->address;
    uint64_t start = align_down(address, PAGE_SIZE);
    uint64_t end = align_up(address + segment->memory_size, PAGE_SIZE);
    if (start == end)
        return NULL;
    if (!space_is_free(start, end))
        return NO_PROGRAM "its segments overlap";
    *image_end = MAX(*image_end, end);
    if (image->descriptor >= 0)
        return map_segment(image, segment, start, end);
    if (space_add(start, end, PROT_READ | PROT_WRITE, AREA_IMAGE) != 0)
        return does_not_fit(end - start);
    fill(image, segment, start, end);
    return space_protect(start, end, prot_of(segment)) == 0 ? NULL : does_not_fit(end - start);
}

/* Where the loaded program headers are, by the segment that holds them. */
static uint64_t find_headers(const struct image *image) {
    uint64_t offset = image->header->program_headers;
    for (unsigned i = 0; i < image->header->program_header_count; i++) {
        const struct program_header *segment = &image->segments[i];
        if (segment->type == PT_LOAD && segment->offset <= offset &&
            offset < segment->offset + segment->file_size)
            return image->base + segment->address + (offset - segment->offset);
    }
    return 0;
}

/* Checks all segments, then loads them; *end is past the highest. */
static const char *load(const struct image *image, uint64_t *end) {
    const char *problem;
    for (unsigned i = 0; i < image->header->program_header_count; i++)
        if ((problem = check_segment(image, &image->segments[i])))
            return problem;
    for (unsigned i = 0; i < image->header->program_header_count; i++)
        if (image->segments[i].type == PT_LOAD &&
            (problem = load_segment(image, &image->segments[i], end)))
            return problem;
    if (*end == 0)
        return NO_PROGRAM "it has nothing to load";
    return image->base + image->header->entry < USER_END ? NULL
                                                         : NO_PROGRAM "its entry point is damaged";
}

/* --- the interpreter --- */

/* How many bytes of addresses the segments span, from 0 on. */
static uint64_t span_of(const struct image *image) {
    uint64_t end = 0;
    for (unsigned i = 0; i < image->header->program_header_count; i++) {
        const struct program_header *segment = &image->segments[i];
        if (segment->type == PT_LOAD && segment->address < MMAP_TOP &&
            segment->memory_size < MMAP_TOP)
            end = MAX(end, segment->address + segment->memory_size);
    }
    return align_up(end, PAGE_SIZE);
}

/* What a file of the agent's begins with: a page's worth, by way of one of the app's. */
static int64_t read_head(int descriptor, uint64_t page, uint8_t head[PAGE_SIZE]) {
    int64_t got = delegate_ask(NUMBER_pread64, (uint64_t)descriptor, page, PAGE_SIZE, 0);
    return got >= 0 && !user_read(head, page, (size_t)got) ? -EFAULT : got;
}

/* `page` is one of the app's that may be written. */
static const char *load_interpreter(const char *name, uint64_t page,
                                    struct executable *executable) {
    static uint8_t head[PAGE_SIZE] __attribute__((aligned(8)));
    uint64_t end = 0;
    if (!user_write(page, name, strlen(name) + 1))
        return does_not_fit(PAGE_SIZE);
    int64_t descriptor = delegate_ask(NUMBER_openat, (uint64_t)AT_FDCWD, page, O_CLOEXEC);
    if (descriptor < 0)
        return say("the app needs its interpreter %s, which is not in a shared folder: share it "
                   "(-v /usr:ro has it where /lib64 leads into /usr)",
                   name);
    struct image image = {.file = head, .descriptor = (int)descriptor};
    int64_t got = read_head(image.descriptor, page, head);
    image.size = got > 0 ? (size_t)got : 0;
    const char *problem = check_header(&image);
    if (!problem) {
        image.base =
            image.header->type == TYPE_DYN ? space_find_gap(span_of(&image), PAGE_SIZE) : 0;
        problem = load(&image, &end);
    }
    delegate_ask(NUMBER_close, (uint64_t)descriptor);
    if (problem)
        return say("the app's interpreter is %s", problem);
    executable->interpreter = image.base;
    executable->start = image.base + image.header->entry;
    return NULL;
}

static const char *find_interpreter(const struct image *image) {
    for (unsigned i = 0; i < image->header->program_header_count; i++)
        if (image->segments[i].type == PT_INTERP)
            return (const char *)image->file + image->segments[i].offset;
    return NULL;
}

static const char *interpret(const char *name, struct executable *executable) {
    if (!delegate_available())
        return say("the app is dynamic, and this machine has no files: its interpreter is %s. Dive "
                   "with --delegate, or link it with -static",
                   name);
    uint64_t page = space_find_gap(PAGE_SIZE, PAGE_SIZE);
    if (page == 0 || space_add(page, page + PAGE_SIZE, PROT_READ | PROT_WRITE, AREA_MAPPED) != 0)
        return does_not_fit(PAGE_SIZE);
    const char *problem = load_interpreter(name, page, executable);
    space_remove(page, page + PAGE_SIZE);
    return problem;
}

const char *elf_load(const void *file, size_t size, struct executable *executable) {
    struct image image = {.file = file, .size = size, .descriptor = -1};
    const char *problem = check_header(&image);
    if (!problem)
        problem = load(&image, &executable->end);
    if (problem)
        return problem;
    executable->entry = executable->start = image.base + image.header->entry;
    executable->base = image.base;
    executable->program_headers = find_headers(&image);
    executable->program_header_count = image.header->program_header_count;
    const char *name = find_interpreter(&image);
    return name ? interpret(name, executable) : NULL;
}
