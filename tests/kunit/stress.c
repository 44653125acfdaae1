// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_stress: the whole family at random, on four processors at
 * once, next to a model of what every piece of memory must be.
 *
 * Slow: for `make stress` (scripts/variants.sh).  Boot parameters:
 *
 * kvmalloc_stress.seed=		0 is a new one each time (default)
 * kvmalloc_stress.operations=		in all, spread over the parts
 *
 * Each thread draws its requests from a random state of its own, and nothing
 * that happens changes what it draws.  So a seed gives the same requests again,
 * which the hash that each thread reports shows.  What does differ is when the
 * threads run, and with it whose objects they get by exchange.
 */

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jhash.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "grow_walk.h"
#include "kvmalloc_debug.h"
#include "kvmalloc_test.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"kvmalloc_stress."

static unsigned int seed_of_all;
module_param_named(seed, seed_of_all, uint, 0444);

static unsigned int operations = 10000000;
module_param(operations, uint, 0444);

#define NR_THREADS	4
#define NR_SLOTS	256	/* objects that a thread has in hand */
#define NR_BOXES	64	/* objects on their way to another thread */

/* KUnit's time limit is one for each part, so no part is large. */
static const unsigned int mixed_parts[] = { 1, 2, 3, 4, 5, 6 };
static const unsigned int failing_parts[] = { 7, 8, 9, 10 };
#define NR_PARTS	(ARRAY_SIZE(mixed_parts) + ARRAY_SIZE(failing_parts))

/* With fewer operations a part need not come across everything. */
#define MANY		100000

/* Up to here contents are compared to the last byte, beyond in places. */
#define SMALL		256
#define PLACE		16

/*
 * Slab keeps empty slabs, processors keep free pages.  What must not be seen is
 * a loss that grows with the number of operations, which allocate gigabytes.
 */
#define SLACK_PAGES	(SZ_8M / PAGE_SIZE)

/* Requests of others, while it is counted what is requested. */
#define OTHERS		100

/* What duplicates are made from. */
#define SOURCE_SEED	0x5a
#define SOURCE_SIZE	SZ_128K
static u8 *source;
static char *text;

enum op {
	OP_KVMALLOC,
	OP_KVZALLOC,
	OP_KVMALLOC_NODE,
	OP_KVZALLOC_NODE,
	OP_KVMALLOC_NODE_ALIGN,
	OP_KVMALLOC_ARRAY,
	OP_KVCALLOC,
	OP_KVCALLOC_NODE,
	OP_KVMEMDUP,
	OP_KVMEMDUP_ARRAY,
	OP_KVSTRDUP,
	NR_ALLOC_OPS,
	OP_KVREALLOC = NR_ALLOC_OPS,
	OP_KVREALLOC_ARRAY,
	OP_KVREALLOC_NODE,
	OP_KVREALLOC_NODE_ALIGN,
	NR_SIZED_OPS,
	OP_KVFREE = NR_SIZED_OPS,
	OP_KVFREE_ATOMIC,
	OP_KVFREE_SENSITIVE,
	OP_KVFREE_RCU,
	OP_KVFREE_RCU_MIGHTSLEEP,
	OP_EXCHANGE,
	NR_OPS
};

static const char * const op_names[] = {
	"kvmalloc", "kvzalloc", "kvmalloc_node", "kvzalloc_node",
	"kvmalloc_node_align", "kvmalloc_array", "kvcalloc", "kvcalloc_node",
	"kvmemdup", "kvmemdup_array", "kvstrdup",
	"kvrealloc", "kvrealloc_array", "kvrealloc_node",
	"kvrealloc_node_align",
	"kvfree", "kvfree_atomic", "kvfree_sensitive", "kvfree_rcu",
	"kvfree_rcu_mightsleep", "exchange",
};

static_assert(ARRAY_SIZE(op_names) == NR_OPS);

static const gfp_t all_flags[] = {
	GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_KERNEL_ACCOUNT,
	GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_NOFS, KV_NOWAIT, KV_ATOMIC,
};

static int nodes[MAX_NUMNODES];
static unsigned int nr_nodes;

/**
 * struct request - All that is drawn for one operation.
 * @op: What to do.
 * @slot: With which of the thread's objects.
 * @n: Elements, for the functions that take arrays; else 1.
 * @size: Bytes, of an element.
 * @align: Alignment, for the functions that take one; else 1.
 * @flags: Which of all_flags[].
 * @node: Which of nodes[], for the functions that take a node; else none.
 * @thisnode: With __GFP_THISNODE.
 * @zero: With __GFP_ZERO, for kvrealloc().
 * @seed: Of the contents.
 * @fail_nth: Which of its allocations is to fail, 0 if none is.
 * @box: For an exchange.
 */
