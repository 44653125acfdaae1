// SPDX-License-Identifier: GPL-2.0
/*
 * The proofs about contents once more, on real memory: CBMC itself checks every
 * access, to each byte, to freed memory, and every free.  CBMC has a variable for
 * each byte, so a page has 16 bytes here and memory has at most 4 pages.
 * mm/util.c uses no other size of a page than PAGE_SIZE.
 */

#include "util.c"

#define PROVE(name, condition)	__CPROVER_assert(condition, #name)
#define ASSUME(condition)	__CPROVER_assume(condition)
#define IMPLIES(a, b)		(!(a) || (b))
#ifdef SHOW_THAT_IT_HAPPENS
#undef PROVE
#define PROVE(name, condition)
#define HAPPENS(condition)	__CPROVER_assert(!(condition), "happens")
#else
#define HAPPENS(condition)
#endif

#define MOST	(4 * PAGE_SIZE)

void *malloc(size_t size);
void free(void *p);

size_t nondet_size(void);
unsigned long nondet_ulong(void);
unsigned int nondet_uint(void);
int nondet_int(void);

void *const model_caller = (void *)0x7ca11e4;
unsigned int warnings;
int kasan_disabled;
bool init_on_alloc;
unsigned long vmalloc_start, vmalloc_end;

/* A task that may sleep. */
unsigned int model_preempt_count, model_softirq_disable_cnt;
bool model_irqs_disabled;
enum system_states system_state = SYSTEM_RUNNING;

static unsigned char *old;
/* Bytes that the caller requested, that slab takes for contents, and of the object. */
static size_t old_size, old_contents, old_room;
static bool recorded;
static bool old_vmalloced;
static struct vm_struct area;

/* CBMC chooses the addresses of memory, the harness those of vmalloc's range. */
static void *any_memory(size_t room, bool vmalloced)
{
	unsigned char *p = malloc(room);
	unsigned long addr = (unsigned long)p;

	ASSUME(p);
	ASSUME(vmalloced == (addr >= vmalloc_start && addr < vmalloc_end));
	return p;
}

static void *allocate(size_t size, gfp_t flags, bool vmalloced)
{
	void *p;

	if (nondet_bool())
		return NULL;

	p = any_memory(size, vmalloced);
	if (want_init_on_alloc(flags))
		memset(p, 0, size);
	return p;
}

void *__kmalloc_node_track_caller_noprof(DECL_KMALLOC_PARAMS(size, b, token),
					 gfp_t flags, int node,
					 unsigned long caller)
{
	return size ? allocate(size, flags, false) : ZERO_SIZE_PTR;
}

void *krealloc_node_align_noprof(const void *p, DECL_TOKEN_PARAMS(size, token),
				 unsigned long align, gfp_t flags, int nid)
{
	unsigned char *n;

	/* Without a record all bytes behind the size are cleared for later calls. */
	if (size <= old_room && nondet_bool()) {
		if (want_init_on_alloc(flags) && !recorded)
			memset(old + size, 0, old_room - size);
		else if (want_init_on_alloc(flags) && size > old_contents)
			memset(old + old_contents, 0, size - old_contents);
		return old;
	}

	n = allocate(size, flags, false);
	if (n) {
		memcpy(n, old, min(size, old_contents));
		free(old);
	}
	return n;
}

void *vmalloc_try_huge(size_t size, unsigned long align, gfp_t flags, int node,
		       const void *caller)
{
	return allocate(size, flags, true);
}

void *__vmalloc_node_range_noprof(size_t size, unsigned long align,
				  unsigned long start, unsigned long end,
				  gfp_t flags, unsigned long prot,
				  unsigned long vm_flags, int node,
				  const void *caller)
{
	return allocate(size, flags, true);
}

void *vmalloc_with_room(size_t size, size_t max, unsigned long align,
			gfp_t flags, unsigned long vm_flags, int nid,
			const void *caller)
{
	return allocate(size, flags, true);
}

/* Mapping pages elsewhere moves their bytes. */
void *vmalloc_resize(const void *p, size_t size, unsigned long align,
		     gfp_t flags, unsigned long vm_flags, int nid,
		     const void *caller, enum kvmalloc_how *how)
{
	unsigned char *n = old;

	if (nondet_bool())
		return ERR_PTR(-EOPNOTSUPP);
	if (size > old_room || nondet_bool()) {
		n = allocate(size, flags, true);
		if (!n)
			return NULL;
		memcpy(n, old, min(size, old_size));
		free(old);
	} else if (size > old_size && want_init_on_alloc(flags)) {
		memset(n + old_size, 0, size - old_size);
	}
	area.requested_size = size;
	return n;
}

void *vrealloc_node_align_noprof(const void *p, size_t size,
				 unsigned long align, gfp_t flags, int nid)
{
	unsigned char *n;

	if (!kvmalloc_may_vmalloc(flags))
		return NULL;

	n = allocate(size, flags | __GFP_ZERO, true);
	if (n) {
		memcpy(n, old, min(size, old_size));
		free(old);
	}
	return n;
}

size_t vmalloc_requested_size(const void *p)
{
	return old_size;
}

size_t vmalloc_room(const void *p)
{
	return old_room;
}

size_t slab_usable_size(const void *p)
{
	return old_room;
}

size_t slab_contents_size(const void *p)
{
	return old_contents;
}

struct page *virt_to_page(const void *p)
{
	return NULL;
}

int page_to_nid(const struct page *page)
{
	return nondet_int();
}

struct vm_struct *find_vm_area(const void *p)
{
	return &area;
}

void kfree(const void *p)
{
	if (!ZERO_OR_NULL_PTR(p))
		free((void *)p);
}

void vfree(const void *p)
{
	free((void *)p);
}

void vfree_atomic(const void *p)
{
	free((void *)p);
}

void memzero_explicit(void *p, size_t n)
{
	memset(p, 0, n);
}

bool model_mul_overflow(size_t a, size_t b, size_t *result)
{
	return __builtin_mul_overflow(a, b, result);
}

static void any_old(void)
{
	vmalloc_start = nondet_ulong();
	vmalloc_end = nondet_ulong();
	init_on_alloc = false;
	old_size = nondet_size();
	old_room = nondet_size();
	old_vmalloced = nondet_bool();
	ASSUME(old_size && old_size <= old_room && old_room <= MOST);
	recorded = nondet_bool();
	old_contents = recorded ? old_size : old_room;
	if (old_vmalloced) {
		ASSUME(IS_ALIGNED(old_room, PAGE_SIZE));
		area.requested_size = old_size;
		area.flags = nondet_ulong();
	}
	old = any_memory(old_room, old_vmalloced);
}

void prove_realloc_bytes(void)
{
	size_t size = nondet_size(), i = nondet_size();
	gfp_t flags = nondet_uint();
	unsigned char before = 0, *p;

	any_old();
	ASSUME(size && size <= MOST);
	if (i < old_size)
		before = old[i];
	else if (i < old_contents && flags & __GFP_ZERO && !old_vmalloced)
		ASSUME(!old[i]);

	p = kvrealloc_node_align_noprof(old,
					PASS_TOKEN_PARAMS(size,
							  __kmalloc_token(0)),
					1, flags, nondet_int());
	if (!p) {
		/* CBMC checks that the memory was not freed. */
		PROVE(failure_keeps_old_memory,
		      IMPLIES(i < old_size, old[i] == before));
	} else {
		if (i < size && i < old_size)
			PROVE(contents_kept, p[i] == before);
		else if (i < size && flags & __GFP_ZERO)
			PROVE(realloc_zeroed, !p[i]);
		kvfree(p);
	}
	if (!p)
		kvfree(old);

	HAPPENS(p && p != old && recorded && !old_vmalloced && size > old_size &&
		size <= old_room && flags & __GFP_ZERO);
	HAPPENS(p && p != old && old_vmalloced);
	HAPPENS(p && p != old && !old_vmalloced && size > SZ_64K &&
		size < KMALLOC_MAX_SIZE);
	HAPPENS(p && p != old && !old_vmalloced && size > KMALLOC_MAX_SIZE);
	HAPPENS(p && p != old && size < old_size);
	HAPPENS(p == old && size > old_size);
}

void prove_string_bytes(void)
{
	char s[12], *p;
	size_t i = nondet_size();

	vmalloc_start = nondet_ulong();
	vmalloc_end = nondet_ulong();
	s[sizeof(s) - 1] = '\0';
	p = kvstrdup(s, nondet_uint());
	if (!p)
		return;
	PROVE(duplicate_is_equal, IMPLIES(i <= strlen(s), p[i] == s[i]));
	kvfree(p);

	HAPPENS(strlen(s) == sizeof(s) - 1);
}
