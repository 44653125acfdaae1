// SPDX-License-Identifier: GPL-2.0
/*
 * Suites kvmalloc_free and kvmalloc_sensitive: kvfree() and its kin give memory
 * of each kind back to whom it came from, from wherever they may be called, and
 * kvfree_sensitive() does so with nothing left in it.
 */

#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/irq_work.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "kvmalloc_test.h"

static DEFINE_SPINLOCK(lock);

static void free_slab(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 100, PAGE_SIZE, PAGE_SIZE + 1, KMALLOC_MAX_CACHE_SIZE,
		KMALLOC_MAX_CACHE_SIZE + 1, SZ_64K,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = kv_from_slab(test, sizes[i], GFP_KERNEL);

		kvfree(p);
		KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
		p = kv_from_slab(test, sizes[i], GFP_KERNEL);
		kvfree_atomic(p);
		KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
		KUNIT_EXPECT_EQ(test, kv_live(), 0);
	}
}

static void free_vmalloc(struct kunit *test)
{
	static const size_t sizes[] = { 1, 5000, SZ_64K, SZ_1M };
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = kv_from_vmalloc(test, sizes[i], GFP_KERNEL);

		KUNIT_EXPECT_NOT_NULL(test, find_vm_area(p));
		KUNIT_EXPECT_GT(test, kv_live(), 0);
		kvfree(p);
		/* Who may sleep has it freed at once. */
		KUNIT_EXPECT_NULL(test, find_vm_area(p));
		KUNIT_EXPECT_EQ(test, kv_live(), 0);
	}
}

