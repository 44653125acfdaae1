// SPDX-License-Identifier: GPL-2.0
/*
 * Watching kvmalloc(), and fuzzing it.
 *
 * Tracepoints: <trace/events/kvmalloc.h>.
 *
 * Counters (CONFIG_KVMALLOC_STATS), in debugfs:
 *   kvmalloc/enable	1 counts, 0 does not; the boot parameter kvmalloc_stats=
 *			sets it early.  Off at first.  Switched on, it begins
 *			anew.
 *   kvmalloc/stats	who served what, by size class; written to, begins anew
 *			but for what is live.
 *   kvmalloc/callers	the call sites that fall back most; written to, begins
 *			anew.
 *   kvmalloc/growth	how memory was resized, begun anew with stats; and the
 *			room that buffers have, which is counted always.
 *
 * Fault injection (CONFIG_KVMALLOC_FUZZ): the attribute kvmalloc_fallback, with
 * all that the library gives to it, and kvmalloc_fallback/min-size.
 */

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/fault-inject.h>
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/kasan.h>
#include <linux/kstrtox.h>
#include <linux/kvmalloc.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/sort.h>
#include <linux/u64_stats_sync.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define CREATE_TRACE_POINTS
#include "kvmalloc_debug.h"
#undef CREATE_TRACE_POINTS
#include "util.h"

#ifdef CONFIG_KVMALLOC_HOOKS
struct static_key_false kvmalloc_hooked = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL(kvmalloc_hooked);
#endif

#ifdef CONFIG_TRACEPOINTS
/*
 * A failure may come out of the shortest path, which has no tracepoint: whoever
 * wants to see failures makes all requests take the long one.
 */
int kvmalloc_fail_reg(void)
{
	static_branch_inc(&kvmalloc_hooked);
	return 0;
}

void kvmalloc_fail_unreg(void)
{
	static_branch_dec(&kvmalloc_hooked);
}
#endif

#ifdef CONFIG_KVMALLOC_STATS

/*
 * Counting.
 *
 * The hooks below run with interrupts off, which makes the CPU's own counters
 * theirs, and which is what switching the counters off waits for.  They take no
 * lock.
 */
static DEFINE_STATIC_KEY_FALSE(counting);
/* For those who switch, read and reset. */
static DEFINE_MUTEX(stats_lock);

/*
 * Size classes: class n is for requests above 2^(n-1) up to 2^n bytes.  The
 * first takes all that is smaller, the last all that is larger.
 */
#define CLASS_FIRST	3
#define CLASS_LAST	32
#define CLASSES		(CLASS_LAST - CLASS_FIRST + 1)

static unsigned int size_class(size_t size)
{
	unsigned int order = size > 1 ? ilog2(size - 1) + 1 : 0;

	return clamp(order, CLASS_FIRST, CLASS_LAST) - CLASS_FIRST;
}

struct events {
	u64_stats_t slab;
	u64_stats_t vmalloc;
	u64_stats_t failed;
};

/* One for each of enum kvmalloc_how. */
#define NR_HOW		(KVMALLOC_REMAPPED + 1)

struct cpu_events {
	struct u64_stats_sync sync;
	struct events class[CLASSES];
	u64_stats_t resized[NR_HOW];
};

static DEFINE_PER_CPU(struct cpu_events, cpu_events);

/* What kvmalloc_stats_read() subtracts: the sums at the last reset. */
static struct kvmalloc_stats base[CLASSES];
static u64 resized_base[NR_HOW];

/*
 * Bytes live are not per CPU, for then nobody could tell their peak.
 */
struct live_bytes {
	atomic_long_t now;
	atomic_long_t peak;
} ____cacheline_aligned_in_smp;

static struct live_bytes live_bytes[CLASSES];
static struct live_bytes live_total;

static void live_add(struct live_bytes *live, size_t size)
{
	long now = atomic_long_add_return(size, &live->now);
	long peak = atomic_long_read(&live->peak);

	while (now > peak &&
	       !atomic_long_try_cmpxchg(&live->peak, &peak, now))
		;
}

static void live_sub(struct live_bytes *live, size_t size)
{
	atomic_long_sub(size, &live->now);
}