struct request {
	u32 op;
	u32 slot;
	u32 n;
	u32 size;
	u32 align;
	u32 flags;
	u32 node;
	u32 thisnode;
	u32 zero;
	u32 seed;
	u32 fail_nth;
	u32 box;
};

/**
 * struct object - The model of one piece of memory.
 * @p: Where it is; NULL or %ZERO_SIZE_PTR if there is none.
 * @size: Bytes, 0 if there is none.
 * @seed: Of the contents.
 * @zeroed: Every call so far had __GFP_ZERO.
 * @cpu: The processor that has left it where it is.
 */
struct object {
	void *p;
	size_t size;
	u8 seed;
	bool zeroed;
	unsigned int cpu;
};

/**
 * struct tally - What happened.
 * @ops: Operations, of each kind.
 * @allocated: Pieces of memory that came into being.
 * @freed: Those that were given back.
 * @slab: Memory that came from slab, moved by a reallocation or new.
 * @vmalloc: Memory that came from vmalloc.
 * @in_place: Reallocations that did not move anything.
 * @injected: Allocations that were made to fail.
 * @failed: Requests that failed for that.
 * @refused: Requests that failed as they may not sleep.
 * @from_elsewhere: Objects that came from another processor.
 */
struct tally {
	u64 ops[NR_OPS];
	u64 allocated;
	u64 freed;
	u64 slab;
	u64 vmalloc;
	u64 in_place;
	u64 injected;
	u64 failed;
	u64 refused;
	u64 from_elsewhere;
};

/**
 * struct thread - One of those who allocate and free.
 * @slots: What it has in hand.
 * @rnd: What it draws from.
 * @hash: Of all that it has drawn.
 * @operations: How many it is to do.
 * @failing: Whether any allocation may be made to fail.
 * @tally: What happened to it.
 * @done: It has come to its end.
 * @wrong: What went wrong first, or NULL.
 * @request: In which request.
 * @object: On which object.
 */
static struct thread {
	struct object *slots[NR_SLOTS];
	struct rnd_state rnd;
	u32 hash;
	unsigned int operations;
	bool failing;
	struct tally tally;
	struct completion done;
	const char *wrong;
	struct request request;
	struct object object;
} *threads;

static struct object *objects;
static struct object *boxes[NR_BOXES];

/* Drawing. */

static size_t draw_size(struct rnd_state *rnd)
{
	static const size_t edges[] = {
		PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1,
		KMALLOC_MAX_CACHE_SIZE, KMALLOC_MAX_CACHE_SIZE + 1,
	};
	u32 kind = prandom_u32_state(rnd) % 16384;
	u32 dice = prandom_u32_state(rnd);

	/* Large ones are rare, or the machine does nothing else. */
	if (kind < 1)
		return KV_ABOVE_SLAB + dice % SZ_64K;
	if (kind < 16)
		return SZ_64K + dice % (SZ_1M - SZ_64K);
	if (kind < 300)
		return SZ_8K + dice % (SZ_64K - SZ_8K);
	if (kind < 500)
		return edges[dice % ARRAY_SIZE(edges)];
	if (kind < 1500)
		return 513 + dice % SZ_8K;
	if (kind < 1600)
		return 0;
	return 1 + dice % (16 << (kind % 6));
}

static u32 draw_op(struct rnd_state *rnd)
{
	u32 dice = prandom_u32_state(rnd);
	u32 which = dice >> 8;

	switch (dice % 8) {
	case 0 ... 2:
		return which % NR_ALLOC_OPS;
	case 3 ... 4:
		return NR_ALLOC_OPS + which % (NR_SIZED_OPS - NR_ALLOC_OPS);
	case 5 ... 6:
		return NR_SIZED_OPS + which % (OP_EXCHANGE - NR_SIZED_OPS);
	default:
		return OP_EXCHANGE;
	}
}

static bool takes_array(u32 op)
{
	return op == OP_KVMALLOC_ARRAY || op == OP_KVCALLOC ||
	       op == OP_KVCALLOC_NODE || op == OP_KVMEMDUP_ARRAY ||
	       op == OP_KVREALLOC_ARRAY;
}

static bool takes_node(u32 op)
{
	return op == OP_KVMALLOC_NODE || op == OP_KVZALLOC_NODE ||
	       op == OP_KVMALLOC_NODE_ALIGN || op == OP_KVCALLOC_NODE ||
	       op == OP_KVREALLOC_NODE || op == OP_KVREALLOC_NODE_ALIGN;
}

