/* What entry.S defines, and where this program lies. */
#pragma once

#include <stdint.h>

struct clone_arguments;
struct mailbox;
struct thread;
struct ucontext;

extern const uint8_t stub[], stub_call[], stub_done[], stub_timed[], stub_end[], stub_32bit[];
extern const uint8_t restorer[], deliver[];

extern const uint8_t delegate_window[], delegate_syscall[], delegate_done[], delegate_not_made[];

int64_t delegate_execute(struct mailbox *mailbox);
int64_t spawn(uint64_t flags, uint64_t stack, uint64_t parent_tid, uint64_t child_tid, uint64_t tls,
              struct thread *thread);
int64_t spawn3(struct clone_arguments *arguments, uint64_t size, struct thread *thread);
_Noreturn void resume(struct ucontext *context);
_Noreturn void launch(uint64_t stack, uint64_t entry);
_Noreturn void call_on(uint64_t stack, void (*function)(void *), void *argument);

/* Calls made from here go to Linux at once (the range of Syscall User Dispatch). */
extern const uint8_t image_start[] __asm__("__ehdr_start"), image_end[] __asm__("_end");
