/* What becomes of the app's standard streams when nobody is there for them. */
#pragma once

/* From now on nothing comes in, and what goes out goes to the files stdout and stderr in a folder.
 * Ends the agent where they cannot be made. */
void streams_to_files(const char *folder);

/* From now on what goes out goes where it went, by way of a process for each stream, and, once that
 * is gone, to those files. */
void streams_outlive(const char *folder);

/* At the end: waits until they have passed on all. */
void streams_finish(void);