/* The pages go back as well, not the addresses alone. */
static void free_vmalloc_pages(struct kunit *test)
{
	void *p = kv_from_vmalloc(test, 3 * PAGE_SIZE, GFP_KERNEL);
	struct page *page = vmalloc_to_page(p + PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	get_page(page);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
}

static void free_nothing(struct kunit *test)
{
	void *const nothing[] = { NULL, ZERO_SIZE_PTR };
	int i;

	for (i = 0; i < ARRAY_SIZE(nothing); i++) {
		kvfree(nothing[i]);
		kvfree_atomic(nothing[i]);
		kvfree_sensitive(nothing[i], 0);
		kvfree_sensitive(nothing[i], 16);
	}
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

static void free_foreign(struct kunit *test)
{
	void *p = kmalloc(kv_size(100), GFP_KERNEL);

	kvfree(p);
	KUNIT_EXPECT_TRUE(test, kv_kfreed(p));

	p = vmalloc(100);
	kvfree(p);
	KUNIT_EXPECT_NULL(test, find_vm_area(p));

	p = vmalloc(100);
	kvfree_atomic(p);
	KUNIT_EXPECT_TRUE(test, kv_released(p));
}

/* With a lock held, where sleeping would be told. */
static void free_atomic(struct kunit *test)
{
	void *p = kv_from_vmalloc(test, SZ_64K, GFP_KERNEL);
	void *q = kv_from_slab(test, 100, GFP_KERNEL);
	unsigned long flags;

	spin_lock(&lock);
	kvfree_atomic(p);
	kvfree_atomic(q);
	spin_unlock(&lock);
	KUNIT_EXPECT_TRUE(test, kv_kfreed(q));
	KUNIT_EXPECT_TRUE(test, kv_released(p));

	p = kv_from_vmalloc(test, SZ_64K, GFP_KERNEL);
	local_irq_save(flags);
	kvfree_atomic(p);
	local_irq_restore(flags);
	KUNIT_EXPECT_TRUE(test, kv_released(p));
}

/* Interrupts: what frees there, and whether it was one. */
static struct {
	struct irq_work irq;
	struct timer_list timer;
	struct completion done;
	const void *p, *q;
	bool interrupt;
} in_irq;

static void free_both(bool interrupt)
{
	in_irq.interrupt = interrupt;
	kvfree(in_irq.p);
	kvfree(in_irq.q);
	complete(&in_irq.done);
}

static void irq_fn(struct irq_work *work)
{
	free_both(in_hardirq());
}

static void timer_fn(struct timer_list *timer)
{
	free_both(in_serving_softirq());
}

static void free_in_hardirq(struct kunit *test)
{
	in_irq.p = kv_from_vmalloc(test, SZ_64K, GFP_KERNEL);
	in_irq.q = kv_from_slab(test, SZ_16K, GFP_KERNEL);
	init_completion(&in_irq.done);
	/* With PREEMPT_RT a thread runs any other; to lockdep others may use slab. */
	in_irq.irq = IS_ENABLED(CONFIG_PREEMPT_RT) ?
		     IRQ_WORK_INIT_HARD(irq_fn) : IRQ_WORK_INIT(irq_fn);

	irq_work_queue(&in_irq.irq);
	wait_for_completion(&in_irq.done);
	irq_work_sync(&in_irq.irq);
	KUNIT_EXPECT_TRUE(test, in_irq.interrupt);
	KUNIT_EXPECT_TRUE(test, kv_released(in_irq.p));
}

static void free_in_softirq(struct kunit *test)
{
	in_irq.p = kv_from_vmalloc(test, SZ_64K, GFP_KERNEL);
	in_irq.q = kv_from_slab(test, SZ_16K, GFP_KERNEL);
	init_completion(&in_irq.done);
	timer_setup(&in_irq.timer, timer_fn, 0);

	mod_timer(&in_irq.timer, jiffies + 1);
	wait_for_completion(&in_irq.done);
	timer_delete_sync(&in_irq.timer);
	KUNIT_EXPECT_TRUE(test, in_irq.interrupt);
	KUNIT_EXPECT_TRUE(test, kv_released(in_irq.p));
}

/* Scopes: freed where they are left, if it is not returned. */
static void *leave_scope(size_t size, bool fail_slab, bool keep)
{
	void *p __free(kvfree) = fail_slab ?
		KV_FAIL_NTH(1, kvmalloc(size, GFP_KERNEL)) :
		kvmalloc(size, GFP_KERNEL);

	if (keep)
		return_ptr(p);
	return p;
}

static void *leave_scope_atomic(size_t size, bool fail_slab)
{
	void *p __free(kvfree_atomic) = fail_slab ?
		KV_FAIL_NTH(1, kvmalloc(size, GFP_KERNEL)) :
		kvmalloc(size, GFP_KERNEL);

	guard(spinlock)(&lock);
	return p;
}

static void free_scope(struct kunit *test)
{
	const size_t size = kv_size(5000);
	void *p;

	p = leave_scope(size, false, false);
	KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
	p = leave_scope(size, true, false);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_NULL(test, find_vm_area(p));

	kv_forget();
	p = leave_scope(size, false, true);
	KUNIT_EXPECT_FALSE(test, kv_kfreed(p));
	kvfree(p);
	p = leave_scope(size, true, true);
	KUNIT_EXPECT_NOT_NULL(test, find_vm_area(p));
	kvfree(p);

	kv_forget();
	p = leave_scope_atomic(size, false);
	KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
	p = leave_scope_atomic(size, true);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_TRUE(test, kv_released(p));
}

static void free_scope_of_nothing(struct kunit *test)
{
	{
		void *a __free(kvfree) = NULL;
		void *b __free(kvfree) = ZERO_SIZE_PTR;
		void *c __free(kvfree) = ERR_PTR(-ENOMEM);
		void *d __free(kvfree_atomic) = NULL;
		void *e __free(kvfree_atomic) = ZERO_SIZE_PTR;
		void *f __free(kvfree_atomic) = ERR_PTR(-ENOMEM);

		KUNIT_EXPECT_TRUE(test, !a && b && c && !d && e && f);
	}
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

/* vfree_atomic() keeps a list node in the area, which may be larger than it. */
static void free_of_less_than_a_list_node(struct kunit *test)
{
	void *p, *q, *r;

	p = kv_from_vmalloc(test, 3 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(7), GFP_KERNEL), p);
	kvfree_atomic(p);

	q = kvmalloc_node_align(kv_size(1), 2 * PAGE_SIZE, GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(q));
	kvfree_atomic(q);

	/* kvfree() frees later, too, with softirqs disabled. */
	r = kv_from_vmalloc(test, 3 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, vrealloc(r, kv_size(1), GFP_KERNEL), r);
	local_bh_disable();
	kvfree(r);
	local_bh_enable();

	KUNIT_EXPECT_TRUE(test, kv_released(p));
	KUNIT_EXPECT_TRUE(test, kv_released(q));
	KUNIT_EXPECT_TRUE(test, kv_released(r));
}

static struct kunit_case free_cases[] = {
	KUNIT_CASE(free_slab),
	KUNIT_CASE(free_vmalloc),
	KUNIT_CASE(free_vmalloc_pages),
	KUNIT_CASE(free_nothing),
	KUNIT_CASE(free_foreign),
	KUNIT_CASE(free_atomic),
	KUNIT_CASE(free_of_less_than_a_list_node),
	KUNIT_CASE(free_in_hardirq),
	KUNIT_CASE(free_in_softirq),
	KV_AREA_CASE(free_scope),
	KUNIT_CASE(free_scope_of_nothing),
	{ }
};

static struct kunit_suite kvmalloc_free_suite = {
	.name = "kvmalloc_free",
	KV_SUITE_HOOKS,
	.test_cases = free_cases,
};

kunit_test_suite(kvmalloc_free_suite);

/*
 * Sensitive data.  What is about to be freed is looked at the last moment
 * before it is, which is after it must have been cleared: nothing is ever read
 * that belongs to somebody else.
 */
static struct {
	const void *p;
	size_t size, cleared;
	size_t first_nonzero, first_bad;
	unsigned int seen;
} secret;

static void look_at_secret(const void *p)
{
	if (p != secret.p)
		return;
	secret.seen++;
	secret.first_nonzero = kv_first_nonzero(p, 0, secret.cleared);
	secret.first_bad = kv_first_bad(p, secret.cleared, secret.size, 1);
}

static void check_slab_secret(struct kunit *test, size_t size, size_t cleared)
{
	void *p = kv_from_slab(test, size, GFP_KERNEL);

	kv_fill(p, 0, size, 1);
	secret.p = p;
	secret.size = size;
	secret.cleared = cleared;
	secret.seen = 0;
	kv_look_at_kfree(look_at_secret);
	kvfree_sensitive(p, kv_size(cleared));
	kv_look_at_kfree(NULL);

	KUNIT_EXPECT_EQ(test, secret.seen, 1);
	KUNIT_EXPECT_EQ(test, secret.first_nonzero, cleared);
	/* The rest is as it was, so it was not something else that cleared. */
	KUNIT_EXPECT_EQ(test, secret.first_bad, size);
}

static void sensitive_slab(struct kunit *test)
{
	static const size_t sizes[] = {
		16, 100, PAGE_SIZE, PAGE_SIZE + 1, KMALLOC_MAX_CACHE_SIZE + 1,
		SZ_64K,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		check_slab_secret(test, sizes[i], sizes[i]);
		check_slab_secret(test, sizes[i], sizes[i] - 9);
		check_slab_secret(test, sizes[i], 1);
		check_slab_secret(test, sizes[i], 0);
	}
}

/* The pages behind a vmalloc area outlive it while somebody holds them. */
static void check_vmalloc_secret(struct kunit *test, size_t cleared)
{
	struct page *page[3];
	const size_t size = sizeof(page) / sizeof(*page) * PAGE_SIZE;
	void *p = kv_from_vmalloc(test, size, GFP_KERNEL);
	size_t i, j;

	kv_fill(p, 0, size, 1);
	for (i = 0; i < ARRAY_SIZE(page); i++) {
		page[i] = vmalloc_to_page(p + i * PAGE_SIZE);
		get_page(page[i]);
	}
	kvfree_sensitive(p, kv_size(cleared));
	KUNIT_EXPECT_NULL(test, find_vm_area(p));

	for (i = 0; i < ARRAY_SIZE(page); i++) {
		size_t start = i * PAGE_SIZE, end = start + PAGE_SIZE;
		const void *at = page_address(page[i]);

		j = clamp(cleared, start, end);
		KV_EXPECT_ZEROED(test, at, 0, j - start);
		KUNIT_EXPECT_EQ(test, kv_first_bad(at - start, j, end, 1), end);
		put_page(page[i]);
	}
}

static void sensitive_vmalloc(struct kunit *test)
{
	if (IS_ENABLED(CONFIG_HIGHMEM))
		kunit_skip(test, "needs all memory mapped");

	check_vmalloc_secret(test, 3 * PAGE_SIZE);
	check_vmalloc_secret(test, 2 * PAGE_SIZE + 100);
	check_vmalloc_secret(test, PAGE_SIZE);
	check_vmalloc_secret(test, 1);
	check_vmalloc_secret(test, 0);
}

static struct kunit_case sensitive_cases[] = {
	KUNIT_CASE(sensitive_slab),
	KUNIT_CASE(sensitive_vmalloc),
	{ }
};

static struct kunit_suite kvmalloc_sensitive_suite = {
	.name = "kvmalloc_sensitive",
	KV_SUITE_HOOKS,
	.test_cases = sensitive_cases,
};

kunit_test_suite(kvmalloc_sensitive_suite);
