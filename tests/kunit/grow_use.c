// SPDX-License-Identifier: GPL-2.0
/*
 * Suites kvmalloc_grow_use and kvmalloc_grow_huge: what can be done with an
 * ordinary vmalloc area can be done with one that grew, and huge mappings stay
 * huge.
 */

#include <linux/ctype.h>
#include <linux/highmem.h>
#include <linux/kallsyms.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "files.h"
#include "grow_states.h"

static DEFINE_SPINLOCK(lock);

/* Every way to free it frees all of it. */
struct late {
	struct rcu_head rcu;
};

static void free_by_vfree(void *p)
{
	vfree(p);
}

static void free_by_kvfree(void *p)
{
	kvfree(p);
}

static void free_by_vfree_atomic(void *p)
{
	spin_lock(&lock);
	vfree_atomic(p);
	spin_unlock(&lock);
}

static void free_by_kvfree_atomic(void *p)
{
	spin_lock(&lock);
	kvfree_atomic(p);
	spin_unlock(&lock);
}

static void free_by_kvfree_sensitive(void *p)
{
	kvfree_sensitive(p, SIZE);
}

static void free_by_kvfree_rcu(void *p)
{
	struct late *late = p;

	kvfree_rcu(late, rcu);
}

static void free_by_kvfree_rcu_mightsleep(void *p)
{
	kvfree_rcu_mightsleep(p);
}

static void free_by_kvrealloc(void *p)
{
	p = kvrealloc(p, kv_size(0), GFP_KERNEL);
}

static void free_by_vrealloc(void *p)
{
	p = vrealloc(p, kv_size(0), GFP_KERNEL);
}

/* Whether vmalloc has as many pages afterwards, which others may change. */
static bool gives_all_back(struct kunit *test, const struct state *state,
			   void (*way)(void *p))
{
	unsigned long before = grow_vmalloc_pages();
	unsigned int patience = 100;
	struct page *page[5];
	void *p = state->make(test);
	int j;

	for (j = 0; j < ARRAY_SIZE(page); j++) {
		page[j] = vmalloc_to_page(p + j * PAGE_SIZE);
		get_page(page[j]);
	}
	way(p);
	/* Its timer would take its time. */
	kvfree_rcu_barrier();
	KUNIT_EXPECT_TRUE_MSG(test, kv_released(p), "%ps", way);
	/* The range goes first, then the pages. */
	while (grow_vmalloc_pages() > before && patience--)
		schedule_timeout_idle(1);
	for (j = 0; j < ARRAY_SIZE(page); j++) {
		KUNIT_EXPECT_EQ(test, page_count(page[j]), 1);
		put_page(page[j]);
	}
	return grow_vmalloc_pages() == before;
}

static void use_free(struct kunit *test)
{
	static void (*const ways[])(void *p) = {
		free_by_vfree, free_by_kvfree, free_by_vfree_atomic,
		free_by_kvfree_atomic, free_by_kvfree_sensitive,
		free_by_kvfree_rcu, free_by_kvfree_rcu_mightsleep,
		free_by_kvrealloc, free_by_vrealloc,
	};
	int i;

	grow_quiet();
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		int tries = 3;

		/* A thread that begins has a stack; not every time, though. */
		while (tries && !gives_all_back(test, test->param_value, ways[i]))
			tries--;
		KUNIT_EXPECT_GT_MSG(test, tries, 0, "%ps", ways[i]);
	}
}

/* Each page can be looked up, and what is behind them cannot. */
static void use_pages(struct kunit *test)
{
	const struct state *state = test->param_value;
	u8 *p = state->make(test);
	size_t room = kvmalloc_room(p), at;

	for (at = 0; at < SIZE; at += PAGE_SIZE) {
		struct page *page = vmalloc_to_page(p + at);
		u8 *mapped;

		KUNIT_ASSERT_NOT_NULL(test, page);
		p[at] = at >> PAGE_SHIFT;
		mapped = kmap_local_page(page);
		KUNIT_EXPECT_EQ(test, *mapped, p[at]);
		kunmap_local(mapped);
		KUNIT_EXPECT_EQ(test, vmalloc_to_pfn(p + at),
				page_to_pfn(page));
	}
	for (; at <= room; at += PAGE_SIZE)
		KUNIT_EXPECT_NULL(test, vmalloc_to_page(p + at));
	grow_check(test, p, SIZE);
	kvfree(p);
}

