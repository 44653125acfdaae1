/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_KASAN_H
#define PROVE_KASAN_H

#include <linux/types.h>

/* As on arm64: the bit below the tag is extended into the tag's bits. */
static inline void *kasan_reset_tag(const void *p)
{
#ifdef CONFIG_KASAN_SW_TAGS
	return (void *)((long)((unsigned long)p << 8) >> 8);
#else
	return (void *)p;
#endif
}

extern int kasan_disabled;

static inline void kasan_disable_current(void)
{
	kasan_disabled++;
}

static inline void kasan_enable_current(void)
{
	kasan_disabled--;
}

#endif
