// SPDX-License-Identifier: GPL-2.0
/*
 * The watch that the kvmalloc KUnit suites keep on the allocators, and the
 * other helpers of kvmalloc_test.h.
 *
 * It sits on tracepoints, so that real requests are seen and no allocator has
 * to know of it.  KUnit runs one test at a time, so there is one watch.
 */

#include <linux/bug.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/kmem.h>
#include <trace/events/printk.h>
#include <trace/events/vmalloc.h>
#include <asm/sections.h>

#include "kvmalloc_test.h"

#define NR_KEPT		256
#define NR_LIVE		512

static struct {
	raw_spinlock_t lock;
	struct task_struct *task;

	/* Forgotten by kv_forget(). */
	struct kv_request slab[NR_KEPT], last;
	unsigned int nr_slab;
	gfp_t pages[NR_KEPT];
	unsigned int nr_pages;
	const void *kfreed[NR_KEPT];
	unsigned int nr_kfreed;
	unsigned int nr_areas;
	unsigned long area_align;
	atomic_t nr_vmalloc_errors;

	/*
	 * Kept for the whole test: what the task has got and nobody freed.  Up
	 * to a page that would be KUnit's own business as well.
	 */
	unsigned long live[NR_LIVE];
	unsigned int nr_live;
	atomic_t nr_warnings;
	unsigned int nr_announced;

	void (*look)(const void *p);
	unsigned int fail_nth;
	bool stays;
	bool *spares_reclaim[2];
} watch = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(watch.lock),
};

static bool watched(void)
{
	return in_task() && current == READ_ONCE(watch.task);
}

static void add_live(unsigned long addr)
{
	if (watch.nr_live < NR_LIVE)
		watch.live[watch.nr_live++] = addr;
}

static void remove_live(unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < watch.nr_live; i++) {
		if (watch.live[i] == addr) {
			watch.live[i] = watch.live[--watch.nr_live];
			return;
		}
	}
}

/* Nothing that was there can be, as the addresses were free to be taken. */
static void remove_live_range(unsigned long addr, unsigned long size)
{
	unsigned int i = 0;

	while (i < watch.nr_live) {
		if (watch.live[i] - addr < size)
			watch.live[i] = watch.live[--watch.nr_live];
		else
			i++;
	}
}

/*
 * An object that the page allocator serves is reported from inside slab, then
 * again with the caller's name: two reports that differ in nothing else.
 */
static bool is_second_report(const struct kv_request *last,
			     const struct kv_request *new)
{
	return !last->told_twice && new->size > KMALLOC_MAX_CACHE_SIZE &&
	       last->size == new->size && last->flags == new->flags &&
	       last->node == new->node && last->p == new->p &&
	       last->site != new->site;
}

static void probe_kmalloc(void *data, unsigned long site, const void *p,
			  size_t size, size_t room, gfp_t flags, int node)
{
	struct kv_request new = {
		.size = size, .flags = flags, .node = node, .site = site,
		.p = p,
	};
	unsigned long irq;

	if (!watched())
		return;

	raw_spin_lock_irqsave(&watch.lock, irq);
	if (is_second_report(&watch.last, &new)) {
		new.told_twice = true;
		watch.nr_slab--;
	} else if (p && size > PAGE_SIZE) {
		add_live((unsigned long)p);
	}
	if (watch.nr_slab < NR_KEPT)
		watch.slab[watch.nr_slab] = new;
	watch.nr_slab++;
	watch.last = new;
	raw_spin_unlock_irqrestore(&watch.lock, irq);
}

/* Whoever frees it: what a task gives back late, a worker frees. */
static void probe_kfree(void *data, unsigned long site, const void *p)
{
	unsigned long irq;

	if (!READ_ONCE(watch.task))
		return;

	raw_spin_lock_irqsave(&watch.lock, irq);
	remove_live((unsigned long)p);
	if (watched()) {
		if (watch.nr_kfreed < NR_KEPT)
			watch.kfreed[watch.nr_kfreed] = p;
		watch.nr_kfreed++;
		if (watch.look)
			watch.look(p);
	}
	raw_spin_unlock_irqrestore(&watch.lock, irq);
}

