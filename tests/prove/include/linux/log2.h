/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_LOG2_H
#define PROVE_LOG2_H

#include <linux/types.h>

static inline bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

/* Set all bits below the highest one, without a loop that CBMC had to unwind. */
static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	n--;
	n |= n >> 1;
	n |= n >> 2;
	n |= n >> 4;
	n |= n >> 8;
	n |= n >> 16;
	if (sizeof(n) == 8)
		n |= n >> 16 >> 16;
	return n + 1;
}

#endif
