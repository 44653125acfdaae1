// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_context: every function of the family in every context.
 *
 * Documentation/kvmalloc.rst, section "Contexts", has the contract.  promise_of()
 * below states the same contract as code.  Each test enters one context and calls
 * each operation of the table there, for sizes on both sides of a page and of
 * KMALLOC_MAX_SIZE.
 *
 * KUnit's checks take locks, so no test calls them outside of its task.  A batch
 * of calls is prepared in the task, made in the context and judged in the task.
 */

#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/nodemask.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

#if defined(CONFIG_X86_64) && defined(CONFIG_X86_LOCAL_APIC)
#include <asm/apic.h>
#include <asm/nmi.h>
#define HAVE_NMI	1
#endif

#include "kvmalloc_test.h"

#define RT		IS_ENABLED(CONFIG_PREEMPT_RT)
#define COUNTS_PREEMPT	IS_ENABLED(CONFIG_PREEMPT_COUNT)

/* The memory that operations are given to resize or to free. */
#define OBJECT_SIZE	64
#define AREA_SIZE	(3 * PAGE_SIZE)

#define MAX_CALLS	12
#define PATIENCE	(10 * HZ)

/*
 * Contexts.
 */

/**
 * struct context - A context to call functions in.
 * @name: Its name, for messages.
 * @enter: Runs run_batch() in the context, and waits until it is through.
 * @task: in_task() is true.
 * @sleeps: The context may sleep.
 * @told: The kernel can tell that the context may not sleep.
 * @interrupt: in_interrupt() is true, so kvfree() defers.
 * @nmi: in_nmi() is true.
 * @slab: kmalloc() may be called with flags that do not sleep.
 * @locks: A spinlock_t may be taken that others hold with interrupts on.  Neither
 *	an interrupt may do so, nor who may hold a lock that an interrupt waits for.
 */
struct context {
	const char *name;
	void (*enter)(struct kunit *test);
	bool task;
	bool sleeps;
	bool told;
	bool interrupt;
	bool nmi;
	bool slab;
	bool locks;
};

struct call;

static struct batch {
	struct call *calls;
	unsigned int nr;
	/* The context as the batch finds it. */
	bool task, interrupt, hardirq, nmi;
	struct completion done;
} batch;

static void run_batch(void);

/* lockdep has to see the last two taken by a softirq and by a hard interrupt. */
static DEFINE_SPINLOCK(lock);
static DEFINE_SPINLOCK(softirq_lock);
static DEFINE_SPINLOCK(hardirq_lock);

static void enter_task(struct kunit *test)
{
	run_batch();
}

static void enter_preempt_off(struct kunit *test)
{
	preempt_disable();
	run_batch();
	preempt_enable();
}

static void enter_spinlock(struct kunit *test)
{
	spin_lock(&lock);
	run_batch();
	spin_unlock(&lock);
}

static void enter_spinlock_bh(struct kunit *test)
{
	spin_lock_bh(&softirq_lock);
	run_batch();
	spin_unlock_bh(&softirq_lock);
}

static void enter_spinlock_irq(struct kunit *test)
{
	unsigned long flags;

	spin_lock_irqsave(&hardirq_lock, flags);
	run_batch();
	spin_unlock_irqrestore(&hardirq_lock, flags);
}

#ifdef CONFIG_PREEMPT_RT
/* Elsewhere it differs from spin_lock() to lockdep only, which forbids slab there. */
static void enter_raw_spinlock(struct kunit *test)
{
	static DEFINE_RAW_SPINLOCK(raw_lock);

	raw_spin_lock(&raw_lock);
	run_batch();
	raw_spin_unlock(&raw_lock);
}
#endif

static void enter_bh_off(struct kunit *test)
{
	local_bh_disable();
	run_batch();
	local_bh_enable();
}

static void enter_irqs_off(struct kunit *test)
{
	unsigned long flags;

	local_irq_save(flags);
	run_batch();
	local_irq_restore(flags);
}

static void run_and_complete(void)
{
	run_batch();
	complete(&batch.done);
}

static void wait_for_batch(struct kunit *test)
{
	if (!wait_for_completion_timeout(&batch.done, PATIENCE))
		KUNIT_FAIL_AND_ABORT(test, "the context was never entered");
}

static void timer_fn(struct timer_list *timer)
{
	spin_lock(&softirq_lock);
	spin_unlock(&softirq_lock);
	run_and_complete();
}

static void enter_timer(struct kunit *test)
{
	static struct timer_list timer;

	timer_setup(&timer, timer_fn, 0);
	mod_timer(&timer, jiffies + 1);
	wait_for_batch(test);
	timer_delete_sync(&timer);
}

static void tasklet_fn(struct tasklet_struct *tasklet)
{
	run_and_complete();
}