static void probe_page_alloc(void *data, struct page *page, unsigned int order,
			     gfp_t flags, int migratetype)
{
	unsigned long irq;

	if (!watched())
		return;

	raw_spin_lock_irqsave(&watch.lock, irq);
	if (watch.nr_pages < NR_KEPT)
		watch.pages[watch.nr_pages] = flags;
	watch.nr_pages++;
	raw_spin_unlock_irqrestore(&watch.lock, irq);
}

/*
 * Whoever takes the range: an area that KASAN had no shadow for went back, and
 * nobody was told.
 */
static void probe_alloc_area(void *data, unsigned long addr, unsigned long size,
			     unsigned long align, unsigned long start,
			     unsigned long end, int failed)
{
	unsigned long irq;

	if (!READ_ONCE(watch.task) || failed)
		return;

	raw_spin_lock_irqsave(&watch.lock, irq);
	remove_live_range(addr, size);
	if (watched()) {
		watch.nr_areas++;
		watch.area_align = align;
		add_live(addr);
	}
	raw_spin_unlock_irqrestore(&watch.lock, irq);
}

static void probe_free_area(void *data, unsigned long addr, unsigned long lazy,
			    unsigned long lazy_max)
{
	unsigned long irq;

	if (!READ_ONCE(watch.task))
		return;

	raw_spin_lock_irqsave(&watch.lock, irq);
	remove_live(addr);
	raw_spin_unlock_irqrestore(&watch.lock, irq);
}

/*
 * Warnings of the task, and of interrupts, whichever task they interrupt: a test
 * calls functions there, too.  Some machines warn from an exception that counts as
 * an NMI.
 */
static void probe_console(void *data, const char *text, size_t len)
{
	struct task_struct *task = READ_ONCE(watch.task);

	if (!task || (in_task() && current != task))
		return;

	/* An NMI must not take watch.lock. */
	if (strnstr(text, "WARNING: ", len) || strnstr(text, "BUG: ", len))
		atomic_inc(&watch.nr_warnings);
	if (strnstr(text, "vmalloc error: ", len))
		atomic_inc(&watch.nr_vmalloc_errors);
}

static void set_spares_reclaim(bool spared)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(watch.spares_reclaim); i++) {
		if (watch.spares_reclaim[i])
			WRITE_ONCE(*watch.spares_reclaim[i], spared);
	}
}

int kv_suite_init(struct kunit_suite *suite)
{
	return register_trace_kmalloc(probe_kmalloc, NULL) ?:
	       register_trace_kfree(probe_kfree, NULL) ?:
	       register_trace_mm_page_alloc(probe_page_alloc, NULL) ?:
	       register_trace_alloc_vmap_area(probe_alloc_area, NULL) ?:
	       register_trace_free_vmap_area_noflush(probe_free_area, NULL) ?:
	       register_trace_console(probe_console, NULL);
}

void kv_suite_exit(struct kunit_suite *suite)
{
	unregister_trace_console(probe_console, NULL);
	unregister_trace_free_vmap_area_noflush(probe_free_area, NULL);
	unregister_trace_alloc_vmap_area(probe_alloc_area, NULL);
	unregister_trace_mm_page_alloc(probe_page_alloc, NULL);
	unregister_trace_kfree(probe_kfree, NULL);
	unregister_trace_kmalloc(probe_kmalloc, NULL);
}

int kv_test_init(struct kunit *test)
{
	kv_forget();
	watch.nr_live = 0;
	atomic_set(&watch.nr_warnings, 0);
	watch.nr_announced = 0;
	watch.look = NULL;
	WRITE_ONCE(watch.task, current);
	return 0;
}

