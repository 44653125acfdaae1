/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvmalloc(): memory from the slab allocator, or from vmalloc() when slab has
 * no block large enough.
 *
 * This header is the whole C interface.  <linux/slab.h> includes it where
 * upstream's declarations of the family stood, so that every caller in the
 * kernel gets it without asking.
 *
 * Words used here and in mm/util.c:
 *
 * slab		the kmalloc() allocator: physically contiguous, backed by
 *		caches up to KMALLOC_MAX_CACHE_SIZE and by the page allocator
 *		up to KMALLOC_MAX_SIZE.
 * vmalloc area	pages from anywhere, mapped side by side in the kernel's
 *		vmalloc address range.
 * backing	which of the two a piece of memory came from.  It is told by
 *		the address alone (is_vmalloc_addr()), for as long as the
 *		memory lives.
 * fallback	serving from vmalloc a request that slab did not serve.
 * committed	the pages of a vmalloc area that are there.
 * room		addresses behind them that belong to the area and that nothing
 *		is mapped at yet: it grows into them where it is.
 * request	size in bytes, alignment in bytes, gfp flags, NUMA node.
 *
 * What serves a request of a given size:
 *
 *   0			ZERO_SIZE_PTR, as from kmalloc(0).
 *   1 .. PAGE_SIZE	slab with the caller's flags, and nothing else.
 *   .. KMALLOC_MAX_SIZE
 *			slab, without a warning, without direct reclaim
 *			(%__GFP_RETRY_MAYFAIL: with it) and so without the OOM
 *			killer; then vmalloc with the caller's flags.
 *   .. INT_MAX		vmalloc with the caller's flags.
 *   above		NULL, and one warning unless %__GFP_NOWARN.
 *
 * A request that may not sleep falls back only where the kernel's vmalloc()
 * can serve such a request (CONFIG_KVMALLOC_VMALLOC_NONBLOCK), otherwise it
 * gets NULL.  An alignment that slab does not give for the size goes straight
 * to vmalloc; up to a page slab always gives it.
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
 * is reallocated; kernels that lack this get it from mm/backport.c.
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
 * On while somebody counts, traces failures or fuzzes small requests: then all
 * requests go through mm/util.c.
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

void *__kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token),
			     unsigned long align, gfp_t flags, int node)
	__alloc_size(1);

void *__kvmalloc_plain_noprof(DECL_TOKEN_PARAMS(size, token), gfp_t flags,
			      int node) __alloc_size(1);

/*
 * What is at most a page needs no policy: if the compiler knows it, kvmalloc() is
 * kmalloc() to the last instruction, and a comparison more if it does not.  Slab
 * promises a size's largest power of two divisor as its alignment, and
 * %ARCH_KMALLOC_MINALIGN for any.
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
	return __kvmalloc_node_noprof(PASS_KMALLOC_PARAMS(size, NULL, token),
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
 * @_size: Bytes wanted.  0 gives %ZERO_SIZE_PTR.
 * @_align: Alignment in bytes, a power of two; 1 asks for no more than
 *	%ARCH_KMALLOC_MINALIGN.
 * @_flags: gfp flags, for both backings.  %__GFP_RETRY_MAYFAIL makes slab try
 *	harder and is for memory that profits from being contiguous;
 *	%__GFP_NOFAIL, %GFP_NOFS and %GFP_NOIO are kept; %__GFP_NORETRY and zone
 *	modifiers are not meant for vmalloc.
 * @_node: NUMA node to prefer (with %__GFP_THISNODE: to insist on), or
 *	%NUMA_NO_NODE.
 *
 * Tries slab first and falls back to vmalloc above a page; the table on top of
 * this file has the whole policy.  Callers must not care which one served
 * them: no virt_to_page(), no DMA from it, no kfree().
 *
 * Context: Any that the flags allow; may sleep with %__GFP_DIRECT_RECLAIM.
 *	Above a page, flags that may not sleep get NULL when slab has no block
 *	and the kernel lacks %CONFIG_KVMALLOC_VMALLOC_NONBLOCK.
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kvmalloc_node_align(_size, _align, _flags, _node) \
	alloc_hooks(kvmalloc_node_align_noprof(_size, _align, _flags, _node))

#define kvmalloc_node_noprof(_size, _flags, _node) \
	kvmalloc_node_align_noprof(_size, 1, _flags, _node)
/**
 * kvmalloc_node() - Allocate memory on a node.
 * @_size: Bytes wanted.
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
 * @_size: Bytes wanted.
 * @_flags: gfp flags.
 *
 * Context: As kvmalloc_node_align().
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kvmalloc(_size, _flags)	kvmalloc_node(_size, _flags, NUMA_NO_NODE)

/**
 * kvzalloc_node() - Allocate zeroed memory on a node.
 * @_size: Bytes wanted.
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
 * @_size: Bytes wanted.
 * @_flags: gfp flags.
 *
 * Context: As kvmalloc_node_align().
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kvzalloc(_size, _flags)	kvmalloc(_size, (_flags) | __GFP_ZERO)

/**
 * kmem_buckets_valloc() - Allocate memory from a user's own set of buckets.
 * @_b: What kmem_buckets_create() returned.
 * @_size: Bytes wanted.
 * @_flags: gfp flags.
 *
 * As kvmalloc(), with the slab attempt made in @_b (%CONFIG_SLAB_BUCKETS).
 *
 * Context: As kvmalloc_node_align().
 * Return: Memory to be given back with kvfree(), or NULL.
 */
