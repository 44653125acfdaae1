// SPDX-License-Identifier: GPL-2.0
/*
 * Allocating and freeing, in pairs and freeing alone.
 *
 * Up to a page a pair takes a hundred instructions or two, so its call has to
 * stand where it is measured, and interrupts are off.  Above, interrupts are on,
 * as vmalloc may sleep; the best of some rounds is one without a tick.
 */

#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "kvbench.h"

#define PAIRS_SHORT	500
#define ROUNDS_SHORT	20
#define PAIRS_LONG	64
#define ROUNDS_LONG	6
#define BYTES_A_ROUND	SZ_16M
#define HUGE_SIZE	SZ_8M	/* from here on in turn: */
#define ROUNDS_HUGE	12

enum who { OURS, UPSTREAM, KMALLOC, VMALLOC, NR_WHO, NOBODY = NR_WHO };

static const char * const who_names[NR_WHO] = {
	"ours", "upstream", "kmalloc", "vmalloc",
};

static __always_inline void *take(enum who who, size_t size, gfp_t flags)
{
	switch (who) {
	case OURS:	return kvmalloc(size, flags);
	case UPSTREAM:	return upstream_kvmalloc(size, flags);
	case KMALLOC:	return kmalloc(size, flags);
	case VMALLOC:	return __vmalloc(size, flags);
	case NOBODY:
		break;
	}
	return ZERO_SIZE_PTR;
}

static __always_inline void give_back(enum who who, const void *p)
{
	switch (who) {
	case OURS:	return kvfree(p);
	case UPSTREAM:	return upstream_kvfree(p);
	case KMALLOC:	return kfree(p);
	case VMALLOC:	return vfree(p);
	case NOBODY:
		break;
	}
}

/*
 * Make @n pairs.  Returns what they took, the loop included, or 0 if there was
 * no memory.  The compiler must not look through the pointer, or it might see
 * that nobody uses the memory.
 */
static __always_inline u64 pairs(enum who who, unsigned int n, size_t size,
				 gfp_t flags)
{
	u64 start = kvbench_now();

	while (n--) {
		void *p = take(who, size, flags);

		OPTIMIZER_HIDE_VAR(p);
		if (unlikely(!p))
			return 0;
		give_back(who, p);
	}
	return kvbench_now() - start;
}

/* Here the compiler knows the size, in a loop for each. */
static __always_inline u64 constant_pairs(enum who who, unsigned int n,
					  size_t size, gfp_t flags)
{
	switch (size) {
	case 8:		return pairs(who, n, 8, flags);
	case 16:	return pairs(who, n, 16, flags);
	case 32:	return pairs(who, n, 32, flags);
	case 64:	return pairs(who, n, 64, flags);
	case 128:	return pairs(who, n, 128, flags);
	case 256:	return pairs(who, n, 256, flags);
	case 512:	return pairs(who, n, 512, flags);
	case SZ_1K:	return pairs(who, n, SZ_1K, flags);
	case SZ_2K:	return pairs(who, n, SZ_2K, flags);
	case SZ_4K:	return pairs(who, n, SZ_4K, flags);
	case SZ_8K:	return pairs(who, n, SZ_8K, flags);
	case SZ_16K:	return pairs(who, n, SZ_16K, flags);
	case SZ_32K:	return pairs(who, n, SZ_32K, flags);
	case SZ_64K:	return pairs(who, n, SZ_64K, flags);
	case SZ_128K:	return pairs(who, n, SZ_128K, flags);
	case SZ_256K:	return pairs(who, n, SZ_256K, flags);
	case SZ_512K:	return pairs(who, n, SZ_512K, flags);
	case SZ_1M:	return pairs(who, n, SZ_1M, flags);
	case SZ_2M:	return pairs(who, n, SZ_2M, flags);
	case SZ_4M:	return pairs(who, n, SZ_4M, flags);
	case SZ_8M:	return pairs(who, n, SZ_8M, flags);
	case SZ_16M:	return pairs(who, n, SZ_16M, flags);
	case SZ_32M:	return pairs(who, n, SZ_32M, flags);
	case SZ_64M:	return pairs(who, n, SZ_64M, flags);
	}
	return 0;
}

static __always_inline u64 variable_pairs(enum who who, unsigned int n,
					  size_t size, gfp_t flags)
{
	OPTIMIZER_HIDE_VAR(size);
	return pairs(who, n, size, flags);
}