/* What /proc/kcore reads: the contents, then zeroes as far as it is asked. */
static void use_vread(struct kunit *test)
{
	const struct state *state = test->param_value;
	u8 *p = state->make(test), *copy;
	size_t room = kvmalloc_room(p), all = room + 2 * PAGE_SIZE;
	struct kvec kvec;
	struct iov_iter iter;
	size_t from;

	kv_fill(p, 0, SIZE, 3);
	/* To the kernel's own code the memory has ended, as KASAN knows. */
	memzero_page(vmalloc_to_page(p + SIZE - 1), offset_in_page(SIZE),
		     PAGE_ALIGN(SIZE) - SIZE);
	copy = kvmalloc(all, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);

	for (from = 0; from <= room; from += from ? PAGE_SIZE : 10) {
		size_t nr = room + PAGE_SIZE - from;

		memset(copy, 0xff, all);
		kvec = (struct kvec){ .iov_base = copy, .iov_len = nr };
		iov_iter_kvec(&iter, ITER_DEST, &kvec, 1, nr);
		KUNIT_EXPECT_EQ(test, vread_iter(&iter, p + from, nr),
				(long)nr);
		if (from < SIZE)
			KUNIT_EXPECT_EQ(test, memcmp(copy, p + from,
						     SIZE - from), 0);
		/* The guard page ends the range; what follows may be others'. */
		KUNIT_EXPECT_PTR_EQ(test,
				    memchr_inv(copy + max(from, SIZE) - from, 0,
					       nr - (max(from, SIZE) - from)),
				    NULL);
	}
	kvfree(copy);
	kvfree(p);
}

/*
 * What /proc/vmallocinfo has about @p behind its size, which precedes that.  So
 * early addresses are not shown, so it is found by who asked for it: @who.
 */
static char *info_of(struct kunit *test, const void *p, void *who)
{
	char name[KSYM_SYMBOL_LEN], *line;

	if (who)
		find_vm_area(p)->caller = who;
	scnprintf(name, sizeof(name), " %pS", find_vm_area(p)->caller);
	line = strstr(kv_file_read(test, "proc", "vmallocinfo"), name);
	if (line)
		line[strcspn(line, "\n")] = '\0';
	return line;
}

static void expect_number(struct kunit *test, const char *line,
			  const char *name, unsigned long wanted)
{
	const char *at = strstr(line, name);
	unsigned long number;

	if (!at || sscanf(at + strlen(name), "%lu", &number) != 1)
		number = 0;
	KUNIT_EXPECT_EQ_MSG(test, number, wanted, "%sin: %s", name, line);
}

/* What is committed, and for how many pages the range is reserved. */
static void use_vmallocinfo(struct kunit *test)
{
	const struct state *state = test->param_value;
	void *p = state->make(test);
	unsigned long range = kvmalloc_room(p) >> PAGE_SHIFT;
	char *line = info_of(test, p, use_vmallocinfo);

	KUNIT_EXPECT_NOT_NULL(test, line);
	if (line) {
		expect_number(test, line, " pages=", 6);
		expect_number(test, line, " reserved=", range > 6 ? range : 0);
		KUNIT_EXPECT_NOT_NULL(test, strstr(line, " vmalloc"));
		/* Its size is what is committed, and the guard page. */
		while (isspace(*--line))
			;
		while (!isspace(*line))
			line--;
		expect_number(test, line, " ", 7 * PAGE_SIZE);
	}
	kvfree(p);
	KUNIT_EXPECT_TRUE(test, kv_released(p));
}

/* Whoever made it grow is named, as whoever allocates is. */
static noinline void *grows(void *p, size_t size)
{
	p = kvrealloc(p, size, GFP_KERNEL);
	barrier();
	return p;
}

