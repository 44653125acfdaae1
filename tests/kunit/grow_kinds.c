// SPDX-License-Identifier: GPL-2.0
/*
 * Suites kvmalloc_grow_copy and kvmalloc_grow_zero: what may not be resized as
 * it is gets copied, and stays what it was; and __GFP_ZERO clears what is beyond
 * the old size, however the memory grew.
 */

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/mman.h>
#include <linux/nodemask.h>
#include <linux/uaccess.h>

#include "grow_test.h"

#define OLD_SIZE	(2 * PAGE_SIZE + 100)
#define NEW_SIZE	(7 * PAGE_SIZE + 1)

static void *set_flag(void *p, unsigned long flag)
{
	if (p)
		find_vm_area(p)->flags |= flag;
	return p;
}

static void *make_user(struct kunit *test)
{
	return vmalloc_user(OLD_SIZE);
}

static void *make_flush_reset_perms(struct kunit *test)
{
	void *p = vmalloc(OLD_SIZE);

	if (p)
		set_vm_flush_reset_perms(p);
	return p;
}

/* As dma_common_pages_remap() makes it, but that vfree() can free it. */
static void *make_dma_coherent(struct kunit *test)
{
	return set_flag(vmalloc(OLD_SIZE), VM_DMA_COHERENT);
}

/* Pages of somebody's, who gives them away. */
static void *make_vmap(struct kunit *test)
{
	const unsigned int nr = PAGE_ALIGN(OLD_SIZE) >> PAGE_SHIFT;
	struct page **pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < nr; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
	}
	return vmap(pages, nr, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
}

/**
 * struct kind - Memory that may not be resized as it is.
 * @name: What it is called.
 * @make: Make OLD_SIZE bytes of it, at least.
 * @kept: What of its flags memory that it was copied to has to have.
 */
static const struct kind {
	const char *name;
	void *(*make)(struct kunit *test);
	unsigned long kept;
} kinds[] = {
	{ "vmalloc_user", make_user, VM_USERMAP },
	{ "flush_reset_perms", make_flush_reset_perms },
	{ "dma_coherent", make_dma_coherent },
	{ "vmap", make_vmap },
};

static void describe_kind(const struct kind *kind, char *desc)
{
	strscpy(desc, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, describe_kind);

static void check_kind(struct kunit *test, const struct kind *kind,
		       bool by_vrealloc)
{
	unsigned long pages;
	struct page *page;
	void *p, *n;

	grow_quiet();
	pages = grow_vmalloc_pages();
	p = kind->make(test);
	KUNIT_ASSERT_NOT_NULL(test, p);
	page = vmalloc_to_page(p);
	get_page(page);
	kv_fill(p, 0, OLD_SIZE, 5);

	/* It may stay as long as it fits, with all of its pages. */
	n = by_vrealloc ? vrealloc(p, kv_size(100), GFP_KERNEL) :
			  kvrealloc(p, kv_size(100), GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, n, p);
	KUNIT_EXPECT_EQ(test, grow_committed(p), 3);
	n = by_vrealloc ? vrealloc(p, kv_size(OLD_SIZE), GFP_KERNEL) :
			  kvrealloc(p, kv_size(OLD_SIZE), GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, n, p);
	KV_EXPECT_FILLED(test, p, 0, OLD_SIZE, 5);

	grow_forget();
	n = by_vrealloc ? vrealloc(p, kv_size(NEW_SIZE), GFP_KERNEL) :
			  kvrealloc(p, kv_size(NEW_SIZE), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_PTR_NE(test, n, p);
	KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_COPIED), !by_vrealloc);
	KUNIT_EXPECT_PTR_NE(test, vmalloc_to_page(n), page);
	KV_EXPECT_FILLED(test, n, 0, OLD_SIZE, 5);
	grow_check(test, n, NEW_SIZE);
	KUNIT_EXPECT_EQ(test, find_vm_area(n)->flags & kind->kept, kind->kept);

	/* The old one is gone, and its pages with it. */
	KUNIT_EXPECT_TRUE(test, kv_released(p));
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
	vfree(n);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages(), pages);
}