/* The flags are known as well, as they are in nearly every caller. */
static __always_inline u64 either(enum who who, unsigned int n, size_t size,
				  bool constant, bool zero)
{
	const gfp_t zeroed = GFP_KERNEL | __GFP_ZERO;

	if (constant)
		return zero ? constant_pairs(who, n, size, zeroed) :
			      constant_pairs(who, n, size, GFP_KERNEL);
	return zero ? variable_pairs(who, n, size, zeroed) :
		      variable_pairs(who, n, size, GFP_KERNEL);
}

typedef u64 (*pairs_fn)(unsigned int n, size_t size, bool constant, bool zero);

static noinline u64 pairs_of_ours(unsigned int n, size_t size, bool constant,
				  bool zero)
{
	return either(OURS, n, size, constant, zero);
}

static noinline u64 pairs_of_upstream(unsigned int n, size_t size,
				      bool constant, bool zero)
{
	return either(UPSTREAM, n, size, constant, zero);
}

static noinline u64 pairs_of_kmalloc(unsigned int n, size_t size, bool constant,
				     bool zero)
{
	return either(KMALLOC, n, size, constant, zero);
}

static noinline u64 pairs_of_vmalloc(unsigned int n, size_t size, bool constant,
				     bool zero)
{
	return either(VMALLOC, n, size, constant, zero);
}

static noinline u64 pairs_of_nobody(unsigned int n, size_t size, bool constant,
				    bool zero)
{
	return pairs(NOBODY, n, size, GFP_KERNEL);
}

static const pairs_fn pairs_fns[NR_WHO] = {
	pairs_of_ours, pairs_of_upstream, pairs_of_kmalloc, pairs_of_vmalloc,
};

/* What is measured, but for who is asked. */
struct request {
	size_t size;
	bool constant;
	bool zero;
};

static u64 one_round(pairs_fn fn, unsigned int n, const struct request *request,
		     bool is_short)
{
	unsigned long flags;
	u64 taken, start;

	if (is_short) {
		local_irq_save(flags);
		taken = fn(n, request->size, request->constant, request->zero);
		local_irq_restore(flags);
		return taken;
	}

	kvbench_settle();
	start = kvbench_now();
	if (!fn(n, request->size, request->constant, request->zero))
		return 0;
	kvbench_settle();
	return kvbench_now() - start - kvbench_settle_overhead;
}

static void measure(const char *name, enum who who,
		    const struct request *request)
{
	bool is_short = request->size <= PAGE_SIZE && who != VMALLOC;
	unsigned int n = is_short ? PAIRS_SHORT : PAIRS_LONG;
	unsigned int rounds = is_short ? ROUNDS_SHORT : ROUNDS_LONG;
	u64 best = U64_MAX, empty;

	if (!is_short)
		n = clamp(BYTES_A_ROUND / request->size, 1, n);

	/* The first fills caches of pages, objects and address ranges. */
	one_round(pairs_fns[who], n, request, is_short);
	while (rounds--) {
		u64 taken = one_round(pairs_fns[who], n, request, is_short);

		if (!taken) {
			pr_info("kvbench: failed: %s %s\n", name,
				who_names[who]);
			return;
		}
		best = min(best, taken);
		cond_resched();
	}
	empty = one_round(pairs_of_nobody, n, request, true);
	kvbench_result_each(name, who_names[who], best - min(best, empty), n);
}

/*
 * What takes thousands of pages leaves the page allocator's lists in another
 * order than it found them in, which the next pays for or profits from.  So all
 * take turns, often enough for each to have had a good one.
 */
static void measure_in_turn(const char *name, const struct request *request)
{
	unsigned int rounds, i;
	u64 best[NR_WHO];
	enum who who;

	memset(best, 0xff, sizeof(best));
	for (rounds = 0; rounds < ROUNDS_HUGE; rounds++) {
		for (i = 0; i < NR_WHO; i++) {
			u64 taken;

			/* There and back, for nobody to follow always the same. */
			who = rounds % 2 ? NR_WHO - 1 - i : i;
			if (who == KMALLOC && request->size > KMALLOC_MAX_SIZE)
				continue;
			taken = one_round(pairs_fns[who], 1, request, false);
			if (!taken) {
				pr_info("kvbench: failed: %s %s\n", name,
					who_names[who]);
				return;
			}
			best[who] = min(best[who], taken);
			cond_resched();
		}
	}
	for (who = 0; who < NR_WHO; who++) {
		if (best[who] != U64_MAX)
			kvbench_result(name, "instructions", who_names[who],
				       best[who]);
	}
}

