#include "program.h"

#define S_ISUID 04000
#define S_ISGID 02010 /* with the group's x: a lock otherwise */

static size_t copy_text(char *to, size_t size, const char *from) {
    return format(to, size, "%s", from);
}

static const char *changes_identity(int64_t file, const struct stat *stat) {
    char capabilities[64];
    if (stat->mode & S_ISUID && stat->uid != (uint32_t)sys(__NR_geteuid))
        return "setuid";
    if ((stat->mode & S_ISGID) == S_ISGID && stat->gid != (uint32_t)sys(__NR_getegid))
        return "setgid";
    if (sys(__NR_geteuid) != 0 &&
        sys(__NR_fgetxattr, file, "security.capability", capabilities, sizeof capabilities) > 0)
        return "file capabilities";
    return NULL;
}

/* The words of "#! interpreter argument" (fs/binfmt_script.c); false if it is none. */
static bool read_script(char *head, char **interpreter, char **argument) {
    char *at = head + 2, *end = at;
    while (*end && *end != '\n')
        end++;
    if (*end == '\0' && end - head >= 255)
        return false;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    while (*at == ' ' || *at == '\t')
        at++;
    *interpreter = at;
    while (*at && *at != ' ' && *at != '\t')
        at++;
    *argument = NULL;
    if (*at) {
        *at++ = '\0';
        while (*at == ' ' || *at == '\t')
            at++;
        *argument = *at ? at : NULL;
    }
    return **interpreter != '\0';
}

/* Its ELF interpreter must be there, too, or execve fails. */
static int64_t check_elf(int64_t file, const char *head, struct program *program) {
    struct elf_header header;
    struct program_header segment;
    char interpreter[PATH_BYTES];
    memcpy(&header, head, sizeof header);
    if (header.ident[4] != 2 || header.machine != 62) {
        program->outside = "not for x86-64";
        return 0;
    }
    if (header.type != ET_EXEC && header.type != ET_DYN)
        return -ENOEXEC;
    for (unsigned i = 0; i < header.program_header_count; i++) {
        uint64_t at = header.program_headers + i * sizeof segment;
        if (sys(__NR_pread64, file, &segment, sizeof segment, at) != sizeof segment)
            return -ENOEXEC;
        if (segment.type != PT_INTERP)
            continue;
        if (segment.file_size >= PATH_BYTES ||
            sys(__NR_pread64, file, interpreter, segment.file_size, segment.offset) < 2)
            return -ENOEXEC;
        int64_t there = sys(__NR_faccessat2, AT_FDCWD, interpreter, X_OK, AT_EACCESS);
        return is_error(there) ? there : 0;
    }
    return 0;
}

/* One step: 1 where a script names another program, which then is in program->path. */
static int64_t look(int64_t file, struct program *program) {
    char head[257] = {0}, *interpreter, *argument;
    int64_t size = sys(__NR_read, file, head, 256);
    if (size >= (int64_t)sizeof(struct elf_header) && memcmp(head, "\177ELF", 4) == 0)
        return check_elf(file, head, program);
    if (size < 2 || memcmp(head, "#!", 2) != 0) {
        program->outside = "no format of ours"; /* Linux may know it (binfmt_misc) */
        return 0;
    }
    if (!read_script(head, &interpreter, &argument))
        return -ENOEXEC;
    if (program->word_count + 2 > 2 * SCRIPT_DEPTH)
        return -ELOOP;
    copy_text(program->words[program->word_count++], PATH_BYTES, program->path);
    if (argument)
        copy_text(program->words[program->word_count++], PATH_BYTES, argument);
    copy_text(program->path, sizeof program->path, interpreter);
    return 1;
}

static int64_t find_once(struct program *program) {
    struct stat stat;
    int64_t file = sys(__NR_open, program->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int64_t allowed = sys(__NR_faccessat2, AT_FDCWD, program->path, X_OK, AT_EACCESS);
    if (file == -EACCES && allowed == 0) {
        program->outside = "not readable";
        return 0;
    }
    if (is_error(file))
        return file;
    int64_t result = is_error(allowed) ? -EACCES : sys(__NR_fstat, file, &stat);
    if (!is_error(result) && (stat.mode & S_IFMT) != S_IFREG)
        result = -EACCES;
    if (!is_error(result))
        result = look(file, program);
    if (!is_error(result) && !program->outside)
        program->outside = changes_identity(file, &stat);
    sys(__NR_close, file);
    return result;
}

int64_t program_find(const char *path, struct program *program) {
    program->outside = NULL;
    program->word_count = 0;
    if (copy_text(program->path, sizeof program->path, path) == sizeof program->path - 1)
        return -36; /* ENAMETOOLONG */
    int64_t result = 1;
    while (result == 1 && !program->outside)
        result = find_once(program);
    return is_error(result) ? result : 0;
}