static void copy_kinds(struct kunit *test)
{
	check_kind(test, test->param_value, false);
	check_kind(test, test->param_value, true);
}

/* A file that maps the memory which a test grew. */
static int map_grown(struct file *file, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, file->private_data, vma->vm_pgoff);
}

static const struct file_operations grown_fops = {
	.mmap = map_grown,
};

static void expect_mappable(struct kunit *test, void *p, size_t size, u8 seed)
{
	size_t mapped = PAGE_ALIGN(size), bad = size, i;
	unsigned long addr;
	struct file *file;
	u8 *copy;

	file = anon_inode_getfile("kvmalloc", &grown_fops, p, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	addr = kunit_vm_mmap(test, file, 0, mapped, PROT_READ, MAP_SHARED, 0);
	KUNIT_EXPECT_FALSE(test, !addr || IS_ERR_VALUE(addr));
	if (addr && !IS_ERR_VALUE(addr)) {
		copy = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
		for (i = 0; i < size; i += PAGE_SIZE) {
			size_t part = min(size - i, PAGE_SIZE);

			if (copy_from_user(copy, (void __user *)addr + i,
					   part) ||
			    memcmp(copy, p + i, part)) {
				bad = i;
				break;
			}
		}
		KUNIT_EXPECT_EQ(test, bad, size);
	}
	fput(file);

	/* Not a page more than there is. */
	file = anon_inode_getfile("kvmalloc", &grown_fops, p, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	addr = kunit_vm_mmap(test, file, 0, mapped + PAGE_SIZE, PROT_READ,
			     MAP_SHARED, 0);
	KUNIT_EXPECT_TRUE(test, !addr || IS_ERR_VALUE(addr));
	fput(file);
}

/* Memory for user space still is when it has grown, and shrunk. */
static void copy_remains_user(struct kunit *test)
{
	int by_vrealloc;

	for (by_vrealloc = 0; by_vrealloc < 2; by_vrealloc++) {
		void *p = vmalloc_user(OLD_SIZE), *n, *last;

		KUNIT_ASSERT_NOT_NULL(test, p);
		kv_fill(p, 0, OLD_SIZE, 7);
		n = by_vrealloc ? vrealloc(p, kv_size(NEW_SIZE), GFP_KERNEL) :
				  kvrealloc(p, kv_size(NEW_SIZE), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KV_EXPECT_FILLED(test, n, 0, OLD_SIZE, 7);
		KV_EXPECT_ZEROED(test, n, OLD_SIZE, NEW_SIZE);
		/*
		 * Users see all of a page, so all of it was cleared.  To the
		 * kernel it ends earlier, as KASAN knows.
		 */
		last = kmap_local_page(vmalloc_to_page(n + NEW_SIZE - 1));
		KV_EXPECT_ZEROED(test, last, offset_in_page(NEW_SIZE),
				 PAGE_SIZE);
		kunmap_local(last);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)n, SHMLBA));
		expect_mappable(test, n, NEW_SIZE, 7);
		vfree(n);
	}
}

