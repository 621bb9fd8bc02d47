/* Linux's error numbers (asm-generic/errno-base.h, errno.h); calls return them negated. */
#pragma once

#define EPERM        1
#define ENOENT       2
#define ESRCH        3
#define EINTR        4
#define EIO          5
#define E2BIG        7
#define EBADF        9
#define ECHILD       10
#define EAGAIN       11
#define ENOMEM       12
#define EACCES       13
#define EFAULT       14
#define EBUSY        16
#define EEXIST       17
#define ENODEV       19
#define EINVAL       22
#define EMFILE       24
#define ENOTTY       25
#define ENOSPC       28
#define ESPIPE       29
#define EPIPE        32
#define ERANGE       34
#define EDEADLK      35
#define ENAMETOOLONG 36
#define ENOSYS       38
#define EPROTO       71
#define EOVERFLOW    75
#define ECONNRESET   104
#define ETIMEDOUT    110

/* These stay in the kernel: a signal has interrupted the call. It is made again if no handler runs,
 * or (the first) if the handler's action says so; otherwise it fails with EINTR. */
#define ERESTARTSYS    512
#define ERESTARTNOHAND 514