static bool takes_align(u32 op)
{
	return op == OP_KVMALLOC_NODE_ALIGN || op == OP_KVREALLOC_NODE_ALIGN;
}

static bool is_realloc(u32 op)
{
	return op >= NR_ALLOC_OPS && op < NR_SIZED_OPS;
}

static bool duplicates(u32 op)
{
	return op == OP_KVMEMDUP || op == OP_KVMEMDUP_ARRAY ||
	       op == OP_KVSTRDUP;
}

/*
 * Every draw is made, whether the operation has use for it or not, and none of
 * them looks at what became of an earlier one.
 */
static struct request draw_request(struct rnd_state *rnd, bool failing)
{
	struct request r = {
		.op = draw_op(rnd),
		.n = 1,
		.align = 1,
	};
	u32 dice = prandom_u32_state(rnd);
	u32 more = prandom_u32_state(rnd);
	size_t size = draw_size(rnd);

	r.slot = dice % NR_SLOTS;
	r.box = (dice >> 8) % NR_BOXES;
	r.flags = (dice >> 16) % ARRAY_SIZE(all_flags);
	r.seed = dice >> 24;

	if (duplicates(r.op))
		size = min(size, SOURCE_SIZE);
	r.size = size;
	if (takes_array(r.op)) {
		r.size = 1 + more % 64;
		r.n = size / r.size;
	}
	if (takes_align(r.op))
		r.align = 1 << (more >> 6) % 15;
	if (takes_node(r.op)) {
		r.node = (more >> 10) % 4;
		r.thisnode = !((more >> 12) % 4);
	}
	if (is_realloc(r.op))
		r.zero = (more >> 14) % 2;

	/*
	 * Of ordinary requests above a page half are to fall back: as they are,
	 * only the gentle attempt at slab can fail.  Where failures are the
	 * point any allocation may, the first or a later one.
	 */
	if (r.op < NR_SIZED_OPS && failing)
		r.fail_nth = (more >> 15) % 2 ? 1 + (more >> 16) % 12 : 0;
	else if (r.op < NR_SIZED_OPS && size > PAGE_SIZE)
		r.fail_nth = (more >> 15) % 2;

	return r;
}

static size_t bytes(const struct request *r)
{
	return (size_t)r->n * r->size;
}

static int node_of(const struct request *r)
{
	return takes_node(r->op) && r->node ? nodes[r->node % nr_nodes] :
					      NUMA_NO_NODE;
}

static gfp_t flags_of(const struct request *r, bool failing)
{
	gfp_t flags = all_flags[r->flags];

	if (r->zero)
		flags |= __GFP_ZERO;
	if (r->thisnode && node_of(r) != NUMA_NO_NODE)
		flags |= __GFP_THISNODE;
	if (failing)
		flags |= __GFP_NOWARN;
	return flags;
}

/* Whether all of the memory is to come as zeroes, if it is new. */
static bool wants_zero(const struct request *r)
{
	return r->zero || r->op == OP_KVZALLOC || r->op == OP_KVZALLOC_NODE ||
	       r->op == OP_KVCALLOC || r->op == OP_KVCALLOC_NODE;
}

/* Contents. */

/*
 * Where what is not small is looked at: both ends, some places that depend on
 * @seed, and where each page begins.
 */
static bool next_place(size_t size, u8 seed, unsigned int i, size_t *from)
{
	size_t page;

	if (i == 0) {
		*from = 0;
	} else if (i == 1) {
		*from = size - PLACE;
	} else if (i < 10) {
		*from = jhash_3words(size, seed, i, 0) % (size - PLACE);
	} else {
		page = (i - 9) * PAGE_SIZE;
		if (page >= size - PLACE)
			return false;
		*from = page;
	}
	return true;
}

static void fill(struct object *o, u8 seed)
{
	unsigned int i;
	size_t from;

	o->seed = seed;
	if (o->size <= SMALL) {
		kv_fill(o->p, 0, o->size, seed);
		return;
	}
	for (i = 0; next_place(o->size, seed, i, &from); i++)
		kv_fill(o->p, from, from + PLACE, seed);
}

/* Whether what was filled in as @o is at @p, as far as @limit. */
static bool filled(const struct object *o, const void *p, size_t limit)
{
	unsigned int i;
	size_t from, to;

	limit = min(limit, o->size);
	if (o->size <= SMALL)
		return kv_first_bad(p, 0, limit, o->seed) == limit;

	for (i = 0; next_place(o->size, o->seed, i, &from); i++) {
		to = min(from + PLACE, limit);
		if (from < to && kv_first_bad(p, from, to, o->seed) != to)
			return false;
	}
	return true;
}