/* Memory that is not for user space is not, however it grew. */
static void copy_is_not_for_users(struct kunit *test)
{
	void *p = grow_new_with_room(test, OLD_SIZE, 1);
	unsigned long addr;
	struct file *file;

	p = grow_to(test, p, 3 * PAGE_SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	file = anon_inode_getfile("kvmalloc", &grown_fops, p, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	addr = kunit_vm_mmap(test, file, 0, PAGE_SIZE, PROT_READ, MAP_SHARED,
			     0);
	KUNIT_EXPECT_TRUE(test, !addr || IS_ERR_VALUE(addr));
	fput(file);
	kvfree(p);
}

/* An address that lacks the alignment: whether it has to grow for it or not. */
static void copy_for_alignment(struct kunit *test)
{
	static const size_t sizes[] = { 100, OLD_SIZE, NEW_SIZE };
	const unsigned long align = SZ_1M;
	int i, by_vrealloc;

	for (i = 0; i < ARRAY_SIZE(sizes) * 2; i++) {
		const size_t size = sizes[i / 2], kept = min(size, OLD_SIZE);
		void *p = grow_new_with_room(test, OLD_SIZE, 3), *other = NULL;
		void *n;

		/* The next one is not aligned that much, too. */
		if (IS_ALIGNED((unsigned long)p, align)) {
			other = p;
			p = grow_new_with_room(test, OLD_SIZE, 3);
		}
		KUNIT_ASSERT_FALSE(test, IS_ALIGNED((unsigned long)p, align));
		kvfree(other);

		by_vrealloc = i % 2;
		grow_forget();
		n = by_vrealloc ?
		    vrealloc_node_align(p, kv_size(size), align, GFP_KERNEL,
					NUMA_NO_NODE) :
		    kvrealloc_node_align(p, kv_size(size), align, GFP_KERNEL,
					 NUMA_NO_NODE);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_PTR_NE(test, n, p);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)n, align));
		KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_COPIED),
				!by_vrealloc);
		KV_EXPECT_FILLED(test, n, 0, kept, 3);
		grow_check(test, n, size);

		/* It has it now, so it grows without a copy, and keeps it. */
		grow_forget();
		n = kvrealloc_node_align(n, kv_size(3 * NEW_SIZE), align,
					 GFP_KERNEL, NUMA_NO_NODE);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)n, align));
		KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_REMAPPED), 1);
		KV_EXPECT_FILLED(test, n, 0, kept, 3);
		kvfree(n);
	}
}

/* Insisting on another node takes all of the memory there. */
static void copy_to_node(struct kunit *test)
{
	const gfp_t strict = GFP_KERNEL | __GFP_THISNODE;
	int i, from, to;

	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "needs two nodes: CONFIG_NUMA_EMU, numa=fake=2");

	for (i = 0; i < 4; i++) {
		const size_t size = i < 2 ? NEW_SIZE : OLD_SIZE;
		void *p, *n;
		size_t at;

		from = first_node(node_states[N_MEMORY]);
		to = next_node_in(from, node_states[N_MEMORY]);
		p = __vmalloc_node(OLD_SIZE, 1, strict, from, NULL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		kv_fill(p, 0, OLD_SIZE, 8);

		/* Not insisting is no reason to move. */
		n = kvrealloc_node(p, kv_size(OLD_SIZE), GFP_KERNEL, to);
		KUNIT_EXPECT_PTR_EQ(test, n, p);

		grow_forget();
		n = i % 2 ? vrealloc_node(p, kv_size(size), strict, to) :
			    kvrealloc_node(p, kv_size(size), strict, to);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_PTR_NE(test, n, p);
		KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_COPIED), !(i % 2));
		for (at = 0; at < size; at += PAGE_SIZE)
			KUNIT_EXPECT_EQ(test,
					page_to_nid(vmalloc_to_page(n + at)),
					to);
		KV_EXPECT_FILLED(test, n, 0, OLD_SIZE, 8);
		vfree(n);
	}
}

/*
 * Memory that grew on another node than where it began is on none of them: who
 * insists on one gets all that he wants there, first page or not.
 */