/* KUnit calls this from a task of its own, also for a test that was aborted. */
void kv_test_exit(struct kunit *test)
{
	unsigned int patience = 100;

	/* What may not be freed on the spot is freed by a worker, soon. */
	while (kv_live() && patience--)
		msleep(20);
	WRITE_ONCE(watch.task, NULL);
	kv_fail_as_usual();
	set_spares_reclaim(true);

	KUNIT_EXPECT_EQ_MSG(test, kv_live(), 0,
			    "what was allocated is to be freed");
	KUNIT_EXPECT_EQ_MSG(test, kv_warnings(), watch.nr_announced,
			    "warnings in the log");
}

void kv_forget(void)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&watch.lock, irq);
	watch.nr_slab = 0;
	watch.last = (struct kv_request){ };
	watch.nr_pages = 0;
	watch.nr_kfreed = 0;
	watch.nr_areas = 0;
	atomic_set(&watch.nr_vmalloc_errors, 0);
	raw_spin_unlock_irqrestore(&watch.lock, irq);
}

/* How often slab was asked for @size bytes. */
unsigned int kv_attempts(size_t size)
{
	unsigned int i, nr = 0;

	for (i = 0; i < min(watch.nr_slab, NR_KEPT); i++)
		nr += watch.slab[i].size == size;
	return nr;
}

/* The last of these attempts, all zeroes if there was none. */
struct kv_request kv_last_attempt(size_t size)
{
	unsigned int i = min(watch.nr_slab, NR_KEPT);

	while (i--) {
		if (watch.slab[i].size == size)
			return watch.slab[i];
	}
	return (struct kv_request){ };
}

/* How many address ranges vmalloc handed out. */
unsigned int kv_areas(void)
{
	return watch.nr_areas;
}

/* The alignment that was asked for with the last of them. */
unsigned long kv_area_align(void)
{
	return watch.area_align;
}

/* How many requests for pages had all of @with and none of @without. */
unsigned int kv_page_requests(gfp_t with, gfp_t without)
{
	unsigned int i, nr = 0;

	for (i = 0; i < min(watch.nr_pages, NR_KEPT); i++)
		nr += (watch.pages[i] & with) == with &&
		      !(watch.pages[i] & without);
	return nr;
}

/* Whether this task gave @p to kfree(). */
bool kv_kfreed(const void *p)
{
	unsigned int i;

	for (i = 0; i < min(watch.nr_kfreed, NR_KEPT); i++) {
		if (watch.kfreed[i] == p)
			return true;
	}
	return false;
}

/* The same for a range that nobody has taken since. */
static void forget_dead_areas(void)
{
	unsigned int i;

	for (i = 0; i < READ_ONCE(watch.nr_live); i++) {
		unsigned long irq, addr = READ_ONCE(watch.live[i]);

		if (!is_vmalloc_addr((void *)addr) || find_vm_area((void *)addr))
			continue;
		raw_spin_lock_irqsave(&watch.lock, irq);
		if (i < watch.nr_live && watch.live[i] == addr)
			watch.live[i--] = watch.live[--watch.nr_live];
		raw_spin_unlock_irqrestore(&watch.lock, irq);
	}
}

/* How much is allocated and not freed, counting only what is above a page. */
unsigned int kv_live(void)
{
	if (IS_ENABLED(CONFIG_KASAN_VMALLOC))
		forget_dead_areas();
	return READ_ONCE(watch.nr_live);
}

/* Whether the vmalloc memory at @p is given back, or will be before long. */
bool kv_released(const void *p)
{
	unsigned int patience = 100;

	while (find_vm_area(p) && patience--)
		msleep(20);
	return !find_vm_area(p);
}

/* WARNING and BUG lines that this test has caused so far. */
unsigned int kv_warnings(void)
{
	return atomic_read(&watch.nr_warnings);
}

/* Times that vmalloc complained that it could not serve a request. */
unsigned int kv_vmalloc_errors(void)
{
	return atomic_read(&watch.nr_vmalloc_errors);
}

/* Let the test end with @nr more of them. */
void kv_announce_warnings(unsigned int nr)
{
	watch.nr_announced += nr;
}

void kv_expect_complaint(void)
{
	pr_info("kvmalloc_expect_warning: begin\n");
}

void kv_end_of_complaint(void)
{
	pr_info("kvmalloc_expect_warning: end\n");
}

