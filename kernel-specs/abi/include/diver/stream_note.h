/*
 * The version of streams in shared memory (diver/stream.h), and the ELF note by which a kernel says
 * that its app's stdin and stdout can be such streams. For assembly too.
 *
 * Such a kernel finds words of the form diver.stream-in=START:BYTES and
 * diver.stream-out=START:BYTES before all others on its command line: decimal physical addresses of
 * memory that is not its own.
 */
#pragma once

#define DIVER_STREAM_VERSION 1

#define DIVER_STREAM_NOTE                                                                          \
    2 /* the note's type; its name is DIVER_NOTE_NAME (diver/enclave_note.h).                      \
       * It holds the version, 4 bytes */
