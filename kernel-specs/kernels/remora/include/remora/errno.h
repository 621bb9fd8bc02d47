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
#define EEXIST       17
#define ENODEV       19
#define EINVAL       22
#define EMFILE       24
#define ENOTTY       25
#define ESPIPE       29
#define EPIPE        32
#define ERANGE       34
#define EDEADLK      35
#define ENAMETOOLONG 36
#define ENOSYS       38
#define EOVERFLOW    75
#define ETIMEDOUT    110

/* Never seen by the app: the call is made again after the handler, or is EINTR, as SA_RESTART says.
 */
#define ERESTARTSYS 512