static void copy_mixture_to_node(struct kunit *test)
{
	const gfp_t strict = GFP_KERNEL | __GFP_THISNODE;
	static const size_t sizes[] = {
		2 * PAGE_SIZE, 5 * PAGE_SIZE, 6 * PAGE_SIZE, 20 * PAGE_SIZE,
	};
	int i, from, to;

	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "needs two nodes: CONFIG_NUMA_EMU, numa=fake=2");

	from = first_node(node_states[N_MEMORY]);
	to = next_node_in(from, node_states[N_MEMORY]);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = __vmalloc_node(3 * PAGE_SIZE, 1, strict, from, NULL);
		void *last;
		size_t at;

		KUNIT_ASSERT_NOT_NULL(test, p);
		p = kvrealloc_node(p, kv_size(6 * PAGE_SIZE), GFP_KERNEL, to);
		KUNIT_ASSERT_NOT_NULL(test, p);
		last = p + 5 * PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, page_to_nid(vmalloc_to_page(p)), from);
		KUNIT_EXPECT_EQ(test, page_to_nid(vmalloc_to_page(last)),
				to);
		kv_fill(p, 0, 6 * PAGE_SIZE, i);

		p = kvrealloc_node(p, kv_size(sizes[i]), strict, from);
		KUNIT_ASSERT_NOT_NULL(test, p);
		for (at = 0; at < sizes[i]; at += PAGE_SIZE)
			KUNIT_EXPECT_EQ(test,
					page_to_nid(vmalloc_to_page(p + at)),
					from);
		KV_EXPECT_FILLED(test, p, 0, min(sizes[i], 6 * PAGE_SIZE), i);
		kvfree(p);
	}
}

/* Flags that may not sleep: as far as this kernel's vmalloc goes with them. */
static void copy_without_sleeping(struct kunit *test)
{
	static const gfp_t flags[] = { KV_NOWAIT, KV_ATOMIC };
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		void *p = grow_new_with_room(test, OLD_SIZE, 4), *n;
		size_t room = kvmalloc_room(p);

		grow_forget();
		kv_forbid_sleep();
		n = kvrealloc(p, kv_size(NEW_SIZE), flags[i]);
		kv_allow_sleep();
		if (IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK)) {
			KUNIT_ASSERT_NOT_NULL(test, n);
			KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_COPIED), 1);
			KUNIT_EXPECT_TRUE(test, kv_released(p));
			KV_EXPECT_FILLED(test, n, 0, OLD_SIZE, 4);
			grow_check(test, n, NEW_SIZE);
			kvfree(n);
			continue;
		}
		KUNIT_EXPECT_NULL(test, n);
		KV_EXPECT_FILLED(test, p, 0, OLD_SIZE, 4);
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p), room);
		grow_check(test, p, OLD_SIZE);
		kvfree(p);
	}
}

/* Once copied it is an ordinary area, and is not copied again. */
static void copy_once(struct kunit *test)
{
	void *p = make_flush_reset_perms(test);

	KUNIT_ASSERT_NOT_NULL(test, p);
	kv_fill(p, 0, OLD_SIZE, 2);
	p = grow_to(test, p, NEW_SIZE, GFP_KERNEL, KVMALLOC_COPIED);
	p = grow_to(test, p, 3 * NEW_SIZE, GFP_KERNEL, KVMALLOC_REMAPPED);
	KV_EXPECT_FILLED(test, p, 0, OLD_SIZE, 2);
	kvfree(p);
}

static struct kunit_case copy_cases[] = {
	KUNIT_CASE_PARAM(copy_kinds, kind_gen_params),
	KUNIT_CASE(copy_remains_user),
	KUNIT_CASE(copy_is_not_for_users),
	KUNIT_CASE(copy_for_alignment),
	KUNIT_CASE(copy_to_node),
	KUNIT_CASE(copy_mixture_to_node),
	KUNIT_CASE(copy_without_sleeping),
	KUNIT_CASE(copy_once),
	{ }
};

static struct kunit_suite kvmalloc_grow_copy_suite = {
	.name = "kvmalloc_grow_copy",
	GROW_SUITE_HOOKS,
	.test_cases = copy_cases,
};

/* Zeroes. */

/* What is free has been used, so that no page is zeroed by luck. */
static void dirty_free_memory(struct kunit *test)
{
	void *blocks[16];
	int i;

	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		blocks[i] = kv_from_slab(test, SZ_64K, GFP_KERNEL);
		memset(blocks[i], 0xff, SZ_64K);
	}
	for (i = 0; i < ARRAY_SIZE(blocks); i++)
		kvfree(blocks[i]);
	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		blocks[i] = vmalloc(SZ_64K);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		memset(blocks[i], 0xff, SZ_64K);
	}
	for (i = 0; i < ARRAY_SIZE(blocks); i++)
		vfree(blocks[i]);
}

