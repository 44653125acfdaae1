/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_STRING_H
#define PROVE_STRING_H

#include <linux/types.h>

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
void memzero_explicit(void *to, size_t n);
size_t strlen(const char *s);

#endif
