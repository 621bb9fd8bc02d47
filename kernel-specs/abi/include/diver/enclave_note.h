/* The versions of the contract, and the ELF note by which a kernel says which ones it speaks. For
 * assembly too. */
#pragma once

/* Each grows with every change that one side would misread; both binaries carry them and compare.
 */
#define DIVER_CHANNEL_VERSION 1
#define DIVER_ENCLAVE_VERSION 2

#define DIVER_NOTE_NAME "Diver"
#define DIVER_NOTE      1 /* its type; it holds a struct diver_note (diver/enclave.h) */
