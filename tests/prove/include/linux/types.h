/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_TYPES_H
#define PROVE_TYPES_H

#include <linux/kconfig.h>

typedef _Bool bool;
typedef __SIZE_TYPE__ size_t;
typedef unsigned int gfp_t;
typedef unsigned long long u64;

#define true		1
#define false		0
#define NULL		((void *)0)
#define INT_MAX		0x7fffffff
#define ULONG_MAX	(~0UL)

#define __always_inline	inline
#define noinline
#define __must_check
#define __malloc
#define __alloc_size(...)
#define __realloc_size(...)
#define likely(x)	(x)
#define unlikely(x)	(x)
#define READ_ONCE(x)	(x)
#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)

#define min(a, b)			((a) < (b) ? (a) : (b))
#define ALIGN(x, a)			(((x) + (a) - 1) & ~((a) - 1))
#define IS_ALIGNED(x, a)		(((x) & ((a) - 1)) == 0)

/*
 * Compilers differ in what they know to be constant, so any answer is possible.
 * The model chooses the caller's address.
 */
bool nondet_bool(void);
#define __builtin_constant_p(x)		nondet_bool()

extern void *const model_caller;
#define __builtin_return_address(level)	model_caller
#define _RET_IP_			((unsigned long)model_caller)

/* Counts every warning, because a proof is about one call, the first since boot. */
extern unsigned int warnings;
#define WARN_ONCE(condition, ...)	(model_warn(condition))
static inline bool model_warn(bool warn)
{
	warnings += warn;
	return warn;
}

#endif
