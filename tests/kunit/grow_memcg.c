// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_grow_memcg: with __GFP_ACCOUNT each page is charged to whoever
 * it was allocated for, who need not be the same each time, and all charges are
 * dropped in the end.
 */

#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

/* Who makes a cgroup comes from kernfs, which holds on to its parent. */
#include "kernfs-internal.h"
#include "cgroup-internal.h"

#include "files.h"
#include "grow_test.h"

#define ACCOUNT		GFP_KERNEL_ACCOUNT

static const char * const names[] = { "kvmalloc_a", "kvmalloc_b" };
static struct cgroup *cgroups[ARRAY_SIZE(names)];
static struct mem_cgroup *memcgs[ARRAY_SIZE(names)];

static int make_cgroup(const char *name, struct cgroup **cgroup)
{
	struct kernfs_node *root = cgrp_dfl_root.cgrp.kn;
	char path[32];
	int ret;

	if (!kernfs_get_active(root))
		return -ENODEV;
	ret = cgroup_mkdir(root, name, 0755);
	kernfs_put_active(root);
	if (ret)
		return ret;

	scnprintf(path, sizeof(path), "/%s", name);
	*cgroup = cgroup_get_from_path(path);
	return PTR_ERR_OR_ZERO(*cgroup);
}

static void remove_cgroup(struct cgroup *cgroup)
{
	struct kernfs_node *kn = cgroup->kn;

	kernfs_get(kn);
	if (kernfs_get_active(kn)) {
		cgroup_rmdir(kn);
		kernfs_put_active(kn);
	}
	kernfs_put(kn);
	cgroup_put(cgroup);
}

static void memcg_exit(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (memcgs[i])
			css_put(&memcgs[i]->css);
		if (cgroups[i])
			remove_cgroup(cgroups[i]);
		memcgs[i] = NULL;
		cgroups[i] = NULL;
	}
	grow_exit(test);
}

static int memcg_init(struct kunit *test)
{
	unsigned int i;
	int ret;

	ret = kv_file_write(test, "cgroup2", "cgroup.subtree_control",
			    "+memory\n");
	for (i = 0; i < ARRAY_SIZE(names) && !ret; i++) {
		ret = make_cgroup(names[i], &cgroups[i]);
		if (ret) {
			cgroups[i] = NULL;
			break;
		}
		memcgs[i] = mem_cgroup_from_css(cgroup_get_e_css(cgroups[i],
								 &memory_cgrp_subsys));
	}
	return ret ?: grow_init(test);
}

/* Resize as somebody in a cgroup does. */
static void *resize_in(struct mem_cgroup *memcg, void *p, size_t size,
		       gfp_t flags)
{
	struct mem_cgroup *old = set_active_memcg(memcg);
	void *n = kvrealloc(p, kv_size(size), flags);

	set_active_memcg(old);
	return n;
}

static void *new_in(struct kunit *test, struct mem_cgroup *memcg, size_t size,
		    size_t max)
{
	struct mem_cgroup *old = set_active_memcg(memcg);
	void *p = max ? kvmalloc_growable(kv_size(size), max, ACCOUNT) :
			__vmalloc(kv_size(size), ACCOUNT);

	set_active_memcg(old);
	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

/* How many pages of @p are charged to @memcg; to nobody if it is NULL. */
static unsigned long charged_to(const void *p, const struct mem_cgroup *memcg)
{
	unsigned long nr = grow_committed(p), i, charged = 0;

	rcu_read_lock();
	for (i = 0; i < nr; i++) {
		struct page *page = vmalloc_to_page(p + i * PAGE_SIZE);

		charged += page_memcg_check(page) == memcg;
	}
	rcu_read_unlock();
	return charged;
}

/* Pages of vmalloc's, as the cgroup is told. */
static unsigned long told(struct kunit *test, int i)
{
	unsigned long bytes;
	char path[48], *at;

	/* Small changes are collected before they are told. */
#ifdef KV_HAVE_CSS_RSTAT
	css_rstat_flush(&memcgs[i]->css);
#else
	cgroup_rstat_flush(cgroups[i]);
#endif
	scnprintf(path, sizeof(path), "%s/memory.stat", names[i]);
	at = strstr(kv_file_read(test, "cgroup2", path), "\nvmalloc ");
	if (!at || sscanf(at, "\nvmalloc %lu", &bytes) != 1)
		KUNIT_FAIL_AND_ABORT(test, "no vmalloc in %s", path);
	return bytes / PAGE_SIZE;
}

/* In place, by remapping and down again: all of it one's own. */
static void memcg_of_one(struct kunit *test)
{
	unsigned long before = told(test, 0);
	void *p = new_in(test, memcgs[0], 4 * PAGE_SIZE, 0);

	KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[0]), 4);
	KUNIT_EXPECT_EQ(test, told(test, 0), before + 4);
	p = resize_in(memcgs[0], p, 20 * PAGE_SIZE, ACCOUNT);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[0]), 20);
	KUNIT_EXPECT_EQ(test, told(test, 0), before + 20);
	p = resize_in(memcgs[0], p, 40 * PAGE_SIZE, ACCOUNT);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[0]), 40);
	KUNIT_EXPECT_EQ(test, told(test, 0), before + 40);
	p = resize_in(memcgs[0], p, 5000, ACCOUNT);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[0]), 2);
	KUNIT_EXPECT_EQ(test, told(test, 0), before + 2);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, told(test, 0), before);
}

/*
 * A buffer of one that others grow: each page is charged to whom it came to, and
 * stays so when it is mapped elsewhere.
 */
static void check_two(struct kunit *test, size_t max)
{
	unsigned long before[] = { told(test, 0), told(test, 1) };
	void *p = new_in(test, memcgs[0], 4 * PAGE_SIZE, max);

	p = resize_in(memcgs[1], p, 12 * PAGE_SIZE, ACCOUNT);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[0]), 4);
	KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[1]), 8);
	KUNIT_EXPECT_EQ(test, told(test, 0), before[0] + 4);
	KUNIT_EXPECT_EQ(test, told(test, 1), before[1] + 8);

	/* Nobody's, and then again somebody's. */
	p = resize_in(memcgs[1], p, 15 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, charged_to(p, NULL), 3);
	p = resize_in(memcgs[0], p, 60 * PAGE_SIZE, ACCOUNT);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, charged_to(p, NULL), 3);
	KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[0]), 4 + 45);
	KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[1]), 8);
	KUNIT_EXPECT_EQ(test, told(test, 0), before[0] + 4 + 45);

	/* What is given back is uncharged, whoever does it. */
	p = resize_in(memcgs[1], p, 10 * PAGE_SIZE, ACCOUNT);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, told(test, 0), before[0] + 4);
	KUNIT_EXPECT_EQ(test, told(test, 1), before[1] + 6);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, told(test, 0), before[0]);
	KUNIT_EXPECT_EQ(test, told(test, 1), before[1]);
}

static void memcg_of_two(struct kunit *test)
{
	check_two(test, 0);
}

static void memcg_of_two_in_place(struct kunit *test)
{
	check_two(test, 100 * PAGE_SIZE);
}

/* A growth that fails costs nobody anything. */
static void memcg_fails(struct kunit *test)
{
	const size_t size = 8 * PAGE_SIZE;
	unsigned int n, failures = 0;
	unsigned long before;
	void *p, *q;

	kv_fail_anything(test);
	p = new_in(test, memcgs[0], size, 0);
	kv_fill(p, 0, size, 1);
	before = told(test, 0);
	for (n = 1; n < 60; n++) {
		q = KV_FAIL_FROM(n, -1, resize_in(memcgs[0], p, 4 * size,
						  ACCOUNT | __GFP_NOWARN));
		if (q)
			break;
		failures++;
		KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[0]), 8);
		KUNIT_EXPECT_EQ(test, told(test, 0), before);
		grow_check(test, p, size);
	}
	KUNIT_EXPECT_GT(test, failures, 0);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KV_EXPECT_FILLED(test, q, 0, size, 1);
	kvfree(q);
}

/* Pages of slots for @nr pages. */
static unsigned long pages_of_slots(unsigned long nr)
{
	return PAGE_ALIGN(nr * sizeof(struct page *)) >> PAGE_SHIFT;
}

/*
 * The slots of growable memory are committed with its pages, and charged like them:
 * a large limit must not be a way to memory that no cgroup pays for.
 */
static void memcg_pays_for_slots(struct kunit *test)
{
	/* KASAN_VMALLOC takes an eighth of the limit, 32 bits have few addresses. */
	const size_t max = GROW_HAS_ROOM ? SZ_1G : SZ_32M;
	const unsigned long nr = SZ_8M >> PAGE_SHIFT;
	unsigned long charged, taken, few;
	void *p;

	grow_quiet();
	charged = told(test, 0);
	taken = grow_vmalloc_pages();
	p = new_in(test, memcgs[0], PAGE_SIZE, max);
	/* One page, one page of its slots, and a list of the latter. */
	few = told(test, 0);
	KUNIT_EXPECT_GE(test, few, charged + 1);
	KUNIT_EXPECT_LE(test, few, charged + 3);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages() - taken, few - charged);

	p = resize_in(memcgs[0], p, SZ_8M, ACCOUNT);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, charged_to(p, memcgs[0]), nr);
	if (max / PAGE_SIZE * sizeof(struct page *) > PAGE_SIZE)
		KUNIT_EXPECT_GE(test, told(test, 0),
				charged + nr + pages_of_slots(nr));
	KUNIT_EXPECT_LE(test, told(test, 0), charged + nr + pages_of_slots(nr) + 2);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages() - taken,
			told(test, 0) - charged);

	/* They shrink with it. */
	p = resize_in(memcgs[0], p, PAGE_SIZE, ACCOUNT);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, told(test, 0), few);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages() - taken, few - charged);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, told(test, 0), charged);
}

static struct kunit_case memcg_cases[] = {
	KUNIT_CASE(memcg_of_one),
	KUNIT_CASE(memcg_of_two),
	KUNIT_CASE(memcg_of_two_in_place),
	KUNIT_CASE(memcg_fails),
	KUNIT_CASE(memcg_pays_for_slots),
	{ }
};

static struct kunit_suite kvmalloc_grow_memcg_suite = {
	.name = "kvmalloc_grow_memcg",
	.suite_init = grow_suite_init,
	.suite_exit = grow_suite_exit,
	.init = memcg_init,
	.exit = memcg_exit,
	.test_cases = memcg_cases,
};

kunit_test_suite(kvmalloc_grow_memcg_suite);
