// SPDX-License-Identifier: GPL-2.0
/*
 * The sizes of a slab object, and krealloc_node_align() for kernels that have
 * only krealloc().
 *
 * Part of mm/slub.c: the graft includes this file at its end, because the
 * record of an object's requested size is private to slub.  Slub keeps that
 * record only for caches that are booted with slab_debug=U.
 *
 * ksize() must not answer these questions.  It sets the recorded size to the
 * size of the object, which ends the check of the redzone between the two, and
 * makes the next krealloc() take the bytes of that redzone for contents.
 */

#include "util.h"

/**
 * slab_usable_size() - Read how far krealloc() can grow an object in place.
 * @p: Memory from kmalloc().
 *
 * Context: Any context but NMI.  Takes no lock.
 * Return: Bytes; 0 if KASAN knows that @p is not allocated.
 */
size_t slab_usable_size(const void *p)
{
	struct slab *slab;

	if (!kasan_check_byte(p))
		return 0;
	if (is_kfence_address(p))
		return kfence_ksize(p);

	slab = virt_to_slab(p);
	return slab ? slab->slab_cache->object_size :
		      page_size(virt_to_head_page(p));
}

/**
 * slab_contents_size() - Read how many bytes of an object hold contents.
 * @p: Memory from kmalloc().
 *
 * Bytes beyond the requested size are a redzone, or leftovers of an earlier
 * owner, if slub records that size.  Otherwise %__GFP_ZERO has cleared the
 * whole object, so all of it counts as contents.
 *
 * Context: Any context but NMI.  Takes no lock.
 * Return: The recorded size in bytes, or slab_usable_size() without a record.
 */
size_t slab_contents_size(const void *p)
{
	struct slab *slab = virt_to_slab(p);

	if (!slab || is_kfence_address(p))
		return slab_usable_size(p);

	return get_orig_size(slab->slab_cache, (void *)p);
}

#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN

/* Resize an object that is large enough for @size where it is. */
static void *krealloc_in_place(const void *p, size_t size, size_t usable,
			       gfp_t flags)
{
	struct slab *slab = is_kfence_address(p) ? NULL : virt_to_slab(p);
	struct kmem_cache *s = slab ? slab->slab_cache : NULL;
	bool recorded = s && slub_debug_orig_size(s);
	void *start = kasan_reset_tag(p);

	kasan_disable_current();
	if (recorded) {
		size_t old = min(size, slab_contents_size(p)), kept;

		set_orig_size(s, (void *)p, size);
		/* 6.12 records at least the size of KASAN's metadata. */
		kept = slab_contents_size(p);
		if (want_init_on_alloc(flags))
			memset(start + old, 0, kept - old);
		if (s->flags & SLAB_RED_ZONE)
			memset(start + kept, SLUB_RED_ACTIVE, usable - kept);
	} else if (want_init_on_alloc(flags)) {
		memset(start + size, 0, usable - size);
	}
	kasan_enable_current();

	return kasan_krealloc(p, size, flags);
}

/**
 * krealloc_node_align() - Resize kmalloc() memory.
 * @p: Memory from kmalloc(), NULL or %ZERO_SIZE_PTR.
 * @new_size: Requested size in bytes; 0 frees @p.
 * @align: Alignment in bytes that kmalloc() is known to give for @new_size; an
 *	object that lacks it is moved.
 * @flags: gfp flags.  As for krealloc(), %__GFP_ZERO clears what is new only if
 *	all calls since the object was allocated had the flag.
 * @nid: Node for memory that has to move; with %__GFP_THISNODE memory on
 *	another node is moved.
 *
 * Context: Any context that @flags allow, except NMI.
 * Return: The memory, which may have moved; %ZERO_SIZE_PTR for size 0; or NULL,
 *	and then @p is unchanged.
 */
void *krealloc_node_align_noprof(const void *p, size_t new_size,
				 unsigned long align, gfp_t flags, int nid)
{
	size_t usable;
	void *n;

	if (!new_size) {
		kfree(p);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(p))
		return kmalloc_node_track_caller_noprof(new_size, flags, nid,
							_RET_IP_);

	usable = slab_usable_size(p);
	if (!usable)
		return NULL;
	if (new_size <= usable &&
	    in_right_place(p, virt_to_page(p), align, flags, nid))
		return krealloc_in_place(p, new_size, usable, flags);

	n = kmalloc_node_track_caller_noprof(new_size, flags, nid, _RET_IP_);
	if (!n)
		return NULL;

	/* KASAN: without a record the object's redzone is copied, too. */
	kasan_disable_current();
	memcpy(n, kasan_reset_tag(p), min(new_size, slab_contents_size(p)));
	kasan_enable_current();
	kfree(p);

	return n;
}
EXPORT_SYMBOL(krealloc_node_align_noprof);

#endif /* KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN */
