// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_fuzz: requests that fault injection chooses go to vmalloc
 * without slab being asked, and no other request does.
 *
 * Only the tests' own tasks are chosen from.
 */

#include <linux/atomic.h>
#include <linux/fault-inject.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <trace/events/kvmalloc.h>

/* What sets the smallest size is of no header for all. */
#include "kvmalloc_debug.h"

#include "files.h"
#include "kvmalloc_test.h"

#define DEFAULT_MIN_SIZE	(PAGE_SIZE + 1)

static struct fault_attr before;
static unsigned int nr_fuzzed;

static void probe_fallback(void *data, unsigned long site, const void *p,
			   size_t size, unsigned long align, gfp_t flags,
			   int node, enum kvmalloc_why why)
{
	if (in_task() && current->make_it_fail && why == KVMALLOC_FUZZED)
		nr_fuzzed++;
}

static int fuzz_suite_init(struct kunit_suite *suite)
{
	before = kvmalloc_fuzz_attr;
	return kv_suite_init(suite) ?:
	       register_trace_kvmalloc_fallback(probe_fallback, NULL);
}

static void fuzz_suite_exit(struct kunit_suite *suite)
{
	unregister_trace_kvmalloc_fallback(probe_fallback, NULL);
	kv_suite_exit(suite);
}

/* All of what this task requests, unless the test says otherwise. */
static int fuzz_init(struct kunit *test)
{
	int ret = kv_test_init(test);

	if (ret)
		return ret;
	nr_fuzzed = 0;
	current->make_it_fail = 1;
	kvmalloc_fuzz_attr.interval = 1;
	atomic_set(&kvmalloc_fuzz_attr.times, -1);
	atomic_set(&kvmalloc_fuzz_attr.space, 0);
	kvmalloc_fuzz_attr.verbose = 0;
	kvmalloc_fuzz_attr.task_filter = true;
	kvmalloc_fuzz_attr.count = 0;
	WRITE_ONCE(kvmalloc_fuzz_attr.probability, 100);
	return 0;
}

/* Also after a test that was aborted: as it was, which is off by default. */
static void fuzz_exit(struct kunit *test)
{
	kvmalloc_fuzz_attr = before;
	KUNIT_EXPECT_EQ(test, kvmalloc_fuzz_set_min_size(DEFAULT_MIN_SIZE), 0);
	kv_test_exit(test);
}

static void expect_fuzzed(struct kunit *test, void *p, size_t size)
{
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_EQ_MSG(test, kv_attempts(size), 0, "%zu", size);
	KUNIT_EXPECT_EQ_MSG(test, nr_fuzzed, 1, "%zu", size);
	if (is_vmalloc_addr(p)) {
		kv_fill(p, 0, size, 7);
		KV_EXPECT_FILLED(test, p, 0, size, 7);
	}
	nr_fuzzed = 0;
	kv_forget();
}

static void expect_left_alone(struct kunit *test, void *p, size_t size)
{
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_EQ_MSG(test, kv_attempts(size), 1, "%zu", size);
	KUNIT_EXPECT_EQ_MSG(test, kv_areas(), 0, "%zu", size);
	KUNIT_EXPECT_EQ_MSG(test, nr_fuzzed, 0, "%zu", size);
	nr_fuzzed = 0;
	kv_forget();
}

/* Sizes that vmalloc() does not ask slab for on its own account. */
static const size_t small[] = { 1, 777, PAGE_SIZE - 1, PAGE_SIZE };
static const size_t large[] = {
	PAGE_SIZE + 1, KMALLOC_MAX_CACHE_SIZE, SZ_64K, SZ_256K,
};

static void fuzz_above_a_page(struct kunit *test)
{
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_NOFS, GFP_KERNEL_ACCOUNT,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL | __GFP_NOFAIL,
	};
	int i, j;
	void *p;

	for (i = 0; i < ARRAY_SIZE(large); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			p = kvmalloc(kv_size(large[i]), flags[j]);
			expect_fuzzed(test, p, large[i]);
			kvfree(p);
		}
	}
}

