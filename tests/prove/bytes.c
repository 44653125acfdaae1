// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of prove.c that are about contents once more, on real memory that
 * CBMC itself watches: every byte of it is there, and an access to another one,
 * to freed memory, or a second free of it, is noticed by CBMC and not by a model
 * of ours.  That is dear, so a page has 16 bytes here and memory at most 4
 * pages.  mm/util.c knows of no other size of a page than PAGE_SIZE.
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

static unsigned char *old;
static size_t old_size, old_room;
static bool old_vmalloced;
static struct vm_struct area;

/* Where CBMC puts memory is its choice; where vmalloc's range is, ours. */
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

	if (size <= old_room && nondet_bool())
		return old;

	n = allocate(size, flags, false);
	if (n) {
		memcpy(n, old, min(size, old_room));
		free(old);
	}
	return n;
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

/* Mapping pages elsewhere is moving their bytes. */
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
	unsigned char *n = allocate(size, flags | __GFP_ZERO, true);

	if (n) {
		memcpy(n, old, min(size, old_size));
		free(old);
	}
	return n;
}

size_t vmalloc_room(const void *p)
{
	return old_room;
}

unsigned long totalram_pages(void)
{
	return nondet_ulong();
}

long schedule_timeout_uninterruptible(long timeout)
{
	return 0;
}

size_t ksize(const void *p)
{
	return old_room;
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
	else if (i < old_room && flags & __GFP_ZERO && !old_vmalloced)
		ASSUME(!old[i]);

	p = kvrealloc_node_align_noprof(old,
					PASS_TOKEN_PARAMS(size,
							  __kmalloc_token(0)),
					1, flags, nondet_int());
	if (!p) {
		/* CBMC looks whether it is still there. */
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