/* The same places for zeroes; the whole of what is at most some pages. */
static bool zeroed(const void *p, size_t from, size_t to, u8 seed)
{
	size_t size = to - from, at;
	unsigned int i;

	if (from >= to)
		return true;
	if (size <= 4 * PAGE_SIZE)
		return !memchr_inv(p + from, 0, size);

	for (i = 0; next_place(size, seed, i, &at); i++) {
		if (memchr_inv(p + from + at, 0, PLACE))
			return false;
	}
	return true;
}

/* Judging. */

static void wrong(struct thread *t, const struct request *r,
		  const struct object *o, const char *what)
{
	if (t->wrong)
		return;
	t->wrong = what;
	t->request = *r;
	t->object = *o;
}

static bool on_node(const void *p, size_t size, int node)
{
	if (is_vmalloc_addr(p))
		return page_to_nid(vmalloc_to_page(p)) == node &&
		       page_to_nid(vmalloc_to_page(p + size - 1)) == node;
	return page_to_nid(virt_to_page(p)) == node;
}

/* What holds for memory at @p, whether it is new or resized. */
static void check_place(struct thread *t, const struct request *r,
			const struct object *o, const void *p)
{
	bool vmalloc = is_vmalloc_addr(p);
	size_t size = bytes(r);

	if (!IS_ALIGNED((unsigned long)p,
			max_t(size_t, r->align, ARCH_KMALLOC_MINALIGN)))
		wrong(t, r, o, "wrongly aligned");
	if (size > KMALLOC_MAX_SIZE && !vmalloc)
		wrong(t, r, o, "slab above KMALLOC_MAX_SIZE");
	if (vmalloc) {
		const struct vm_struct *area = find_vm_area(p);

		if (!area || area->addr != p || area->requested_size != size ||
		    (size_t)area->nr_pages << PAGE_SHIFT < size)
			wrong(t, r, o, "the area is of another size");
	} else if (ksize(p) < size) {
		wrong(t, r, o, "the object is too small");
	}
	if (r->thisnode && node_of(r) != NUMA_NO_NODE &&
	    !on_node(p, size, node_of(r)))
		wrong(t, r, o, "on another node");
}

static void check_fresh(struct thread *t, const struct request *r,
			const struct object *o, const void *p)
{
	size_t size = bytes(r);

	check_place(t, r, o, p);
	if (is_vmalloc_addr(p)) {
		if (size <= PAGE_SIZE && r->align <= PAGE_SIZE)
			wrong(t, r, o, "vmalloc for at most a page");
	} else if (!IS_ALIGNED((unsigned long)p, size & -size)) {
		wrong(t, r, o, "slab memory without its natural alignment");
	}
	if (wants_zero(r) && !zeroed(p, 0, size, r->seed))
		wrong(t, r, o, "not zeroed");
}

/*
 * Who may sleep gets memory, unless an allocation was made to fail that was not
 * only slab's attempt.
 */
static void check_refusal(struct thread *t, const struct request *r,
			  const struct object *o, bool injected)
{
	bool may_sleep = gfpflags_allow_blocking(all_flags[r->flags]);

	if (injected && (t->failing || !may_sleep))
		t->tally.failed++;
	else if (!may_sleep)
		t->tally.refused++;
	else
		wrong(t, r, o, "no memory");

	/* The old memory is as it was. */
	if (o->size && !filled(o, o->p, o->size))
		wrong(t, r, o, "changed by a request that failed");
}

/* Doing. */

static void *allocate(const struct request *r, gfp_t flags)
{
	const int node = node_of(r);
	const size_t size = r->size;

	switch (r->op) {
	case OP_KVMALLOC:
		return kvmalloc(size, flags);
	case OP_KVZALLOC:
		return kvzalloc(size, flags);
	case OP_KVMALLOC_NODE:
		return kvmalloc_node(size, flags, node);
	case OP_KVZALLOC_NODE:
		return kvzalloc_node(size, flags, node);
	case OP_KVMALLOC_NODE_ALIGN:
		return kvmalloc_node_align(size, r->align, flags, node);
	case OP_KVMALLOC_ARRAY:
		return kvmalloc_array(r->n, size, flags);
	case OP_KVCALLOC:
		return kvcalloc(r->n, size, flags);
	case OP_KVCALLOC_NODE:
		return kvcalloc_node(r->n, size, flags, node);
	case OP_KVMEMDUP:
		return kvmemdup(source, size, flags);
	case OP_KVMEMDUP_ARRAY:
		return kvmemdup_array(source, r->n, size, flags);
	case OP_KVSTRDUP:
		return kvstrdup(text + SOURCE_SIZE - size, flags);
	default:
		return NULL;
	}
}

static void *reallocate(void *p, const struct request *r, gfp_t flags)
{
	switch (r->op) {
	case OP_KVREALLOC:
		return kvrealloc(p, r->size, flags);
	case OP_KVREALLOC_ARRAY:
		return kvrealloc_array(p, r->n, r->size, flags);
	case OP_KVREALLOC_NODE:
		return kvrealloc_node(p, r->size, flags, node_of(r));
	case OP_KVREALLOC_NODE_ALIGN:
		return kvrealloc_node_align(p, r->size, r->align, flags,
					    node_of(r));
	default:
		return NULL;
	}
}

/* Make the request; who may not sleep is kept from it. */
static void *request(struct thread *t, const struct request *r, void *old,
		     bool *injected)
{
	gfp_t flags = flags_of(r, t->failing);
	bool may_sleep = gfpflags_allow_blocking(flags);
	void *p;

	if (!may_sleep)
		kv_forbid_sleep();
	current->fail_nth = r->fail_nth;
	p = is_realloc(r->op) ? reallocate(old, r, flags) : allocate(r, flags);
	*injected = r->fail_nth && !current->fail_nth;
	current->fail_nth = 0;
	if (!may_sleep)
		kv_allow_sleep();

	t->tally.injected += *injected;
	return p;
}

/* Who gave the memory @p, which was @old or nothing before. */
static void count_served(struct thread *t, const void *old, const void *p)
{
	if (p == old)
		t->tally.in_place++;
	else if (is_vmalloc_addr(p))
		t->tally.vmalloc++;
	else
		t->tally.slab++;
}

static void check_kept(struct thread *t, const struct request *r,
		       const struct object *o)
{
	if (o->size && !filled(o, o->p, o->size))
		wrong(t, r, o, "changed in the meantime");
}

static void forget(struct thread *t, struct object *o)
{
	if (o->size)
		t->tally.freed++;
	*o = (struct object){ };
}

static void do_alloc(struct thread *t, const struct request *r,
		     struct object *o)
{
	struct object new = { .size = bytes(r), .zeroed = wants_zero(r) };
	bool injected;

	/* A string has an end, so it is not empty. */
	if (r->op == OP_KVSTRDUP && !new.size)
		return;

	new.p = request(t, r, NULL, &injected);
	if (!new.p) {
		check_refusal(t, r, o, injected);
		return;
	}
	if (!new.size) {
		if (new.p != ZERO_SIZE_PTR)
			wrong(t, r, o, "memory for no bytes");
	} else {
		t->tally.allocated++;
		count_served(t, NULL, new.p);
		check_fresh(t, r, o, new.p);
		if (r->op == OP_KVSTRDUP &&
		    memcmp(new.p, text + SOURCE_SIZE - new.size, new.size))
			wrong(t, r, o, "not the same string");
		new.seed = SOURCE_SEED;
		if ((r->op == OP_KVMEMDUP || r->op == OP_KVMEMDUP_ARRAY) &&
		    !filled(&new, new.p, new.size))
			wrong(t, r, o, "not the same contents");
	}

	check_kept(t, r, o);
	kvfree(o->p);
	forget(t, o);
	fill(&new, r->seed);
	*o = new;
}

static void do_realloc(struct thread *t, const struct request *r,
		       struct object *o)
{
	struct object new = { .size = bytes(r) };
	bool vmalloc = o->size && is_vmalloc_addr(o->p);
	bool injected;

	check_kept(t, r, o);
	new.p = request(t, r, o->p, &injected);
	if (!new.p) {
		check_refusal(t, r, o, injected);
		return;
	}

	if (!new.size) {
		if (new.p != ZERO_SIZE_PTR)
			wrong(t, r, o, "memory for no bytes");
		forget(t, o);
		o->p = new.p;
		return;
	}

	count_served(t, o->p, new.p);
	if (!o->size) {
		t->tally.allocated++;
		new.zeroed = r->zero;
		check_fresh(t, r, o, new.p);
	} else {
		new.zeroed = o->zeroed && r->zero;
		check_place(t, r, o, new.p);
		if (vmalloc && !is_vmalloc_addr(new.p))
			wrong(t, r, o, "vmalloc memory is not that any more");
		if (!vmalloc && is_vmalloc_addr(new.p) &&
		    new.size <= PAGE_SIZE && r->align <= PAGE_SIZE)
			wrong(t, r, o, "vmalloc for at most a page");
		if (!filled(o, new.p, new.size))
			wrong(t, r, o, "contents lost");
		if (new.zeroed && !zeroed(new.p, o->size, new.size, r->seed))
			wrong(t, r, o, "what is new is not zeroed");
	}
	fill(&new, r->seed);
	*o = new;
}

