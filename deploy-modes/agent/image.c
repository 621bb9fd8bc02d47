#include "image.h"
#include "files.h"
#include "lib.h"
#include "window.h"

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, sections;
    uint32_t flags;
    uint16_t size, program_header_size, program_header_count, rest[3];
};

struct program_header {
    uint32_t type, flags;
    uint64_t offset, virtual, physical, file_size, memory_size, alignment;
};

#define PT_LOAD 1
#define PT_NOTE 4

struct note_header {
    uint32_t name_size, size, type;
};

static bool within(uint64_t start, uint64_t bytes, uint64_t limit) {
    return start <= limit && bytes <= limit - start;
}

static bool find_note(const uint8_t *notes, uint64_t size, struct diver_note *found) {
    struct note_header header;
    for (uint64_t offset = 0; within(offset, sizeof header, size);) {
        memcpy(&header, notes + offset, sizeof header);
        uint64_t name = offset + sizeof header, content = name + align_up(header.name_size, 4);
        if (!within(name, header.name_size, size) || !within(content, header.size, size))
            return false;
        if (header.name_size == sizeof DIVER_NOTE_NAME && header.type == DIVER_NOTE &&
            header.size == sizeof *found &&
            memcmp(notes + name, DIVER_NOTE_NAME, sizeof DIVER_NOTE_NAME) == 0) {
            memcpy(found, notes + content, sizeof *found);
            return true;
        }
        offset = content + align_up(header.size, 4);
    }
    return false;
}

/* The n-th program header. */
static struct program_header segment_of(const struct file *file, const struct elf_header *header,
                                        unsigned n) {
    struct program_header segment;
    uint64_t table = header->program_headers, offset = (uint64_t)n * sizeof segment;
    if (!within(table, offset + sizeof segment, file->size))
        fail("The kernel's image is damaged: its program headers are cut off.");
    memcpy(&segment, file->bytes + table + offset, sizeof segment);
    return segment;
}

static struct elf_header read_header(const struct file *file, const char *path) {
    struct elf_header header;
    if (file->size < sizeof header || memcmp(file->bytes, "\177ELF\2\1", 6) != 0)
        fail("%s is no co-kernel: it is no 64-bit ELF executable.", path);
    memcpy(&header, file->bytes, sizeof header);
    return header;
}

static struct diver_note read_note(const struct file *file, const struct elf_header *header,
                                   const char *path) {
    struct diver_note note = {0};
    bool found = false;
    for (unsigned i = 0; i < header->program_header_count && !found; i++) {
        struct program_header segment = segment_of(file, header, i);
        found = segment.type == PT_NOTE && within(segment.offset, segment.file_size, file->size) &&
                find_note(file->bytes + segment.offset, segment.file_size, &note);
    }
    if (!found || note.enclave_version == 0)
        fail("%s is no co-kernel: it has no note for Diver.", path);
    if (note.enclave_version != DIVER_ENCLAVE_VERSION ||
        note.channel_version != DIVER_CHANNEL_VERSION)
        fail("The kernel was made for version %u of the enclave and %u of the channel, this Diver "
             "for %d and %d: use a kernel package that was made for this Diver.",
             note.enclave_version, note.channel_version, DIVER_ENCLAVE_VERSION,
             DIVER_CHANNEL_VERSION);
    return note;
}

static void *place(uint64_t physical, uint64_t bytes) {
    void *found = window_physical(physical, bytes);
    if (!found)
        fail("The kernel does not fit into the enclave's memory.");
    return found;
}

static void load_segment(const struct file *file, const struct program_header *segment,
                         uint64_t base) {
    if (!within(segment->offset, segment->file_size, file->size) || segment->memory_size == 0 ||
        segment->file_size > segment->memory_size || segment->physical < IMAGE_START ||
        !within(segment->physical, segment->memory_size, IMAGE_END))
        fail("The kernel's image is damaged: a segment of %lu bytes is for 0x%lx.",
             segment->memory_size, segment->physical);
    uint8_t *to = place(base + segment->physical, segment->memory_size);
    memcpy(to, file->bytes + segment->offset, segment->file_size);
    memset(to + segment->file_size, 0, segment->memory_size - segment->file_size);
}

struct diver_note image_load(const struct file *file, const char *path, uint64_t base) {
    struct elf_header header = read_header(file, path);
    struct diver_note note = read_note(file, &header, path);
    for (unsigned i = 0; i < header.program_header_count; i++) {
        struct program_header segment = segment_of(file, &header, i);
        if (segment.type == PT_LOAD)
            load_segment(file, &segment, base);
    }
    return note;
}
