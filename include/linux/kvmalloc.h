/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvmalloc(): memory from the slab allocator, or from vmalloc() when slab has
 * no block large enough.
 *
 * This header is the whole C interface.  <linux/slab.h> includes it in place of
 * upstream's declarations of the family, so every file that includes that has it.
 *
 * Glossary:
 *
 * slab		the kmalloc() allocator: physically contiguous memory, from
 *		caches up to KMALLOC_MAX_CACHE_SIZE and from the page allocator
 *		up to KMALLOC_MAX_SIZE.
 * vmalloc area	pages from anywhere, mapped side by side in the kernel's
 *		vmalloc address range.
 * backing	the allocator that a piece of memory came from, slab or vmalloc.
 *		The address alone tells it (is_vmalloc_addr()).
 * fallback	serving from vmalloc a request that slab did not serve.
 * commit	allocate pages and map them.  The committed part of a vmalloc
 *		area is what is mapped.
 * reserve	allocate addresses without pages.  Reserved capacity, or room, is
 *		the part of an area's range behind the committed part: the area
 *		grows into it in place.
 * remap	map the pages of an area in a larger range, instead of copying.
 * request	size in bytes, alignment in bytes, gfp flags, NUMA node.
 * flags that may sleep
 *		flags with %__GFP_DIRECT_RECLAIM.
 * in the right place
 *		aligned as requested and, with %__GFP_THISNODE, on the node.
 *
 * kvmalloc() and its variants:
 *
 *	size			served by
 *	0			nobody: ZERO_SIZE_PTR, as from kmalloc(0)
 *	1 .. PAGE_SIZE		slab with the caller's flags; no fallback
 *	.. KMALLOC_MAX_SIZE	slab in one attempt: without a warning, without
 *				%__GFP_NOFAIL, and without direct reclaim, which
 *				excludes the OOM killer (%__GFP_RETRY_MAYFAIL
 *				keeps direct reclaim where the context allows
 *				it); then vmalloc
 *	.. INT_MAX		vmalloc
 *	above			nobody: NULL, with one warning unless %__GFP_NOWARN
 *
 * On Linux 6.12 this differs from upstream's policy: the slab attempt does not
 * reclaim directly, as in 7.x.
 *
 * An alignment above %ARCH_KMALLOC_MINALIGN pads the size of the slab attempt to a
 * multiple of it.  If the alignment exceeds the page (up to a page) or the power of
 * two (above) that @size fits into, vmalloc serves the request whatever its size.
 *
 * vmalloc gets those of the caller's flags that %KVMALLOC_VMALLOC_FLAGS in
 * mm/util.h lists, which compound pages and mobility are not among.  With flags
 * that may sleep it uses huge pages if these are free, except with KASAN's hardware
 * tags.  Flags that may not sleep reach vmalloc only if the kernel's vmalloc() takes
 * such flags (%CONFIG_KVMALLOC_VMALLOC_NONBLOCK, 7.x), without %__GFP_NOFAIL, and
 * where vmalloc's locks may be taken.
 *
 * kvrealloc() of slab memory keeps memory that is large enough and in the right
 * place.  Otherwise it does as kvmalloc() would, except that, on 64-bit machines
 * with an MMU, memory that grows beyond 64 KiB leaves slab without an attempt,
 * unless the flags may not sleep or have %__GFP_RETRY_MAYFAIL.  vmalloc memory stays
 * vmalloc memory at any size, and has no limit of INT_MAX.  kvmalloc_growable()
 * above a page uses vmalloc only.
 *
 * Without an MMU the fallback is kmalloc() of the padded size, on any node, and
 * kvmalloc_growable() with flags that may sleep allocates all that it can grow to.
 * Fault injection (%CONFIG_KVMALLOC_FUZZ) sends requests to vmalloc, or fails them,
 * that slab would serve.
 *
 * Contexts.  "as slab" means that kmalloc(), krealloc() or kfree() decide, by the
 * flags.  "<= a page" means both the size and the alignment.  Memory "fits" if its
 * committed pages are enough and it is in the right place.  An "atomic" context is
 * one with preemption disabled, as spin_lock() does; the kernel knows it only with
 * %CONFIG_PREEMPT_COUNT.  The last column is for softirqs and hard interrupts, and
 * for tasks that have disabled either, as spin_lock_bh() and spin_lock_irqsave() do.
 * Early in boot, and while the machine suspends or stops, interrupts are off for code
 * that may sleep, so for flags that may sleep disabled interrupts do not count.
 *
 *	function		task	atomic		interrupt or off
 *	kvmalloc() <= a page	as slab	as slab		as slab
 *	kvmalloc() > a page
 *	  may sleep		yes	slab or NULL*	slab or NULL*
 *	  may not sleep, 6.12	slab or NULL in all of these
 *	  may not sleep, 7.x	yes	yes		slab or NULL
 *	kvrealloc() of slab memory: as kvmalloc() for the new size
 *	kvrealloc() of vmalloc memory
 *	  may sleep		yes	NULL*		NULL*
 *	  may not sleep, fits	yes	yes		NULL
 *	  ... does not, 6.12	NULL	NULL		NULL
 *	  ... does not, 7.x	copies	copies		NULL
 *	kvrealloc() to size 0
 *	  may sleep		sleeps	frees later*	frees later*
 *	  may not sleep		as kvfree_atomic()
 *	kvmalloc_growable() > a page
 *	  may sleep		yes	NULL*		NULL*
 *	  may not sleep		NULL in all of these
 *	kvmalloc_room()		yes	yes		0 for vmalloc memory
 *	kvfree()		sleeps	not allowed	frees later**
 *	kvfree_atomic()		yes	yes		yes
 *
 *	* with one warning since boot
 *	** not allowed in a task that has disabled interrupts
 *
 * The table is for kernels with an MMU; without one all memory is slab memory.
 * kvrealloc() with flags that may not sleep returns NULL, instead of copying, for
 * growable memory in the right place up to its limit.  Freeing sleeps for vmalloc
 * memory only; slab memory is freed by kfree().  With PREEMPT_RT, kvmalloc_room() and
 * flags that may not sleep are treated in atomic contexts as in interrupts, because
 * vmalloc's locks sleep; spin_lock_bh() and spin_lock_irqsave() are then no such
 * contexts.  No function may be called with a raw_spinlock_t held or from an NMI, as
 * kmalloc() and kfree() may not; from an NMI vmalloc memory is not freed, and the
 * kernel warns.
 */