static void enter_tasklet(struct kunit *test)
{
	static struct tasklet_struct tasklet;

	tasklet_setup(&tasklet, tasklet_fn);
	tasklet_schedule(&tasklet);
	wait_for_batch(test);
	tasklet_kill(&tasklet);
}

static void irq_work_fn(struct irq_work *work)
{
	/* A hard interrupt of PREEMPT_RT takes no spinlock_t. */
	if (!RT) {
		spin_lock(&hardirq_lock);
		spin_unlock(&hardirq_lock);
	}
	run_and_complete();
}

static void enter_hardirq(struct kunit *test)
{
	static struct irq_work work;

	/* With PREEMPT_RT a thread runs any other; to lockdep others may use slab. */
	if (RT)
		work = IRQ_WORK_INIT_HARD(irq_work_fn);
	else
		work = IRQ_WORK_INIT(irq_work_fn);
	irq_work_queue(&work);
	wait_for_batch(test);
	irq_work_sync(&work);
}

#ifdef HAVE_NMI
static bool nmi_due, nmi_came;

/* An NMI has no number: the first one on this processor is taken for ours. */
static int nmi_fn(unsigned int val, struct pt_regs *regs)
{
	if (!READ_ONCE(nmi_due))
		return NMI_DONE;

	WRITE_ONCE(nmi_due, false);
	run_batch();
	/* complete() takes a lock. */
	smp_store_release(&nmi_came, true);
	return NMI_HANDLED;
}

static void enter_nmi(struct kunit *test)
{
	unsigned int patience = 1000;

	if (!boot_cpu_has(X86_FEATURE_APIC))
		kunit_skip(test, "needs a local APIC, which sends NMIs");
	KUNIT_ASSERT_EQ(test, register_nmi_handler(NMI_LOCAL, nmi_fn,
						   NMI_FLAG_FIRST,
						   "kvmalloc_context"), 0);
	WRITE_ONCE(nmi_came, false);
	WRITE_ONCE(nmi_due, true);
	__apic_send_IPI_mask(cpumask_of(get_cpu()), NMI_VECTOR);
	put_cpu();
	/* Pairs with smp_store_release() in nmi_fn(): the results are complete. */
	while (!smp_load_acquire(&nmi_came) && patience--)
		msleep(20);
	WRITE_ONCE(nmi_due, false);
	unregister_nmi_handler(NMI_LOCAL, "kvmalloc_context");
	KUNIT_ASSERT_TRUE_MSG(test, nmi_came, "the NMI did not arrive");
}
#endif

/*
 * PREEMPT_RT: a spinlock_t sleeps and switches neither preemption nor interrupts
 * off.  slab takes such locks, so it must not be called where they are off.
 */
static const struct context in_task_context = {
	.name = "task", .enter = enter_task,
	.task = true, .sleeps = true, .slab = true, .locks = true,
};

static const struct context in_preempt_off = {
	.name = "preempt_off", .enter = enter_preempt_off,
	.task = true, .told = COUNTS_PREEMPT, .slab = !RT, .locks = !RT,
};

static const struct context in_spinlock = {
	.name = "spinlock", .enter = enter_spinlock,
	.task = true, .told = COUNTS_PREEMPT && !RT, .slab = true,
	.locks = true,
};

static const struct context in_spinlock_bh = {
	.name = "spinlock_bh", .enter = enter_spinlock_bh,
	.task = true, .told = true, .interrupt = true, .slab = true,
	.locks = RT,
};

static const struct context in_spinlock_irq = {
	.name = "spinlock_irq", .enter = enter_spinlock_irq,
	.task = true, .told = !RT, .slab = true, .locks = RT,
};

#ifdef CONFIG_PREEMPT_RT
static const struct context in_raw_spinlock = {
	.name = "raw_spinlock", .enter = enter_raw_spinlock,
	.task = true, .told = COUNTS_PREEMPT,
};
#endif

static const struct context in_bh_off = {
	.name = "bh_off", .enter = enter_bh_off,
	.task = true, .told = true, .interrupt = true, .slab = true,
	.locks = RT,
};

static const struct context in_irqs_off = {
	.name = "irqs_off", .enter = enter_irqs_off,
	.task = true, .told = true, .slab = !RT,
};

static const struct context in_timer = {
	.name = "timer", .enter = enter_timer,
	.told = true, .interrupt = true, .slab = true,
};

static const struct context in_tasklet = {
	.name = "tasklet", .enter = enter_tasklet,
	.told = true, .interrupt = true, .slab = true,
};

static const struct context in_hardirq_context = {
	.name = "hardirq", .enter = enter_hardirq,
	.told = true, .interrupt = true, .slab = !RT,
};

#ifdef HAVE_NMI
static const struct context in_nmi_context = {
	.name = "nmi", .enter = enter_nmi,
	.told = true, .interrupt = true, .nmi = true,
};
#endif

