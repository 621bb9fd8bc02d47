#pragma once

/** What the kernel offers to an app. */
struct tiny {
    void (*print)(const char *text);
    const char *arguments; /* in one line */
};

/** The app; what it returns, 0 to 127, is the dive's exit status. */
int app_main(const struct tiny *tiny);