#include <linux/slab.h>

#ifndef _LINUX_KVMALLOC_H
#define _LINUX_KVMALLOC_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/jump_label.h>
#include <linux/numa.h>
#include <linux/overflow.h>
#include <linux/types.h>
#include <asm/page.h>

/*
 * Kernels differ in what their allocators take along with a size: buckets
 * everywhere, since 7.x a token for the type that is allocated.  Where there
 * are no tokens these stand-ins vanish.
 */
#ifndef DECL_KMALLOC_PARAMS
typedef struct { } kmalloc_token_t;
#define __kmalloc_token(...)		((kmalloc_token_t){ })
#define DECL_TOKEN_PARAMS(_size, _token)	size_t (_size)
#define PASS_TOKEN_PARAMS(_size, _token)	(_size)
#define DECL_KMALLOC_PARAMS(_size, _b, _token)	DECL_BUCKET_PARAMS(_size, _b)
#define PASS_KMALLOC_PARAMS(_size, _b, _token)	PASS_BUCKET_PARAMS(_size, _b)
#define _kmalloc_noprof(_size, _flags, _token)	kmalloc_noprof(_size, _flags)
#define _kmalloc_node_noprof(_size, _flags, _node, _token) \
	kmalloc_node_noprof(_size, _flags, _node)
#endif

/*
 * kmalloc() and vmalloc() memory moves to a given alignment and node when it
 * is reallocated; kernels that lack this get it from mm/krealloc.c and vrealloc.c.
 */
#ifndef krealloc_node_align
#define KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN

void * __must_check
krealloc_node_align_noprof(const void *p, size_t new_size, unsigned long align,
			   gfp_t flags, int nid) __realloc_size(2);
#define krealloc_node_align(...) \
	alloc_hooks(krealloc_node_align_noprof(__VA_ARGS__))
#define krealloc_node(_p, _s, _f, _n)	krealloc_node_align(_p, _s, 1, _f, _n)

void * __must_check
vrealloc_node_align_noprof(const void *p, size_t size, unsigned long align,
			   gfp_t flags, int nid) __realloc_size(2);
#define vrealloc_node_align(...) \
	alloc_hooks(vrealloc_node_align_noprof(__VA_ARGS__))
#define vrealloc_node(_p, _s, _f, _n)	vrealloc_node_align(_p, _s, 1, _f, _n)
#endif

/*
 * On while statistics, tracing of failures or fuzzing of small requests are on:
 * then all requests go through mm/util.c.
 */
#ifdef CONFIG_KVMALLOC_HOOKS
DECLARE_STATIC_KEY_FALSE(kvmalloc_hooked);
#define kvmalloc_is_hooked()	static_branch_unlikely(&kvmalloc_hooked)
#else
#define kvmalloc_is_hooked()	false
#endif

#if defined(CONFIG_KVMALLOC_STATS) || defined(CONFIG_KVMALLOC_FUZZ)
#define _kvmalloc_inline_is_hooked()	kvmalloc_is_hooked()
#else
#define _kvmalloc_inline_is_hooked()	false
#endif

/*
 * Allocating.
 *
 * Each macro comes in two forms.  The plain one attributes the memory to the
 * line that calls it (CONFIG_MEM_ALLOC_PROFILING); the _noprof one does not,
 * and is for wrappers whose own caller is the one to name.
 */

void *__kvmalloc_node_align_noprof(DECL_KMALLOC_PARAMS(size, b, token),
				   unsigned long align, gfp_t flags, int node)
	__alloc_size(1);

void *__kvmalloc_plain_noprof(DECL_TOKEN_PARAMS(size, token), gfp_t flags,
			      int node) __alloc_size(1);

/*
 * Requests of at most a page always go to slab.  If the compiler knows the size,
 * kvmalloc() compiles to kmalloc(); if not, one comparison is added.  Slab aligns
 * an object to the largest power of two that divides its size, and to at least
 * %ARCH_KMALLOC_MINALIGN.
 */
static __always_inline __alloc_size(1) void *
_kvmalloc_node_align_noprof(size_t size, unsigned long align, gfp_t flags,
			    int node, kmalloc_token_t token)
{
	bool plain = __builtin_constant_p(align) && align &&
		     !(align & (align - 1)) && align <= ARCH_KMALLOC_MINALIGN;
	bool small;

	if (__builtin_constant_p(size))
		small = __builtin_constant_p(align) && size <= PAGE_SIZE &&
			align <= (size & -size) && !_kvmalloc_inline_is_hooked();
	else
		small = plain && likely(size <= PAGE_SIZE) &&
			!kvmalloc_is_hooked();

	if (small) {
		if (__builtin_constant_p(node) && node == NUMA_NO_NODE)
			return _kmalloc_noprof(size, flags, token);
		return _kmalloc_node_noprof(size, flags, node, token);
	}

	if (plain)
		return __kvmalloc_plain_noprof(PASS_TOKEN_PARAMS(size, token),
					       flags, node);
	return __kvmalloc_node_align_noprof(PASS_KMALLOC_PARAMS(size, NULL, token),
					    align, flags, node);
}

static __always_inline __alloc_size(1, 2) void *
_kvmalloc_array_node_noprof(size_t n, size_t size, gfp_t flags, int node,
			    kmalloc_token_t token)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
		_kvmalloc_node_align_noprof(bytes, 1, flags, node, token);
}

#define kvmalloc_node_align_noprof(_size, _align, _flags, _node)	\
	_kvmalloc_node_align_noprof(_size, _align, _flags, _node,	\
				    __kmalloc_token(_size))

/**
 * kvmalloc_node_align() - Allocate memory on a node, with an alignment.
 * @_size: Requested size in bytes.  0 gives %ZERO_SIZE_PTR.
 * @_align: Alignment in bytes, a power of two; 1 requests no more than
 *	%ARCH_KMALLOC_MINALIGN.
 * @_flags: gfp flags, for both backings.  %GFP_NOFS, %GFP_NOIO and %__GFP_NOFAIL
 *	hold for vmalloc, too.  %__GFP_RETRY_MAYFAIL is for memory that should be
 *	contiguous: the slab attempt may reclaim and compact.  With it and with
 *	%__GFP_NORETRY, vmalloc's page tables come from memory that is free at
 *	once, so the fallback may fail under moderate memory pressure; neither
 *	reaches the OOM killer.  %GFP_DMA holds for vmalloc, too.
 * @_node: NUMA node to prefer (with %__GFP_THISNODE: to insist on), or
 *	%NUMA_NO_NODE.
 *
 * Tries slab first and falls back to vmalloc above a page; the first comment of
 * this file has the whole policy.  Callers must not rely on the backing: no
 * virt_to_page(), no DMA, no kfree().
 *
 * Context: Any but NMI; the first comment of this file has a table.  May sleep
 *	with %__GFP_DIRECT_RECLAIM.
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kvmalloc_node_align(_size, _align, _flags, _node) \
	alloc_hooks(kvmalloc_node_align_noprof(_size, _align, _flags, _node))

#define kvmalloc_node_noprof(_size, _flags, _node) \
	kvmalloc_node_align_noprof(_size, 1, _flags, _node)
/**
 * kvmalloc_node() - Allocate memory on a node.
 * @_size: Requested size in bytes.
 * @_flags: gfp flags.
 * @_node: NUMA node or %NUMA_NO_NODE.
 *
 * As kvmalloc_node_align(), aligned as kmalloc() would align @_size.
 *
 * Context: As kvmalloc_node_align().
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kvmalloc_node(_size, _flags, _node) \
	alloc_hooks(kvmalloc_node_noprof(_size, _flags, _node))

#define kvmalloc_noprof(_size, _flags) \
	kvmalloc_node_noprof(_size, _flags, NUMA_NO_NODE)
/**
 * kvmalloc() - Allocate memory.
 * @_size: Requested size in bytes.
 * @_flags: gfp flags.
 *
 * Context: As kvmalloc_node_align().
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kvmalloc(_size, _flags)	kvmalloc_node(_size, _flags, NUMA_NO_NODE)

/**
 * kvzalloc_node() - Allocate zeroed memory on a node.
 * @_size: Requested size in bytes.
 * @_flags: gfp flags.
 * @_node: NUMA node or %NUMA_NO_NODE.
 *
 * Context: As kvmalloc_node_align().
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kvzalloc_node(_size, _flags, _node) \
	kvmalloc_node(_size, (_flags) | __GFP_ZERO, _node)

/**
 * kvzalloc() - Allocate zeroed memory.
 * @_size: Requested size in bytes.
 * @_flags: gfp flags.
 *
 * Context: As kvmalloc_node_align().
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kvzalloc(_size, _flags)	kvmalloc(_size, (_flags) | __GFP_ZERO)

/**
 * kmem_buckets_valloc() - Allocate memory from a user's own set of buckets.
 * @_b: The buckets, from kmem_buckets_create().
 * @_size: Requested size in bytes.
 * @_flags: gfp flags.
 *
 * As kvmalloc(), with the slab attempt made in @_b (%CONFIG_SLAB_BUCKETS).
 *
 * Context: As kvmalloc_node_align().
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kmem_buckets_valloc(_b, _size, _flags)				\
	alloc_hooks(__kvmalloc_node_align_noprof(			\
		PASS_KMALLOC_PARAMS(_size, _b, __kmalloc_token(_size)),	\
		1, _flags, NUMA_NO_NODE))

/*
 * The allocation token is inferred from both factors of the product.
 */
#define kvmalloc_array_node_noprof(...) \
	_kvmalloc_array_node_noprof(__VA_ARGS__, __kmalloc_token(__VA_ARGS__))
/**
 * kvmalloc_array_node() - Allocate an array on a node.
 * @...: Number of elements, bytes an element, gfp flags, NUMA node.
 *
 * Context: As kvmalloc_node_align().
 * Return: Memory to be given back with kvfree(), or NULL, also when the
 *	product does not fit into a size_t.
 */
#define kvmalloc_array_node(...) \
	alloc_hooks(kvmalloc_array_node_noprof(__VA_ARGS__))

#define kvmalloc_array_noprof(...) \
	kvmalloc_array_node_noprof(__VA_ARGS__, NUMA_NO_NODE)
/**
 * kvmalloc_array() - Allocate an array.
 * @...: Number of elements, bytes an element, gfp flags.
 *
 * Context: As kvmalloc_node_align().
 * Return: As kvmalloc_array_node().
 */
#define kvmalloc_array(...)	alloc_hooks(kvmalloc_array_noprof(__VA_ARGS__))

#define kvcalloc_node_noprof(_n, _size, _flags, _node) \
	kvmalloc_array_node_noprof(_n, _size, (_flags) | __GFP_ZERO, _node)
/**
 * kvcalloc_node() - Allocate a zeroed array on a node.
 * @...: Number of elements, bytes an element, gfp flags, NUMA node.
 *
 * Context: As kvmalloc_node_align().
 * Return: As kvmalloc_array_node().
 */
#define kvcalloc_node(...)	alloc_hooks(kvcalloc_node_noprof(__VA_ARGS__))

#define kvcalloc_noprof(...)	kvcalloc_node_noprof(__VA_ARGS__, NUMA_NO_NODE)
/**
 * kvcalloc() - Allocate a zeroed array.
 * @...: Number of elements, bytes an element, gfp flags.
 *
 * Context: As kvmalloc_node_align().
 * Return: As kvmalloc_array_node().
 */
#define kvcalloc(...)		alloc_hooks(kvcalloc_noprof(__VA_ARGS__))

/*
 * Memory that grows in place up to a limit.
 */

/*
 * No __alloc_size(): the size changes while the pointer stays valid, and memory
 * between the size and @max is not mapped, so FORTIFY_SOURCE must not know either.
 */
void *kvmalloc_growable_node_align_noprof(size_t size, size_t max,
					  unsigned long align, gfp_t flags,
					  int node);

/**
 * kvmalloc_growable_node_align() - Allocate memory that grows in place.
 * @_size: Requested size in bytes.  0 gives %ZERO_SIZE_PTR, which reserves
 *	nothing.
 * @_max: Bytes that it can grow to, at least @_size and at most %INT_MAX.
 * @_align: As for kvmalloc_node_align().
 * @_flags: As for kvmalloc_node_align(), but without %__GFP_NOFAIL; must allow
 *	sleeping if @_max is more than a page.
 * @_node: As for kvmalloc_node_align(); for later pages kvrealloc_node() has a
 *	node of its own.
 *
 * kvrealloc() to any size up to @_max does not move the memory, as long as it gets
 * the same alignment and, with %__GFP_THISNODE, node: pointers into the memory stay
 * valid.  Beyond @_max it may move.  Growing can fail for lack of memory, and
 * above a page it always fails with flags that may not sleep.
 *
 * Up to a page of @_max comes from slab, which commits all of it.  Above that
 * addresses are reserved, and never given up for other requests; on 32-bit machines
 * they are scarce.  Page tables and the array of page pointers grow with the
 * committed part; with %__GFP_ACCOUNT the array is charged.  With KASAN for vmalloc
 * an eighth of @_max is allocated at once, as shadow; with hardware tags all of
 * @_max is committed at once.
 *
 * Context: Task context; may sleep.  As kvmalloc_node_align() if @_max is at most
 *	a page.
 * Return: Memory to be given back with kvfree(); or NULL, also if @_max is less
 *	than @_size, and, with one warning, for %__GFP_NOFAIL.
 */
#define kvmalloc_growable_node_align(_size, _max, _align, _flags, _node) \
	alloc_hooks(kvmalloc_growable_node_align_noprof(_size, _max, _align, \
							_flags, _node))

/**
 * kvmalloc_growable() - Allocate memory that grows in place.
 * @_size: Requested size in bytes.
 * @_max: Bytes that it can grow to.
 * @_flags: gfp flags.
 *
 * Context: As kvmalloc_growable_node_align().
 * Return: As kvmalloc_growable_node_align().
 */
#define kvmalloc_growable(_size, _max, _flags) \
	kvmalloc_growable_node_align(_size, _max, 1, _flags, NUMA_NO_NODE)

size_t kvmalloc_room(const void *p);

/*
 * Reallocating.
 */

void * __must_check
kvrealloc_node_align_noprof(const void *p, DECL_TOKEN_PARAMS(size, token),
			    unsigned long align, gfp_t flags, int nid)
	__realloc_size(2);

/**
 * kvrealloc_node_align() - Resize memory of either backing.
 * @_p: Memory from this family, kmalloc() or vmalloc(); NULL or
 *	%ZERO_SIZE_PTR to allocate.
 * @_size: Requested size in bytes.  0 frees @_p and gives %ZERO_SIZE_PTR.
 * @_align: As for kvmalloc_node_align().  Memory that lacks it is moved.
 * @_flags: As for kvmalloc_node_align().  %__GFP_ZERO clears the bytes beyond the
 *	old size.  Slab does not record that size, so every call since the memory
 *	was allocated must have had the flag.
 * @_nid: Node for memory that has to move; with %__GFP_THISNODE memory on
 *	another node is moved.
 *
 * Keeps the contents up to the smaller of both sizes.  Memory that has room stays
 * where it is, and vmalloc memory stays vmalloc memory.  That grows without being
 * copied: into its room, or by being remapped to a larger range.  A vmalloc area
 * that shrinks frees pages and keeps its addresses.  Must not run concurrently
 * with another kvrealloc() or kvfree() of the same memory.
 *
 * Context: As kvmalloc_node_align().
 * Return: The memory, which may have moved; or NULL, and then @_p is unchanged and
 *	still to be freed, which is why "p = kvrealloc(p, ...)" is wrong.
 */
#define kvrealloc_node_align(_p, _size, _align, _flags, _nid)		\
	alloc_hooks(kvrealloc_node_align_noprof(_p,			\
		PASS_TOKEN_PARAMS(_size, __kmalloc_token(_size)),	\
		_align, _flags, _nid))

/**
 * kvrealloc_node() - Resize memory of either backing, on a node.
 * @_p: Memory, NULL or %ZERO_SIZE_PTR.
 * @_size: Requested size in bytes.
 * @_flags: gfp flags.
 * @_nid: NUMA node or %NUMA_NO_NODE.
 *
 * Context: As kvmalloc_node_align().
 * Return: As kvrealloc_node_align().
 */
#define kvrealloc_node(_p, _size, _flags, _nid) \
	kvrealloc_node_align(_p, _size, 1, _flags, _nid)

#define kvrealloc_noprof(_p, _size, _flags)				\
	kvrealloc_node_align_noprof(_p,					\
		PASS_TOKEN_PARAMS(_size, __kmalloc_token(_size)),	\
		1, _flags, NUMA_NO_NODE)
/**
 * kvrealloc() - Resize memory of either backing.
 * @_p: Memory, NULL or %ZERO_SIZE_PTR.
 * @_size: Requested size in bytes.
 * @_flags: gfp flags.
 *
 * Context: As kvmalloc_node_align().
 * Return: As kvrealloc_node_align().
 */
#define kvrealloc(_p, _size, _flags) \
	kvrealloc_node(_p, _size, _flags, NUMA_NO_NODE)

/**
 * kvrealloc_array() - Resize an array of either backing.
 * @_p: Memory, NULL or %ZERO_SIZE_PTR.
 * @_n: Number of elements wanted.
 * @_size: Bytes an element.
 * @_flags: gfp flags.
 *
 * Context: As kvmalloc_node_align().
 * Return: As kvrealloc_node_align(); NULL, with @_p unchanged, also when the
 *	product does not fit into a size_t.
 */
#define kvrealloc_array(_p, _n, _size, _flags) \
	alloc_hooks(kvrealloc_array_noprof(_p, _n, _size, _flags))

static __always_inline __must_check __realloc_size(2, 3) void *
kvrealloc_array_noprof(const void *p, size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
		kvrealloc_noprof(p, bytes, flags);
}

/*
 * Duplicating.  <linux/string.h> has kvmemdup().
 */

void *kvmemdup_array_noprof(const void *src, size_t count, size_t element_size,
			    gfp_t flags) __realloc_size(2, 3);
#define kvmemdup_array(...)	alloc_hooks(kvmemdup_array_noprof(__VA_ARGS__))

char *kvstrdup_noprof(const char *s, gfp_t flags) __malloc;
#define kvstrdup(...)		alloc_hooks(kvstrdup_noprof(__VA_ARGS__))

/*
 * For as long as a driver is bound to its device.
 */

struct device;

void *devm_kvmalloc_noprof(struct device *dev, size_t size, gfp_t flags)
	__alloc_size(2);
#define devm_kvmalloc(...)	alloc_hooks(devm_kvmalloc_noprof(__VA_ARGS__))

/**
 * devm_kvzalloc() - Allocate zeroed memory that is freed with the device.
 * @_dev: Device.
 * @_size: Requested size in bytes.
 * @_flags: gfp flags.
 *
 * Context: As devm_kvmalloc().
 * Return: As devm_kvmalloc().
 */
#define devm_kvzalloc(_dev, _size, _flags) \
	devm_kvmalloc(_dev, _size, (_flags) | __GFP_ZERO)

static __always_inline __alloc_size(2, 3) void *
devm_kvcalloc_noprof(struct device *dev, size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
		devm_kvmalloc_noprof(dev, bytes, flags | __GFP_ZERO);
}

/**
 * devm_kvcalloc() - Allocate a zeroed array that is freed with the device.
 * @...: Device, number of elements, bytes an element, gfp flags.
 *
 * Context: As devm_kvmalloc().
 * Return: As devm_kvmalloc(); NULL also when the product does not fit into a
 *	size_t.
 */
#define devm_kvcalloc(...)	alloc_hooks(devm_kvcalloc_noprof(__VA_ARGS__))

void devm_kvfree(struct device *dev, const void *p);

/*
 * Freeing.
 */

void kvfree(const void *addr);
void kvfree_atomic(const void *addr);
void kvfree_sensitive(const void *addr, size_t len);

#ifdef CONFIG_KVMALLOC_STATS
size_t kvmalloc_count_freed(const void *p);
#endif

/*
 * Subtract @p from the statistics before a function other than kvfree() frees it.
 * The graft has kvfree_call_rcu() call this.
 */
static __always_inline void kvmalloc_note_free(const void *p)
{
#ifdef CONFIG_KVMALLOC_STATS
	if (kvmalloc_is_hooked())
		kvmalloc_count_freed(p);
#endif
}

/* mm/vrealloc.c documents these, which the graft has mm/ call. */
struct vmap_area;

bool kvmalloc_usercopy_ok(const struct vmap_area *va, unsigned long addr,
			  unsigned long n);
bool kvmalloc_give_up_room(unsigned long size, unsigned long align,
			   unsigned long vstart, unsigned long vend, gfp_t gfp,
			   int *tries);

/* "void *p __free(kvfree) = kvmalloc(...);": freed when p leaves its scope */
DEFINE_FREE(kvfree, void *, IS_ERR_OR_NULL(_T) ? (void)0 : kvfree(_T))
DEFINE_FREE(kvfree_atomic, void *,
	    IS_ERR_OR_NULL(_T) ? (void)0 : kvfree_atomic(_T))

#endif /* _LINUX_KVMALLOC_H */
