/* Loads a static ELF64 executable (System V gABI, chapters 4 and 5). Nothing in it is trusted. */
#include "remora/device.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
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
#define PT_LOAD   1
#define PT_INTERP 3
#define PF_X      1
#define PF_W      2
#define PF_R      4

#define NOT_STATIC "not a static x86-64 executable: "

/* The file and what has been checked of it. */
struct image {
    const uint8_t *file;
    size_t size;
    const struct elf_header *header;
    const struct program_header *segments;
    uint64_t base; /* what addresses in the file are relative to */
};

static const char *check_header(struct image *image) {
    const struct elf_header *header = (const void *)image->file;
    if (image->size < sizeof *header || memcmp(header->magic, "\177ELF", 4) != 0)
        return NOT_STATIC "it is no ELF file";
    if (header->class != CLASS_64 || header->data != LITTLE || header->machine != X86_64)
        return NOT_STATIC "it is for another machine";
    if (header->type != TYPE_EXEC && header->type != TYPE_DYN)
        return NOT_STATIC "it is no executable (an object file or a core?)";
    uint64_t table = (uint64_t)header->program_header_count * sizeof(struct program_header);
    if (header->program_header_size != sizeof(struct program_header) || table == 0 ||
        header->program_headers > image->size || table > image->size - header->program_headers ||
        header->program_headers % 8 != 0)
        return NOT_STATIC "its program headers are damaged";
    image->header = header;
    image->segments = (const void *)(image->file + header->program_headers);
    image->base = header->type == TYPE_DYN ? PIE_BASE : 0;
    return NULL;
}

static const char *check_segment(const struct image *image, const struct program_header *segment) {
    if (segment->type == PT_INTERP)
        return NOT_STATIC "it is dynamic (link it with -static)";
    if (segment->type != PT_LOAD)
        return NULL;
    if (segment->offset > image->size || segment->file_size > image->size - segment->offset)
        return NOT_STATIC "the file is cut short";
    if (segment->file_size > segment->memory_size ||
        segment->offset % PAGE_SIZE != segment->address % PAGE_SIZE)
        return NOT_STATIC "a segment is damaged";
    if (segment->address > MMAP_TOP || segment->memory_size > MMAP_TOP ||
        image->base + segment->address + segment->memory_size > MMAP_TOP ||
        image->base + segment->address < USER_BASE)
        return NOT_STATIC "a segment lies outside the app's address space";
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

static const char *load_segment(const struct image *image, const struct program_header *segment,
                                uint64_t *image_end) {
    uint64_t address = image->base + segment->address;
    uint64_t start = align_down(address, PAGE_SIZE);
    uint64_t end = align_up(address + segment->memory_size, PAGE_SIZE);
    if (start == end)
        return NULL;
    if (!space_is_free(start, end))
        return NOT_STATIC "its segments overlap";
    if (space_add(start, end, PROT_READ | PROT_WRITE, AREA_IMAGE) != 0) {
        static char message[128];
        format(message, sizeof message,
               "the app does not fit: a segment needs %lu bytes, %lu of %lu are free", end - start,
               frames_unused(), frames_total());
        return message;
    }
    fill(image, segment, start, end);
    if (space_protect(start, end, prot_of(segment)) != 0)
        return "the app does not fit: no memory left for its page tables";
    *image_end = MAX(*image_end, end);
    return NULL;
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

const char *elf_load(const void *file, size_t size, struct executable *executable) {
    struct image image = {.file = file, .size = size};
    const char *problem = check_header(&image);
    if (problem)
        return problem;
    for (unsigned i = 0; i < image.header->program_header_count; i++)
        if ((problem = check_segment(&image, &image.segments[i])))
            return problem;
    for (unsigned i = 0; i < image.header->program_header_count; i++)
        if (image.segments[i].type == PT_LOAD &&
            (problem = load_segment(&image, &image.segments[i], &executable->end)))
            return problem;
    if (executable->end == 0)
        return NOT_STATIC "it has nothing to load";
    executable->entry = image.base + image.header->entry;
    executable->program_headers = find_headers(&image);
    executable->program_header_count = image.header->program_header_count;
    return executable->entry < USER_END ? NULL : NOT_STATIC "its entry point is damaged";
}
