/* Reads the command line. It is Diver's, so an error here is a defect; it is said all the same. */
#include "options.h"
#include "lib.h"

#include <diver/stream.h>

#define ENVIRONMENT_MAX 1024

static char *environment[ENVIRONMENT_MAX + 1];

_Noreturn static void wrong(const char *option, const char *value) {
    fail("The agent does not understand %s %s: use the agent of this Diver.", option, value);
}

static void read_region(const char *text, struct options *options) {
    struct region region = {0};
    const char *at = text;
    bool good = parse_number(&at, ":", &region.physical) && *at++ == ':' &&
                parse_number(&at, ":", &region.bytes);
    region.offset = region.physical;
    if (good && *at == ':') {
        at++;
        good = parse_number(&at, "", &region.offset);
    }
    if (!good || options->region_count == REGIONS_MAX ||
        (region.physical | region.bytes | region.offset) % PAGE != 0 || region.bytes == 0)
        wrong("--region", text);
    options->regions[options->region_count++] = region;
}

/* FROM:AT or FROM:AT:ro, cut in place. */
static void read_share(char *text, struct options *options) {
    if (options->share_count == SHARES_MAX)
        fail("There are more than %d shared folders: share a folder above them.", SHARES_MAX);
    struct share *share = &options->shares[options->share_count++];
    *share = (struct share){.from = text};
    for (char *c = text; *c; c++) {
        if (*c != ':')
            continue;
        *c = '\0';
        if (!share->at)
            share->at = c + 1;
        else if (equal(c + 1, "ro"))
            share->read_only = true;
        else
            wrong("--share", c + 1);
    }
    if (!share->at || share->at[0] != '/')
        wrong("--share", text);
}

static void read_cores(const char *text, struct options *options) {
    for (const char *at = text; *at; at += *at == ',') {
        uint64_t core;
        if (!parse_number(&at, ",", &core) || core > UINT32_MAX || options->core_count == CORES_MAX)
            wrong("--cores", text);
        options->cores[options->core_count++] = (uint32_t)core;
    }
}

/* Options whose value is kept as it is, and where. */
static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    {"--memory", offsetof(struct options, memory)},
    {"--doorbell", offsetof(struct options, doorbell)},
    {"--report", offsetof(struct options, report)},
    {"--log", offsetof(struct options, log)},
    {"--app", offsetof(struct options, app)},
    {"--app-file", offsetof(struct options, app_file)},
    {"--kernel", offsetof(struct options, kernel)},
    {"--command-line", offsetof(struct options, command_line)},
    {"--directory", offsetof(struct options, directory)},
    {"--name", offsetof(struct options, name)},
    {"--dir", offsetof(struct options, folder)},
    {"--stream-in", offsetof(struct options, streams[DIVER_STREAM_READER])},
    {"--stream-out", offsetof(struct options, streams[DIVER_STREAM_WRITER])},
};

/* Options whose value is a number. */
static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"--uid", offsetof(struct options, uid)},
    {"--gid", offsetof(struct options, gid)},
    {"--doorbell-uart", offsetof(struct options, doorbell_uart)},
    {"--pages", offsetof(struct options, pages)},
    {"--node", offsetof(struct options, node)},
};

static bool read_number(const char *name, const char *value, struct options *options) {
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (equal(name, numbers[i].name)) {
            if (!parse_number(&value, "", (uint64_t *)((char *)options + numbers[i].offset)))
                wrong(name, value);
            return true;
        }
    return false;
}

static void read_device(const char *text, struct options *options) {
    if (options->device_count == DEVICES_MAX)
        fail("There are more than %d devices: an enclave can have no more.", DEVICES_MAX);
    options->devices[options->device_count++] = text;
}

static void read_disconnect(const char *text, struct options *options) {
    options->is_far = true;
    options->go_on = equal(text, "continue");
    if (!options->go_on && !equal(text, "end"))
        wrong("--on-disconnect", text);
}

static bool read_text(const char *name, const char *value, struct options *options) {
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (equal(name, texts[i].name)) {
            *(const char **)((char *)options + texts[i].offset) = value;
            return true;
        }
    return false;
}

static void read_option(const char *name, char *value, struct options *options) {
    if (read_text(name, value, options) || read_number(name, value, options))
        return;
    if (equal(name, "--region"))
        read_region(value, options);
    else if (equal(name, "--share"))
        read_share(value, options);
    else if (equal(name, "--cores"))
        read_cores(value, options);
    else if (equal(name, "--device"))
        read_device(value, options);
    else if (equal(name, "--on-disconnect"))
        read_disconnect(value, options);
    else if (equal(name, "--env") && options->environment_count < ENVIRONMENT_MAX)
        environment[options->environment_count++] = value;
    else
        wrong(name, value);
}

/* Options without a value. */
static bool read_flag(const char *name, struct options *options) {
    if (equal(name, "--native"))
        options->native = true;
    else if (equal(name, "--seen"))
        options->seen = true;
    else if (equal(name, "--detach"))
        options->detach = true;
    else
        return false;
    return true;
}

void options_read(char **words, struct options *options) {
    options->environment = environment;
    options->directory = "/";
    for (; *words; words++) {
        if (equal(*words, "--")) {
            options->arguments = words + 1;
            return;
        }
        if (read_flag(*words, options))
            continue;
        if (!words[1])
            wrong(*words, "without a value");
        read_option(words[0], words[1], options);
        words++;
    }
}
