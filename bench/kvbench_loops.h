/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the loops in C and those in Rust agree on. Rust cannot read a header:
 * kvbench_rust_shim.c exports these numbers to it.
 */
#ifndef _KVBENCH_LOOPS_H
#define _KVBENCH_LOOPS_H

#include <linux/sizes.h>

#include "kvbench.h"

/* How many boxes are made and dropped, one after the other. */
#define KVBENCH_BOXES		256

/* How many elements extend_from_slice gets at a time. */
#define KVBENCH_PIECE		64

/* How many bytes are pushed one by one into a buffer that grows. */
#define KVBENCH_BYTES		SZ_32M

#endif /* _KVBENCH_LOOPS_H */
