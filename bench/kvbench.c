// SPDX-License-Identifier: GPL-2.0
/*
 * The bench: what our kvmalloc family costs and what upstream's does, both in
 * one kernel (graft mode "beside") and in one boot of it.
 *
 * It runs at the end of booting, prints its results and shuts the machine down:
 * scripts/bench boots it, and kvbench.h says what a result looks like.
 *
 * QEMU counts instructions (-icount shift=0), and its time stamp counter is that
 * count.  It is the same in every run, but not a time: a count knows nothing of
 * caches and of memory's bandwidth.  User-mode Linux, which runs natively, gives
 * nanoseconds instead.
 */

#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#ifdef CONFIG_X86_64
#ifndef CONFIG_UML
#include <asm/tsc.h>
#endif
#endif

#include "kvbench.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "kvbench."

/*
 * Beginnings of the names that are wanted, with commas between them.
 */
static char *only = "";
module_param(only, charp, 0);
MODULE_PARM_DESC(only, "beginnings of names of results, all if empty");

u64 kvbench_overhead;
u64 kvbench_settle_overhead;

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
const char * const kvbench_unit = "instructions";

u64 kvbench_now(void)
{
	return rdtsc_ordered();
}
#else
const char * const kvbench_unit = "ns";

u64 kvbench_now(void)
{
	return ktime_get_ns();
}
#endif

bool kvbench_wanted(const char *name)
{
	const char *word = only;

	if (!*word)
		return true;
	while (*word) {
		size_t len = strcspn(word, ",");
		size_t known = min(len, strlen(name));

		/* A part is wanted, too, if something of it is. */
		if (!strncmp(name, word, known))
			return true;
		word += len;
		word += *word == ',';
	}
	return false;
}

void kvbench_result(const char *name, const char *unit, const char *who,
		    u64 value)
{
	if (kvbench_wanted(name))
		pr_info("kvbench: %s %s %s %llu\n", name, unit, who, value);
}

void kvbench_result_each(const char *name, const char *who, u64 value, u64 n)
{
	u64 hundredths = div64_u64(100 * value + n / 2, n);

	if (kvbench_wanted(name))
		pr_info("kvbench: %s %s %s %llu.%02llu\n", name, kvbench_unit,
			who, hundredths / 100, hundredths % 100);
}

const char *kvbench_size(char *buf, size_t size)
{
	if (size >= SZ_1M)
		snprintf(buf, KVBENCH_NAME, "%zuM", size / SZ_1M);
	else if (size >= SZ_1K)
		snprintf(buf, KVBENCH_NAME, "%zuK", size / SZ_1K);
	else
		snprintf(buf, KVBENCH_NAME, "%zu", size);
	return buf;
}

static void *our_alloc(size_t size, gfp_t flags)
{
	return kvmalloc(size, flags);
}

static void *our_realloc(const void *p, size_t size, gfp_t flags)
{
	return kvrealloc(p, size, flags);
}

static void *upstream_alloc(size_t size, gfp_t flags)
{
	return upstream_kvmalloc(size, flags);
}

static void *upstream_realloc(const void *p, size_t size, gfp_t flags)
{
	return upstream_kvrealloc(p, size, flags);
}

const struct kvbench_family kvbench_families[2] = {
	{ "ours", our_alloc, our_realloc, kvfree },
	{ "upstream", upstream_alloc, upstream_realloc, upstream_kvfree },
};

void kvbench_settle(void)
{
	vm_unmap_aliases();
}

static void calibrate(void)
{
	int i;

	kvbench_overhead = U64_MAX;
	kvbench_settle_overhead = U64_MAX;
	for (i = 0; i < 20; i++) {
		u64 start = kvbench_now();
		u64 taken = kvbench_now() - start;

		kvbench_overhead = min(kvbench_overhead, taken);
	}
	for (i = 0; i < 20; i++) {
		u64 start = kvbench_now(), taken;

		kvbench_settle();
		taken = kvbench_now() - start - kvbench_overhead;
		kvbench_settle_overhead = min(kvbench_settle_overhead, taken);
	}
	pr_info("kvbench: begin, overhead %llu and %llu\n", kvbench_overhead,
		kvbench_settle_overhead);
}

static int __init kvbench_run(void)
{
	calibrate();
	kvbench_pairs();
	kvbench_steps();
	kvbench_c_loop();
	if (IS_ENABLED(CONFIG_RUST))
		kvbench_rust();
	kvbench_grow();
	/* Last, as it leaves the page allocator's lists in disorder. */
	kvbench_fragments();
	pr_info("kvbench: done\n");

	if (IS_ENABLED(CONFIG_UML))
		kernel_power_off();
	else
		kernel_restart(NULL);
	return 0;
}
late_initcall_sync(kvbench_run);