/*
 * Operations.
 */

enum given {
	GIVEN_NOTHING,
	GIVEN_OBJECT,		/* OBJECT_SIZE bytes from slab */
	GIVEN_PAGES,		/* AREA_SIZE bytes from slab */
	GIVEN_AREA,		/* AREA_SIZE bytes from vmalloc */
	GIVEN_GROWABLE,		/* the same, with twice as much reserved */
};

enum kind {
	ALLOCATES,		/* and resizes slab objects that do not fit */
	ALLOCATES_GROWABLE,
	RESIZES,		/* vmalloc memory, or slab memory that fits */
	ASKS,
	FREES,
	FREES_ATOMIC,
};

/**
 * struct operation - A function of the family, and what it is called for.
 * @name: For messages.
 * @kind: What kind of contract it has.
 * @given: The memory that it is called with.
 * @size: The size that it is called with, or 0 for each of sizes[].
 * @to_nothing: The size that it is called with is 0.
 * @zeroes: The memory is zeroed.
 * @copies: The memory is a copy of source().
 * @call: Makes the call.
 */
struct operation {
	const char *name;
	enum kind kind;
	enum given given;
	size_t size;
	bool to_nothing;
	bool zeroes;
	bool copies;
	void (*call)(struct call *c);
};

/**
 * struct call - One call of an operation.
 * @op: The operation.
 * @size: Bytes wanted.
 * @flags: gfp flags.
 * @fail_slab: The slab attempt fails.
 * @p: The memory given.
 * @n: The memory returned.
 * @room: What kvmalloc_room() returned.
 */
struct call {
	const struct operation *op;
	size_t size;
	gfp_t flags;
	bool fail_slab;
	void *p;
	void *n;
	size_t room;
};

/* Text that ends with a NUL, of which any tail is a string of any length. */
static char *source_text;
static size_t source_size;

static const char *source(const struct call *c)
{
	return source_text + source_size - c->size;
}

static void call_kvmalloc(struct call *c)
{
	c->n = kvmalloc(c->size, c->flags);
}

static void call_kvzalloc(struct call *c)
{
	c->n = kvzalloc(c->size, c->flags);
}

static void call_kvmalloc_node(struct call *c)
{
	c->n = kvmalloc_node(c->size, c->flags, first_node(node_states[N_MEMORY]));
}

static void call_kvmalloc_node_align(struct call *c)
{
	c->n = kvmalloc_node_align(c->size, 64, c->flags, NUMA_NO_NODE);
}

static void call_kvmalloc_array(struct call *c)
{
	c->n = kvmalloc_array(c->size, 1, c->flags);
}

static void call_kvcalloc(struct call *c)
{
	c->n = kvcalloc(1, c->size, c->flags);
}

static void call_kvmalloc_growable(struct call *c)
{
	c->n = kvmalloc_growable(c->size, 2 * c->size, c->flags);
}

static void call_kvmemdup(struct call *c)
{
	c->n = kvmemdup(source(c), c->size, c->flags);
}

static void call_kvmemdup_array(struct call *c)
{
	c->n = kvmemdup_array(source(c), c->size, 1, c->flags);
}

static void call_kvstrdup(struct call *c)
{
	c->n = kvstrdup(source(c), c->flags);
}

static void call_kvrealloc(struct call *c)
{
	c->n = kvrealloc(c->p, c->size, c->flags);
}

static void call_kvrealloc_array(struct call *c)
{
	c->n = kvrealloc_array(c->p, c->size, 1, c->flags);
}

static void call_kvrealloc_node_align(struct call *c)
{
	c->n = kvrealloc_node_align(c->p, c->size, 8, c->flags, NUMA_NO_NODE);
}

static void call_vrealloc(struct call *c)
{
	c->n = vrealloc(c->p, c->size, c->flags);
}

static void call_kvmalloc_room(struct call *c)
{
	c->room = kvmalloc_room(c->p);
}

static void call_kvfree(struct call *c)
{
	kvfree(c->p);
}

static void call_kvfree_atomic(struct call *c)
{
	kvfree_atomic(c->p);
}

static void call_kvfree_sensitive(struct call *c)
{
	kvfree_sensitive(c->p, OBJECT_SIZE);
}

#define ALLOCATION(_name, ...) {					\
	.name = #_name, .kind = ALLOCATES, .call = call_ ## _name,	\
	##__VA_ARGS__							\
}

#define RESIZE(_name, _what, _given, _size, ...) {			\
	.name = #_name " " _what, .kind = RESIZES, .given = _given,	\
	.size = _size, .call = call_ ## _name, ##__VA_ARGS__		\
}

#define RELEASE(_name, _kind, _what, _given) {				\
	.name = #_name " " _what, .kind = _kind, .given = _given,	\
	.size = OBJECT_SIZE, .call = call_ ## _name			\
}

