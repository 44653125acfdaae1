// SPDX-License-Identifier: GPL-2.0
/*
 * The helpers of grow_test.h.
 */

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>

#include "grow_test.h"

/* Where drain_all_pages() is declared, if not in gfp.h: a header of mm/. */
#if __has_include("page_alloc.h")
#include "page_alloc.h"
#endif

static struct {
	struct task_struct *task;
	unsigned int times[KVMALLOC_REMAPPED + 1];
} seen;

static void probe_realloc(void *data, unsigned long site, const void *old,
			  const void *new, size_t old_size, size_t new_size,
			  gfp_t flags, int node, enum kvmalloc_how how)
{
	if (in_task() && current == READ_ONCE(seen.task))
		seen.times[how]++;
}

int grow_suite_init(struct kunit_suite *suite)
{
	return kv_suite_init(suite) ?:
	       register_trace_kvmalloc_realloc(probe_realloc, NULL);
}

void grow_suite_exit(struct kunit_suite *suite)
{
	unregister_trace_kvmalloc_realloc(probe_realloc, NULL);
	kv_suite_exit(suite);
}

int grow_init(struct kunit *test)
{
	int error;

	grow_forget();
	WRITE_ONCE(seen.task, current);
	error = kv_test_init(test);
	if (error)
		return error;

	if (!IS_ENABLED(CONFIG_MMU))
		kunit_skip(test, "needs vmalloc areas: CONFIG_MMU");
	/* Their pages cannot get the tag of the area, so growing copies. */
	if (kasan_hw_tags_enabled())
		kunit_skip(test, "needs areas that grow: no KASAN_HW_TAGS");
	return 0;
}

void grow_exit(struct kunit *test)
{
	WRITE_ONCE(seen.task, NULL);
	kv_test_exit(test);
}

unsigned int grow_times(enum kvmalloc_how how)
{
	return seen.times[how];
}

void grow_forget(void)
{
	memset(seen.times, 0, sizeof(seen.times));
}

void *grow_to(struct kunit *test, void *p, size_t size, gfp_t flags,
	      enum kvmalloc_how how)
{
	void *n;

	grow_forget();
	n = kvrealloc(p, kv_size(size), flags);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_EQ_MSG(test, grow_times(how), 1, "to %zu bytes", size);
	KUNIT_EXPECT_EQ(test, n == p, how == KVMALLOC_IN_PLACE);
	return n;
}

void *grow_new(struct kunit *test, size_t size, gfp_t flags)
{
	void *p = __vmalloc(kv_size(size), flags);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

void *grow_new_with_room(struct kunit *test, size_t size, u8 seed)
{
	void *p = grow_new(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_GT(test, size, PAGE_SIZE);
	p = grow_to(test, p, size, GFP_KERNEL, KVMALLOC_REMAPPED);
	kv_fill(p, 0, size, seed);
	return p;
}

/* The slots that exist: all if slab has them, otherwise whole pages of them. */
static unsigned long slots_of(const struct vm_struct *vm, unsigned long range)
{
	if (!is_vmalloc_addr(vm->pages))
		return range;

	return find_vm_area(vm->pages)->nr_pages *
	       (PAGE_SIZE / sizeof(*vm->pages));
}

/*
 * The committed pages are mapped in the order of their slots.  Behind them nothing
 * is mapped, and slots, as far as they exist, are empty.
 */
static unsigned long first_wrong_page(const void *p, const struct vm_struct *vm)
{
	unsigned long range = kvmalloc_room(p) >> PAGE_SHIFT, i;
	unsigned long slots = slots_of(vm, range);

	for (i = 0; i < range; i++) {
		struct page *page = vmalloc_to_page(p + (i << PAGE_SHIFT));
		bool committed = i < vm->nr_pages;

		if (committed != !!page ||
		    page != (i < slots ? vm->pages[i] : NULL))
			return i;
	}
	return range;
}

void grow_check(struct kunit *test, const void *p, size_t size)
{
	const struct vm_struct *vm = find_vm_area(p);
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT;

	KUNIT_ASSERT_NOT_NULL(test, vm);
	KUNIT_EXPECT_PTR_EQ(test, vm->addr, (void *)p);
	KUNIT_EXPECT_EQ(test, vm->requested_size, size);
	KUNIT_EXPECT_EQ(test, get_vm_area_size(vm),
			(size_t)vm->nr_pages << PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, first_wrong_page(p, vm),
			kvmalloc_room(p) >> PAGE_SHIFT);
	if (is_vmalloc_addr(vm->pages))
		KUNIT_EXPECT_EQ(test, slots_of(vm, 0),
				ALIGN(vm->nr_pages,
				      PAGE_SIZE / sizeof(*vm->pages)));

	/* What huge pages have beyond the size cannot be given back. */
	if (vm->flags & VM_ALLOW_HUGE_VMAP)
		nr = max(nr, min(ALIGN(nr, PMD_SIZE >> PAGE_SHIFT),
				 (unsigned long)vm->nr_pages));
	KUNIT_EXPECT_EQ(test, vm->nr_pages, nr);
}

/* A task is freed after a grace period, its stack after one more, by a worker. */
void grow_quiet(void)
{
	rcu_barrier();
	rcu_barrier();
	msleep(20);
}

/* Where it is a vmstat, each processor has a part of it for itself. */
unsigned long grow_vmalloc_pages(void)
{
#ifdef KV_HAVE_VMALLOC_NR_PAGES
	return vmalloc_nr_pages();
#else
	long pages = atomic_long_read(&vm_node_stat[NR_VMALLOC]);
	struct pglist_data *pgdat;
	int cpu;

	for_each_online_pgdat(pgdat) {
		for_each_online_cpu(cpu) {
			struct per_cpu_nodestat *stat;

			stat = per_cpu_ptr(pgdat->per_cpu_nodestats, cpu);
			pages += READ_ONCE(stat->vm_node_stat_diff[NR_VMALLOC]);
		}
	}
	return pages;
#endif
}

long grow_free_pages(void)
{
	drain_all_pages(NULL);
	return global_zone_page_state(NR_FREE_PAGES);
}

bool grow_is_huge(const void *p, size_t offset)
{
	return pmd_leaf(*pmd_off_k((unsigned long)p + offset));
}

/* From one node: one kernel takes the size for that of each of them. */
void *grow_new_huge(struct kunit *test, size_t size)
{
	const int nid = first_node(node_states[N_MEMORY]);
	size_t at;
	void *p;

	if (!IS_ENABLED(CONFIG_HAVE_ARCH_HUGE_VMALLOC) ||
	    !arch_vmap_pmd_supported(PAGE_KERNEL))
		kunit_skip(test, "needs an arch with huge vmalloc mappings");

	p = __vmalloc_node_range(size, PMD_SIZE, VMALLOC_START, VMALLOC_END,
				 GFP_KERNEL, PAGE_KERNEL, VM_ALLOW_HUGE_VMAP,
				 nid, NULL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	for (at = 0; at + PMD_SIZE <= size; at += PMD_SIZE)
		KUNIT_ASSERT_TRUE(test, grow_is_huge(p, at));
	return p;
}