#define kmem_buckets_valloc(_b, _size, _flags)				\
	alloc_hooks(__kvmalloc_node_noprof(				\
		PASS_KMALLOC_PARAMS(_size, _b, __kmalloc_token(_size)),	\
		1, _flags, NUMA_NO_NODE))

/*
 * The token is inferred from the whole of what is multiplied.
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
 * Memory that grows to a known limit where it is.
 */

/* The pointer stays good up to the limit, which the compiler has to know. */
void *kvmalloc_growable_node_align_noprof(size_t size, size_t max,
					  unsigned long align, gfp_t flags,
					  int node) __alloc_size(2);

/**
 * kvmalloc_growable_node_align() - Allocate memory that grows where it is.
 * @_size: Bytes wanted now.  0 gives %ZERO_SIZE_PTR, which reserves nothing.
 * @_max: Bytes that it may grow to, at least @_size and at most %INT_MAX.
 * @_align: As for kvmalloc_node_align().
 * @_flags: As for kvmalloc_node_align(); must allow sleeping if @_max is more
 *	than a page.
 * @_node: As for kvmalloc_node_align(); pages that follow come from the node that
 *	kvrealloc_node() names.
 *
 * kvrealloc() up to @_max bytes, down and up again, does not move the memory as
 * long as it is asked for the same alignment and, with %__GFP_THISNODE, node:
 * pointers into it stay valid.  Beyond @_max it may move, like any other.
 * That there are pages to grow with is not promised; nor is there any way to get
 * them, above a page, with flags that may not sleep, which get NULL.
 *
 * Up to a page of @_max comes from slab, which reserves and commits it.  For
 * more, addresses are reserved, whose cost is a page table and eight bytes for
 * each page of @_max, and on 32-bit machines the addresses themselves: they are
 * never given up for others, as an ordinary buffer's room is.
 *
 * Context: May sleep if @_max is more than a page.
 * Return: Memory to be given back with kvfree(), or NULL, also if @_max is less
 *	than @_size.
 */
#define kvmalloc_growable_node_align(_size, _max, _align, _flags, _node) \
	alloc_hooks(kvmalloc_growable_node_align_noprof(_size, _max, _align, \
							_flags, _node))

/**
 * kvmalloc_growable() - Allocate memory that grows where it is.
 * @_size: Bytes wanted now.
 * @_max: Bytes that it may grow to.
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
 * @_size: Bytes wanted.  0 frees @_p and gives %ZERO_SIZE_PTR, whatever its
 *	backing was.
 * @_align: As for kvmalloc_node_align().  Memory that lacks it is moved.
 * @_flags: As for kvmalloc_node_align().  %__GFP_ZERO clears what is beyond
 *	the old size.  Slab does not know that size to the byte: every call
 *	since the memory was allocated must have had the flag.
 * @_nid: Node for memory that has to move; with %__GFP_THISNODE memory on
 *	another node is moved.
 *
 * The contents up to the smaller of both sizes are kept.  Memory that has room
 * stays where it is, vmalloc memory stays vmalloc memory.  That grows without
 * being copied: into its room, or by mapping its pages again where there is
 * more.  A vmalloc area that shrinks gives the pages back that it does not need
 * any more, and keeps its addresses.  Must not run concurrently with another
 * kvrealloc() or kvfree() of the same memory.
 *
 * Context: As kvmalloc_node_align().
 * Return: The memory, which may have moved; or NULL, and then @_p is as it was
 *	and still to be freed, which is why "p = kvrealloc(p, ...)" is wrong.
 */
#define kvrealloc_node_align(_p, _size, _align, _flags, _nid)		\
	alloc_hooks(kvrealloc_node_align_noprof(_p,			\
		PASS_TOKEN_PARAMS(_size, __kmalloc_token(_size)),	\
		_align, _flags, _nid))

/**
 * kvrealloc_node() - Resize memory of either backing, on a node.
 * @_p: Memory, NULL or %ZERO_SIZE_PTR.
 * @_size: Bytes wanted.
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
 * @_size: Bytes wanted.
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
 * Return: As kvrealloc_node_align(); NULL, with @_p as it was, also when the
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
 * @_size: Bytes wanted.
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
 * Says that @p is about to be freed, by whoever frees memory that may be of this
 * family with something else than kvfree(): the graft has kvfree_rcu() say it.
 */
static __always_inline void kvmalloc_note_free(const void *p)
{
#ifdef CONFIG_KVMALLOC_STATS
	if (kvmalloc_is_hooked())
		kvmalloc_count_freed(p);
#endif
}

struct vmap_area;

/* Hardened usercopy's question, which the graft has it ask. */
void kvmalloc_check_usercopy(const struct vmap_area *va, unsigned long addr,
			     unsigned long n, bool to_user);

/* "void *p __free(kvfree) = kvmalloc(...);": freed when p leaves its scope */
DEFINE_FREE(kvfree, void *, IS_ERR_OR_NULL(_T) ? (void)0 : kvfree(_T))
DEFINE_FREE(kvfree_atomic, void *,
	    IS_ERR_OR_NULL(_T) ? (void)0 : kvfree_atomic(_T))

#endif /* _LINUX_KVMALLOC_H */