static const struct operation allocations[] = {
	ALLOCATION(kvmalloc),
	ALLOCATION(kvzalloc, .zeroes = true),
	ALLOCATION(kvmalloc_node),
	ALLOCATION(kvmalloc_node_align),
	ALLOCATION(kvmalloc_array),
	ALLOCATION(kvcalloc, .zeroes = true),
	ALLOCATION(kvmemdup, .copies = true),
	ALLOCATION(kvmemdup_array, .copies = true),
	ALLOCATION(kvstrdup, .copies = true),
	ALLOCATION(kvrealloc),
	ALLOCATION(kvrealloc, .given = GIVEN_OBJECT),
	ALLOCATION(kvrealloc_array, .given = GIVEN_OBJECT),
	ALLOCATION(kvrealloc_node_align, .given = GIVEN_OBJECT),
	ALLOCATION(kvmalloc_growable, .kind = ALLOCATES_GROWABLE),
};

static const struct operation resizes[] = {
	RESIZE(kvrealloc, "slab to less", GIVEN_PAGES, 2 * PAGE_SIZE + 1),
	RESIZE(kvrealloc, "slab to 0", GIVEN_PAGES, 0, .to_nothing = true),
	RESIZE(kvrealloc, "within the area", GIVEN_AREA, AREA_SIZE - 8),
	RESIZE(kvrealloc, "to less", GIVEN_AREA, 100),
	RESIZE(kvrealloc, "beyond the area", GIVEN_AREA, 2 * AREA_SIZE),
	RESIZE(kvrealloc, "above slab", GIVEN_AREA, KV_ABOVE_SLAB),
	RESIZE(kvrealloc, "to 0", GIVEN_AREA, 0, .to_nothing = true),
	RESIZE(kvrealloc_node_align, "within the area", GIVEN_AREA,
	       AREA_SIZE - 8),
	RESIZE(kvrealloc_node_align, "beyond the area", GIVEN_AREA,
	       2 * AREA_SIZE),
	RESIZE(kvrealloc, "within the growable area", GIVEN_GROWABLE, 100),
	RESIZE(kvrealloc, "into the reserve", GIVEN_GROWABLE, AREA_SIZE + 1),
	RESIZE(kvrealloc, "growable to 0", GIVEN_GROWABLE, 0,
	       .to_nothing = true),
	RESIZE(vrealloc, "within the area", GIVEN_AREA, AREA_SIZE - 8),
	RESIZE(vrealloc, "to less", GIVEN_AREA, 100),
	RESIZE(vrealloc, "beyond the area", GIVEN_AREA, 2 * AREA_SIZE),
	RESIZE(vrealloc, "to 0", GIVEN_AREA, 0, .to_nothing = true),
};

static const struct operation releases[] = {
	RELEASE(kvmalloc_room, ASKS, "slab", GIVEN_OBJECT),
	RELEASE(kvmalloc_room, ASKS, "area", GIVEN_AREA),
	RELEASE(kvmalloc_room, ASKS, "growable", GIVEN_GROWABLE),
	RELEASE(kvfree, FREES, "slab", GIVEN_OBJECT),
	RELEASE(kvfree, FREES, "area", GIVEN_AREA),
	RELEASE(kvfree, FREES, "growable", GIVEN_GROWABLE),
	RELEASE(kvfree_sensitive, FREES, "slab", GIVEN_OBJECT),
	RELEASE(kvfree_sensitive, FREES, "area", GIVEN_AREA),
	RELEASE(kvfree_atomic, FREES_ATOMIC, "slab", GIVEN_OBJECT),
	RELEASE(kvfree_atomic, FREES_ATOMIC, "area", GIVEN_AREA),
	RELEASE(kvfree_atomic, FREES_ATOMIC, "growable", GIVEN_GROWABLE),
};

static const size_t sizes[] = {
	OBJECT_SIZE, PAGE_SIZE, PAGE_SIZE + 1, KMALLOC_MAX_SIZE, KV_ABOVE_SLAB,
};

static void run_batch(void)
{
	unsigned int i;

	batch.task = in_task();
	batch.interrupt = in_interrupt();
	batch.hardirq = in_hardirq();
	batch.nmi = in_nmi();
	for (i = 0; i < batch.nr; i++) {
		struct call *c = &batch.calls[i];

		/* Fault injection counts the allocations of tasks only. */
		if (c->fail_slab)
			kv_fail_nth(1);
		c->op->call(c);
		if (c->fail_slab)
			kv_fail_nth(0);
	}
}

/*
 * The contract.
 */

#define BY_SLAB		BIT(0)	/* memory from slab */
#define BY_VMALLOC	BIT(1)	/* memory from vmalloc */
#define BY_NOBODY	BIT(2)	/* NULL, and the memory given is unchanged */
#define IN_PLACE	BIT(3)	/* the memory given, resized */
#define FREED		BIT(4)	/* the memory given is freed, if later */
#define LEAKED		BIT(5)	/* the memory given is not freed */
#define NUMBER		BIT(6)	/* how far the memory can grow */
#define ZERO		BIT(7)	/* 0 for how far the memory can grow */

/**
 * struct promise - How a call may end.
 * @outcomes: Any of the bits above; none if the call is not allowed.
 * @warns: The call warns once.
 */
struct promise {
	unsigned int outcomes;
	bool warns;
};

/* vmalloc serves requests that do not sleep on newer kernels, and in tasks. */
static bool may_vmalloc(const struct context *ctx, bool blocking)
{
	if (blocking)
		return ctx->sleeps;
	return IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK) && ctx->task &&
	       ctx->locks;
}

static struct promise of_refused(const struct context *ctx, bool blocking)
{
	/* Where the kernel cannot tell, the caller must know better. */
	if (blocking && !ctx->told)
		return (struct promise){ };
	return (struct promise){ .outcomes = BY_NOBODY, .warns = blocking };
}

static struct promise of_allocation(const struct context *ctx, size_t size,
				    bool blocking, bool fail_slab)
{
	struct promise promise = { };
	bool by_slab = !fail_slab && size <= KMALLOC_MAX_SIZE;

	/* Where kmalloc() may not be called, neither may kvmalloc(). */
	if (!ctx->slab && size <= KMALLOC_MAX_SIZE)
		return promise;
	if (size <= PAGE_SIZE) {
		if (!fail_slab && (ctx->sleeps || !blocking))
			promise.outcomes = BY_SLAB;
		return promise;
	}
	if (by_slab && size <= (PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)) {
		if (!blocking || ctx->sleeps || ctx->told)
			promise.outcomes = BY_SLAB;
		return promise;
	}
	if (may_vmalloc(ctx, blocking)) {
		promise.outcomes = BY_VMALLOC | (by_slab ? BY_SLAB : 0);
		return promise;
	}
	if (!by_slab)
		return of_refused(ctx, blocking);

	/* Large blocks may be there or not, so a warning may be due or not. */
	if (!blocking)
		promise.outcomes = BY_SLAB | BY_NOBODY;
	return promise;
}

static struct promise of_growable(const struct context *ctx, size_t size,
				  bool blocking)
{
	struct promise promise = { };

	if (2 * size <= PAGE_SIZE)
		return of_allocation(ctx, 2 * size, blocking, false);
	if (!blocking || !ctx->sleeps)
		return of_refused(ctx, blocking);
	promise.outcomes = BY_VMALLOC;
	return promise;
}

static struct promise of_resize(const struct context *ctx,
				const struct operation *op, bool blocking)
{
	bool is_slab = op->given == GIVEN_PAGES;
	struct promise promise = { };

	if (op->to_nothing) {
		/* Freeing an area sleeps where the kernel cannot tell. */
		if (blocking && !ctx->sleeps && !ctx->told && !is_slab)
			return promise;
		if (!ctx->nmi && (ctx->slab || !is_slab))
			promise.outcomes = FREED;
		promise.warns = blocking && !ctx->sleeps && !is_slab;
		return promise;
	}
	if (blocking && !ctx->sleeps && is_slab)
		return promise;
	if (is_slab) {
		if (ctx->slab)
			promise.outcomes = IN_PLACE;
		return promise;
	}
	if (!ctx->task || !ctx->locks || (blocking && !ctx->sleeps))
		return of_refused(ctx, blocking);
	if (op->size <= AREA_SIZE)
		promise.outcomes = IN_PLACE;
	else if (op->given == GIVEN_GROWABLE)
		promise.outcomes = blocking ? IN_PLACE : BY_NOBODY;
	else
		promise.outcomes = may_vmalloc(ctx, blocking) ? BY_VMALLOC :
				   BY_NOBODY;
	return promise;
}

static struct promise of_release(const struct context *ctx,
				 const struct operation *op)
{
	bool is_slab = op->given == GIVEN_OBJECT;
	struct promise promise = { };

	if (op->kind == ASKS) {
		if (!is_slab)
			promise.outcomes = ctx->task && ctx->locks ? NUMBER :
					   ZERO;
		else if (!ctx->nmi)
			promise.outcomes = NUMBER;
	} else if (ctx->nmi) {
		/* Slab is not safe there, and who allows vmalloc() is warned. */
		if (!is_slab)
			promise = (struct promise){ LEAKED, true };
	} else if (is_slab) {
		if (ctx->slab)
			promise.outcomes = FREED;
	} else if (op->kind == FREES_ATOMIC || ctx->sleeps || ctx->interrupt) {
		promise.outcomes = FREED;
	}
	return promise;
}

static struct promise promise_of(const struct context *ctx, const struct call *c)
{
	const struct operation *op = c->op;
	bool blocking = gfpflags_allow_blocking(c->flags);

	switch (op->kind) {
	case ALLOCATES:
		return of_allocation(ctx, c->size, blocking, c->fail_slab);
	case ALLOCATES_GROWABLE:
		return of_growable(ctx, c->size, blocking);
	case RESIZES:
		return of_resize(ctx, op, blocking);
	default:
		return of_release(ctx, op);
	}
}

/*
 * Preparing and judging.
 */

static size_t given_size(const struct operation *op)
{
	switch (op->given) {
	case GIVEN_NOTHING:
		return 0;
	case GIVEN_OBJECT:
		return OBJECT_SIZE;
	default:
		return AREA_SIZE;
	}
}

static void give(struct kunit *test, struct call *c)
{
	switch (c->op->given) {
	case GIVEN_NOTHING:
		return;
	case GIVEN_OBJECT:
		c->p = kv_from_slab(test, OBJECT_SIZE, GFP_KERNEL);
		break;
	case GIVEN_PAGES:
		c->p = kv_from_slab(test, AREA_SIZE, GFP_KERNEL);
		break;
	case GIVEN_AREA:
		c->p = kv_from_vmalloc(test, AREA_SIZE, GFP_KERNEL);
		break;
	case GIVEN_GROWABLE:
		c->p = kvmalloc_growable(kv_size(AREA_SIZE), 2 * AREA_SIZE,
					 GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, c->p);
		break;
	}
	kv_fill(c->p, 0, given_size(c->op), 1);
}

static unsigned int outcome_of(const struct call *c)
{
	switch (c->op->kind) {
	case ASKS:
		return c->room ? NUMBER : ZERO;
	case FREES:
	case FREES_ATOMIC:
		/* Slab's objects are gone; kv_live() sees what is not. */
		if (!is_vmalloc_addr(c->p) || kv_released(c->p))
			return FREED;
		return LEAKED;
	case RESIZES:
		if (c->op->to_nothing)
			return is_vmalloc_addr(c->p) && !kv_released(c->p) ?
			       LEAKED : FREED;
		if (c->n == c->p)
			return IN_PLACE;
		fallthrough;
	default:
		if (!c->n)
			return BY_NOBODY;
		return is_vmalloc_addr(c->n) ? BY_VMALLOC : BY_SLAB;
	}
}

/* The memory holds what it must hold, and can be used up to its end. */
static void check_contents(struct kunit *test, const struct call *c)
{
	const struct operation *op = c->op;
	void *p = c->n ?: c->p;

	if (op->kind != ALLOCATES && op->kind != ALLOCATES_GROWABLE &&
	    op->kind != RESIZES)
		return;
	if (op->given != GIVEN_NOTHING)
		KV_EXPECT_FILLED(test, p, 0,
				 c->n ? min(c->size, given_size(op)) :
					given_size(op), 1);
	if (!c->n)
		return;
	if (op->zeroes)
		KV_EXPECT_ZEROED(test, p, 0, c->size);
	if (op->copies)
		KUNIT_EXPECT_EQ(test, memcmp(p, source(c), c->size), 0);
	((u8 *)p)[0] = 1;
	((u8 *)p)[c->size - 1] = 1;
}

static void judge(struct kunit *test, const struct context *ctx, struct call *c)
{
	struct promise promise = promise_of(ctx, c);
	unsigned int outcome = outcome_of(c);

	KUNIT_EXPECT_TRUE_MSG(test, outcome & promise.outcomes,
			      "%s: %s of %zu bytes, flags %#x, slab %s: outcome %#x, contract %#x",
			      ctx->name, c->op->name, c->size,
			      (__force unsigned int)c->flags,
			      c->fail_slab ? "fails" : "works", outcome,
			      promise.outcomes);
	if (outcome == FREED)
		return;
	if (outcome == LEAKED) {
		/* Not with kvfree(), which is what is tested. */
		vfree(c->p);
		return;
	}
	if (c->op->to_nothing)
		return;
	check_contents(test, c);
	kvfree(c->n ?: c->p);
}

static void make_calls(struct kunit *test, const struct context *ctx,
		       struct call *calls, unsigned int nr)
{
	unsigned int i;

	if (!nr)
		return;
	for (i = 0; i < nr; i++)
		give(test, &calls[i]);
	batch = (struct batch){ .calls = calls, .nr = nr };
	init_completion(&batch.done);
	ctx->enter(test);

	KUNIT_EXPECT_EQ_MSG(test, batch.task, ctx->task, "%s", ctx->name);
	KUNIT_EXPECT_EQ_MSG(test, batch.interrupt, ctx->interrupt, "%s",
			    ctx->name);
	KUNIT_EXPECT_EQ_MSG(test, batch.nmi, ctx->nmi, "%s", ctx->name);
	for (i = 0; i < nr; i++)
		judge(test, ctx, &calls[i]);
}