/*
 * Which memory is live, and what was requested.
 *
 * kvfree() is also given memory that was never counted: from kmalloc(), from
 * vmalloc(), from before counting began.  So what is counted is remembered, in a
 * hash table of fixed size.  Whoever owns a piece of memory is the only one to
 * look for its address, therefore claiming an empty slot is all that has to be
 * atomic.  A slot is searched within @LIVE_WINDOW of where its hash points.
 */
struct live_slot {
	unsigned long addr;
	size_t size;
};

#define LIVE_WINDOW	32

static struct live_slot *live_slots;
static unsigned int live_bits;
/* Memory that found no slot, and is in no sum of bytes. */
static atomic_long_t live_untracked;

static struct live_slot *live_slot(unsigned long addr, unsigned int i)
{
	unsigned long mask = BIT(live_bits) - 1;

	return &live_slots[(hash_long(addr, live_bits) + i) & mask];
}

static struct live_slot *live_find(unsigned long addr)
{
	for (unsigned int i = 0; i < LIVE_WINDOW; i++) {
		struct live_slot *slot = live_slot(addr, i);

		if (READ_ONCE(slot->addr) == addr)
			return slot;
	}
	return NULL;
}

static struct live_slot *live_claim(unsigned long addr)
{
	for (unsigned int i = 0; i < LIVE_WINDOW; i++) {
		struct live_slot *slot = live_slot(addr, i);

		if (!READ_ONCE(slot->addr) && !cmpxchg(&slot->addr, 0, addr))
			return slot;
	}
	return NULL;
}

static void live_forget(struct live_slot *slot)
{
	live_sub(&live_bytes[size_class(slot->size)], slot->size);
	live_sub(&live_total, slot->size);
	/* Only then may somebody else claim the slot. */
	smp_store_release(&slot->addr, 0);
}

/* Memory that comes back may do so with another tag. */
static unsigned long live_addr(const void *p)
{
	return (unsigned long)kasan_reset_tag(p);
}

static void live_insert(const void *p, size_t size)
{
	unsigned long addr = live_addr(p);
	struct live_slot *slot;

	/* Whoever freed it behind our back, with kfree() perhaps, is done. */
	slot = live_find(addr);
	if (slot)
		live_forget(slot);

	slot = live_claim(addr);
	if (!slot) {
		atomic_long_inc(&live_untracked);
		return;
	}
	slot->size = size;
	live_add(&live_bytes[size_class(size)], size);
	live_add(&live_total, size);
}

static struct events *events_begin(size_t size)
{
	struct cpu_events *cpu = this_cpu_ptr(&cpu_events);

	u64_stats_update_begin(&cpu->sync);
	return &cpu->class[size_class(size)];
}

static void events_end(void)
{
	u64_stats_update_end(&this_cpu_ptr(&cpu_events)->sync);
}

/* A request for @size bytes, at least one, was served with @p. */
void kvmalloc_count_served(const void *p, size_t size)
{
	struct events *events;
	unsigned long flags;

	local_irq_save(flags);
	if (static_branch_unlikely(&counting)) {
		events = events_begin(size);
		if (is_vmalloc_addr(p))
			u64_stats_inc(&events->vmalloc);
		else
			u64_stats_inc(&events->slab);
		events_end();
		live_insert(p, size);
	}
	local_irq_restore(flags);
}

/* A request for @size bytes was not served. */
void kvmalloc_count_failed(size_t size)
{
	unsigned long flags;

	local_irq_save(flags);
	if (static_branch_unlikely(&counting)) {
		u64_stats_inc(&events_begin(size)->failed);
		events_end();
	}
	local_irq_restore(flags);
}

/* Memory was resized. */
void kvmalloc_count_resize(enum kvmalloc_how how)
{
	struct cpu_events *cpu;
	unsigned long flags;

	local_irq_save(flags);
	if (static_branch_unlikely(&counting)) {
		cpu = this_cpu_ptr(&cpu_events);
		u64_stats_update_begin(&cpu->sync);
		u64_stats_inc(&cpu->resized[how]);
		u64_stats_update_end(&cpu->sync);
	}
	local_irq_restore(flags);
}

