/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_ERR_H
#define PROVE_ERR_H

#include <linux/types.h>

static inline bool IS_ERR_OR_NULL(const void *p)
{
	return !p || (unsigned long)p >= (unsigned long)-4095;
}

#endif