static void use_vmallocinfo_caller(struct kunit *test)
{
	void *p = grows(grow_new(test, 5000, GFP_KERNEL), kv_size(SIZE));
	char *line;

	KUNIT_ASSERT_NOT_NULL(test, p);
	line = info_of(test, p, NULL);
	KUNIT_EXPECT_NOT_NULL(test, line);
	if (line)
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(line, " grows+0x"),
					  "%s", line);
	kvfree(p);
}

static unsigned long vmalloc_used(struct kunit *test)
{
	const char *text = kv_file_read(test, "proc", "meminfo");
	const char *line = strstr(text, "VmallocUsed:");
	unsigned long kb;

	if (!line || sscanf(line, "VmallocUsed: %lu kB", &kb) != 1)
		KUNIT_FAIL_AND_ABORT(test, "no VmallocUsed in:\n%s", text);
	return kb * SZ_1K / PAGE_SIZE;
}

/*
 * /proc/meminfo counts committed pages, those of the slots included, and no
 * reserved capacity.  Each CPU adds its changes of a vmstat late, so many pages
 * are needed to see a difference.
 */
static void use_meminfo(struct kunit *test)
{
	const unsigned long slack = 256 * num_online_cpus();
	const unsigned long pages = 4 * slack;
	const unsigned long slots = pages * sizeof(struct page *) / PAGE_SIZE;
	unsigned long before, used, exactly, list;
	void *p;

	grow_quiet();
	before = vmalloc_used(test);
	exactly = grow_vmalloc_pages();
	p = kvmalloc_growable(kv_size(5000), pages * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	list = grow_vmalloc_pages() - exactly - 2;
	KUNIT_EXPECT_EQ(test, list, 1);
	KUNIT_EXPECT_LE(test, vmalloc_used(test), before + slack);

	p = grow_to(test, p, pages * PAGE_SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages(), exactly + slots + pages);
	used = vmalloc_used(test);
	KUNIT_EXPECT_GE(test, used + slack, before + pages);
	KUNIT_EXPECT_LE(test, used, before + pages + slack);

	p = grow_to(test, p, 1, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages(), exactly + list + 1);
	KUNIT_EXPECT_LE(test, vmalloc_used(test), before + slack);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages(), exactly);
}

/* New pages come from the node that is asked for, old ones stay. */
static void use_nodes(struct kunit *test)
{
	int from, to, way;

	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "needs two nodes: CONFIG_NUMA_EMU, numa=fake=2");

	from = first_node(node_states[N_MEMORY]);
	to = next_node_in(from, node_states[N_MEMORY]);
	for (way = 0; way < 3; way++) {
		const size_t old = 3 * PAGE_SIZE;
		size_t at;
		void *p;

		p = __vmalloc_node(old, 1, GFP_KERNEL | __GFP_THISNODE, from,
				   NULL);
		if (way == 2) {
			vfree(p);
			p = kvmalloc_growable_node_align(kv_size(old), SZ_1M, 1,
							 GFP_KERNEL, from);
		}
		KUNIT_ASSERT_NOT_NULL(test, p);
		if (way == 1)
			p = kvrealloc_node(p, kv_size(old + 1),
					   GFP_KERNEL | __GFP_THISNODE, from);
		KUNIT_ASSERT_NOT_NULL(test, p);

		p = kvrealloc_node(p, kv_size(8 * PAGE_SIZE), GFP_KERNEL, to);
		KUNIT_ASSERT_NOT_NULL(test, p);
		for (at = 0; at < 8 * PAGE_SIZE; at += PAGE_SIZE) {
			bool was = at < old || (way == 1 && at == old);

			KUNIT_EXPECT_EQ(test,
					page_to_nid(vmalloc_to_page(p + at)),
					was ? from : to);
		}
		kvfree(p);
	}
}

static struct kunit_case use_cases[] = {
	KUNIT_CASE_PARAM(use_free, state_gen_params),
	KUNIT_CASE_PARAM(use_pages, state_gen_params),
	KUNIT_CASE_PARAM(use_vread, state_gen_params),
	KUNIT_CASE_PARAM(use_vmallocinfo, state_gen_params),
	KUNIT_CASE(use_vmallocinfo_caller),
	KUNIT_CASE(use_meminfo),
	KUNIT_CASE(use_nodes),
	{ }
};