/* @p is, or remains, memory of @size bytes, without a new request for it. */
void kvmalloc_count_live(const void *p, size_t size)
{
	unsigned long flags;

	local_irq_save(flags);
	if (static_branch_unlikely(&counting))
		live_insert(p, size);
	local_irq_restore(flags);
}

/**
 * kvmalloc_count_freed() - Take memory out of what is live.
 * @p: Any memory, before it is freed.
 *
 * Context: Any but NMI.
 * Return: The bytes that were counted for it, 0 if it was not counted.
 */
size_t kvmalloc_count_freed(const void *p)
{
	struct live_slot *slot;
	unsigned long flags;
	size_t size = 0;

	if (ZERO_OR_NULL_PTR(p))
		return 0;

	local_irq_save(flags);
	if (static_branch_unlikely(&counting)) {
		slot = live_find(live_addr(p));
		if (slot) {
			size = slot->size;
			live_forget(slot);
		}
	}
	local_irq_restore(flags);

	return size;
}

/*
 * Who falls back.  Every CPU has its own table, cleared by its owner when it
 * sees that the epoch has changed.
 */
#define SITES		256
#define SITE_WINDOW	16

struct site {
	unsigned long call_site;
	u64_stats_t count;
	u64_stats_t fuzzed;
	u64_stats_t bytes;
	size_t smallest;
	size_t largest;
};

struct cpu_sites {
	struct u64_stats_sync sync;
	unsigned long epoch;
	u64_stats_t others;	/* fallbacks of those who found no room */
	struct site site[SITES];
};

static struct cpu_sites __percpu *cpu_sites;
static unsigned long sites_epoch = 1;

static struct site *find_site(struct cpu_sites *sites, unsigned long call_site)
{
	unsigned long hash = hash_long(call_site, ilog2(SITES));

	for (unsigned int i = 0; i < SITE_WINDOW; i++) {
		struct site *site = &sites->site[(hash + i) % SITES];

		if (!site->call_site) {
			site->call_site = call_site;
			site->smallest = SIZE_MAX;
		}
		if (site->call_site == call_site)
			return site;
	}
	return NULL;
}

/* vmalloc served a request of @call_site. */
void kvmalloc_count_fallback(unsigned long call_site, size_t size, bool fuzzed)
{
	struct cpu_sites *sites;
	unsigned long flags;
	struct site *site;

	local_irq_save(flags);
	if (!static_branch_unlikely(&counting))
		goto out;

	sites = this_cpu_ptr(cpu_sites);
	u64_stats_update_begin(&sites->sync);
	if (sites->epoch != READ_ONCE(sites_epoch)) {
		memset(sites->site, 0, sizeof(sites->site));
		u64_stats_set(&sites->others, 0);
		/* For a reader, who must not take the old counts for new. */
		smp_store_release(&sites->epoch, READ_ONCE(sites_epoch));
	}
	site = find_site(sites, call_site);
	if (site) {
		u64_stats_inc(&site->count);
		u64_stats_add(&site->fuzzed, fuzzed);
		u64_stats_add(&site->bytes, size);
		site->smallest = min(site->smallest, size);
		site->largest = max(site->largest, size);
	} else {
		u64_stats_inc(&sites->others);
	}
	u64_stats_update_end(&sites->sync);
out:
	local_irq_restore(flags);
}

/*
 * Reading.
 */

static void sum_events(unsigned int class, struct kvmalloc_stats *sum)
{
	int cpu;

	*sum = (struct kvmalloc_stats){ };
	for_each_possible_cpu(cpu) {
		struct cpu_events *c = per_cpu_ptr(&cpu_events, cpu);
		struct events *events = &c->class[class];
		u64 slab, vmalloc, failed;
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&c->sync);
			slab = u64_stats_read(&events->slab);
			vmalloc = u64_stats_read(&events->vmalloc);
			failed = u64_stats_read(&events->failed);
		} while (u64_stats_fetch_retry(&c->sync, start));

		sum->slab += slab;
		sum->vmalloc += vmalloc;
		sum->failed += failed;
	}
}

static u64 sum_resized(enum kvmalloc_how how)
{
	u64 sum = 0, count;
	unsigned int start;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct cpu_events *c = per_cpu_ptr(&cpu_events, cpu);

		do {
			start = u64_stats_fetch_begin(&c->sync);
			count = u64_stats_read(&c->resized[how]);
		} while (u64_stats_fetch_retry(&c->sync, start));
		sum += count;
	}
	return sum;
}