/*
 * WARN_ONCE() is silent if the same line has warned since boot.  Rearm all such
 * lines, as debugfs' clear_warn_once does.
 */
void kv_expect_warning(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_BUG) || !IS_ENABLED(CONFIG_PRINTK))
		kunit_skip(test, "needs CONFIG_BUG and CONFIG_PRINTK");

	generic_bug_clear_once();
	memset(__start_once, 0, __end_once - __start_once);
	kv_announce_warnings(1);
	kv_expect_complaint();
}

void kv_look_at_kfree(void (*look)(const void *p))
{
	WRITE_ONCE(watch.look, look);
}

/* Arm with @n, disarm with 0. */
void kv_fail_nth(unsigned int n)
{
	if (!n)
		watch.fail_nth = current->fail_nth;
	current->fail_nth = n;
}

/* Whether the failure that was armed last did happen. */
bool kv_failed(void)
{
	return !watch.fail_nth;
}

/*
 * Fault injection's own switches say that requests with direct reclaim are
 * spared.  They are files of debugfs, which know where their value is.
 */
static bool *spares_reclaim(const char *who)
{
	struct dentry *dir, *file;
	bool *value = NULL;

	dir = debugfs_lookup(who, NULL);
	if (IS_ERR_OR_NULL(dir))
		return NULL;
	file = debugfs_lookup("ignore-gfp-wait", dir);
	if (!IS_ERR_OR_NULL(file)) {
		value = d_inode(file)->i_private;
		dput(file);
	}
	dput(dir);
	return value;
}

void kv_fail_with_reclaim(struct kunit *test)
{
	watch.spares_reclaim[0] = spares_reclaim("failslab");
	watch.spares_reclaim[1] = spares_reclaim("fail_page_alloc");
	if (!watch.spares_reclaim[0] || !watch.spares_reclaim[1])
		kunit_skip(test, "needs CONFIG_FAULT_INJECTION_DEBUG_FS");
	set_spares_reclaim(false);
}

/*
 * The same switches for those who want anything to fail: whatever slab and the
 * page allocator are asked for, in silence, and more than once.  What fails is
 * still the choice of the task.
 */
static struct fault_switch {
	const char *dir;
	const char *file;
	size_t size;
	unsigned long wanted;
	void *value;
	unsigned long saved;
} fault_switches[] = {
	{ "failslab", "ignore-gfp-wait", sizeof(bool), false },
	{ "failslab", "verbose", sizeof(unsigned long), 0 },
	{ "failslab", "task-filter", sizeof(bool), true },
	{ "failslab", "probability", sizeof(unsigned long), 0 },
	{ "failslab", "times", sizeof(atomic_t), 0 },
	{ "fail_page_alloc", "ignore-gfp-wait", sizeof(bool), false },
	{ "fail_page_alloc", "ignore-gfp-highmem", sizeof(bool), false },
	{ "fail_page_alloc", "min-order", sizeof(u32), 0 },
	{ "fail_page_alloc", "verbose", sizeof(unsigned long), 0 },
	{ "fail_page_alloc", "task-filter", sizeof(bool), true },
	{ "fail_page_alloc", "probability", sizeof(unsigned long), 0 },
	{ "fail_page_alloc", "times", sizeof(atomic_t), 0 },
};

static void set_fault_switch(const struct fault_switch *s, unsigned long value)
{
	if (s->size == sizeof(bool))
		WRITE_ONCE(*(bool *)s->value, value);
	else if (s->size == sizeof(u32))
		WRITE_ONCE(*(u32 *)s->value, value);
	else
		WRITE_ONCE(*(unsigned long *)s->value, value);
}

static unsigned long get_fault_switch(const struct fault_switch *s)
{
	if (s->size == sizeof(bool))
		return READ_ONCE(*(bool *)s->value);
	if (s->size == sizeof(u32))
		return READ_ONCE(*(u32 *)s->value);
	return READ_ONCE(*(unsigned long *)s->value);
}

