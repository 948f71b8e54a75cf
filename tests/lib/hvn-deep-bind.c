/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Part of each program in a build with AddressSanitizer, and of no other one: the sanitizer ends a program that opens a library with
 * RTLD_DEEPBIND, and libvdeplug opens its modules so. This dlopen() stands before the sanitizer's and leaves that out. */
#include <dlfcn.h>

void *
__interceptor_dlopen(const char *file, int mode);

void *
dlopen(const char *file, int mode)
{
    return __interceptor_dlopen(file, mode & ~RTLD_DEEPBIND);
}
