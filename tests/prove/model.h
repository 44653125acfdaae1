/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The real mm/util.c between a caller who may ask for anything and allocators
 * that may give any answer that they are allowed to give.
 *
 * Addresses are numbers that are chosen freely, on the right side of vmalloc's
 * range, so sizes, addresses and alignments are not bounded by anything but
 * their types.  There are at most two pieces of memory, the caller's old one
 * and the one that is handed out.  Of the contents of each the model keeps a
 * single byte, at an index that is chosen before all else and never told: what
 * holds for it holds for every byte.
 *
 * The stubs promise no more than the real allocators do, and mostly less: slab
 * fails whenever it likes, unless what it resizes fits where it is, aligns to
 * nothing but ARCH_KMALLOC_MINALIGN and the largest power of two that divides
 * the size, and leaves anything in memory that is not to be cleared.  Every
 * pointer and every length that they are given is checked, so memcpy(),
 * memset() and the frees are checked there.  Copies are from the beginning to
 * the beginning of two pieces of memory: any other is taken for an error.
 */
#ifndef PROVE_MODEL_H
#define PROVE_MODEL_H

#include "util.c"

/* CBMC's own checks are for mm/util.c, not for what stands around it. */
#pragma CPROVER check push
#pragma CPROVER check disable "pointer"

/* tests/prove/properties.py says what each name stands for. */
#define ASSUME(condition)	__CPROVER_assume(condition)
/*
 * The other way round, so that nothing is proved of what cannot happen: with
 * SHOW_THAT_IT_HAPPENS each of these has to fail.
 */
#ifdef SHOW_THAT_IT_HAPPENS
#define PROVE(name, condition)
#define HAPPENS(condition)	__CPROVER_assert(!(condition), "happens")
#else
#define PROVE(name, condition)	__CPROVER_assert(condition, #name)
#define HAPPENS(condition)
#endif

#define IMPLIES(a, b)		(!(a) || (b))

/* CBMC takes a function of such a name for any value. */
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
 * @vmalloced: Which backing it has.
 * @ptr: As it was handed out, with KASAN's tag.
 * @addr: The same without.
 * @size: What the allocator was asked for.
 * @room: What there is.  Beyond @size it may be read while KASAN is disabled.
 * @byte: The contents at the index @watched.
 * @counted: Bytes that are counted as live for it (CONFIG_KVMALLOC_STATS).
 * @reserved: What vmalloc_room() says of it.
 */
struct memory {
	bool live;
	bool vmalloced;
	void *ptr;
	unsigned long addr;
	size_t size;
	size_t room;
	unsigned char byte;
	size_t counted;
	size_t reserved;
};

static struct memory old, new;
static size_t watched;
/* @freed_here are those that mm/util.c does itself, as are @copies. */
static unsigned int frees, freed_here, sleeping_frees, copies;
static size_t copied;
static bool fuzzed, fuzz_asked;

/*
 * How an allocator was asked; @gave is what it answered the last time.  @max is
 * for those who give room.
 */
struct question {
	unsigned int asked;
	size_t size;
	size_t max;
	unsigned long align;
	gfp_t flags;
	int node;
	unsigned long caller;
	bool caller_known;
	void *gave;
};

/*
 * @vmalloc is what it was asked last, @huge what it was asked for huge pages;
 * the others are what the functions of that name in mm/vrealloc.c were asked.
 */
static struct question slab, vmalloc, huge;
static struct question with_room, resize, vrealloc;

/*
 * A harness may settle an answer beforehand: formulas of one case each are
 * solved much faster than one of all cases.
 */
static bool slab_has_none, vmalloc_has_none;
static bool only_remapping_helps, only_copying_helps, user_may_map;

/* Whoever is told not to fail does not fail for ever: he has so many tries. */
#define TRIES	3
static unsigned int naps;

static kmem_buckets *slab_buckets;
static bool last_was_huge;

/* What is asked of the family. */
static struct {
	size_t size;
	unsigned long align;
	gfp_t flags;
	int node;
	kmem_buckets *buckets;
} want;

static bool may_block(gfp_t flags)
{
	return flags & __GFP_DIRECT_RECLAIM;
}

static bool can_fall_back(gfp_t flags)
{
	return may_block(flags) ||
	       IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK);
}

static unsigned long untagged(const void *p)
{
	return (unsigned long)kasan_reset_tag(p);
}

static bool overlap(const struct memory *m, unsigned long addr, size_t room)
{
	return m->live && addr < m->addr + m->room && m->addr < addr + room;
}

/*
 * Gives @m a place: aligned, neither NULL nor an error, outside of all other
 * memory and on the right side of vmalloc's range.
 */
static void place(struct memory *m, bool vmalloced, size_t size, size_t room,
		  unsigned long align)
{
	unsigned long addr = nondet_ulong();

	ASSUME(IS_ALIGNED(addr, align));
	ASSUME(addr >= PAGE_SIZE && addr < -PAGE_SIZE);
	ASSUME(room >= size && room <= -PAGE_SIZE - addr);
	if (vmalloced)
		ASSUME(addr >= vmalloc_start && addr < vmalloc_end &&
		       room <= vmalloc_end - addr);
	else if (addr < vmalloc_start)
		ASSUME(addr + room <= vmalloc_start);
	else
		ASSUME(addr >= vmalloc_end);
	ASSUME(!overlap(&old, addr, room));
	/* Neither is empty, so this follows; a solver may take long to see it. */
	ASSUME(!old.live || addr != old.addr);

	/*
	 * CBMC keeps an object's number in a pointer's high bits and does not
	 * carry into them.  On 64 bits the kernel is where they are all ones,
	 * on 32 bits this keeps memory from crossing a multiple of 128 MiB.
	 */
	ASSUME(addr >> CONFIG_OFFSET_BITS ==
	       (addr + room - 1) >> CONFIG_OFFSET_BITS);
	if (sizeof(addr) == 8)
		ASSUME(addr >> 56 == 0xff);
	m->ptr = (void *)addr;
#ifdef CONFIG_KASAN_SW_TAGS
	/* The bit below the tag tells the kernel's addresses from a user's. */
	ASSUME(addr >> 55 == 0x1ff);
	m->ptr = (void *)(addr ^ nondet_ulong() << 56);
#endif
	m->addr = addr;
	m->live = true;
	m->vmalloced = vmalloced;
	m->size = size;
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

/* The memory that was handed out as @p. */
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

static void ask_slab(size_t size, unsigned long align, gfp_t flags, int node)
{
	slab.asked++;
	slab.size = size;
	slab.align = align;
	slab.flags = flags;
	slab.node = node;
	slab.caller_known = false;
	slab.gave = NULL;
	PROVE(slab_can_serve, size <= KMALLOC_MAX_SIZE);
}

static void *serve_from_slab(size_t size, gfp_t flags)
{
	size_t room = nondet_size();

	ASSUME(room <= KMALLOC_MAX_SIZE);
	place(&new, false, size, room, natural_alignment(size));
	new.byte = want_init_on_alloc(flags) ? 0 : nondet_byte();
	slab.gave = new.ptr;
	return new.ptr;
}

static void *model_kmalloc(size_t size, gfp_t flags, int node)
{
	ask_slab(size, 1, flags, node);
	if (!size) {
		slab.gave = ZERO_SIZE_PTR;
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

/* kmalloc() itself, which knows its caller and has no buckets. */
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

/*
 * What fits where it is, in the right place, stays there, and nothing can fail.
 * Anything else moves.
 */
void *krealloc_node_align_noprof(const void *p, DECL_TOKEN_PARAMS(size, token),
				 unsigned long align, gfp_t flags, int nid)
{
	ask_slab(size, align, flags, nid);
#ifdef CONFIG_KMALLOC_PARTITION
	PROVE(token_kept, token.v == MODEL_TOKEN);
#endif
	PROVE(right_allocator, size && p == old.ptr && old.live &&
	      !old.vmalloced);
	if (size <= old.room && old_is_well_placed(align, flags, nid)) {
		/* A case of its own: then it is not so that it has none. */
		ASSUME(!slab_has_none);
		old.size = size;
		slab.gave = old.ptr;
		return old.ptr;
	}
	if (slab_has_none || size > KMALLOC_MAX_SIZE || nondet_bool())
		return NULL;

	serve_from_slab(size, flags);
	if (watched < size && watched < old.size)
		new.byte = old.byte;
	model_free(&old);
	return new.ptr;
}

size_t ksize(const void *p)
{
	PROVE(right_allocator, p == old.ptr && old.live && !old.vmalloced);
	return old.room;
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

static void ask(struct question *question, size_t size, size_t max,
		unsigned long align, gfp_t flags, int node, const void *caller)
{
	question->asked++;
	question->size = size;
	question->max = max;
	question->align = align;
	question->flags = flags;
	question->node = node;
	question->caller = (unsigned long)caller;
	question->caller_known = true;
	question->gave = NULL;
}

void *__vmalloc_node_range_noprof(size_t size, unsigned long align,
				  unsigned long start, unsigned long end,
				  gfp_t flags, unsigned long prot,
				  unsigned long vm_flags, int node,
				  const void *caller)
{
	PROVE(huge_first, !vmalloc.gave && !(vm_flags && vmalloc.asked));
	ask(&vmalloc, size, 0, align, flags, node, caller);
	last_was_huge = vm_flags;
	if (last_was_huge) {
		unsigned int asked = huge.asked + 1;

		huge = vmalloc;
		huge.asked = asked;
	}
	PROVE(fallback_is_plain, size && is_power_of_2(align) &&
	      start == vmalloc_start && end == vmalloc_end &&
	      prot == PAGE_KERNEL &&
	      !(vm_flags & ~VM_ALLOW_HUGE_VMAP));
	if (vmalloc_has_none || nondet_bool())
		return NULL;

	place(&new, true, size, PAGE_ALIGN(size),
	      align > PAGE_SIZE ? align : PAGE_SIZE);
	new.byte = want_init_on_alloc(flags) ? 0 : nondet_byte();
	vmalloc.gave = new.ptr;
	return new.ptr;
}

struct vm_struct *find_vm_area(const void *p)
{
	/* Unless it has to be copied nobody looks again: that case ends here. */
	if (resize.asked && !only_copying_helps) {
		PROVE(resize_is_final, false);
		ASSUME(false);
	}
	return area_is_known && untagged(p) == old.addr && old.live ? &area : NULL;
}

/* @max bytes of addresses, or more than @size, of which @size have pages. */
void *vmalloc_with_room(size_t size, size_t max, unsigned long align,
			gfp_t flags, unsigned long vm_flags, int nid,
			const void *caller)
{
	bool has_none = vmalloc_has_none || nondet_bool();

	if (with_room.asked == TRIES)
		ASSUME(false);
	if (with_room.asked == TRIES - 1)
		ASSUME(!has_none);
	PROVE(room_asked_well, !with_room.gave && !vmalloc.asked);
	ask(&with_room, size, max, align, flags, nid, caller);
	PROVE(room_asked_well, size && is_power_of_2(align) &&
	      may_block(flags) && (!max || max >= size) &&
	      vm_flags == VM_ALLOW_HUGE_VMAP);
	if (has_none)
		return NULL;

	place(&new, true, size, PAGE_ALIGN(size),
	      align > PAGE_SIZE ? align : PAGE_SIZE);
	new.byte = want_init_on_alloc(flags) ? 0 : nondet_byte();
	with_room.gave = new.ptr;
	return new.ptr;
}

/*
 * Does it, in place or by mapping the pages elsewhere; has no memory for it; or
 * says that only copying helps.  What is no area it refuses, with a warning.
 */
void *vmalloc_resize(const void *p, size_t size, unsigned long align,
		     gfp_t flags, unsigned long vm_flags, int nid,
		     const void *caller, enum kvmalloc_how *how)
{
	struct memory *m = &old;
	size_t old_size = old.size;

	PROVE(resize_asked_well, !vmalloc.asked && !with_room.asked);
	ask(&resize, size, 0, align, flags, nid, caller);
	PROVE(right_allocator, p == old.ptr && old.live && old.vmalloced);
	PROVE(resize_asked_well, size && is_power_of_2(align) &&
	      vm_flags == VM_ALLOW_HUGE_VMAP);
	if (!area_is_known) {
		ASSUME(!only_copying_helps && !only_remapping_helps);
		return NULL;
	}
	if (only_copying_helps) {
		ASSUME(user_may_map == !!(area.flags & VM_USERMAP));
		resize.gave = ERR_PTR(-EOPNOTSUPP);
		return resize.gave;
	}
	/* In the wrong place it would be copied. */
	ASSUME(old_is_well_placed(align, flags, nid));
	if (!only_remapping_helps && nondet_bool())
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
	m->room = PAGE_ALIGN(size);
	area.requested_size = size;
	resize.gave = m->ptr;
	return m->ptr;
}

/* Copies what user space may map to an area like it, and frees the old one. */
void *vrealloc_node_align_noprof(const void *p, size_t size,
				 unsigned long align, gfp_t flags, int nid)
{
	ask(&vrealloc, size, 0, align, flags, nid, NULL);
	PROVE(right_allocator, p == old.ptr && old.live && old.vmalloced);
	PROVE(fallback_only_if_possible, can_fall_back(flags));
	if (!user_may_map || nondet_bool())
		return NULL;

	place(&new, true, size, PAGE_ALIGN(size),
	      align > PAGE_SIZE ? align : PAGE_SIZE);
	new.byte = watched < old.size ? old.byte : 0;
	model_free(&old);
	vrealloc.gave = new.ptr;
	return new.ptr;
}

size_t vmalloc_room(const void *p)
{
	PROVE(right_allocator, p == old.ptr && old.live && old.vmalloced);
	return old.reserved;
}

/* How much memory the machine has does not change. */
static unsigned long pages_of_machine;

unsigned long totalram_pages(void)
{
	return pages_of_machine;
}

long schedule_timeout_uninterruptible(long timeout)
{
	naps++;
	return 0;
}

void vfree_atomic(const void *p)
{
	struct memory *m;

	if (!p)
		return;

	m = memory_of(p);
	PROVE(one_matching_free, m && m->vmalloced);
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

/* Strings are for bytes.c. */
size_t strlen(const char *s)
{
	PROVE(copy_in_bounds, false);
	return 0;
}

/* n * size, by what the harness chose; only these two are multiplied. */
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
 * Those who watch, and fault injection.
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
	fuzz_asked = true;
	fuzzed = nondet_bool() && may_block(flags);
	return fuzzed;
}
#endif

/*
 * The world before the call.
 */

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
	pages_of_machine = nondet_ulong();
	want.size = nondet_size();
	want.align = nondet_ulong();
	want.flags = nondet_uint();
	want.node = nondet_int();
}

static void count_old(void)
{
#ifdef CONFIG_KVMALLOC_STATS
	/* Memory from before counting began is not counted. */
	old.counted = kvmalloc_hooked.on && nondet_bool() ? old.size : 0;
#endif
}

/*
 * Under __GFP_ZERO what slab has beyond the size is zero: every call for this
 * memory had the flag, and slab cleared it.
 */
static void old_slab_memory(void)
{
	size_t size = nondet_size(), room = nondet_size();

	ASSUME(size && room <= KMALLOC_MAX_SIZE);
	place(&old, false, size, room, ARCH_KMALLOC_MINALIGN);
	old.byte = nondet_byte();
	if (want_init_on_alloc(want.flags))
		ASSUME(watched < size || watched >= room || !old.byte);
	old_node = nondet_int();
	ASSUME(old_node >= 0);
	count_old();
}

/* The last page may hold anything beyond the size. */
static void old_vmalloc_memory(void)
{
	size_t size = nondet_size(), pages = nondet_uint();

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
