// SPDX-License-Identifier: GPL-2.0
/*
 * krealloc_node_align() for kernels that have only krealloc(): with the same
 * contract as the later kernels'.  Its vmalloc() counterpart is in vrealloc.c.
 */

#include <linux/gfp.h>
#include <linux/kasan.h>
#include <linux/kvmalloc.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "util.h"

#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN

/**
 * krealloc_node_align() - Resize kmalloc() memory.
 * @p: Memory from kmalloc(), NULL or %ZERO_SIZE_PTR.
 * @new_size: Bytes wanted; 0 frees @p.
 * @align: Alignment in bytes that the caller knows kmalloc() to give for
 *	@new_size; an object that lacks it is moved.
 * @flags: gfp flags; as for krealloc(), %__GFP_ZERO holds if all calls for
 *	this memory had it.
 * @nid: Node for memory that has to move; with %__GFP_THISNODE memory on
 *	another node is moved.
 *
 * Context: Any that @flags allow.
 * Return: The memory, which may have moved, %ZERO_SIZE_PTR for size 0, or NULL
 *	with the old memory as it was.
 */
void *krealloc_node_align_noprof(const void *p, size_t new_size,
				 unsigned long align, gfp_t flags, int nid)
{
	size_t room;
	void *n;

	if (!new_size || ZERO_OR_NULL_PTR(p)) {
		kfree(new_size ? NULL : p);
		return kmalloc_node_noprof(new_size, flags, nid);
	}

	/* ksize() is 0 for memory that KASAN knows to be freed. */
	room = ksize(p);
	if (!room)
		return NULL;
	if (new_size <= room &&
	    in_right_place(p, virt_to_page(p), align, flags, nid))
		return krealloc_noprof(p, new_size, flags);

	n = kmalloc_node_track_caller_noprof(new_size, flags, nid, _RET_IP_);
	if (!n)
		return NULL;

	/* The object's redzone goes along: its size is not on record. */
	kasan_disable_current();
	memcpy(n, kasan_reset_tag(p), min(new_size, room));
	kasan_enable_current();
	kfree(p);

	return n;
}
EXPORT_SYMBOL(krealloc_node_align_noprof);

#ifndef CONFIG_MMU
/* vmalloc() memory is kmalloc() memory, and nommu.c resizes it. */
void *vrealloc_node_align_noprof(const void *p, size_t size,
				 unsigned long align, gfp_t flags, int nid)
{
	return vrealloc_noprof(p, size, flags);
}
EXPORT_SYMBOL(vrealloc_node_align_noprof);
#endif

#endif /* KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN */
