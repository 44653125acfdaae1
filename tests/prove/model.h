/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of slab, of vmalloc and of the calling context, around the real
 * mm/util.c.
 *
 * Addresses are numbers, chosen freely on the right side of vmalloc's range, so
 * only their types bound sizes, addresses and alignments.  At most two pieces of
 * memory exist: the caller's old one and the new one.  The model keeps a single
 * byte of the contents of each, at the index @watched, which the solver chooses
 * before the call.  A proof for this byte is a proof for every byte.
 *
 * The stubs guarantee no more than the real allocators do, and mostly less.  Slab
 * may fail, unless an object that is resized fits and is in the right place.  It
 * aligns to ARCH_KMALLOC_MINALIGN or to the largest power of two that divides the
 * size.  Memory that is not zeroed contains any bytes.  The stubs check every
 * pointer and length that they are passed.  All copies in mm/util.c are from the
 * beginning of one piece of memory to the beginning of the other, so the model
 * reports any other copy as an error.
 */
#ifndef PROVE_MODEL_H
#define PROVE_MODEL_H

#include "util.c"

/* CBMC's own checks are for mm/util.c, not for the model. */
#pragma CPROVER check push
#pragma CPROVER check disable "pointer"

/* tests/prove/properties.py has a sentence for each property. */
#define ASSUME(condition)	__CPROVER_assume(condition)
/*
 * HAPPENS() names a situation that must be reachable, so that no proof is vacuous:
 * with SHOW_THAT_IT_HAPPENS each of these assertions has to fail.
 */
#ifdef SHOW_THAT_IT_HAPPENS
#define PROVE(name, condition)
#define HAPPENS(condition)	__CPROVER_assert(!(condition), "happens")
#else
#define PROVE(name, condition)	__CPROVER_assert(condition, #name)
#define HAPPENS(condition)
#endif

#define IMPLIES(a, b)		(!(a) || (b))

/* To CBMC the result of a function with such a name is any value. */
size_t nondet_size(void);
unsigned long nondet_ulong(void);
unsigned int nondet_uint(void);
int nondet_int(void);
unsigned char nondet_byte(void);
void *nondet_pointer(void);

void *const model_caller = (void *)0x7ca11e4;
unsigned int warnings;
int kasan_disabled;
bool init_on_alloc;
unsigned long vmalloc_start, vmalloc_end;

/**
 * struct memory - A piece of memory.
 * @live: Allocated and not freed.
 * @vmalloced: Its backing is vmalloc.
 * @ptr: Its address with KASAN's tag.
 * @addr: Its address without the tag.
 * @size: The size that the caller of the family requested.
 * @contents: Bytes that slab takes for contents: the size that slab was called
 *	with if slub records it, otherwise @room.  Bytes of slab memory behind them
 *	are a redzone or leftovers of an earlier owner.
 * @room: Bytes of the object or of the pages.  Bytes behind @size may be read
 *	while KASAN is disabled.
 * @byte: The contents at the index @watched.
 * @counted: Bytes that the statistics count as live for it (CONFIG_KVMALLOC_STATS).
 * @reserved: The result of vmalloc_room().
 */
struct memory {
	bool live;
	bool vmalloced;
	void *ptr;
	unsigned long addr;
	size_t size;
	size_t contents;
	size_t room;
	unsigned char byte;
	size_t counted;
	size_t reserved;
};

static struct memory old, new;
static size_t watched;
/* @freed_here and @copies count calls of mm/util.c, @frees also slab's own. */
static unsigned int frees, freed_here, sleeping_frees, copies;
static size_t copied;
static bool fuzzed, fuzz_called;

/* slub records the sizes of objects (slab_debug=U). */
static bool recorded;
/* KASAN knows that the old slab object was freed already. */
static bool already_freed;

/**
 * struct request - The last call of an allocator.
 * @calls: Number of calls.
 * @max: Bytes to reserve, for functions with such a parameter.
 * @caller_known: @caller was passed.
 * @result: The result of the last call.
 */
struct request {
	unsigned int calls;
	size_t size;
	size_t max;
	unsigned long align;
	gfp_t flags;
	int node;
	unsigned long caller;
	bool caller_known;
	void *result;
};

/*
 * @vmalloc is the last call of vmalloc_try_huge() or __vmalloc_node_range(); the
 * names of the others are those of functions in mm/vrealloc.c.
 */
static struct request slab, vmalloc;
static struct request with_room, resize, vrealloc;
static bool huge_allowed;

/*
 * A harness may fix an answer: CBMC solves several formulas of one case each much
 * faster than one formula of all cases.
 */
static bool slab_has_none, vmalloc_has_none;
static bool only_remapping_helps, only_copying_helps, user_may_map;

static kmem_buckets *slab_buckets;

/*
 * The context of the call.  any_context() builds preempt_count() from it, and the
 * functions below decide by it what the contexts table of <linux/kvmalloc.h>
 * allows.
 */
unsigned int model_preempt_count, model_softirq_disable_cnt;
bool model_irqs_disabled;
enum system_states system_state;

static struct {
	bool nmi;
	/* Softirq, hardirq or NMI. */
	bool interrupt;
	bool bh_off;
	/* Preemption or interrupts are disabled, as far as the kernel knows. */
	bool atomic;
} context;

/* The machine boots, suspends or stops. */
static bool boots_or_stops(void)
{
	return system_state == SYSTEM_BOOTING || system_state > SYSTEM_RUNNING;
}

static bool may_sleep_here(void)
{
	/* Interrupts are off then for code that may sleep. */
	if (boots_or_stops())
		return !context.interrupt && !context.bh_off;

	return !context.interrupt && !context.bh_off && !context.atomic;
}

/*
 * vmalloc's locks are for tasks that hold no lock which an interrupt waits for; with
 * PREEMPT_RT they sleep.
 */
static bool may_lock_here(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return !context.interrupt && !context.atomic;

	return !context.interrupt && !context.bh_off && !model_irqs_disabled;
}

static bool may_block(gfp_t flags)
{
	return flags & __GFP_DIRECT_RECLAIM;
}

/*
 * Flags that may sleep, in a context that may not.  Without an MMU kmalloc()
 * decides about them.
 */
static bool wrong_context(gfp_t flags)
{
	return IS_ENABLED(CONFIG_MMU) && may_block(flags) && !may_sleep_here();
}

static bool may_enter_vmalloc(gfp_t flags)
{
	if (!IS_ENABLED(CONFIG_MMU))
		return true;

	return may_block(flags) ? may_sleep_here() : may_lock_here();
}

/* vmalloc() of this kernel takes the flags. */
static bool vmalloc_takes(gfp_t flags)
{
	return may_block(flags) ||
	       IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK);
}

/* Flags of the page allocator that vmalloc does not support. */
#define NOT_FOR_VMALLOC							\
	(__GFP_COMP | __GFP_MOVABLE | __GFP_RECLAIMABLE | __GFP_WRITE |	\
	 __GFP_ZEROTAGS | __GFP_SKIP_ZERO | __GFP_NO_OBJ_EXT)

/* The flags that vmalloc gets.  Its NOFAIL sleeps. */
static gfp_t for_vmalloc(gfp_t flags)
{
	flags &= ~NOT_FOR_VMALLOC;
	return may_block(flags) ? flags : flags & ~__GFP_NOFAIL;
}

/* The request to the family. */
static struct {
	size_t size;
	unsigned long align;
	gfp_t flags;
	int node;
	kmem_buckets *buckets;
} want;

static unsigned long untagged(const void *p)
{
	return (unsigned long)kasan_reset_tag(p);
}

static bool overlap(const struct memory *m, unsigned long addr, size_t room)
{
	return m->live && addr < m->addr + m->room && m->addr < addr + room;
}

/*
 * Choose the address of @m: aligned, neither NULL nor an error, outside of all
 * other memory and on the right side of vmalloc's range.  Without an MMU there is
 * no such range.
 */
static void place(struct memory *m, bool vmalloced, size_t size, size_t room,
		  unsigned long align)
{
	unsigned long addr = nondet_ulong();

	ASSUME(IS_ALIGNED(addr, align));
	ASSUME(addr >= PAGE_SIZE && addr < -PAGE_SIZE);
	ASSUME(room >= size && room <= -PAGE_SIZE - addr);
	if (!IS_ENABLED(CONFIG_MMU))
		ASSUME(!vmalloced);
	else if (vmalloced)
		ASSUME(addr >= vmalloc_start && addr < vmalloc_end &&
		       room <= vmalloc_end - addr);
	else if (addr < vmalloc_start)
		ASSUME(addr + room <= vmalloc_start);
	else
		ASSUME(addr >= vmalloc_end);
	ASSUME(!overlap(&old, addr, room));
	/* This follows, as neither is empty, but it saves the solver time. */
	ASSUME(!old.live || addr != old.addr);

	/*
	 * CBMC keeps an object's number in the high bits of a pointer and does
	 * not carry into them.  On 64 bits all of them are ones in a kernel
	 * address.  On 32 bits no memory crosses a multiple of 128 MiB.
	 */
	ASSUME(addr >> CONFIG_OFFSET_BITS ==
	       (addr + room - 1) >> CONFIG_OFFSET_BITS);
	if (sizeof(addr) == 8)
		ASSUME(addr >> 56 == 0xff);
	m->ptr = (void *)addr;
#ifdef CONFIG_KASAN_SW_TAGS
	/* The bit below the tag separates kernel addresses from user addresses. */
	ASSUME(addr >> 55 == 0x1ff);
	m->ptr = (void *)(addr ^ nondet_ulong() << 56);
	/* This follows, but it saves the solver time. */
	ASSUME(untagged(m->ptr) == addr);
#endif
	m->addr = addr;
	m->live = true;
	m->vmalloced = vmalloced;
	m->size = size;
	m->contents = size;
	m->room = room;
}

/* The memory that has the byte at @addr. */
static struct memory *memory_at(unsigned long addr)
{
	if (old.live && addr >= old.addr && addr - old.addr < old.room)
		return &old;
	if (new.live && addr >= new.addr && addr - new.addr < new.room)
		return &new;
	return NULL;
}

/* The memory that begins at @addr. */
static struct memory *memory_from(unsigned long addr)
{
	if (old.live && addr == old.addr)
		return &old;
	if (new.live && addr == new.addr)
		return &new;
	return NULL;
}

/* The memory whose address is @p, tag included. */
static struct memory *memory_of(const void *p)
{
	if (old.live && p == old.ptr)
		return &old;
	if (new.live && p == new.ptr)
		return &new;
	return NULL;
}

/*
 * Slab.
 */

static size_t natural_alignment(size_t size)
{
	size_t largest = size & -size;

	return largest > ARCH_KMALLOC_MINALIGN ? largest : ARCH_KMALLOC_MINALIGN;
}

static void record_slab_call(size_t size, unsigned long align, gfp_t flags,
			     int node)
{
	slab.calls++;
	slab.size = size;
	slab.align = align;
	slab.flags = flags;
	slab.node = node;
	slab.caller_known = false;
	slab.result = NULL;
	PROVE(slab_can_serve, size <= KMALLOC_MAX_SIZE);
}

/* Without a record slab zeroes the whole object, otherwise the requested size. */
static void *object_from_slab(size_t size, gfp_t flags)
{
	size_t room = nondet_size();

	ASSUME(room <= KMALLOC_MAX_SIZE);
	place(&new, false, size, room, natural_alignment(size));
	if (!recorded)
		new.contents = room;
	new.byte = nondet_byte();
	if (want_init_on_alloc(flags) && watched < new.contents)
		new.byte = 0;
	return new.ptr;
}

static void *serve_from_slab(size_t size, gfp_t flags)
{
	slab.result = object_from_slab(size, flags);
	return slab.result;
}

static void *model_kmalloc(size_t size, gfp_t flags, int node)
{
	record_slab_call(size, 1, flags, node);
	if (!size) {
		slab.result = ZERO_SIZE_PTR;
		return ZERO_SIZE_PTR;
	}
	if (slab_has_none || size > KMALLOC_MAX_SIZE || nondet_bool())
		return NULL;

	return serve_from_slab(size, flags);
}

void *__kmalloc_node_track_caller_noprof(DECL_KMALLOC_PARAMS(size, b, token),
					 gfp_t flags, int node,
					 unsigned long caller)
{
	void *p = model_kmalloc(size, flags, node);

	slab.caller = caller;
	slab.caller_known = true;
#ifdef CONFIG_SLAB_BUCKETS
	slab_buckets = b;
#endif
#ifdef CONFIG_KMALLOC_PARTITION
	PROVE(token_kept, token.v == MODEL_TOKEN);
#endif
	return p;
}

/* kmalloc() itself, which has no parameters for a caller and for buckets. */
#ifdef KERNEL_HAS_TOKENS
void *_kmalloc_noprof(size_t size, gfp_t flags, kmalloc_token_t token)
{
#ifdef CONFIG_KMALLOC_PARTITION
	PROVE(token_kept, token.v == MODEL_TOKEN);
#endif
	return model_kmalloc(size, flags, NUMA_NO_NODE);
}

void *_kmalloc_node_noprof(size_t size, gfp_t flags, int node,
			   kmalloc_token_t token)
{
#ifdef CONFIG_KMALLOC_PARTITION
	PROVE(token_kept, token.v == MODEL_TOKEN);
#endif
	return model_kmalloc(size, flags, node);
}
#else
void *kmalloc_noprof(size_t size, gfp_t flags)
{
	return model_kmalloc(size, flags, NUMA_NO_NODE);
}

void *kmalloc_node_noprof(size_t size, gfp_t flags, int node)
{
	return model_kmalloc(size, flags, node);
}
#endif

static void model_free(struct memory *m)
{
	PROVE(counts_are_exact,
	      IMPLIES(kvmalloc_is_hooked(), !m->counted));
	m->live = false;
	frees++;
}

static int old_node;

static bool old_is_well_placed(unsigned long align, gfp_t flags, int node)
{
	return IS_ALIGNED(old.addr, align) &&
	       (!(flags & __GFP_THISNODE) || node == NUMA_NO_NODE ||
		node == old_node);
}

/* The effect of krealloc() on the byte of an object that stays. */
static void resize_object(size_t size, gfp_t flags)
{
	bool init = want_init_on_alloc(flags);

	if (!recorded) {
		if (init && watched >= size)
			old.byte = 0;
	} else if (watched >= size) {
		/* The redzone, or cleared. */
		old.byte = nondet_byte();
	} else if (init && watched >= old.contents) {
		old.byte = 0;
	}
	old.size = size;
	if (recorded)
		old.contents = size;
}

/*
 * An object that fits and is in the right place stays there, which cannot fail.
 * Any other object moves.
 */
void *krealloc_node_align_noprof(const void *p, DECL_TOKEN_PARAMS(size, token),
				 unsigned long align, gfp_t flags, int nid)
{
	record_slab_call(size, align, flags, nid);
#ifdef CONFIG_KMALLOC_PARTITION
	PROVE(token_kept, token.v == MODEL_TOKEN);
#endif
	PROVE(right_allocator, size && p == old.ptr && old.live &&
	      !old.vmalloced);
	if (already_freed)
		return NULL;
	if (size <= old.room && old_is_well_placed(align, flags, nid)) {
		/* The harness in which slab has no memory covers the other case. */
		ASSUME(!slab_has_none);
		resize_object(size, flags);
		slab.result = old.ptr;
		return old.ptr;
	}
	if (slab_has_none || size > KMALLOC_MAX_SIZE || nondet_bool())
		return NULL;

	serve_from_slab(size, flags);
	if (watched < size && watched < old.contents)
		new.byte = old.byte;
	model_free(&old);
	return new.ptr;
}

/*
 * realloc_slab() begins with this call, and realloc_vmalloc() with vmalloc_resize().
 * Each is proven to be called for its own memory only.  The harness fixes the
 * backing, so CBMC drops what comes after the other call from the formula.
 */
size_t slab_usable_size(const void *p)
{
	PROVE(right_allocator, p == old.ptr && old.live && !old.vmalloced);
	ASSUME(!old.vmalloced);
	return already_freed ? 0 : old.room;
}

size_t slab_contents_size(const void *p)
{
	PROVE(right_allocator, p == old.ptr && old.live && !old.vmalloced &&
	      !already_freed);
	return old.contents;
}

static struct page {
	int node;
} first_page;

struct page *virt_to_page(const void *p)
{
	PROVE(right_allocator, p == old.ptr && old.live && !old.vmalloced);
	return &first_page;
}

int page_to_nid(const struct page *page)
{
	return old_node;
}

void kfree(const void *p)
{
	struct memory *m;

	if (ZERO_OR_NULL_PTR(p))
		return;

	m = memory_of(p);
	PROVE(one_matching_free, m && !m->vmalloced);
	freed_here++;
	if (m)
		model_free(m);
}

/*
 * vmalloc.
 */

static struct vm_struct area;
static bool area_is_known;

static void record_call(struct request *request, size_t size, size_t max,
			unsigned long align, gfp_t flags, int node,
			const void *caller)
{
	request->calls++;
	request->size = size;
	request->max = max;
	request->align = align;
	request->flags = flags;
	request->node = node;
	request->caller = (unsigned long)caller;
	request->caller_known = true;
	request->result = NULL;
}

/* Place the new memory of @size bytes in pages of its own. */
static void *new_area(size_t size, unsigned long align, gfp_t flags)
{
	place(&new, true, size, PAGE_ALIGN(size),
	      align > PAGE_SIZE ? align : PAGE_SIZE);
	new.byte = want_init_on_alloc(flags) ? 0 : nondet_byte();
	return new.ptr;
}

#ifdef CONFIG_MMU
static void *model_vmalloc(size_t size, unsigned long align, gfp_t flags,
			   int node, const void *caller, bool huge)
{
	PROVE(vmalloc_context, may_enter_vmalloc(flags));
	record_call(&vmalloc, size, 0, align, flags, node, caller);
	huge_allowed = huge;
	PROVE(fallback_is_plain, size && is_power_of_2(align));
	if (vmalloc_has_none || nondet_bool())
		return NULL;

	vmalloc.result = new_area(size, align, flags);
	return vmalloc.result;
}

void *__vmalloc_node_range_noprof(size_t size, unsigned long align,
				  unsigned long start, unsigned long end,
				  gfp_t flags, unsigned long prot,
				  unsigned long vm_flags, int node,
				  const void *caller)
{
	PROVE(fallback_is_plain, start == vmalloc_start && end == vmalloc_end &&
	      prot == PAGE_KERNEL && !vm_flags);
	return model_vmalloc(size, align, flags, node, caller, false);
}

void *vmalloc_try_huge(size_t size, unsigned long align, gfp_t flags, int node,
		       const void *caller)
{
	return model_vmalloc(size, align, flags, node, caller, true);
}

/* Allocate @size bytes, with addresses for @max bytes if @max is not 0. */
void *vmalloc_with_room(size_t size, size_t max, unsigned long align,
			gfp_t flags, unsigned long vm_flags, int nid,
			const void *caller)
{
	PROVE(vmalloc_context, may_enter_vmalloc(flags));
	PROVE(room_requested_well, !vmalloc.calls && !with_room.calls);
	record_call(&with_room, size, max, align, flags, nid, caller);
	PROVE(room_requested_well, size && is_power_of_2(align) &&
	      may_block(flags) && (!max || max >= size) &&
	      vm_flags == VM_ALLOW_HUGE_VMAP);
	if (vmalloc_has_none || nondet_bool())
		return NULL;

	with_room.result = new_area(size, align, flags);
	return with_room.result;
}
#else
/* kmalloc() with these flags: slab memory, and slab's alignment. */
void *__vmalloc_noprof(unsigned long size, gfp_t flags)
{
	record_call(&vmalloc, size, 0, 1, flags, NUMA_NO_NODE, NULL);
	vmalloc.caller_known = false;
	if (vmalloc_has_none || size > KMALLOC_MAX_SIZE || nondet_bool())
		return NULL;

	vmalloc.result = object_from_slab(size, flags);
	return vmalloc.result;
}
#endif

struct vm_struct *find_vm_area(const void *p)
{
	PROVE(vmalloc_context, may_enter_vmalloc(resize.flags));
	/*
	 * Only memory that has to be copied is looked up.  The harness fixes that,
	 * so CBMC drops what comes after this call from all other formulas.
	 */
	if (!only_copying_helps) {
		PROVE(resize_is_final, false);
		ASSUME(false);
	}
	return area_is_known && untagged(p) == old.addr && old.live ? &area : NULL;
}

#ifdef CONFIG_MMU
/*
 * Resize the area in place, or by mapping its pages elsewhere; fail for lack of
 * memory; or return that only copying helps.  An address without an area is
 * refused with a warning.
 */
void *vmalloc_resize(const void *p, size_t size, unsigned long align,
		     gfp_t flags, unsigned long vm_flags, int nid,
		     const void *caller, enum kvmalloc_how *how)
{
	struct memory *m = &old;
	size_t old_size = old.size;

	PROVE(resize_requested_well, !vmalloc.calls && !with_room.calls);
	record_call(&resize, size, 0, align, flags, nid, caller);
	PROVE(right_allocator, p == old.ptr && old.live && old.vmalloced);
	ASSUME(old.vmalloced);
	PROVE(resize_requested_well, size && is_power_of_2(align) &&
	      vm_flags == VM_ALLOW_HUGE_VMAP);
	if (!kvmalloc_context_allows(flags))
		return NULL;
	if (!area_is_known) {
		ASSUME(!only_copying_helps && !only_remapping_helps);
		return NULL;
	}
	if (only_copying_helps) {
		ASSUME(user_may_map == !!(area.flags & VM_USERMAP));
		resize.result = ERR_PTR(-EOPNOTSUPP);
		return resize.result;
	}
	/*
	 * An area in the wrong place has to be copied.  With flags that may not
	 * sleep the same is true for an area that grows, unless it is growable
	 * memory, which fails to grow.
	 */
	ASSUME(old_is_well_placed(align, flags, nid));
	if (size > old.room && !may_block(flags))
		return NULL;
	if (size > old.room && !only_remapping_helps &&
	    (size > vmalloc_end - old.addr || nondet_bool()))
		return NULL;

	*how = KVMALLOC_IN_PLACE;
	if (only_remapping_helps) {
		*how = KVMALLOC_REMAPPED;
		m = &new;
		place(m, true, size, PAGE_ALIGN(size),
		      align > PAGE_SIZE ? align : PAGE_SIZE);
		m->byte = old.byte;
		model_free(&old);
	}
	if (watched >= old_size)
		m->byte = want_init_on_alloc(flags) ? 0 : nondet_byte();
	m->size = size;
	m->contents = size;
	m->room = PAGE_ALIGN(size);
	area.requested_size = size;
	resize.result = m->ptr;
	return m->ptr;
}
#endif

/*
 * Copy memory that user space may map to an area like it, and free the old one.
 * vrealloc() checks the flags and the context itself, with the functions that
 * mm/util.c has for both.
 */
void *vrealloc_node_align_noprof(const void *p, size_t size,
				 unsigned long align, gfp_t flags, int nid)
{
	record_call(&vrealloc, size, 0, align, flags, nid, NULL);
	PROVE(right_allocator, p == old.ptr && old.live && old.vmalloced);
	if (!kvmalloc_may_vmalloc(flags))
		return NULL;

	PROVE(vmalloc_context, may_enter_vmalloc(flags));
	PROVE(fallback_only_if_possible, vmalloc_takes(flags));
	if (!user_may_map || nondet_bool())
		return NULL;

	place(&new, true, size, PAGE_ALIGN(size),
	      align > PAGE_SIZE ? align : PAGE_SIZE);
	new.byte = watched < old.size ? old.byte : 0;
	kvmalloc_free_replaced(p, flags);
	vrealloc.result = new.ptr;
	return new.ptr;
}

#ifdef CONFIG_MMU
size_t vmalloc_requested_size(const void *p)
{
	PROVE(right_allocator, p == old.ptr && old.live && old.vmalloced);
	return area_is_known && may_lock_here() ? area.requested_size : 0;
}

size_t vmalloc_room(const void *p)
{
	PROVE(vmalloc_context, may_lock_here());
	PROVE(right_allocator, p == old.ptr && old.live && old.vmalloced);
	return old.reserved;
}
#endif

void vfree_atomic(const void *p)
{
	struct memory *m;

	if (!p)
		return;

	m = memory_of(p);
	PROVE(one_matching_free, m && m->vmalloced);
	PROVE(vmalloc_context, !context.nmi);
	freed_here++;
	if (m)
		model_free(m);
}

void vfree(const void *p)
{
	sleeping_frees++;
	vfree_atomic(p);
}

/*
 * Memory.
 */

void *memcpy(void *to, const void *from, size_t n)
{
	struct memory *d = memory_from(untagged(to));
	struct memory *s = memory_from(untagged(from));

	copies++;
	copied = n;
	PROVE(copy_in_bounds, d && s && d != s);
	if (!d || !s)
		return to;

	PROVE(copy_in_bounds, n <= d->size);
	PROVE(copy_in_bounds, n <= s->size ||
	      (kasan_disabled > 0 && !s->vmalloced && n <= s->room));
	if (watched < n)
		d->byte = s->byte;
	return to;
}

static bool cleared_at_start;
static size_t cleared;

void *memset(void *to, int byte, size_t n)
{
	struct memory *m = memory_at(untagged(to));
	size_t start;

	PROVE(clear_in_bounds, m);
	if (!m)
		return to;

	start = untagged(to) - m->addr;
	PROVE(clear_in_bounds, start <= m->size && n <= m->size - start);
	if (watched >= start && watched - start < n)
		m->byte = byte;
	return to;
}

void memzero_explicit(void *to, size_t n)
{
	cleared = n;
	cleared_at_start = untagged(to) == old.addr && !frees;
	memset(to, 0, n);
}

/* bytes.c proves the strings. */
size_t strlen(const char *s)
{
	PROVE(copy_in_bounds, false);
	return 0;
}

/* The product and its overflow, as the harness chose them. */
static size_t factor[2], product;
static bool product_overflows;

bool model_mul_overflow(size_t a, size_t b, size_t *result)
{
	PROVE(array_is_multiplied, (a == factor[0] && b == factor[1]) ||
	      (a == factor[1] && b == factor[0]));
	*result = product;
	return product_overflows;
}

/*
 * Statistics and fault injection.
 */

#ifdef CONFIG_KVMALLOC_HOOKS
struct static_key kvmalloc_hooked;
#endif

#ifdef CONFIG_KVMALLOC_STATS
static unsigned int counted_failures;

void kvmalloc_count_served(const void *p, size_t size)
{
	struct memory *m = memory_of(p);

	PROVE(counts_are_exact, m && !m->counted);
	if (m)
		m->counted = size;
}

static unsigned int counted_resizes;
static enum kvmalloc_how counted_how;

void kvmalloc_count_resize(enum kvmalloc_how how)
{
	counted_resizes++;
	counted_how = how;
}

void kvmalloc_count_live(const void *p, size_t size)
{
	kvmalloc_count_served(p, size);
}

void kvmalloc_count_failed(size_t size)
{
	counted_failures++;
}

void kvmalloc_count_fallback(unsigned long call_site, size_t size, bool fuzz)
{
	PROVE(counts_are_exact, call_site == (unsigned long)model_caller &&
	      size == want.size && fuzz == fuzzed);
}

size_t kvmalloc_count_freed(const void *p)
{
	struct memory *m = memory_of(p);
	size_t counted = 0;

	if (m) {
		counted = m->counted;
		m->counted = 0;
	}
	return counted;
}
#endif

#ifdef CONFIG_KVMALLOC_FUZZ
struct fault_attr kvmalloc_fuzz_attr;

bool kvmalloc_fuzz_request(size_t size, gfp_t flags)
{
	fuzz_called = true;
	fuzzed = nondet_bool() && may_block(flags);
	return fuzzed;
}
#endif

/*
 * The state before the call.
 */

