/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites about growing share, on top of kvmalloc_test.h: what the event
 * kvmalloc_realloc told of this test's task, and what must hold of every area.
 */
#ifndef _KVMALLOC_GROW_TEST_H
#define _KVMALLOC_GROW_TEST_H

#include <trace/events/kvmalloc.h>

#include "kvmalloc_test.h"

/*
 * A buffer that grows has room if addresses are plenty and free: KASAN_VMALLOC
 * allocates shadow memory for each address.
 */
#define GROW_HAS_ROOM							\
	(IS_ENABLED(CONFIG_64BIT) && !IS_ENABLED(CONFIG_KASAN_VMALLOC))

/* A buffer that grows beyond 64 KiB leaves slab. */
#define GROW_LEAVES_SLAB	IS_ENABLED(CONFIG_64BIT)

int grow_suite_init(struct kunit_suite *suite);
void grow_suite_exit(struct kunit_suite *suite);
int grow_init(struct kunit *test);
void grow_exit(struct kunit *test);

#define GROW_SUITE_HOOKS						\
	.suite_init = grow_suite_init,					\
	.suite_exit = grow_suite_exit,					\
	.init = grow_init,						\
	.exit = grow_exit

/* How often memory was resized in this way since grow_forget(). */
unsigned int grow_times(enum kvmalloc_how how);
void grow_forget(void);

/* kvrealloc() that must work, and in this way; or the test ends. */
void *grow_to(struct kunit *test, void *p, size_t size, gfp_t flags,
	      enum kvmalloc_how how);

/* vmalloc memory of any size that was not grown yet, so without room. */
void *grow_new(struct kunit *test, size_t size, gfp_t flags);

/* The same with room for as much again, and its contents filled with @seed. */
void *grow_new_with_room(struct kunit *test, size_t size, u8 seed);

/* What is promised of the area at @p whenever nobody is at it. */
void grow_check(struct kunit *test, const void *p, size_t size);

/* Pages mapped at @p, committed ones only. */
static inline unsigned long grow_committed(const void *p)
{
	return find_vm_area(p)->nr_pages;
}

/*
 * Wait until those who came before are gone, with their stacks, for who is to
 * count pages exactly.
 */
void grow_quiet(void);

/* Pages that vmalloc has, as /proc/meminfo counts them. */
unsigned long grow_vmalloc_pages(void);

/* Free pages, those that processors keep for themselves included. */
long grow_free_pages(void);

/* The pages of @p are mapped by a huge one at @offset. */
bool grow_is_huge(const void *p, size_t offset);

/* vmalloc memory in huge mappings, or the test is skipped. */
void *grow_new_huge(struct kunit *test, size_t size);

#endif /* _KVMALLOC_GROW_TEST_H */