static void *find_fault_switch(const struct fault_switch *s)
{
	struct dentry *dir, *file;
	void *value = NULL;

	dir = debugfs_lookup(s->dir, NULL);
	if (IS_ERR_OR_NULL(dir))
		return NULL;
	file = debugfs_lookup(s->file, dir);
	if (!IS_ERR_OR_NULL(file)) {
		value = d_inode(file)->i_private;
		dput(file);
	}
	dput(dir);
	return value;
}

void kv_fail_anything(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fault_switches); i++) {
		struct fault_switch *s = &fault_switches[i];

		s->value = find_fault_switch(s);
		if (!s->value)
			kunit_skip(test, "needs CONFIG_FAULT_INJECTION_DEBUG_FS");
		s->saved = get_fault_switch(s);
		set_fault_switch(s, s->wanted);
	}
}

void kv_fail_as_usual(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fault_switches); i++) {
		struct fault_switch *s = &fault_switches[i];

		if (s->value)
			set_fault_switch(s, s->saved);
		s->value = NULL;
	}
}

/*
 * vmalloc keeps an object in reserve with which it cuts a range out of the middle
 * of another, and one kernel warns when it is without.  What it takes to come
 * by it is a range that is too large for those that are kept in pools.
 */
static void fill_reserve(void)
{
	struct vm_struct *area = get_vm_area(SZ_2M, VM_MAP);

	if (area)
		free_vm_area(area);
}

/*
 * Arm with @n, disarm with 0.  As long as the n-th has not come, nobody looks at
 * the probability.
 */
void kv_fail_from(unsigned int n, int times)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fault_switches); i++) {
		struct fault_switch *s = &fault_switches[i];

		if (!s->value)
			continue;
		if (!strcmp(s->file, "times"))
			set_fault_switch(s, n ? times : 0);
		else if (!strcmp(s->file, "probability"))
			set_fault_switch(s, n ? 100 : 0);
	}
	/* The reserve is this processor's. */
	if (n && times != 1) {
		migrate_disable();
		fill_reserve();
		watch.stays = true;
	}
	current->make_it_fail = !!n;
	kv_fail_nth(n);
	if (!n && watch.stays) {
		watch.stays = false;
		migrate_enable();
	}
}

void *kv_from_slab(struct kunit *test, size_t size, gfp_t flags)
{
	void *p = kvmalloc(size, flags);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_FALSE(test, is_vmalloc_addr(p));
	return p;
}

/* Without an MMU vmalloc() is kmalloc(). */
void kv_skip_without_areas(struct kunit *test)
{
	kunit_skip(test, "needs vmalloc areas: CONFIG_MMU");
}

void *kv_from_vmalloc(struct kunit *test, size_t size, gfp_t flags)
{
	size_t first = max(size, PAGE_SIZE + 1);
	void *p, *n;

	if (!IS_ENABLED(CONFIG_MMU))
		kv_skip_without_areas(test);
	p = KV_FAIL_NTH(1, kvmalloc(first, flags));
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	if (size == first)
		return p;

	/* Nothing small starts in vmalloc, but it may end there. */
	n = kvrealloc(p, size, flags);
	KUNIT_ASSERT_PTR_EQ(test, n, p);
	return n;
}

static u8 pattern(size_t i, u8 seed)
{
	return (i ^ (i >> 7) ^ (i >> 13)) * 3 + seed;
}

void kv_fill(void *p, size_t from, size_t to, u8 seed)
{
	u8 *bytes = p;
	size_t i;

	for (i = from; i < to; i++)
		bytes[i] = pattern(i, seed);
}

/* Where the pattern ends: @to if all of it is there. */
size_t kv_first_bad(const void *p, size_t from, size_t to, u8 seed)
{
	const u8 *bytes = p;
	size_t i;

	for (i = from; i < to; i++) {
		if (bytes[i] != pattern(i, seed))
			break;
	}
	return i;
}

size_t kv_first_nonzero(const void *p, size_t from, size_t to)
{
	const void *bad = from < to ? memchr_inv(p + from, 0, to - from) : NULL;

	return bad ? bad - p : to;
}
