// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_rcu: kvfree_rcu() frees memory of either backing after a grace
 * period, never before it.
 *
 * RCU frees slab memory in bulk, past kfree() and so past the watch, which would
 * wait in vain for what is above a page: that is allocated by somebody else.
 */

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kasan.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/workqueue.h>
#include <trace/events/kmem.h>

#include "kvmalloc_test.h"

struct with_head {
	u64 before;
	struct rcu_head head;
	u64 after[];
};

#define AFTER	offsetof(struct with_head, after)

/* A block of pages, and whether the page allocator has it back. */
static struct {
	struct page *page;
	bool freed;
} block;

static void probe_page_free(void *data, struct page *page, unsigned int order)
{
	if (page == READ_ONCE(block.page))
		WRITE_ONCE(block.freed, true);
}

static int rcu_suite_init(struct kunit_suite *suite)
{
	return kv_suite_init(suite) ?:
	       register_trace_mm_page_free(probe_page_free, NULL);
}

static void rcu_suite_exit(struct kunit_suite *suite)
{
	unregister_trace_mm_page_free(probe_page_free, NULL);
	kv_suite_exit(suite);
}

/*
 * A reader on another processor, who found the memory before it was given to
 * RCU and looks at it for a while: until end_reading(), or for a second if RCU
 * makes the test wait for him.
 */
static struct {
	struct completion inside, outside;
	struct with_head *p;
	size_t size;
	bool (*is_freed)(const void *p);
	bool leave, saw_it_freed;
	size_t first_bad;
} reader;

static int read_on(void *data)
{
	int ms;

	rcu_read_lock();
	complete(&reader.inside);
	for (ms = 0; ms < 1000; ms++) {
		if (ms >= 20 && READ_ONCE(reader.leave))
			break;
		mdelay(1);
		if (reader.is_freed && reader.is_freed(reader.p))
			reader.saw_it_freed = true;
	}
	if (!reader.saw_it_freed)
		reader.first_bad = kv_first_bad(reader.p, AFTER, reader.size,
						5);
	rcu_read_unlock();
	complete(&reader.outside);
	return 0;
}

static void begin_reading(struct kunit *test, struct with_head *p, size_t size,
			  bool (*is_freed)(const void *p))
{
	unsigned int cpu = raw_smp_processor_id();
	struct task_struct *task;

	/* Neither is to be where the other waits. */
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
	kv_fill(p, AFTER, size, 5);
	memset(&reader, 0, sizeof(reader));
	reader.p = p;
	reader.size = size;
	reader.is_freed = is_freed;
	init_completion(&reader.inside);
	init_completion(&reader.outside);
	task = kthread_run_on_cpu(read_on, NULL,
				  cpumask_any_but(cpu_online_mask, cpu),
				  "kvmalloc_reader/%u");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&reader.inside);
}

static bool is_read(void)
{
	return !completion_done(&reader.outside);
}

static void end_reading(struct kunit *test)
{
	WRITE_ONCE(reader.leave, true);
	wait_for_completion(&reader.outside);
	KUNIT_EXPECT_FALSE(test, reader.saw_it_freed);
	KUNIT_EXPECT_EQ(test, reader.first_bad, reader.size);
	kvfree_rcu_barrier();
}

static void need_two_processors(struct kunit *test)
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two processors: boot with -smp 2");
}

static bool area_is_freed(const void *p)
{
	return !find_vm_area(p);
}

static void rcu_vmalloc(struct kunit *test)
{
	const size_t size = kv_size(3 * PAGE_SIZE);
	struct with_head *p;

	need_two_processors(test);
	p = kv_from_vmalloc(test, size, GFP_KERNEL);
	begin_reading(test, p, size, area_is_freed);
	kvfree_rcu(p, head);
	end_reading(test);
	KUNIT_EXPECT_TRUE(test, kv_released(p));
}

static void rcu_vmalloc_mightsleep(struct kunit *test)
{
	const size_t size = kv_size(3 * PAGE_SIZE);
	struct with_head *p;

	need_two_processors(test);
	p = kv_from_vmalloc(test, size, GFP_KERNEL);
	begin_reading(test, p, size, area_is_freed);
	kvfree_rcu_mightsleep(p);
	end_reading(test);
	KUNIT_EXPECT_TRUE(test, kv_released(p));
}

static long take_block(void *size)
{
	return (long)kvmalloc(*(size_t *)size, GFP_KERNEL);
}

static void *block_from_slab(struct kunit *test)
{
	size_t size = KMALLOC_MAX_CACHE_SIZE + 1;
	void *p = (void *)work_on_cpu(raw_smp_processor_id(), take_block,
				      &size);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_FALSE(test, is_vmalloc_addr(p));
	block.freed = false;
	WRITE_ONCE(block.page, virt_to_page(p));
	return p;
}

static bool block_is_freed(const void *p)
{
	return READ_ONCE(block.freed);
}

