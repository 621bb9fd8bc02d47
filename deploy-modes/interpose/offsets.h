/* Where the assembler finds the fields of struct thread, by way of %gs, and of struct mailbox
 * (thread.h asserts them). */
#define THREAD_SELF    0
#define THREAD_BACK    8
#define THREAD_RESULT  16
#define THREAD_STARTED 24
#define THREAD_ENDED   32
#define THREAD_RDI     40
#define THREAD_RSI     48
#define THREAD_RDX     56
#define THREAD_R10     64
#define THREAD_R8      72
#define THREAD_R9      80

#define MAILBOX_NUMBER    8
#define MAILBOX_ARGUMENTS 16
#define MAILBOX_ABORT     72