static struct kunit_suite kvmalloc_grow_use_suite = {
	.name = "kvmalloc_grow_use",
	GROW_SUITE_HOOKS,
	.test_cases = use_cases,
};

/* Huge mappings. */

/* Who has no huge ones to begin with can skip the rest. */
static void need_huge(struct kunit *test)
{
	vfree(grow_new_huge(test, PMD_SIZE));
}

/* Every so many bytes, which is quicker than all of them. */
static void fill_places(u8 *p, size_t from, size_t to)
{
	for (; from < to; from += 509)
		p[from] = from / 509;
}

static size_t first_bad_place(const u8 *p, size_t to)
{
	size_t at;

	for (at = 0; at < to; at += 509) {
		if (p[at] != (u8)(at / 509))
			return at;
	}
	return to;
}

/* Moving maps huge what was, and adds more of it where it can. */
static void huge_is_kept(struct kunit *test)
{
	struct page *first, *second;
	void *p, *n;
	size_t at;

	p = grow_new_huge(test, 2 * PMD_SIZE);
	fill_places(p, 0, 2 * PMD_SIZE);
	first = vmalloc_to_page(p);
	second = vmalloc_to_page(p + PMD_SIZE);

	n = grow_to(test, p, 4 * PMD_SIZE + 5000, GFP_KERNEL,
		    KVMALLOC_REMAPPED);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)n, PMD_SIZE));
	KUNIT_EXPECT_PTR_EQ(test, vmalloc_to_page(n), first);
	KUNIT_EXPECT_PTR_EQ(test, vmalloc_to_page(n + PMD_SIZE), second);
	for (at = 0; at < 4 * PMD_SIZE; at += PMD_SIZE)
		KUNIT_EXPECT_TRUE_MSG(test, grow_is_huge(n, at), "at %zu", at);
	KUNIT_EXPECT_FALSE(test, grow_is_huge(n, 4 * PMD_SIZE));
	KUNIT_EXPECT_EQ(test, first_bad_place(n, 2 * PMD_SIZE), 2 * PMD_SIZE);
	grow_check(test, n, 4 * PMD_SIZE + 5000);
	memset(n, 1, 4 * PMD_SIZE + 5000);
	kvfree(n);
}

/* In place: small pages up to where a huge one begins, then huge ones. */
static void huge_in_place(struct kunit *test)
{
	const size_t odd = PMD_SIZE / 2 + 5000;
	void *p;

	need_huge(test);
	p = kvmalloc_growable(kv_size(odd), 8 * PMD_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, PMD_SIZE));
	fill_places(p, 0, odd);

	p = grow_to(test, p, 4 * PMD_SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_FALSE(test, grow_is_huge(p, 0));
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, PMD_SIZE));
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, 3 * PMD_SIZE));
	KUNIT_EXPECT_EQ(test, first_bad_place(p, odd), odd);
	grow_check(test, p, 4 * PMD_SIZE);
	fill_places(p, 0, 4 * PMD_SIZE);

	/* Down into the middle of a huge page, and of small ones. */
	p = grow_to(test, p, 2 * PMD_SIZE + 1, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_committed(p), 3 * PMD_SIZE / PAGE_SIZE);
	p = grow_to(test, p, 5000, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_committed(p), 2);
	KUNIT_EXPECT_EQ(test, first_bad_place(p, 5000), 5000);
	p = grow_to(test, p, 3 * PMD_SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, 2 * PMD_SIZE));
	memset(p, 2, 3 * PMD_SIZE);
	kvfree(p);
}