#define P	PAGE_SIZE

/**
 * struct zero_walk - Sizes in turn, up to the first 0.
 * @what: What is special about it.
 * @sizes: Each but the last is filled with 0xff when it is reached.
 */
static const struct zero_walk {
	const char *what;
	size_t sizes[6];
} zero_walks[] = {
	{ "within a page", { 100, 200, 3000, P } },
	{ "to the end of a page and on", { P - 1, P, P + 1 } },
	{ "in place", { P, 5 * P, 6 * P - 7, 9 * P + 1, 10 * P } },
	{ "by remapping", { P + 9, 4 * P + 8, 40 * P + 7, 90 * P } },
	{ "shrunk in a page", { 3 * P, 2 * P + 1, 2 * P + 1000 } },
	{ "shrunk by bytes", { 3 * P, 3 * P - 1, 3 * P } },
	{ "shrunk by pages", { 9 * P, 2 * P + 5, 9 * P } },
	{ "shrunk to nearly nothing", { 9 * P, 1, 9 * P } },
	{ "shrunk, regrown, remapped", { 9 * P, 100, 5 * P, 50 * P + 3 } },
	{ "shrunk, remapped", { 3 * P, 100, 30 * P } },
	{ "up and down", { P, 8 * P, 2 * P - 1, 6 * P, P + 1, 8 * P } },
};

#undef P

static void describe_walk(const struct zero_walk *walk, char *desc)
{
	strscpy(desc, walk->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(zero_walk, zero_walks, describe_walk);

static void *zero_step(void *p, size_t size, gfp_t flags, int way)
{
	switch (way) {
	case 0:
		return kvrealloc(p, size, flags);
	case 1:
		return vrealloc(p, size, flags);
	default:
		return kvrealloc_node_align(p, size, SZ_64K << way, flags,
					    NUMA_NO_NODE);
	}
}

/*
 * @zero_always says whether each step has the flag, or only the last: what vmalloc
 * memory's old size is nobody has to guess.
 */
static void check_zero_walk(struct kunit *test, const struct zero_walk *walk,
			    int way, bool zero_always)
{
	const size_t first = walk->sizes[0];
	void *p = grow_new(test, first, GFP_KERNEL), *n;
	size_t old = first, kept = first, size;
	int i;

	memset(p, 0xff, first);
	for (i = 1; i < ARRAY_SIZE(walk->sizes) && walk->sizes[i]; i++) {
		bool last = i + 1 == ARRAY_SIZE(walk->sizes) ||
			    !walk->sizes[i + 1];
		bool zero = zero_always || last;

		size = walk->sizes[i];
		/* Alignment is what makes it copy, and that every time. */
		n = zero_step(p, kv_size(size),
			      GFP_KERNEL | (zero ? __GFP_ZERO : 0),
			      way < 2 ? way : way + i);
		KUNIT_ASSERT_NOT_NULL(test, n);
		p = n;
		kept = min(old, size);
		KUNIT_EXPECT_PTR_EQ_MSG(test, memchr_inv(p, 0xff, kept), NULL,
					"lost at %zu bytes", size);
		if (zero)
			KUNIT_EXPECT_EQ_MSG(test,
					    kv_first_nonzero(p, kept, size),
					    size, "%zu to %zu bytes", old,
					    size);
		memset(p, 0xff, size);
		old = size;
	}
	kvfree(p);
}

static void zero_beyond_old_size(struct kunit *test)
{
	int way;

	dirty_free_memory(test);
	for (way = 0; way < 3; way++) {
		check_zero_walk(test, test->param_value, way, true);
		check_zero_walk(test, test->param_value, way, false);
	}
}

/* On the way out of slab all of it was asked for with the flag. */
static void zero_from_slab(struct kunit *test)
{
	static const size_t from[] = { 100, 5000, SZ_32K + 1, SZ_64K };
	static const size_t to[] = { SZ_64K + 1, SZ_128K, SZ_256K - 5 };
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	int i, j;

	dirty_free_memory(test);
	for (i = 0; i < ARRAY_SIZE(from); i++) {
		for (j = 0; j < ARRAY_SIZE(to); j++) {
			void *p = kv_from_slab(test, from[i], flags), *n;

			memset(p, 0xff, from[i]);
			n = kvrealloc(p, kv_size(to[j]), flags);
			KUNIT_ASSERT_NOT_NULL(test, n);
			KUNIT_EXPECT_PTR_EQ(test, memchr_inv(n, 0xff, from[i]),
					    NULL);
			KV_EXPECT_ZEROED(test, n, from[i], to[j]);

			/* Twice over, and after it has been made smaller. */
			memset(n, 0xff, to[j]);
			p = kvrealloc(n, kv_size(9000), flags);
			KUNIT_ASSERT_NOT_NULL(test, p);
			n = kvrealloc(p, kv_size(to[j] + 9000), flags);
			KUNIT_ASSERT_NOT_NULL(test, n);
			KUNIT_EXPECT_PTR_EQ(test, memchr_inv(n, 0xff, 9000),
					    NULL);
			KV_EXPECT_ZEROED(test, n, 9000, to[j] + 9000);
			kvfree(n);
		}
	}
}

/* Memory with a limit as well, which comes with more than was asked for. */
static void zero_below_limit(struct kunit *test)
{
	static const size_t limits[] = { 300, PAGE_SIZE, 9 * PAGE_SIZE };
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	int i, j;

	dirty_free_memory(test);
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		const size_t max = limits[i];
		const size_t sizes[] = { 50, max / 2, 70, max - 1, 1, max };
		u8 *p = kvmalloc_growable(kv_size(sizes[0]), max, flags), *n;

		KUNIT_ASSERT_NOT_NULL(test, p);
		KV_EXPECT_ZEROED(test, p, 0, sizes[0]);
		memset(p, 0xff, sizes[0]);
		for (j = 1; j < ARRAY_SIZE(sizes); j++) {
			size_t kept = min(sizes[j - 1], sizes[j]);

			n = kvrealloc(p, kv_size(sizes[j]), flags);
			KUNIT_ASSERT_PTR_EQ(test, n, p);
			KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 0xff, kept),
					    NULL);
			KV_EXPECT_ZEROED(test, p, kept, sizes[j]);
			memset(p, 0xff, sizes[j]);
		}
		kvfree(p);
	}
}

