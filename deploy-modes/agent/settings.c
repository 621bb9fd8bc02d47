#include "settings.h"
#include "files.h"
#include "lib.h"

static void set(const char *path, uint64_t value) {
    char text[32];
    format(text, sizeof text, "%lu", value);
    file_write(path, text);
}

void setting_change(int ledger, const char *path, uint64_t value, struct changed_setting *changed) {
    *changed = (struct changed_setting){.before = file_number(path), .ours = value};
    if (changed->before == value)
        return;
    if (!ledger_note(ledger, "setting %s %lu %lu", path, changed->before, value))
        return; /* it goes without */
    format(changed->path, sizeof changed->path, "%s", path);
    set(path, value);
}

void setting_give_back(const struct changed_setting *changed, int ledger) {
    if (!changed->path[0])
        return;
    if (file_number(changed->path) == changed->ours)
        set(changed->path, changed->before);
    ledger_note(ledger, "setting-back %s", changed->path);
}

void settings_give_back(const struct record *record, int ledger) {
    for (size_t i = 0; i < record->setting_count; i++)
        setting_give_back(&record->settings[i], ledger);
}
