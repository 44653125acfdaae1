/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_OVERFLOW_H
#define PROVE_OVERFLOW_H

#include <linux/types.h>

/*
 * The harness chooses the product and whether it overflows.  The proofs are about
 * the use of the result, not about the multiplication.
 */
bool model_mul_overflow(size_t a, size_t b, size_t *product);
#define check_mul_overflow(a, b, product)	model_mul_overflow(a, b, product)

#endif
