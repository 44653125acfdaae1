// SPDX-License-Identifier: GPL-2.0
/*
 * What rust/kernel/alloc/ needs from C and bindgen cannot see: macros, inlines
 * and questions that take more than one call. Built as part of helpers.c; the
 * functions come out in Rust as bindings::NAME, without the rust_helper_.
 */

#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

/* Kernels whose helpers are inlined into Rust mark them; older ones do not. */
#ifndef __rust_helper
#define __rust_helper
#endif

/*
 * Reallocation with an alignment and a node. Kernels that have it bring these
 * three shims along in their own slab.c and vmalloc.c.
 */
#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN
__rust_helper void * __must_check __realloc_size(2)
rust_helper_krealloc_node_align(const void *old, size_t bytes,
				unsigned long align, gfp_t gfp, int nid)
{
	return krealloc_node_align(old, bytes, align, gfp, nid);
}

__rust_helper void * __must_check __realloc_size(2)
rust_helper_vrealloc_node_align(const void *old, size_t bytes,
				unsigned long align, gfp_t gfp, int nid)
{
	return vrealloc_node_align(old, bytes, align, gfp, nid);
}

__rust_helper void * __must_check __realloc_size(2)
rust_helper_kvrealloc_node_align(const void *old, size_t bytes,
				 unsigned long align, gfp_t gfp, int nid)
{
	return kvrealloc_node_align(old, bytes, align, gfp, nid);
}
#endif

__rust_helper void *
rust_helper_kvmalloc_growable_node_align(size_t bytes, size_t max,
					 unsigned long align, gfp_t gfp, int nid)
{
	return kvmalloc_growable_node_align(bytes, max, align, gfp, nid);
}

/* Whether @node is the number of a possible node; any number is allowed. */
__rust_helper bool rust_helper_kvmalloc_node_possible(int node)
{
	return node >= 0 && node < MAX_NUMNODES && node_possible(node);
}

/*
 * Whether the context may take the locks of vmalloc: neither allocating nor
 * looking up an area is safe in an interrupt.  Kernels whose vmalloc() cannot
 * serve requests that may not sleep have BUG_ON(in_interrupt()) in it, which
 * includes disabled bottom halves.
 */
__rust_helper bool rust_helper_kvmalloc_vmalloc_context(void)
{
	if (!IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK) && in_interrupt())
		return false;
	return !in_nmi() && !in_hardirq() && !in_serving_softirq();
}

/* The backing of kvmalloc memory: true for a vmalloc area, false for slab. */
__rust_helper bool rust_helper_kvmalloc_is_vmalloc(const void *mem)
{
	return is_vmalloc_addr(mem);
}

/*
 * Bytes of memory that an allocation occupies, which is what would be returned
 * by freeing it: the slab object, or the pages that a vmalloc area has mapped.
 */
__rust_helper size_t rust_helper_kvmalloc_footprint(const void *mem)
{
	struct vm_struct *area;

	/* Unlike ksize(), this leaves slub's record of the requested size alone. */
	if (!is_vmalloc_addr(mem))
		return kvmalloc_room(mem);

	area = find_vm_area(mem);
	return area ? (size_t)area->nr_pages << PAGE_SHIFT : 0;
}

/*
 * The most that a new kvmalloc allocation of that many bytes may occupy, be it
 * slab memory or an area. Where slab can serve it is the larger of the two: it
 * rounds up to a power of two pages, which is at least as much as whole pages,
 * and whole huge pages if the size is not below one. For kmalloc, which never
 * takes an area, the answer is exact.
 */
__rust_helper size_t rust_helper_kvmalloc_fresh_footprint(size_t bytes)
{
	size_t page = PAGE_SIZE;

	if (bytes <= KMALLOC_MAX_SIZE)
		return kmalloc_size_roundup(bytes);

#ifdef CONFIG_HAVE_ARCH_HUGE_VMALLOC
	if (bytes >= PMD_SIZE && arch_vmap_pmd_supported(PAGE_KERNEL))
		page = PMD_SIZE;
	else
		page = 1UL << arch_vmap_pte_supported_shift(bytes);
#endif
	return ALIGN(bytes, page);
}

