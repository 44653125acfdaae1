/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Growing and shrinking at random, for a suite among the others and for a longer
 * one in kvmalloc_stress.
 */
#ifndef _KVMALLOC_GROW_WALK_H
#define _KVMALLOC_GROW_WALK_H

#include <kunit/test.h>

/*
 * Walk @steps steps in each of some threads, next to others who read what there
 * is and who take room away.  With @failing allocations fail, for which
 * kv_fail_anything() was called.
 */
void grow_walk(struct kunit *test, u32 seed, unsigned int steps, bool failing);

#endif /* _KVMALLOC_GROW_WALK_H */