static void read_class(unsigned int class, struct kvmalloc_stats *sum)
{
	sum_events(class, sum);
	sum->slab -= base[class].slab;
	sum->vmalloc -= base[class].vmalloc;
	sum->failed -= base[class].failed;
	sum->live = atomic_long_read(&live_bytes[class].now);
	sum->peak = atomic_long_read(&live_bytes[class].peak);
}

/**
 * kvmalloc_stats_read() - Read the counts of one size class.
 * @size: A size in bytes of that class.
 * @sum: Where to put them.
 *
 * They are exact when nobody allocates or frees in that class, and otherwise
 * lack or have some of what happened meanwhile.
 *
 * Context: May sleep.
 */
void kvmalloc_stats_read(size_t size, struct kvmalloc_stats *sum)
{
	guard(mutex)(&stats_lock);
	read_class(size_class(size), sum);
}

static void stats_reset(void)
{
	for (unsigned int class = 0; class < CLASSES; class++) {
		sum_events(class, &base[class]);
		atomic_long_set(&live_bytes[class].peak,
				atomic_long_read(&live_bytes[class].now));
	}
	atomic_long_set(&live_total.peak, atomic_long_read(&live_total.now));
	for (enum kvmalloc_how how = 0; how < NR_HOW; how++)
		resized_base[how] = sum_resized(how);
}

/**
 * kvmalloc_resized_read() - Read how often memory was resized in one way.
 * @how: Which way.
 *
 * Context: May sleep.
 * Return: The count since the last reset, as exact as kvmalloc_stats_read().
 */
u64 kvmalloc_resized_read(enum kvmalloc_how how)
{
	guard(mutex)(&stats_lock);
	return sum_resized(how) - resized_base[how];
}

/**
 * kvmalloc_stats_reset() - Begin counting anew.
 *
 * What is live stays live, and is the new peak.
 *
 * Context: May sleep.
 */
void kvmalloc_stats_reset(void)
{
	guard(mutex)(&stats_lock);
	stats_reset();
}

static int stats_show(struct seq_file *m, void *v)
{
	struct kvmalloc_stats total = { };

	guard(mutex)(&stats_lock);
	seq_printf(m, "%-10s %12s %12s %10s %14s %14s\n", "size", "slab",
		   "vmalloc", "failed", "live", "peak");
	for (unsigned int class = 0; class < CLASSES; class++) {
		struct kvmalloc_stats sum;

		read_class(class, &sum);
		if (!sum.slab && !sum.vmalloc && !sum.failed && !sum.peak)
			continue;
		seq_printf(m, "%-10llu %12llu %12llu %10llu %14lu %14lu\n",
			   BIT_ULL(class + CLASS_FIRST), sum.slab, sum.vmalloc,
			   sum.failed, sum.live, sum.peak);
		total.slab += sum.slab;
		total.vmalloc += sum.vmalloc;
		total.failed += sum.failed;
	}
	seq_printf(m, "%-10s %12llu %12llu %10llu %14lu %14lu\n", "total",
		   total.slab, total.vmalloc, total.failed,
		   atomic_long_read(&live_total.now),
		   atomic_long_read(&live_total.peak));
	if (atomic_long_read(&live_untracked))
		seq_printf(m, "# %ld requests found no room in the table of live memory and are in no sum of bytes\n",
			   atomic_long_read(&live_untracked));
	return 0;
}

/*
 * The sites of all CPUs, added up, in @sum, which has room for all of them.
 * Returns how many there are; @others is what found no room.
 */
