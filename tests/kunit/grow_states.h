/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory in every state that growing leaves it in: what suites are run on that
 * must not depend on it.
 */
#ifndef _KVMALLOC_GROW_STATES_H
#define _KVMALLOC_GROW_STATES_H

#include <linux/string.h>

#include "grow_test.h"

/* Each has 5 pages and a byte.  None of them is filled. */
#define SIZE	(5 * PAGE_SIZE + 1)

static void *make_remapped(struct kunit *test)
{
	return grow_new_with_room(test, SIZE, 0);
}

static void *make_in_place(struct kunit *test)
{
	void *p = grow_new_with_room(test, 3 * PAGE_SIZE, 0);

	return grow_to(test, p, SIZE, GFP_KERNEL,
		       GROW_HAS_ROOM ? KVMALLOC_IN_PLACE : KVMALLOC_REMAPPED);
}

static void *make_shrunk(struct kunit *test)
{
	void *p = grow_new_with_room(test, 50 * PAGE_SIZE, 0);

	return grow_to(test, p, SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
}

static void *make_growable(struct kunit *test)
{
	void *p = kvmalloc_growable(kv_size(100), 20 * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return grow_to(test, p, SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
}

static void *make_at_limit(struct kunit *test)
{
	void *p = kvmalloc_growable(kv_size(100), SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return grow_to(test, p, SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
}

/* As the fallback gave it, for comparison. */
static void *make_new(struct kunit *test)
{
	return kv_from_vmalloc(test, SIZE, GFP_KERNEL);
}

static const struct state {
	const char *name;
	void *(*make)(struct kunit *test);
} states[] = {
	{ "new", make_new },
	{ "remapped", make_remapped },
	{ "in place", make_in_place },
	{ "shrunk", make_shrunk },
	{ "growable", make_growable },
	{ "at its limit", make_at_limit },
};

static void describe_state(const struct state *state, char *desc)
{
	strscpy(desc, state->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(state, states, describe_state);

#endif /* _KVMALLOC_GROW_STATES_H */
