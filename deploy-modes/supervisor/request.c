#include "request.h"
#include "sys.h"
#include "text.h"

#define BYTES_MAX (64u << 20) /* more than Linux hands to any program */
#define FIXED     10          /* texts before the words */

static bool read_whole(void *to, size_t size) {
    size_t have = 0;
    while (have < size) {
        int64_t got = sys(__NR_read, 0, (char *)to + have, size - have);
        if (got == -EINTR)
            continue;
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

static bool is_number(const char *text, uint64_t *value) {
    return parse_number(&text, "", value);
}

static bool take_apart(struct request *request, char **texts, size_t count) {
    uint64_t id, words;
    if (count < 2 || !is_number(texts[1], &id) || id > UINT32_MAX)
        return false;
    request->id = (uint32_t)id;
    request->start = equal(texts[0], "start");
    if (!request->start)
        return count == 2 && equal(texts[0], "stop");
    if (count < FIXED || !is_number(texts[2], &request->deadline_ms) ||
        !is_number(texts[3], &request->grace_ms) || !is_number(texts[9], &words) || words == 0 ||
        words > count || FIXED + words >= count || *texts[FIXED + words] != '\0')
        return false;
    request->cores = texts[4];
    request->folder = texts[5];
    request->in = texts[6];
    request->how = texts[7];
    request->out = texts[8];
    request->words = texts + FIXED;
    texts[FIXED + words] = NULL;
    request->variables = texts + FIXED + words + 1;
    return true;
}

/* A request, its bytes, and a pointer to each text: there are no more of these than bytes. */
struct request *request_read(void) {
    uint32_t size;
    if (!read_whole(&size, sizeof size) || size == 0 || size > BYTES_MAX)
        return NULL;
    uint64_t bytes = sizeof(struct request) + align_up(size, 8) + (size + 1ull) * sizeof(char *);
    int64_t memory = sys(__NR_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (is_error(memory))
        return NULL;
    struct request *request = (struct request *)memory;
    char *text = (char *)(request + 1), **texts = (char **)(text + align_up(size, 8));
    size_t count = 0;
    request->bytes = bytes;
    if (!read_whole(text, size) || text[size - 1] != '\0')
        return NULL;
    for (size_t at = 0; at < size; at += strlen(text + at) + 1)
        texts[count++] = text + at;
    return take_apart(request, texts, count) ? request : NULL;
}

void request_free(struct request *request) {
    sys(__NR_munmap, request, request->bytes);
}
