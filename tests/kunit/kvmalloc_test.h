/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kvmalloc KUnit suites share: a watch on the allocators' tracepoints,
 * forced failures, patterns, and the checks that every test ends with.
 *
 * Each suite has KV_SUITE_HOOKS and with them:
 *
 * - what the test's task asks slab, vmalloc and the page allocator for is
 *   recorded, so that a test can tell how a request was put, not only what
 *   became of it;
 * - whatever it allocated above a page is to be freed when it ends;
 * - it is not to have caused a warning that it did not announce.
 */
#ifndef _KVMALLOC_TEST_H
#define _KVMALLOC_TEST_H

#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/kvmalloc.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* A size as only run time knows it: no inline path, no compiler warning. */
static __always_inline size_t kv_size(size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	return size;
}

/*
 * Make sleeping a bug up to kv_allow_sleep(), as a spinlock does.  With PREEMPT_RT
 * slab and vmalloc take locks that preemption must be enabled for.
 */
static inline void kv_forbid_sleep(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		rcu_read_lock();
	else
		preempt_disable();
}

static inline void kv_allow_sleep(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		rcu_read_unlock();
	else
		preempt_enable();
}

#define KV_ABOVE_SLAB		(KMALLOC_MAX_SIZE + 1UL)

/* Flags that wait for nothing, and say nothing when they get nothing. */
#define KV_NOWAIT		(GFP_NOWAIT | __GFP_NOWARN)
#define KV_ATOMIC		(GFP_ATOMIC | __GFP_NOWARN)

int kv_suite_init(struct kunit_suite *suite);
void kv_suite_exit(struct kunit_suite *suite);
int kv_test_init(struct kunit *test);
void kv_test_exit(struct kunit *test);

#define KV_SUITE_HOOKS							\
	.suite_init = kv_suite_init,					\
	.suite_exit = kv_suite_exit,					\
	.init = kv_test_init,						\
	.exit = kv_test_exit

/*
 * Asking the watch.  It knows what happened since kv_forget(), to which every
 * answer about the past refers.
 */

/**
 * struct kv_request - What slab was asked for once.
 * @size: Bytes.
 * @flags: gfp flags.
 * @node: NUMA node or %NUMA_NO_NODE.
 * @site: Whom slab takes for the caller.
 * @p: The answer.
 * @told_twice: Slab reports what it gets from the page allocator two times.
 */
struct kv_request {
	size_t size;
	gfp_t flags;
	int node;
	unsigned long site;
	const void *p;
	bool told_twice;
};

void kv_forget(void);
unsigned int kv_attempts(size_t size);
struct kv_request kv_last_attempt(size_t size);
unsigned int kv_areas(void);
unsigned long kv_area_align(void);
unsigned int kv_page_requests(gfp_t with, gfp_t without);
bool kv_kfreed(const void *p);
unsigned int kv_live(void);
bool kv_released(const void *p);
unsigned int kv_warnings(void);
unsigned int kv_vmalloc_errors(void);
void kv_announce_warnings(unsigned int nr);

/*
 * Marks in the log around a complaint that is made on purpose.  Who judges the
 * log expects exactly one between the two.
 */
void kv_expect_complaint(void);
void kv_end_of_complaint(void);

/*
 * Announce one warning, to the test and in the log, up to kv_end_of_complaint().
 * Skips the test if the kernel does not print warnings.
 */
void kv_expect_warning(struct kunit *test);

/* Have @look called with each object that is about to be freed by kfree(). */
void kv_look_at_kfree(void (*look)(const void *p));

/*
 * Failing.  The n-th allocation of this task that can be made to fail does:
 * slab objects and pages of order 1 and more, requested without direct
 * reclaim.  That is how slab is asked above a page, and how whoever may not
 * sleep asks for everything.
 */

void kv_fail_nth(unsigned int n);
bool kv_failed(void);

/* For the rest of the test requests with direct reclaim can fail as well. */
void kv_fail_with_reclaim(struct kunit *test);

/* @_call with its n-th allocation failing; kv_failed() says if it came to it */
#define KV_FAIL_NTH(_n, _call) ({					\
	void *__kv_p;							\
									\
	kv_fail_nth(_n);						\
	__kv_p = (_call);						\
	kv_fail_nth(0);							\
	__kv_p;								\
})

/*
 * For the rest of the test anything can fail, single pages and page tables
 * included, up to kv_fail_as_usual() at the latest.  Then kv_fail_from() has the
 * n-th allocation of this task fail and those that follow it: @times of slab and
 * as many of the page allocator, or all with -1.
 */
void kv_fail_anything(struct kunit *test);
void kv_fail_as_usual(void);
void kv_fail_from(unsigned int n, int times);

/* @_call with allocations failing from the n-th on; kv_failed() says if any did */
#define KV_FAIL_FROM(_n, _times, _call) ({				\
	void *__kv_p;							\
									\
	kv_fail_from(_n, _times);					\
	__kv_p = (_call);						\
	kv_fail_from(0, 0);						\
	__kv_p;								\
})

void kv_skip_without_areas(struct kunit *test);

/* As KUNIT_CASE(), for a test that needs vmalloc areas or larger memory than slab's. */
#define KV_AREA_CASE(_test) {						\
	.run_case = IS_ENABLED(CONFIG_MMU) ? _test : kv_skip_without_areas, \
	.name = #_test,							\
	.module_name = KBUILD_MODNAME,					\
}

/* Memory of a given backing, or the test ends. */
void *kv_from_slab(struct kunit *test, size_t size, gfp_t flags);
void *kv_from_vmalloc(struct kunit *test, size_t size, gfp_t flags);

/* Patterns: each byte depends on where it is, so that a shift shows. */
void kv_fill(void *p, size_t from, size_t to, u8 seed);
size_t kv_first_bad(const void *p, size_t from, size_t to, u8 seed);
size_t kv_first_nonzero(const void *p, size_t from, size_t to);

#define KV_EXPECT_FILLED(_test, _p, _from, _to, _seed) do {		\
	size_t __kv_to = (_to);						\
									\
	KUNIT_EXPECT_EQ_MSG(_test, __kv_to,				\
			    kv_first_bad(_p, _from, __kv_to, _seed),	\
			    "first byte that changed");			\
} while (0)
#define KV_EXPECT_ZEROED(_test, _p, _from, _to) do {			\
	size_t __kv_to = (_to);						\
									\
	KUNIT_EXPECT_EQ_MSG(_test, __kv_to,				\
			    kv_first_nonzero(_p, _from, __kv_to),	\
			    "first byte that is not zero");		\
} while (0)

#endif /* _KVMALLOC_TEST_H */