/* A call that warns is made alone, with the warning announced in the log. */
static void make_warning_call(struct kunit *test, const struct context *ctx,
			      struct call *c)
{
	unsigned int before = kv_warnings();

	kv_expect_warning(test);
	make_calls(test, ctx, c, 1);
	kv_end_of_complaint();
	KUNIT_EXPECT_EQ_MSG(test, kv_warnings() - before, 1, "%s: %s of %zu bytes",
			    ctx->name, c->op->name, c->size);
}

/* Large memory that the contract promises can be more than the machine has. */
static bool is_affordable(const struct call *c, const struct promise *promise)
{
	return promise->outcomes == BY_NOBODY ||
	       c->size >> PAGE_SHIFT <= totalram_pages() / 32;
}

/* Call @op with each size and each of @flags. */
static void try_operation(struct kunit *test, const struct context *ctx,
			  const struct operation *op, const gfp_t *flags,
			  unsigned int nr_flags)
{
	unsigned int nr_sizes = op->size || op->to_nothing ? 1 :
				ARRAY_SIZE(sizes);
	unsigned int f, i, fail_slab, nr = 0;
	struct call calls[MAX_CALLS];

	for (f = 0; f < nr_flags; f++) {
		for (i = 0; i < nr_sizes; i++) {
			for (fail_slab = 0; fail_slab < 2; fail_slab++) {
				struct call c = {
					.op = op, .flags = flags[f],
					.size = nr_sizes > 1 ? sizes[i] : op->size,
					.fail_slab = fail_slab,
				};
				struct promise promise = promise_of(ctx, &c);

				/*
				 * An attempt that is there to fail, which those
				 * with direct reclaim do not.
				 */
				if (fail_slab &&
				    (flags[f] & __GFP_RETRY_MAYFAIL || !ctx->task || !ctx->slab ||
				     op->kind != ALLOCATES ||
				     c.size <= PAGE_SIZE ||
				     c.size > KMALLOC_MAX_SIZE))
					continue;
				if (!promise.outcomes || !is_affordable(&c, &promise))
					continue;
				if (promise.warns) {
					make_warning_call(test, ctx, &c);
					continue;
				}
				calls[nr++] = c;
				if (nr == MAX_CALLS) {
					make_calls(test, ctx, calls, nr);
					nr = 0;
				}
			}
		}
	}
	make_calls(test, ctx, calls, nr);
}

static void try_operations(struct kunit *test, const struct context *ctx,
			   const struct operation *ops, unsigned int nr,
			   const gfp_t *flags, unsigned int nr_flags)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		try_operation(test, ctx, &ops[i], flags, nr_flags);
}

static const gfp_t nonblocking[] = { KV_ATOMIC, KV_NOWAIT };
static const gfp_t blocking[] = { GFP_KERNEL, GFP_KERNEL | __GFP_RETRY_MAYFAIL };

/*
 * For each context: what allocates, what resizes, without sleeping and with
 * flags that sleep, and what frees.
 */
#define CONTEXT_TESTS(_name, _ctx)					\
static void _name ## _allocates_or_refuses(struct kunit *test)		\
{									\
	try_operations(test, &_ctx, allocations, ARRAY_SIZE(allocations), \
		       nonblocking, ARRAY_SIZE(nonblocking));		\
}									\
									\
static void _name ## _resizes_or_refuses(struct kunit *test)		\
{									\
	try_operations(test, &_ctx, resizes, ARRAY_SIZE(resizes),	\
		       nonblocking, ARRAY_SIZE(nonblocking));		\
}									\
									\
static void _name ## _sleeps_or_warns(struct kunit *test)		\
{									\
	try_operations(test, &_ctx, allocations, ARRAY_SIZE(allocations), \
		       blocking, ARRAY_SIZE(blocking));			\
	try_operations(test, &_ctx, resizes, ARRAY_SIZE(resizes),	\
		       blocking, ARRAY_SIZE(blocking));			\
}									\
									\
static void _name ## _frees(struct kunit *test)				\
{									\
	try_operations(test, &_ctx, releases, ARRAY_SIZE(releases),	\
		       nonblocking, 1);					\
}

CONTEXT_TESTS(task, in_task_context)
CONTEXT_TESTS(preempt_off, in_preempt_off)
CONTEXT_TESTS(spinlock, in_spinlock)
CONTEXT_TESTS(spinlock_bh, in_spinlock_bh)
CONTEXT_TESTS(spinlock_irq, in_spinlock_irq)
#ifdef CONFIG_PREEMPT_RT
CONTEXT_TESTS(raw_spinlock, in_raw_spinlock)
#endif
CONTEXT_TESTS(bh_off, in_bh_off)
CONTEXT_TESTS(irqs_off, in_irqs_off)
CONTEXT_TESTS(timer, in_timer)
CONTEXT_TESTS(tasklet, in_tasklet)
CONTEXT_TESTS(hardirq, in_hardirq_context)
#ifdef HAVE_NMI
CONTEXT_TESTS(nmi, in_nmi_context)
#endif

static int context_suite_init(struct kunit_suite *suite)
{
	/* Without an MMU kmalloc() decides about all memory. */
	if (!IS_ENABLED(CONFIG_MMU))
		return kv_suite_init(suite);
	source_size = KV_ABOVE_SLAB;
	if (source_size >> PAGE_SHIFT > totalram_pages() / 32)
		source_size = 2 * PAGE_SIZE;
	source_text = vmalloc(source_size);
	if (!source_text)
		return -ENOMEM;
	memset(source_text, 'x', source_size - 1);
	source_text[source_size - 1] = '\0';
	return kv_suite_init(suite);
}

static void context_suite_exit(struct kunit_suite *suite)
{
	kv_suite_exit(suite);
	vfree(source_text);
	source_text = NULL;
}

static struct kunit_case context_cases[] = {
	KV_AREA_CASE(task_allocates_or_refuses),
	KV_AREA_CASE(task_resizes_or_refuses),
	KV_AREA_CASE(task_sleeps_or_warns),
	KV_AREA_CASE(task_frees),
	KV_AREA_CASE(preempt_off_allocates_or_refuses),
	KV_AREA_CASE(preempt_off_resizes_or_refuses),
	KV_AREA_CASE(preempt_off_sleeps_or_warns),
	KV_AREA_CASE(preempt_off_frees),
	KV_AREA_CASE(spinlock_allocates_or_refuses),
	KV_AREA_CASE(spinlock_resizes_or_refuses),
	KV_AREA_CASE(spinlock_sleeps_or_warns),
	KV_AREA_CASE(spinlock_frees),
	KV_AREA_CASE(spinlock_bh_allocates_or_refuses),
	KV_AREA_CASE(spinlock_bh_resizes_or_refuses),
	KV_AREA_CASE(spinlock_bh_sleeps_or_warns),
	KV_AREA_CASE(spinlock_bh_frees),
	KV_AREA_CASE(spinlock_irq_allocates_or_refuses),
	KV_AREA_CASE(spinlock_irq_resizes_or_refuses),
	KV_AREA_CASE(spinlock_irq_sleeps_or_warns),
	KV_AREA_CASE(spinlock_irq_frees),
#ifdef CONFIG_PREEMPT_RT
	KV_AREA_CASE(raw_spinlock_allocates_or_refuses),
	KV_AREA_CASE(raw_spinlock_resizes_or_refuses),
	KV_AREA_CASE(raw_spinlock_sleeps_or_warns),
	KV_AREA_CASE(raw_spinlock_frees),
#endif
	KV_AREA_CASE(bh_off_allocates_or_refuses),
	KV_AREA_CASE(bh_off_resizes_or_refuses),
	KV_AREA_CASE(bh_off_sleeps_or_warns),
	KV_AREA_CASE(bh_off_frees),
	KV_AREA_CASE(irqs_off_allocates_or_refuses),
	KV_AREA_CASE(irqs_off_resizes_or_refuses),
	KV_AREA_CASE(irqs_off_sleeps_or_warns),
	KV_AREA_CASE(irqs_off_frees),
	KV_AREA_CASE(timer_allocates_or_refuses),
	KV_AREA_CASE(timer_resizes_or_refuses),
	KV_AREA_CASE(timer_sleeps_or_warns),
	KV_AREA_CASE(timer_frees),
	KV_AREA_CASE(tasklet_allocates_or_refuses),
	KV_AREA_CASE(tasklet_resizes_or_refuses),
	KV_AREA_CASE(tasklet_sleeps_or_warns),
	KV_AREA_CASE(tasklet_frees),
	KV_AREA_CASE(hardirq_allocates_or_refuses),
	KV_AREA_CASE(hardirq_resizes_or_refuses),
	KV_AREA_CASE(hardirq_sleeps_or_warns),
	KV_AREA_CASE(hardirq_frees),
#ifdef HAVE_NMI
	KV_AREA_CASE(nmi_allocates_or_refuses),
	KV_AREA_CASE(nmi_resizes_or_refuses),
	KV_AREA_CASE(nmi_sleeps_or_warns),
	KV_AREA_CASE(nmi_frees),
#endif
	{ }
};

static struct kunit_suite kvmalloc_context_suite = {
	.name = "kvmalloc_context",
	.suite_init = context_suite_init,
	.suite_exit = context_suite_exit,
	.init = kv_test_init,
	.exit = kv_test_exit,
	.test_cases = context_cases,
};

kunit_test_suite(kvmalloc_context_suite);