/* Clears memory, even if nobody seems to look at it any more. */
__rust_helper void rust_helper_kvmalloc_memzero_explicit(void *mem, size_t bytes)
{
	memzero_explicit(mem, bytes);
}

/* What kvfree_rcu(), a macro, wants to see: something with a head in it. */
struct kvmalloc_rcu {
	struct rcu_head rcu;
};

/* Frees what starts with a struct rcu_head after a grace period. */
__rust_helper void rust_helper_kvmalloc_free_rcu(void *mem)
{
	struct kvmalloc_rcu *head = mem;

	kvfree_rcu(head, rcu);
}

/* The same for memory without one. */
__rust_helper void rust_helper_kvmalloc_free_rcu_mightsleep(void *mem)
{
	kvfree_rcu_mightsleep(mem);
}

__rust_helper void rust_helper_kvmalloc_rcu_read_lock(void)
{
	rcu_read_lock();
}

__rust_helper void rust_helper_kvmalloc_rcu_read_unlock(void)
{
	rcu_read_unlock();
}

/* The pointer that a slot for readers under RCU holds. */
__rust_helper void *rust_helper_kvmalloc_rcu_dereference(void *const *slot)
{
	return rcu_dereference(*(void __rcu *const *)slot);
}

/*
 * Publishes @new to readers under RCU and returns the pointer that the slot held
 * before.  xchg() is a full barrier, so it is at least rcu_assign_pointer(), and
 * no two writers get the same pointer.
 */
__rust_helper void *rust_helper_kvmalloc_rcu_exchange(void **slot, void *new)
{
	return unrcu_pointer(xchg((void __rcu **)slot, RCU_INITIALIZER(new)));
}

/* The page of memory of either backing. */
__rust_helper struct page *rust_helper_kvmalloc_page_of(const void *mem)
{
	return is_vmalloc_addr(mem) ? vmalloc_to_page(mem) : virt_to_page(mem);
}

/*
 * How many bytes of memory of either backing are physically contiguous, of the
 * @most that there are. All of slab's, and more than a page of an area's if
 * its pages happen to be neighbours.
 */
__rust_helper size_t rust_helper_kvmalloc_contiguous(const void *mem, size_t most)
{
	size_t bytes = PAGE_SIZE - offset_in_page(mem);
	unsigned long pfn;

	if (!is_vmalloc_addr(mem))
		return most;

	for (pfn = vmalloc_to_pfn(mem); bytes < most; bytes += PAGE_SIZE)
		if (vmalloc_to_pfn(mem + bytes) != ++pfn)
			break;
	return min(bytes, most);
}

/* The same for a scatterlist, whose lengths are an unsigned int. */
__rust_helper unsigned int
rust_helper_kvmalloc_sg_len(const void *mem, size_t most)
{
	return min_t(size_t, rust_helper_kvmalloc_contiguous(mem, most),
		     UINT_MAX & PAGE_MASK);
}

/* Makes a table of memory of either backing: sg_free_table() frees it. */
__rust_helper int rust_helper_kvmalloc_sg_alloc(struct sg_table *table,
						const void *mem, size_t bytes,
						gfp_t gfp)
{
	unsigned int entries = 0;
	struct scatterlist *sg;
	size_t at;
	int err, i;

	for (at = 0; at < bytes; entries++)
		at += rust_helper_kvmalloc_sg_len(mem + at, bytes - at);

	err = sg_alloc_table(table, entries, gfp);
	if (err)
		return err;

	at = 0;
	for_each_sgtable_sg(table, sg, i) {
		unsigned int len;

		len = rust_helper_kvmalloc_sg_len(mem + at, bytes - at);
		sg_set_page(sg, rust_helper_kvmalloc_page_of(mem + at), len,
			    offset_in_page(mem + at));
		at += len;
	}
	return 0;
}

__rust_helper struct page *rust_helper_kvmalloc_sg_page(struct scatterlist *sg)
{
	return sg_page(sg);
}

__rust_helper struct scatterlist *
rust_helper_kvmalloc_sg_next(struct scatterlist *sg)
{
	return sg_next(sg);
}