/* Up to a page the caller may rely on slab, by default. */
static void fuzz_to_a_page(struct kunit *test)
{
	void *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(small); i++) {
		p = kvmalloc(kv_size(small[i]), GFP_KERNEL);
		expect_left_alone(test, p, small[i]);
		kvfree(p);
	}
	p = kvmalloc(777, GFP_KERNEL);
	expect_left_alone(test, p, 777);
	kvfree(p);
}

static void fuzz_min_size(struct kunit *test)
{
	static const size_t limits[] = { 2, 777, PAGE_SIZE, 10000 };
	void *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		size_t limit = limits[i];

		KUNIT_EXPECT_EQ(test, kvmalloc_fuzz_set_min_size(limit), 0);
		p = kvmalloc(kv_size(limit), GFP_KERNEL);
		expect_fuzzed(test, p, limit);
		kvfree(p);
		p = kvmalloc(kv_size(limit - 1), GFP_KERNEL);
		expect_left_alone(test, p, limit - 1);
		kvfree(p);
	}

	/* Nobody could request so much: it stays what it was. */
	KUNIT_EXPECT_EQ(test,
			kvmalloc_fuzz_set_min_size((u64)INT_MAX + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, kvmalloc_fuzz_set_min_size(U64_MAX), -EINVAL);
	p = kvmalloc(kv_size(10000), GFP_KERNEL);
	expect_fuzzed(test, p, 10000);
	kvfree(p);
}

static noinline void *ask_constant(void)
{
	return kvmalloc(777, GFP_KERNEL);
}

static noinline void *ask_constant_page(void)
{
	return kvzalloc(PAGE_SIZE, GFP_KERNEL);
}

/* Every request, also one of a size that the compiler knew. */
static void fuzz_all_sizes(struct kunit *test)
{
	void *p;
	int i;

	KUNIT_ASSERT_EQ(test, kvmalloc_fuzz_set_min_size(1), 0);
	for (i = 0; i < ARRAY_SIZE(small); i++) {
		p = kvmalloc(kv_size(small[i]), GFP_KERNEL);
		expect_fuzzed(test, p, small[i]);
		kvfree(p);
	}
	p = ask_constant();
	expect_fuzzed(test, p, 777);
	kvfree(p);
	p = ask_constant_page();
	KUNIT_ASSERT_NOT_NULL(test, p);
	KV_EXPECT_ZEROED(test, p, 0, PAGE_SIZE);
	expect_fuzzed(test, p, PAGE_SIZE);
	kvfree(p);
	p = kvmalloc_array(kv_size(37), 21, GFP_KERNEL);
	expect_fuzzed(test, p, 777);
	kvfree(p);
	p = kvmalloc_node_align(kv_size(777), 512, GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, 512));
	expect_fuzzed(test, p, 777);
	kvfree(p);

	/* And back: what is small is slab's again, by the shortest way. */
	KUNIT_ASSERT_EQ(test, kvmalloc_fuzz_set_min_size(DEFAULT_MIN_SIZE), 0);
	p = ask_constant();
	expect_left_alone(test, p, 777);
	kvfree(p);
}

/* Who may not sleep could not free what vmalloc gave him. */
static void fuzz_only_who_may_sleep(struct kunit *test)
{
	static const gfp_t flags[] = {
		KV_ATOMIC, KV_NOWAIT, GFP_KERNEL & ~__GFP_DIRECT_RECLAIM,
	};
	void *p;
	int i, j;

	KUNIT_ASSERT_EQ(test, kvmalloc_fuzz_set_min_size(1), 0);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		for (j = 0; j < ARRAY_SIZE(small); j++) {
			p = kvmalloc(kv_size(small[j]), flags[i]);
			expect_left_alone(test, p, small[j]);
			kvfree(p);
		}
		p = kvmalloc(kv_size(SZ_16K), flags[i]);
		expect_left_alone(test, p, SZ_16K);
		p = kvrealloc(p, kv_size(SZ_32K), flags[i]);
		expect_left_alone(test, p, SZ_32K);
		kvfree(p);
	}
}

