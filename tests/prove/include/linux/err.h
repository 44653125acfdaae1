/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_ERR_H
#define PROVE_ERR_H

#include <linux/types.h>

#define EOPNOTSUPP	95

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline bool IS_ERR(const void *p)
{
	return (unsigned long)p >= (unsigned long)-4095;
}

static inline bool IS_ERR_OR_NULL(const void *p)
{
	return !p || IS_ERR(p);
}

#endif
