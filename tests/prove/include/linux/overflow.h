/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_OVERFLOW_H
#define PROVE_OVERFLOW_H

#include <linux/types.h>

/*
 * The answer of check_mul_overflow(), which the harness chose: multiplying is
 * the compiler's business, heeding the answer is ours.
 */
bool model_mul_overflow(size_t a, size_t b, size_t *product);
#define check_mul_overflow(a, b, product)	model_mul_overflow(a, b, product)

#endif