static void fuzz_nothing(struct kunit *test)
{
	u64 min_size;

	for (min_size = 0; min_size <= 1; min_size++) {
		KUNIT_EXPECT_EQ(test, kvmalloc_fuzz_set_min_size(min_size), 0);
		KUNIT_EXPECT_PTR_EQ(test, kvmalloc(kv_size(0), GFP_KERNEL),
				    ZERO_SIZE_PTR);
		KUNIT_EXPECT_PTR_EQ(test, kvmalloc(0, GFP_KERNEL),
				    ZERO_SIZE_PTR);
		KUNIT_EXPECT_PTR_EQ(test, kvrealloc(NULL, kv_size(0),
						    GFP_KERNEL),
				    ZERO_SIZE_PTR);
	}
	KUNIT_EXPECT_NULL(test, kvmalloc(kv_size(SIZE_MAX),
					 GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	KUNIT_EXPECT_EQ(test, nr_fuzzed, 0);
}

/* Slab memory moves, whole, even where it would have had room. */
static void fuzz_realloc(struct kunit *test)
{
	static const struct { size_t from, to; } resizes[] = {
		{ 100, 5000 }, { 5000, SZ_64K }, { 8192, 8193 },
		{ SZ_64K, SZ_256K },
	};
	static const struct { size_t from, to; } fitting[] = {
		{ 6000, 6001 }, { SZ_64K, 5000 }, { SZ_256K, SZ_128K + 1 },
	};
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	void *p, *n;
	int i;

	for (i = 0; i < ARRAY_SIZE(resizes); i++) {
		size_t from = resizes[i].from, to = resizes[i].to;

		WRITE_ONCE(kvmalloc_fuzz_attr.probability, 0);
		p = kv_from_slab(test, kv_size(from), flags);
		kv_fill(p, 0, from, 3);
		kv_forget();
		WRITE_ONCE(kvmalloc_fuzz_attr.probability, 100);

		n = kvrealloc(p, kv_size(to), flags);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
		KV_EXPECT_FILLED(test, n, 0, min(from, to), 3);
		KV_EXPECT_ZEROED(test, n, min(from, to), to);
		expect_fuzzed(test, n, to);
		kvfree(n);
	}

	/* Memory that fits stays in slab, so there is nothing to choose. */
	for (i = 0; i < ARRAY_SIZE(fitting); i++) {
		WRITE_ONCE(kvmalloc_fuzz_attr.probability, 0);
		p = kv_from_slab(test, kv_size(fitting[i].from), flags);
		WRITE_ONCE(kvmalloc_fuzz_attr.probability, 100);
		n = kvrealloc(p, kv_size(fitting[i].to), flags);
		KUNIT_EXPECT_PTR_EQ(test, n, p);
		KUNIT_EXPECT_EQ(test, nr_fuzzed, 0);
		kvfree(n);
	}

	/* To a size that is let alone it does not. */
	WRITE_ONCE(kvmalloc_fuzz_attr.probability, 0);
	p = kv_from_slab(test, kv_size(100), flags);
	kv_forget();
	WRITE_ONCE(kvmalloc_fuzz_attr.probability, 100);
	n = kvrealloc(p, kv_size(3000), flags);
	expect_left_alone(test, n, 3000);

	KUNIT_ASSERT_EQ(test, kvmalloc_fuzz_set_min_size(1), 0);
	kvfree(n);
	WRITE_ONCE(kvmalloc_fuzz_attr.probability, 0);
	p = kv_from_slab(test, kv_size(100), flags);
	kv_forget();
	WRITE_ONCE(kvmalloc_fuzz_attr.probability, 100);
	n = kvrealloc(p, kv_size(777), flags);
	KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
	expect_fuzzed(test, n, 777);

	/* Once there it resizes as any vmalloc memory: nobody is to choose. */
	p = kvrealloc(n, kv_size(778), flags);
	KUNIT_EXPECT_PTR_EQ(test, p, n);
	KUNIT_EXPECT_EQ(test, nr_fuzzed, 0);
	kvfree(p);
}

/* The rest of the family that allocates goes through the same. */
static void fuzz_family(struct kunit *test)
{
	const char *s = "a string";
	char *copy;
	void *p;

	KUNIT_ASSERT_EQ(test, kvmalloc_fuzz_set_min_size(1), 0);
	p = kvmemdup_array(s, 1, kv_size(9), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_STREQ(test, (char *)p, s);
	kvfree(p);
	copy = kvstrdup(s, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(copy));
	KUNIT_EXPECT_STREQ(test, copy, s);
	kvfree(copy);
	p = kvcalloc(kv_size(9), 8, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	KV_EXPECT_ZEROED(test, p, 0, 72);
	p = kvrealloc_array(p, kv_size(2000), 8, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	kvfree(p);
	p = kvrealloc(NULL, kv_size(777), GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	kvfree(p);
	KUNIT_EXPECT_EQ(test, nr_fuzzed, 4);
}

/* How many of @nr requests were chosen; between them some that cannot be. */
static unsigned int count_chosen(struct kunit *test, unsigned int nr)
{
	unsigned int chosen = 0, i;
	void *p;

	for (i = 0; i < nr; i++) {
		p = kvmalloc(kv_size(SZ_16K), GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, p);
		chosen += is_vmalloc_addr(p);
		kvfree(p);

		kvfree(kvmalloc(kv_size(777), GFP_KERNEL));
		p = kvmalloc(kv_size(SZ_16K), KV_NOWAIT);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
		kvfree(p);
	}
	KUNIT_EXPECT_EQ(test, nr_fuzzed, chosen);
	nr_fuzzed = 0;
	return chosen;
}

static void fuzz_interval(struct kunit *test)
{
	kvmalloc_fuzz_attr.interval = 3;
	KUNIT_EXPECT_EQ(test, count_chosen(test, 3), 1);
	KUNIT_EXPECT_EQ(test, count_chosen(test, 30), 10);
}

static void fuzz_times(struct kunit *test)
{
	atomic_set(&kvmalloc_fuzz_attr.times, 4);
	KUNIT_EXPECT_EQ(test, count_chosen(test, 10), 4);
	KUNIT_EXPECT_EQ(test, count_chosen(test, 10), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&kvmalloc_fuzz_attr.times), 0);
}

/* An allowance of bytes before it begins, which the small do not use up. */
static void fuzz_space(struct kunit *test)
{
	atomic_set(&kvmalloc_fuzz_attr.space, 4 * SZ_16K);
	KUNIT_EXPECT_EQ(test, count_chosen(test, 3), 0);
	KUNIT_EXPECT_EQ(test, count_chosen(test, 7), 7);
}

static void fuzz_probability(struct kunit *test)
{
	unsigned int chosen;

	/* Off, one could not come out of this range in a lifetime. */
	kvmalloc_fuzz_attr.probability = 50;
	chosen = count_chosen(test, 400);
	KUNIT_EXPECT_GT(test, chosen, 120);
	KUNIT_EXPECT_LT(test, chosen, 280);

	/* Off it is off: nothing is chosen, and nothing is used up. */
	kvmalloc_fuzz_attr.probability = 0;
	atomic_set(&kvmalloc_fuzz_attr.times, 1);
	KUNIT_EXPECT_EQ(test, count_chosen(test, 50), 0);
	KUNIT_EXPECT_EQ(test, kvmalloc_fuzz_set_min_size(1), 0);
	KUNIT_EXPECT_EQ(test, count_chosen(test, 50), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&kvmalloc_fuzz_attr.times), 1);
}

/* What is off does not touch what a test's own failures are counted in. */
static void fuzz_off_counts_nothing(struct kunit *test)
{
	void *p;

	kvmalloc_fuzz_attr.probability = 0;
	p = KV_FAIL_NTH(1, kvmalloc(kv_size(SZ_16K), GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_EQ(test, kv_attempts(SZ_16K), 1);
	KUNIT_EXPECT_EQ(test, nr_fuzzed, 0);
	kvfree(p);
}

static long take_there(void *size)
{
	return (long)kvmalloc(*(size_t *)size, GFP_KERNEL);
}

static void fuzz_task_filter(struct kunit *test)
{
	size_t size = SZ_16K;
	void *p;

	p = (void *)work_on_cpu(raw_smp_processor_id(), take_there, &size);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
	kvfree(p);

	current->make_it_fail = 0;
	p = kvmalloc(kv_size(size), GFP_KERNEL);
	expect_left_alone(test, p, size);
	kvfree(p);
	current->make_it_fail = 1;
	p = kvmalloc(kv_size(size), GFP_KERNEL);
	expect_fuzzed(test, p, size);
	kvfree(p);
}

/* Those who have this function among their callers. */
static noinline void *ask_from_here(size_t size)
{
	void *p = kvmalloc(size, GFP_KERNEL);

	barrier();
	return p;
}

static noinline void *ask_from_there(size_t size)
{
	void *p = kvmalloc(size, GFP_KERNEL);

	barrier();
	return p;
}

static void fuzz_stack_filter(struct kunit *test)
{
	unsigned long size, offset, here = (unsigned long)ask_from_here;
	void *p;

	if (!IS_ENABLED(CONFIG_FAULT_INJECTION_STACKTRACE_FILTER))
		kunit_skip(test,
			   "needs CONFIG_FAULT_INJECTION_STACKTRACE_FILTER");
	KUNIT_ASSERT_TRUE(test, kallsyms_lookup_size_offset(here, &size,
							    &offset));
	kvmalloc_fuzz_attr.require_start = here;
	kvmalloc_fuzz_attr.require_end = here + size;

	p = ask_from_there(SZ_16K);
	expect_left_alone(test, p, SZ_16K);
	kvfree(p);
	p = ask_from_here(SZ_16K);
	expect_fuzzed(test, p, SZ_16K);
	kvfree(p);
}

#ifdef CONFIG_KVMALLOC_STATS
/* The counters know which fallbacks were nobody's misfortune. */
static void fuzz_is_counted(struct kunit *test)
{
	struct kvmalloc_stats then, stats;
	struct kvmalloc_caller c;
	void *p;

	KUNIT_ASSERT_EQ(test, kvmalloc_stats_enable(true), 0);
	kvmalloc_stats_read(SZ_16K, &then);
	p = ask_from_here(SZ_16K);
	kvfree(p);
	p = ask_from_here(SZ_16K);
	kvfree(p);
	WRITE_ONCE(kvmalloc_fuzz_attr.probability, 0);
	p = KV_FAIL_NTH(1, ask_from_here(SZ_16K));
	kvfree(p);
	kvmalloc_stats_read(SZ_16K, &stats);
	KUNIT_EXPECT_EQ(test, stats.slab - then.slab, 0);
	KUNIT_EXPECT_EQ(test, stats.vmalloc - then.vmalloc, 3);
	KUNIT_EXPECT_EQ(test, stats.live, then.live);
	KUNIT_EXPECT_TRUE(test,
			  kvmalloc_callers_read((unsigned long)ask_from_here,
						&c));
	KUNIT_EXPECT_EQ(test, c.count, 3);
	KUNIT_EXPECT_EQ(test, c.fuzzed, 2);
	kvmalloc_stats_enable(false);
}
#else
static void fuzz_is_counted(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KVMALLOC_STATS");
}
#endif

/* Through the files that a user has. */
static char *file_read(struct kunit *test, const char *name)
{
	char path[48];

	snprintf(path, sizeof(path), "kvmalloc_fallback/%s", name);
	return kv_file_read(test, "debugfs", path);
}

static int file_write(struct kunit *test, const char *name, const char *text)
{
	char path[48];

	snprintf(path, sizeof(path), "kvmalloc_fallback/%s", name);
	return kv_file_write(test, "debugfs", path, text);
}

static void fuzz_files(struct kunit *test)
{
	static const char *const files[] = {
		"probability", "interval", "times", "space", "verbose",
		"task-filter", "min-size",
	};
	char text[24];
	void *p;
	int i;

	if (!IS_ENABLED(CONFIG_FAULT_INJECTION_DEBUG_FS))
		kunit_skip(test, "needs CONFIG_FAULT_INJECTION_DEBUG_FS");

	for (i = 0; i < ARRAY_SIZE(files); i++)
		KUNIT_EXPECT_GT(test, strlen(file_read(test, files[i])), 1);
	KUNIT_EXPECT_STREQ(test, file_read(test, "probability"), "100\n");
	KUNIT_EXPECT_STREQ(test, file_read(test, "task-filter"), "Y\n");
	snprintf(text, sizeof(text), "%lu\n", DEFAULT_MIN_SIZE);
	KUNIT_EXPECT_STREQ(test, file_read(test, "min-size"), text);

	KUNIT_EXPECT_EQ(test, file_write(test, "min-size", "777\n"), 0);
	p = kvmalloc(kv_size(777), GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	kvfree(p);
	KUNIT_EXPECT_EQ(test, file_write(test, "min-size", "4294967296\n"),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, file_write(test, "min-size", "much\n"), -EINVAL);
	KUNIT_EXPECT_STREQ(test, file_read(test, "min-size"), "777\n");

	KUNIT_EXPECT_EQ(test, file_write(test, "probability", "0\n"), 0);
	p = kvmalloc(kv_size(SZ_16K), GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
	kvfree(p);
}

/* Nobody is fuzzed who did not ask for it. */
static void fuzz_off_by_default(struct kunit *test)
{
	struct fault_attr fresh = FAULT_ATTR_INITIALIZER;

	if (strstr(saved_command_line, "kvmalloc_fallback="))
		kunit_skip(test, "needs a kernel booted without fuzz");
	KUNIT_EXPECT_EQ(test, before.probability, 0);
	KUNIT_EXPECT_EQ(test, before.interval, fresh.interval);
	KUNIT_EXPECT_FALSE(test, before.task_filter);
	KUNIT_EXPECT_EQ(test, before.require_end, ULONG_MAX);
}

static struct kunit_case fuzz_cases[] = {
	KV_AREA_CASE(fuzz_above_a_page),
	KUNIT_CASE(fuzz_to_a_page),
	KV_AREA_CASE(fuzz_min_size),
	KV_AREA_CASE(fuzz_all_sizes),
	KUNIT_CASE(fuzz_only_who_may_sleep),
	KUNIT_CASE(fuzz_nothing),
	KV_AREA_CASE(fuzz_realloc),
	KV_AREA_CASE(fuzz_family),
	KV_AREA_CASE(fuzz_interval),
	KV_AREA_CASE(fuzz_times),
	KV_AREA_CASE(fuzz_space),
	KV_AREA_CASE(fuzz_probability),
	KV_AREA_CASE(fuzz_off_counts_nothing),
	KV_AREA_CASE(fuzz_task_filter),
	KUNIT_CASE(fuzz_stack_filter),
	KV_AREA_CASE(fuzz_is_counted),
	KUNIT_CASE(fuzz_files),
	KUNIT_CASE(fuzz_off_by_default),
	{ }
};

static struct kunit_suite kvmalloc_fuzz_suite = {
	.name = "kvmalloc_fuzz",
	.suite_init = fuzz_suite_init,
	.suite_exit = fuzz_suite_exit,
	.init = fuzz_init,
	.exit = fuzz_exit,
	.test_cases = fuzz_cases,
};

kunit_test_suite(kvmalloc_fuzz_suite);