static void any_context(void)
{
	/* Nesting levels. */
	unsigned int preempt = nondet_byte(), bh = nondet_byte(), hard = nondet_byte();
	unsigned int nmi = nondet_byte(), softirq;
	bool serving = nondet_bool();

	ASSUME(bh < 0x80 && hard < 0x10 && nmi < 0x10);
	/* Without the option preempt_disable() and spin_lock() are not counted. */
	ASSUME(IS_ENABLED(CONFIG_PREEMPT_COUNT) || !preempt);
	model_irqs_disabled = nondet_bool();
	system_state = nondet_uint();
	ASSUME(system_state <= SYSTEM_SUSPEND);

	context.nmi = nmi;
	context.interrupt = nmi || hard || serving;
	context.bh_off = bh;
	context.atomic = preempt || model_irqs_disabled;

	softirq = (bh << 1 | serving) << SOFTIRQ_SHIFT;
	model_preempt_count = preempt << PREEMPT_SHIFT | hard << HARDIRQ_SHIFT |
			      nmi << NMI_SHIFT;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		model_softirq_disable_cnt = softirq;
	else
		model_preempt_count |= softirq;
}

static void any_world(void)
{
	vmalloc_start = nondet_ulong();
	vmalloc_end = nondet_ulong();
	ASSUME(IS_ALIGNED(vmalloc_start, PAGE_SIZE) && vmalloc_start);
	ASSUME(IS_ALIGNED(vmalloc_end, PAGE_SIZE));
	ASSUME(vmalloc_start < vmalloc_end);
	if (sizeof(vmalloc_start) == 8)
		ASSUME(vmalloc_start >> 56 == 0xff);
	init_on_alloc = nondet_bool();
	watched = nondet_size();
#ifdef CONFIG_KVMALLOC_HOOKS
	kvmalloc_hooked.on = nondet_bool();
#endif
#ifdef CONFIG_KVMALLOC_FUZZ
	kvmalloc_fuzz_attr.probability = nondet_ulong();
#endif
	any_context();
	recorded = nondet_bool();
	want.size = nondet_size();
	want.align = nondet_ulong();
	want.flags = nondet_uint();
	ASSUME(!(want.flags & ~__GFP_BITS_MASK));
	want.node = nondet_int();
}

static void count_old(void)
{
#ifdef CONFIG_KVMALLOC_STATS
	/* Memory that was allocated before counting began is not counted. */
	old.counted = kvmalloc_hooked.on && nondet_bool() ? old.size : 0;
#endif
}

/*
 * __GFP_ZERO demands that every call for this memory had the flag: then slab and
 * mm/util.c cleared what slab takes for contents.  A redzone contains any bytes.
 */
static void old_slab_memory(void)
{
	size_t size = nondet_size(), room = nondet_size();

	ASSUME(size && room <= KMALLOC_MAX_SIZE);
	place(&old, false, size, room, ARCH_KMALLOC_MINALIGN);
	/* Slab was called with a padded size. */
	old.contents = recorded ? nondet_size() : room;
	ASSUME(old.contents >= size && old.contents <= room);
	old.byte = nondet_byte();
	if (want_init_on_alloc(want.flags))
		ASSUME(watched < size || watched >= old.contents || !old.byte);
	old_node = nondet_int();
	ASSUME(old_node >= 0);
	count_old();
}

/*
 * The last page contains any bytes beyond the size.  Without an MMU vmalloc()
 * memory is slab memory.
 */
static void old_vmalloc_memory(void)
{
	size_t size = nondet_size(), pages = nondet_uint();

	if (!IS_ENABLED(CONFIG_MMU)) {
		old_slab_memory();
		return;
	}
	ASSUME(size && pages <= ULONG_MAX >> PAGE_SHIFT);
	place(&old, true, size, pages << PAGE_SHIFT, PAGE_SIZE);
	area.requested_size = size;
	area.flags = nondet_ulong();
	area_is_known = nondet_bool();
	old.reserved = nondet_size();
	old_node = nondet_int();
	ASSUME(old_node >= 0);
	old.byte = nondet_byte();
	count_old();
}

#endif