static void rcu_slab_block(struct kunit *test)
{
	struct with_head *p;

	need_two_processors(test);
	p = block_from_slab(test);
	begin_reading(test, p, KMALLOC_MAX_CACHE_SIZE, block_is_freed);
	kvfree_rcu(p, head);
	end_reading(test);
	KUNIT_EXPECT_TRUE(test, block.freed);

	p = block_from_slab(test);
	begin_reading(test, p, KMALLOC_MAX_CACHE_SIZE, block_is_freed);
	kvfree_rcu_mightsleep(p);
	end_reading(test);
	KUNIT_EXPECT_TRUE(test, block.freed);
}

/*
 * An object of a cache has been freed when an allocation returns it again.  Hardly
 * any other code uses the cache of this size.
 */
#define OBJECT_SIZE	3333

/* Whether @p is among the next @nr objects.  They are linked, then freed. */
static bool comes_again(const void *p, gfp_t flags, unsigned int nr)
{
	void **first = NULL, **object;
	bool again = false;

	while (nr-- && !again) {
		object = kvmalloc(kv_size(OBJECT_SIZE), flags);
		if (!object)
			break;
		/* KASAN gives an object another tag each time. */
		again = kasan_reset_tag(object) == kasan_reset_tag(p);
		*object = first;
		first = object;
	}
	while (first) {
		object = first;
		first = *object;
		kvfree(object);
	}
	return again;
}

/* The processor that frees an object may keep its slab on a list of its own. */
static bool comes_again_somewhere(const void *p)
{
	unsigned int here = raw_smp_processor_id(), cpu;
	bool again = false;

	for_each_online_cpu(cpu) {
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
		again = comes_again(p, GFP_KERNEL, 4096);
		if (again)
			break;
	}
	set_cpus_allowed_ptr(current, cpumask_of(here));
	return again;
}

static void check_object(struct kunit *test, struct with_head *p, bool sleep)
{
	bool again;

	begin_reading(test, p, OBJECT_SIZE, NULL);
	if (sleep)
		kvfree_rcu_mightsleep(p);
	else
		kvfree_rcu(p, head);
	again = comes_again(p, KV_NOWAIT, 64);
	KUNIT_EXPECT_FALSE(test, again && is_read());
	end_reading(test);

	/* KASAN keeps what is freed for itself for a while. */
	if (!IS_ENABLED(CONFIG_KASAN_GENERIC))
		KUNIT_EXPECT_TRUE(test, again || comes_again_somewhere(p));
}

/*
 * The neighbours of the object keep its slab in the cache: an empty slab can go
 * back to the page allocator, and its objects need not come again.
 */
static void rcu_slab_object(struct kunit *test)
{
	struct with_head *objects[33];
	const unsigned int tested = ARRAY_SIZE(objects) / 2;
	unsigned int i, sleep;

	need_two_processors(test);
	/* The first one has memory of its own, from where objects come again. */
	set_cpus_allowed_ptr(current,
			     cpumask_of(cpumask_first(cpu_online_mask)));
	for (sleep = 0; sleep < 2; sleep++) {
		for (i = 0; i < ARRAY_SIZE(objects); i++)
			objects[i] = kv_from_slab(test, OBJECT_SIZE, GFP_KERNEL);
		check_object(test, objects[tested], sleep);
		for (i = 0; i < ARRAY_SIZE(objects); i++) {
			if (i != tested)
				kvfree(objects[i]);
		}
	}
}

static void rcu_nothing(struct kunit *test)
{
	struct with_head *none = NULL;

	OPTIMIZER_HIDE_VAR(none);
	kvfree_rcu(none, head);
	kvfree_rcu_mightsleep(none);
	kvfree_rcu_barrier();
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

/* More than RCU takes note of in one go, both backings mixed. */
static void rcu_many(struct kunit *test)
{
	const unsigned int nr = 300;
	struct with_head **p;
	unsigned int i;

	p = kunit_kcalloc(test, nr, sizeof(*p), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 0; i < nr; i++) {
		if (i % 2)
			p[i] = kv_from_slab(test, 100, GFP_KERNEL);
		else
			p[i] = kv_from_vmalloc(test, SZ_8K, GFP_KERNEL);
	}
	KUNIT_EXPECT_EQ(test, kv_live(), nr / 2);
	for (i = 0; i < nr; i++)
		kvfree_rcu(p[i], head);
	kvfree_rcu_barrier();
	for (i = 0; i < nr; i += 2)
		KUNIT_EXPECT_TRUE(test, kv_released(p[i]));
	KUNIT_EXPECT_EQ(test, kv_live(), 0);
}

static struct kunit_case rcu_cases[] = {
	KUNIT_CASE(rcu_vmalloc),
	KUNIT_CASE(rcu_vmalloc_mightsleep),
	KUNIT_CASE(rcu_slab_block),
	KUNIT_CASE(rcu_slab_object),
	KUNIT_CASE(rcu_nothing),
	KUNIT_CASE(rcu_many),
	{ }
};

static struct kunit_suite kvmalloc_rcu_suite = {
	.name = "kvmalloc_rcu",
	.suite_init = rcu_suite_init,
	.suite_exit = rcu_suite_exit,
	.init = kv_test_init,
	.exit = kv_test_exit,
	.test_cases = rcu_cases,
};

kunit_test_suite(kvmalloc_rcu_suite);