static unsigned int sum_sites(struct kvmalloc_caller *sum, u64 *others)
{
	unsigned int n = 0;
	int cpu;

	*others = 0;
	for_each_possible_cpu(cpu) {
		struct cpu_sites *sites = per_cpu_ptr(cpu_sites, cpu);
		unsigned int start;
		u64 missed;

		/* Not before the table was cleared for the new epoch. */
		if (smp_load_acquire(&sites->epoch) != sites_epoch)
			continue;
		do {
			start = u64_stats_fetch_begin(&sites->sync);
			missed = u64_stats_read(&sites->others);
		} while (u64_stats_fetch_retry(&sites->sync, start));
		*others += missed;

		for (unsigned int i = 0; i < SITES; i++) {
			struct site *site = &sites->site[i];
			struct kvmalloc_caller c, *s;

			do {
				start = u64_stats_fetch_begin(&sites->sync);
				c = (struct kvmalloc_caller){
					.call_site = site->call_site,
					.count = u64_stats_read(&site->count),
					.fuzzed = u64_stats_read(&site->fuzzed),
					.bytes = u64_stats_read(&site->bytes),
					.smallest = site->smallest,
					.largest = site->largest,
				};
			} while (u64_stats_fetch_retry(&sites->sync, start));
			if (!c.count)
				continue;

			for (s = sum; s < sum + n; s++)
				if (s->call_site == c.call_site)
					break;
			if (s == sum + n) {
				*s = c;
				n++;
				continue;
			}
			s->count += c.count;
			s->fuzzed += c.fuzzed;
			s->bytes += c.bytes;
			s->smallest = min(s->smallest, c.smallest);
			s->largest = max(s->largest, c.largest);
		}
	}
	return n;
}

static struct kvmalloc_caller *alloc_callers(void)
{
	return vmalloc(array3_size(num_possible_cpus(), SITES,
				   sizeof(struct kvmalloc_caller)));
}

