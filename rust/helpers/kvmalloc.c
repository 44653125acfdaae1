// SPDX-License-Identifier: GPL-2.0
/*
 * What rust/kernel/alloc/ needs from C and bindgen cannot see: macros, inlines
 * and questions that take more than one call. Built as part of helpers.c; the
 * functions come out in Rust as bindings::NAME, without the rust_helper_.
 */

#include <linux/mm.h>
#include <linux/slab.h>
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

	if (!is_vmalloc_addr(mem))
		return ksize(mem);

	area = find_vm_area(mem);
	return area ? (size_t)area->nr_pages << PAGE_SHIFT : 0;
}

/*
 * Bytes of memory that a new allocation of that many bytes would occupy if it
 * had the backing of @mem, and were mapped by pages of the same size. These may
 * be huge, unless the allocation is smaller than one.
 */
__rust_helper size_t
rust_helper_kvmalloc_fresh_footprint(const void *mem, size_t bytes)
{
	size_t page = PAGE_SIZE;

	if (!is_vmalloc_addr(mem))
		return kmalloc_size_roundup(bytes);

#ifdef CONFIG_HAVE_ARCH_HUGE_VMALLOC
	{
		struct vm_struct *area = find_vm_area(mem);

		if (area && bytes >= PAGE_SIZE << area->page_order)
			page <<= area->page_order;
	}
#endif
	return ALIGN(bytes, page);
}