struct rcu_object {
	struct rcu_head rcu;
};

static void do_free(struct thread *t, const struct request *r,
		    struct object *o)
{
	struct rcu_object *late = o->p;
	u32 op = r->op;

	check_kept(t, r, o);

	/* What has no room for the head goes another way. */
	if ((op == OP_KVFREE_RCU && o->size < sizeof(*late)) ||
	    (op == OP_KVFREE_RCU_MIGHTSLEEP && !o->size))
		op = OP_KVFREE;

	switch (op) {
	case OP_KVFREE_ATOMIC:
		kv_forbid_sleep();
		kvfree_atomic(o->p);
		kv_allow_sleep();
		break;
	case OP_KVFREE_SENSITIVE:
		kvfree_sensitive(o->p, o->size);
		break;
	case OP_KVFREE_RCU:
		kvfree_rcu(late, rcu);
		break;
	case OP_KVFREE_RCU_MIGHTSLEEP:
		kvfree_rcu_mightsleep(late);
		break;
	default:
		kvfree(o->p);
	}
	forget(t, o);
}

/* Put an object into a box, and take what somebody has left there. */
static void do_exchange(struct thread *t, const struct request *r)
{
	struct object **slot = &t->slots[r->slot];

	(*slot)->cpu = raw_smp_processor_id();
	*slot = xchg(&boxes[r->box], *slot);
	check_kept(t, r, *slot);
	if ((*slot)->size && (*slot)->cpu != raw_smp_processor_id())
		t->tally.from_elsewhere++;
}

static int stress(void *data)
{
	struct thread *t = data;
	unsigned int i;

	for (i = 0; i < t->operations && !t->wrong; i++) {
		struct request r = draw_request(&t->rnd, t->failing);
		struct object *o = t->slots[r.slot];

		t->hash = jhash2((u32 *)&r, sizeof(r) / sizeof(u32), t->hash);
		t->tally.ops[r.op]++;
		if (r.op < NR_ALLOC_OPS)
			do_alloc(t, &r, o);
		else if (r.op < NR_SIZED_OPS)
			do_realloc(t, &r, o);
		else if (r.op < OP_EXCHANGE)
			do_free(t, &r, o);
		else
			do_exchange(t, &r);
		cond_resched();
	}

	complete(&t->done);
	return 0;
}

/* Running. */

static void start(struct kunit *test, unsigned int nr, u32 seed,
		  unsigned int nr_operations, bool failing)
{
	struct thread *t = &threads[nr];
	struct task_struct *task;
	unsigned int cpu, i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < NR_SLOTS; i++)
		t->slots[i] = &objects[nr * NR_SLOTS + i];
	prandom_seed_state(&t->rnd, jhash_1word(nr, seed));
	init_completion(&t->done);
	t->operations = nr_operations;
	t->failing = failing;

	cpu = cpumask_nth(nr % num_online_cpus(), cpu_online_mask);
	task = kthread_run_on_cpu(stress, t, cpu, "kvmalloc_stress/%u");
	if (IS_ERR(task)) {
		KUNIT_FAIL(test, "no thread for processor %u: %pe", cpu, task);
		complete(&t->done);
	}
}

static void finish(struct kunit *test, unsigned int nr)
{
	struct thread *t = &threads[nr];
	const struct request *r = &t->request;
	gfp_t flags = flags_of(r, t->failing);

	wait_for_completion_state(&t->done, TASK_IDLE);
	if (!t->wrong)
		return;

	KUNIT_FAIL(test, "thread %u: %s: %s, on %zu bytes of %s", nr,
		   op_names[r->op], t->wrong, t->object.size,
		   !t->object.size ? "nothing" :
		   is_vmalloc_addr(t->object.p) ? "vmalloc" : "slab");
	kunit_info(test, "%u x %u bytes, align %u, %pGg, node %d, fail_nth %u\n",
		   r->n, r->size, r->align, &flags, node_of(r), r->fail_nth);
}

/* All objects, wherever they are now. */
static unsigned int free_all(struct kunit *test)
{
	unsigned int i, alive = 0;

	for (i = 0; i < NR_THREADS * NR_SLOTS + NR_BOXES; i++) {
		struct object *o = &objects[i];

		if (o->size) {
			alive++;
			KUNIT_EXPECT_TRUE(test, filled(o, o->p, o->size));
		}
		kvfree(o->p);
		*o = (struct object){ };
	}
	return alive;
}

static struct tally sum_up(void)
{
	struct tally sum = { };
	unsigned int i, op;