static int by_count(const void *a, const void *b)
{
	const struct kvmalloc_caller *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static int callers_show(struct seq_file *m, void *v)
{
	struct kvmalloc_caller *sum;
	unsigned int n = 0;
	u64 others = 0;

	sum = alloc_callers();
	if (!sum)
		return -ENOMEM;

	mutex_lock(&stats_lock);
	if (cpu_sites)
		n = sum_sites(sum, &others);
	mutex_unlock(&stats_lock);

	sort(sum, n, sizeof(*sum), by_count, NULL);
	seq_printf(m, "%10s %10s %14s %10s %10s  %s\n", "count", "fuzzed",
		   "bytes", "smallest", "largest", "caller");
	for (unsigned int i = 0; i < n; i++)
		seq_printf(m, "%10llu %10llu %14llu %10zu %10zu  %pS\n",
			   sum[i].count, sum[i].fuzzed, sum[i].bytes,
			   sum[i].smallest, sum[i].largest,
			   (void *)sum[i].call_site);
	if (others)
		seq_printf(m, "# %llu fallbacks found no room in the tables of call sites\n",
			   others);
	vfree(sum);

	return 0;
}

/**
 * kvmalloc_callers_read() - Read how often a function fell back.
 * @call_site: Any address in it.
 * @sum: The sum over all its call sites; the call site is that of one.
 *
 * Context: May sleep.
 * Return: Whether it ever did.
 */
bool kvmalloc_callers_read(unsigned long call_site, struct kvmalloc_caller *sum)
{
	unsigned long offset, size, first;
	struct kvmalloc_caller *all;
	unsigned int n;
	u64 others;

	*sum = (struct kvmalloc_caller){ .smallest = SIZE_MAX };
	if (!kallsyms_lookup_size_offset(call_site, &size, &offset))
		return false;
	first = call_site - offset;

	all = alloc_callers();
	if (!all)
		return false;

	guard(mutex)(&stats_lock);
	n = cpu_sites ? sum_sites(all, &others) : 0;
	for (struct kvmalloc_caller *c = all; c < all + n; c++) {
		if (c->call_site - first >= size)
			continue;
		sum->call_site = c->call_site;
		sum->count += c->count;
		sum->fuzzed += c->fuzzed;
		sum->bytes += c->bytes;
		sum->smallest = min(sum->smallest, c->smallest);
		sum->largest = max(sum->largest, c->largest);
	}
	vfree(all);

	return sum->count;
}

/**
 * kvmalloc_callers_reset() - Forget who fell back.
 *
 * Context: May sleep.
 */
void kvmalloc_callers_reset(void)
{
	guard(mutex)(&stats_lock);
	WRITE_ONCE(sites_epoch, sites_epoch + 1);
}

/*
 * Switching.
 */

/* A slot for every four pages of memory: a thousandth of it. */
static int alloc_tables(void)
{
	if (!live_slots) {
		live_bits = clamp(ilog2(totalram_pages() / 4 + 1), 12, 22);
		live_slots = vzalloc(sizeof(*live_slots) << live_bits);
	}
	if (!cpu_sites) {
		int cpu;

		cpu_sites = alloc_percpu(struct cpu_sites);
		if (!cpu_sites)
			return -ENOMEM;
		for_each_possible_cpu(cpu) {
			u64_stats_init(&per_cpu(cpu_events, cpu).sync);
			u64_stats_init(&per_cpu_ptr(cpu_sites, cpu)->sync);
		}
	}

	return live_slots ? 0 : -ENOMEM;
}

static void begin_anew(void)
{
	memset(live_slots, 0, sizeof(*live_slots) << live_bits);
	for (unsigned int class = 0; class < CLASSES; class++)
		atomic_long_set(&live_bytes[class].now, 0);
	atomic_long_set(&live_total.now, 0);
	atomic_long_set(&live_untracked, 0);
	stats_reset();
	WRITE_ONCE(sites_epoch, sites_epoch + 1);
}

/**
 * kvmalloc_stats_enable() - Switch counting on or off.
 * @on: Which.  On begins anew, if it was off.
 *
 * What was counted last can be read after switching off.
 *
 * Context: May sleep.
 * Return: 0, or -ENOMEM.
 */
int kvmalloc_stats_enable(bool on)
{
	int ret;

	guard(mutex)(&stats_lock);
	if (on == static_key_enabled(&counting))
		return 0;

	if (on) {
		ret = alloc_tables();
		if (ret)
			return ret;
		begin_anew();
		/* Hooks that begin from here on find the tables. */
		synchronize_rcu();
		static_branch_enable(&counting);
		static_branch_inc(&kvmalloc_hooked);
	} else {
		static_branch_dec(&kvmalloc_hooked);
		static_branch_disable(&counting);
		/* Hooks that still count have interrupts off. */
		synchronize_rcu();
	}
	return 0;
}

static ssize_t stats_write(struct file *file, const char __user *buf,
			   size_t len, loff_t *ppos)
{
	kvmalloc_stats_reset();
	return len;
}

static ssize_t callers_write(struct file *file, const char __user *buf,
			     size_t len, loff_t *ppos)
{
	kvmalloc_callers_reset();
	return len;
}

static int growth_show(struct seq_file *m, void *v)
{
	struct kvmalloc_growth growth;

	vmalloc_growth_read(&growth);
	seq_printf(m, "resized_in_place    %llu\n",
		   kvmalloc_resized_read(KVMALLOC_IN_PLACE));
	seq_printf(m, "resized_remapped    %llu\n",
		   kvmalloc_resized_read(KVMALLOC_REMAPPED));
	seq_printf(m, "resized_copied      %llu\n",
		   kvmalloc_resized_read(KVMALLOC_COPIED));
	seq_printf(m, "resized_moved       %llu\n",
		   kvmalloc_resized_read(KVMALLOC_MOVED));
	seq_printf(m, "areas_with_room     %lu\n", growth.areas);
	seq_printf(m, "committed_bytes     %lu\n", growth.committed);
	seq_printf(m, "reserved_bytes      %lu\n", growth.reserved);
	seq_printf(m, "rooms_given_up      %lu\n", growth.given_up);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(growth);

DEFINE_SHOW_STORE_ATTRIBUTE(stats);
DEFINE_SHOW_STORE_ATTRIBUTE(callers);

static int enable_get(void *data, u64 *on)
{
	*on = static_key_enabled(&counting);
	return 0;
}

static int enable_set(void *data, u64 on)
{
	return on > 1 ? -EINVAL : kvmalloc_stats_enable(on);
}

DEFINE_DEBUGFS_ATTRIBUTE(enable, enable_get, enable_set, "%llu\n");

static bool enable_at_boot __initdata;

static int __init setup_stats(char *str)
{
	return !kstrtobool(str, &enable_at_boot);
}
__setup("kvmalloc_stats=", setup_stats);

/* As soon as the allocators that the tables come from are all there. */
static int __init stats_early_init(void)
{
	return enable_at_boot ? kvmalloc_stats_enable(true) : 0;
}
core_initcall(stats_early_init);

static int __init stats_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("kvmalloc", NULL);

	debugfs_create_file_unsafe("enable", 0600, dir, NULL, &enable);
	debugfs_create_file("stats", 0600, dir, NULL, &stats_fops);
	debugfs_create_file("callers", 0600, dir, NULL, &callers_fops);
	debugfs_create_file("growth", 0400, dir, NULL, &growth_fops);

	return 0;
}
late_initcall(stats_debugfs_init);

#endif /* CONFIG_KVMALLOC_STATS */

#ifdef CONFIG_KVMALLOC_FUZZ

/*
 * Fuzzing.
 */

struct fault_attr kvmalloc_fuzz_attr = FAULT_ATTR_INITIALIZER;
/* Smaller requests are left alone. */
static u64 fuzz_min_size = PAGE_SIZE + 1;
static DEFINE_MUTEX(fuzz_lock);

/*
 * Who may not sleep may not free a vmalloc area either, and would be right.
 */
bool kvmalloc_fuzz_request(size_t size, gfp_t flags)
{
	if (size < READ_ONCE(fuzz_min_size) || !gfpflags_allow_blocking(flags))
		return false;
	/* vmalloc has to be there first. */
	if (system_state < SYSTEM_SCHEDULING)
		return false;

	/* The library would take a task's fail-nth for ours, which never fail. */
	if (READ_ONCE(current->fail_nth))
		return false;

	return should_fail(&kvmalloc_fuzz_attr, size);
}

/*
 * A size that may be a constant of at most a page goes straight to kmalloc(),
 * unless hooked.
 */
static bool wants_small(u64 min_size)
{
	return min_size <= PAGE_SIZE;
}

/**
 * kvmalloc_fuzz_set_min_size() - Say which requests are large enough to fuzz.
 * @min_size: In bytes; 1 is for all.
 *
 * Context: May sleep.
 * Return: 0, or -EINVAL if no request could be so large.
 */
int kvmalloc_fuzz_set_min_size(u64 min_size)
{
	if (min_size > INT_MAX)
		return -EINVAL;

	guard(mutex)(&fuzz_lock);
	if (wants_small(min_size) && !wants_small(fuzz_min_size))
		static_branch_inc(&kvmalloc_hooked);
	if (!wants_small(min_size) && wants_small(fuzz_min_size))
		static_branch_dec(&kvmalloc_hooked);
	WRITE_ONCE(fuzz_min_size, min_size);

	return 0;
}

static int min_size_get(void *data, u64 *min_size)
{
	*min_size = fuzz_min_size;
	return 0;
}

static int min_size_set(void *data, u64 min_size)
{
	return kvmalloc_fuzz_set_min_size(min_size);
}

DEFINE_DEBUGFS_ATTRIBUTE(min_size, min_size_get, min_size_set, "%llu\n");

static int __init setup_fuzz(char *str)
{
	return setup_fault_attr(&kvmalloc_fuzz_attr, str);
}
__setup("kvmalloc_fallback=", setup_fuzz);

static u64 min_size_at_boot __initdata = PAGE_SIZE + 1;

static int __init setup_fuzz_min_size(char *str)
{
	return !kstrtou64(str, 0, &min_size_at_boot);
}
__setup("kvmalloc_fallback_min_size=", setup_fuzz_min_size);

static int __init fuzz_early_init(void)
{
	/* A stack dump for each of what may be thousands is for who asks. */
	kvmalloc_fuzz_attr.verbose = 0;

	if (kvmalloc_fuzz_set_min_size(min_size_at_boot))
		pr_err("kvmalloc_fallback_min_size=%llu: more than INT_MAX\n",
		       min_size_at_boot);
	return 0;
}
core_initcall(fuzz_early_init);

static int __init fuzz_debugfs_init(void)
{
	struct dentry *dir;

	dir = fault_create_debugfs_attr("kvmalloc_fallback", NULL,
					&kvmalloc_fuzz_attr);
	if (!IS_ERR(dir))
		debugfs_create_file_unsafe("min-size", 0600, dir, NULL,
					   &min_size);
	return 0;
}
late_initcall(fuzz_debugfs_init);

#endif /* CONFIG_KVMALLOC_FUZZ */