/* Also where the mapping is huge, and its end far from the size. */
static void zero_huge(struct kunit *test)
{
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	void *p = grow_new_huge(test, 2 * PMD_SIZE);

	memset(p, 0xff, 2 * PMD_SIZE);
	p = grow_to(test, p, PMD_SIZE + 5, flags, KVMALLOC_IN_PLACE);
	p = grow_to(test, p, PMD_SIZE + 9000, flags, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 0xff, PMD_SIZE + 5), NULL);
	KV_EXPECT_ZEROED(test, p, PMD_SIZE + 5, PMD_SIZE + 9000);
	p = grow_to(test, p, 3 * PMD_SIZE, flags, KVMALLOC_REMAPPED);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 0xff, PMD_SIZE + 5), NULL);
	KV_EXPECT_ZEROED(test, p, PMD_SIZE + 5, 3 * PMD_SIZE);
	kvfree(p);
}

static struct kunit_case zero_cases[] = {
	KUNIT_CASE_PARAM(zero_beyond_old_size, zero_walk_gen_params),
	KUNIT_CASE(zero_from_slab),
	KUNIT_CASE(zero_below_limit),
	KUNIT_CASE(zero_huge),
	{ }
};

static struct kunit_suite kvmalloc_grow_zero_suite = {
	.name = "kvmalloc_grow_zero",
	GROW_SUITE_HOOKS,
	.test_cases = zero_cases,
};

kunit_test_suites(&kvmalloc_grow_copy_suite, &kvmalloc_grow_zero_suite);