	for (i = 0; i < NR_THREADS; i++) {
		const struct tally *t = &threads[i].tally;

		for (op = 0; op < NR_OPS; op++)
			sum.ops[op] += t->ops[op];
		sum.allocated += t->allocated;
		sum.freed += t->freed;
		sum.slab += t->slab;
		sum.vmalloc += t->vmalloc;
		sum.in_place += t->in_place;
		sum.injected += t->injected;
		sum.failed += t->failed;
		sum.refused += t->refused;
		sum.from_elsewhere += t->from_elsewhere;
	}
	return sum;
}

/* Run all threads to their end. */
static struct tally run(struct kunit *test, u32 seed,
			unsigned int nr_operations, bool failing)
{
	struct tally sum;
	unsigned int i;

	for (i = 0; i < NR_BOXES; i++)
		boxes[i] = &objects[NR_THREADS * NR_SLOTS + i];
	for (i = 0; i < NR_THREADS; i++)
		start(test, i, seed, DIV_ROUND_UP(nr_operations, NR_THREADS),
		      failing);
	for (i = 0; i < NR_THREADS; i++)
		finish(test, i);

	sum = sum_up();
	KUNIT_EXPECT_EQ_MSG(test, free_all(test), sum.allocated - sum.freed,
			    "alive in the end");
	return sum;
}

static long free_at_first;

static long free_pages_now(void)
{
	return global_zone_page_state(NR_FREE_PAGES);
}

/* What was freed late is free soon, and then memory is back. */
static void expect_nothing_leaked(struct kunit *test)
{
	unsigned int patience = 100;

	kvfree_rcu_barrier();
	while (free_pages_now() < free_at_first - SLACK_PAGES && patience--)
		msleep(20);
	kunit_info(test, "free pages: %ld at first, %ld now\n", free_at_first,
		   free_pages_now());
	KUNIT_EXPECT_GE(test, free_pages_now(), free_at_first - SLACK_PAGES);
}

/*
 * The counters agree with the model, but for what the rest of the kernel asked
 * for meanwhile.  What is live they do not know of slab memory freed by RCU.
 */
#ifdef CONFIG_KVMALLOC_STATS

static void begin_to_count(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, kvmalloc_stats_enable(true), 0);
}

static void expect_counted(struct kunit *test, const struct tally *tally)
{
	u64 slab = 0, vmalloc = 0, failed = 0;
	unsigned int order;

	for (order = 3; order < 32; order++) {
		struct kvmalloc_stats stats;

		/* The first class is that of 8 bytes and less. */
		kvmalloc_stats_read(1UL << order, &stats);
		slab += stats.slab;
		vmalloc += stats.vmalloc;
		failed += stats.failed;
	}
	kvmalloc_stats_enable(false);

	kunit_info(test, "counted: %llu served by slab, %llu by vmalloc, %llu failed\n",
		   slab, vmalloc, failed);
	KUNIT_EXPECT_GE(test, slab, tally->slab);
	KUNIT_EXPECT_LE(test, slab, tally->slab + OTHERS);
	KUNIT_EXPECT_GE(test, vmalloc, tally->vmalloc);
	KUNIT_EXPECT_LE(test, vmalloc, tally->vmalloc + OTHERS);
	KUNIT_EXPECT_GE(test, failed, tally->failed + tally->refused);
	KUNIT_EXPECT_LE(test, failed, tally->failed + tally->refused + OTHERS);
}

#else

static void begin_to_count(struct kunit *test)
{
}

static void expect_counted(struct kunit *test, const struct tally *tally)
{
}

#endif

static void describe_part(const unsigned int *part, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "part %u", *part);
}

KUNIT_ARRAY_PARAM(mixed, mixed_parts, describe_part);
KUNIT_ARRAY_PARAM(failing, failing_parts, describe_part);