static void measure_pairs(const struct request *request)
{
	char name[KVBENCH_NAME], buf[KVBENCH_NAME];
	enum who who;

	snprintf(name, sizeof(name), "alloc-free%s/%s/%s",
		 request->zero ? "-zero" : "",
		 request->constant ? "constant" : "variable",
		 kvbench_size(buf, request->size));
	if (!kvbench_wanted(name))
		return;
	if (request->size >= HUGE_SIZE) {
		measure_in_turn(name, request);
		return;
	}
	for (who = 0; who < NR_WHO; who++) {
		if (who != KMALLOC || request->size <= KMALLOC_MAX_SIZE)
			measure(name, who, request);
	}
}

/*
 * Freeing alone.
 */
#define NR_FREED	64

static __always_inline u64 free_all(enum who who, void **p, unsigned int n)
{
	u64 start = kvbench_now();

	while (n--) {
		void *one = p[n];

		OPTIMIZER_HIDE_VAR(one);
		give_back(who, one);
	}
	return kvbench_now() - start;
}

typedef u64 (*free_fn)(void **p, unsigned int n);

static noinline u64 free_by_ours(void **p, unsigned int n)
{
	return free_all(OURS, p, n);
}

static noinline u64 free_by_upstream(void **p, unsigned int n)
{
	return free_all(UPSTREAM, p, n);
}

static noinline u64 free_by_kmalloc(void **p, unsigned int n)
{
	return free_all(KMALLOC, p, n);
}

static noinline u64 free_by_vmalloc(void **p, unsigned int n)
{
	return free_all(VMALLOC, p, n);
}

static noinline u64 free_by_nobody(void **p, unsigned int n)
{
	return free_all(NOBODY, p, n);
}

static const free_fn free_fns[NR_WHO] = {
	free_by_ours, free_by_upstream, free_by_kmalloc, free_by_vmalloc,
};

static u64 free_round(void **p, unsigned int n, size_t size, bool slab,
		      free_fn fn)
{
	unsigned long flags;
	u64 taken, start;
	unsigned int i;

	kvbench_settle();
	for (i = 0; i < n; i++) {
		p[i] = slab ? kmalloc(size, GFP_KERNEL) :
			      __vmalloc(size, GFP_KERNEL);
		if (!p[i]) {
			while (i--)
				kvfree(p[i]);
			return 0;
		}
	}

	if (slab) {
		local_irq_save(flags);
		taken = fn(p, n);
		local_irq_restore(flags);
		return taken;
	}
	start = kvbench_now();
	fn(p, n);
	kvbench_settle();
	return kvbench_now() - start - kvbench_settle_overhead;
}

static void measure_free(size_t size, bool slab)
{
	unsigned int n = clamp(BYTES_A_ROUND / size, 1, NR_FREED);
	char name[KVBENCH_NAME], buf[KVBENCH_NAME];
	static void *p[NR_FREED];
	enum who who;
	u64 empty;

	snprintf(name, sizeof(name), "free/%s/%s", slab ? "slab" : "vmalloc",
		 kvbench_size(buf, size));
	if (!kvbench_wanted(name))
		return;

	empty = free_by_nobody(p, n);
	for (who = 0; who < NR_WHO; who++) {
		unsigned int rounds = ROUNDS_SHORT;
		u64 best = U64_MAX;

		if (who == (slab ? VMALLOC : KMALLOC))
			continue;
		free_round(p, n, size, slab, free_fns[who]);
		while (rounds--) {
			u64 taken = free_round(p, n, size, slab, free_fns[who]);

			if (!taken) {
				pr_info("kvbench: failed: %s %s\n", name,
					who_names[who]);
				return;
			}
			best = min(best, taken);
			cond_resched();
		}
		kvbench_result_each(name, who_names[who],
				    best - min(best, empty), n);
	}
}

void kvbench_pairs(void)
{
	struct request request;
	size_t size;
	int kind;

	for (kind = 0; kind < 4; kind++) {
		for (size = 8; size <= SZ_64M; size *= 2) {
			request = (struct request) {
				.size = size,
				.constant = !(kind & 1),
				.zero = kind & 2,
			};
			measure_pairs(&request);
		}
	}
	for (size = 8; size <= SZ_4M; size *= 8)
		measure_free(size, true);
	for (size = SZ_4K; size <= SZ_16M; size *= 8)
		measure_free(size, false);
}