/* A mixture moves as it is. */
static void huge_and_small(struct kunit *test)
{
	const size_t odd = PMD_SIZE + 7 * PAGE_SIZE;
	unsigned long nr, i;
	struct page **pages;
	void *p;

	need_huge(test);
	p = kvmalloc_growable(kv_size(5000), 3 * PMD_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	p = grow_to(test, p, PMD_SIZE + odd, GFP_KERNEL,
		    KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_FALSE(test, grow_is_huge(p, 0));
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, PMD_SIZE));
	nr = grow_committed(p);
	fill_places(p, 0, nr * PAGE_SIZE);

	pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < nr; i++)
		pages[i] = vmalloc_to_page(p + i * PAGE_SIZE);

	p = grow_to(test, p, 6 * PMD_SIZE, GFP_KERNEL, KVMALLOC_REMAPPED);
	for (i = 0; i < nr; i++) {
		if (vmalloc_to_page(p + i * PAGE_SIZE) != pages[i])
			break;
	}
	KUNIT_EXPECT_EQ(test, i, nr);
	KUNIT_EXPECT_FALSE(test, grow_is_huge(p, 0));
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, PMD_SIZE));
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, 3 * PMD_SIZE));
	KUNIT_EXPECT_EQ(test, first_bad_place(p, nr * PAGE_SIZE),
			nr * PAGE_SIZE);
	kvfree(pages);
	kvfree(p);
}

/*
 * A range that begins anywhere has huge pages where addresses are aligned, not
 * where sizes are.
 */
static void huge_unaligned(struct kunit *test)
{
	const size_t size = 4 * PMD_SIZE;
	void *p, *other = NULL;
	size_t first, keep, at;

	need_huge(test);
	p = grow_new(test, size, GFP_KERNEL);
	if (IS_ALIGNED((unsigned long)p, PMD_SIZE)) {
		other = p;
		p = grow_new(test, size, GFP_KERNEL);
	}
	vfree(other);
	first = ALIGN((unsigned long)p, PMD_SIZE) - (unsigned long)p;

	p = grow_to(test, p, 5000, GFP_KERNEL, KVMALLOC_IN_PLACE);
	p = grow_to(test, p, size, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, first));
	fill_places(p, 0, size);

	/* Into each quarter of each huge page, and what is kept is there. */
	for (at = 15; at > 0; at--) {
		keep = at * PMD_SIZE / 4 + 1;
		p = grow_to(test, p, keep, GFP_KERNEL, KVMALLOC_IN_PLACE);
		KUNIT_ASSERT_NOT_NULL(test, vmalloc_to_page(p + keep - 1));
		KUNIT_EXPECT_EQ(test, first_bad_place(p, keep), keep);
		KUNIT_EXPECT_NULL(test, vmalloc_to_page(p + grow_committed(p) *
							PAGE_SIZE));
	}
	p = grow_to(test, p, size, GFP_KERNEL, KVMALLOC_IN_PLACE);
	fill_places(p, 0, size);
	p = grow_to(test, p, 2 * size, GFP_KERNEL, KVMALLOC_REMAPPED);
	KUNIT_EXPECT_EQ(test, first_bad_place(p, size), size);
	kvfree(p);
}

/* Who did not ask for huge pages is not given any by vrealloc(). */
static void huge_is_not_forced(struct kunit *test)
{
	void *p;

	need_huge(test);
	p = vmalloc(PMD_SIZE + 1);
	KUNIT_ASSERT_NOT_NULL(test, p);
	p = vrealloc(p, kv_size(4 * PMD_SIZE), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, is_vm_area_hugepages(p));
	KUNIT_EXPECT_FALSE(test, grow_is_huge(p, PMD_SIZE));
	KUNIT_EXPECT_FALSE(test, grow_is_huge(p, 3 * PMD_SIZE));
	vfree(p);
}

static struct kunit_case huge_cases[] = {
	KUNIT_CASE(huge_is_kept),
	KUNIT_CASE(huge_in_place),
	KUNIT_CASE(huge_and_small),
	KUNIT_CASE(huge_unaligned),
	KUNIT_CASE(huge_is_not_forced),
	{ }
};

static struct kunit_suite kvmalloc_grow_huge_suite = {
	.name = "kvmalloc_grow_huge",
	GROW_SUITE_HOOKS,
	.test_cases = huge_cases,
};

kunit_test_suites(&kvmalloc_grow_use_suite, &kvmalloc_grow_huge_suite);