static void run_part(struct kunit *test, bool failing)
{
	const unsigned int *part = test->param_value;
	unsigned int nr = DIV_ROUND_UP(operations, NR_PARTS), op;
	/* What is counted goes another way; both are to be walked. */
	bool counted = *part % 2 == 0;
	struct tally tally;

	kunit_info(test, "rerun with kvmalloc_stress.seed=%u kvmalloc_stress.operations=%u\n",
		   seed_of_all, operations);
	if (counted)
		begin_to_count(test);
	tally = run(test, jhash_1word(*part, seed_of_all), nr, failing);
	if (counted)
		expect_counted(test, &tally);

	kunit_info(test, "%u operations on %u processors, hashes %08x %08x %08x %08x\n",
		   nr, min(num_online_cpus(), NR_THREADS), threads[0].hash,
		   threads[1].hash, threads[2].hash, threads[3].hash);
	kunit_info(test, "%llu allocated; %llu served by slab, %llu by vmalloc, %llu in place; %llu from another processor\n",
		   tally.allocated, tally.slab, tally.vmalloc, tally.in_place,
		   tally.from_elsewhere);
	kunit_info(test, "%llu failures injected, %llu requests failed for it; %llu refused that may not sleep\n",
		   tally.injected, tally.failed, tally.refused);
	expect_nothing_leaked(test);

	if (nr < MANY)
		return;
	for (op = 0; op < NR_OPS; op++)
		KUNIT_EXPECT_GT_MSG(test, tally.ops[op], 0, "%s", op_names[op]);
	KUNIT_EXPECT_GT(test, tally.vmalloc, 0);
	KUNIT_EXPECT_GT(test, tally.injected, 0);
	if (failing)
		KUNIT_EXPECT_GT(test, tally.failed, 0);
	if (num_online_cpus() > 1)
		KUNIT_EXPECT_GT(test, tally.from_elsewhere, 0);
}

/* The whole family, in both backings; slab fails for many, none fails. */
static void mixed(struct kunit *test)
{
	run_part(test, false);
}

/* Any allocation fails, of slab's, vmalloc's or the page tables. */
static void failing(struct kunit *test)
{
	kv_fail_anything(test);
	run_part(test, true);
}

/* Buffers that grow and shrink, as suite kvmalloc_grow_walk has it, for long. */
static void growing(struct kunit *test)
{
	unsigned int steps = max(operations / 2500, 1000);

	kunit_info(test, "rerun with kvmalloc_stress.seed=%u kvmalloc_stress.operations=%u\n",
		   seed_of_all, operations);
	grow_walk(test, seed_of_all, steps, false);
	expect_nothing_leaked(test);
}

static void growing_and_failing(struct kunit *test)
{
	unsigned int steps = max(operations / 2500, 1000);

	kv_fail_anything(test);
	grow_walk(test, seed_of_all + 1, steps, true);
	expect_nothing_leaked(test);
}

static void hash_of(struct kunit *test, u32 seed, u32 hashes[])
{
	unsigned int i;

	run(test, seed, 20000, false);
	for (i = 0; i < NR_THREADS; i++)
		hashes[i] = threads[i].hash;
}

/* The same seed is the same requests, another one is not. */
static void seed_reproduces(struct kunit *test)
{
	u32 once[NR_THREADS], again[NR_THREADS], other[NR_THREADS];
	unsigned int i;

	hash_of(test, seed_of_all, once);
	hash_of(test, seed_of_all, again);
	hash_of(test, seed_of_all + 1, other);
	for (i = 0; i < NR_THREADS; i++) {
		KUNIT_EXPECT_EQ(test, once[i], again[i]);
		KUNIT_EXPECT_NE(test, once[i], other[i]);
	}
}

static void stress_exit(struct kunit *test)
{
	kv_fail_as_usual();
}

static int stress_suite_init(struct kunit_suite *suite)
{
	unsigned int i;
	int node;

	nr_nodes = 0;
	for_each_node_state(node, N_MEMORY)
		nodes[nr_nodes++] = node;

	source = vmalloc(SOURCE_SIZE);
	text = vmalloc(SOURCE_SIZE);
	threads = vzalloc(NR_THREADS * sizeof(*threads));
	objects = vzalloc((NR_THREADS * NR_SLOTS + NR_BOXES) * sizeof(*objects));
	if (!source || !text || !threads || !objects)
		return -ENOMEM;

	kv_fill(source, 0, SOURCE_SIZE, SOURCE_SEED);
	for (i = 0; i < SOURCE_SIZE - 1; i++)
		text[i] = 'a' + i % 26;
	text[i] = 0;

	while (!seed_of_all)
		seed_of_all = get_random_u32();
	free_at_first = free_pages_now();
	return 0;
}

static void stress_suite_exit(struct kunit_suite *suite)
{
	vfree(objects);
	vfree(threads);
	vfree(text);
	vfree(source);
}

static struct kunit_case stress_cases[] = {
	KUNIT_CASE_SLOW(seed_reproduces),
	KUNIT_CASE_PARAM_ATTR(mixed, mixed_gen_params, { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM_ATTR(failing, failing_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_SLOW(growing),
	KUNIT_CASE_SLOW(growing_and_failing),
	{ }
};

static struct kunit_suite stress_suite = {
	.name = "kvmalloc_stress",
	.suite_init = stress_suite_init,
	.suite_exit = stress_suite_exit,
	.exit = stress_exit,
	.test_cases = stress_cases,
};

kunit_test_suite(stress_suite);
