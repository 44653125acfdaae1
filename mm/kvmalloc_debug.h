/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What mm/util.c tells those who watch it, and what it lets fault injection
 * decide.
 *
 * All of it hangs on one static key, kvmalloc_hooked, which is on while anybody
 * counts, traces failures or fuzzes small requests.  While it is off, a request
 * of at most a page and a free run over a patched no-op and nothing else.  What
 * is not compiled in is not even that.
 */
#ifndef _KVMALLOC_DEBUG_H
#define _KVMALLOC_DEBUG_H

#include <linux/fault-inject.h>
#include <linux/kvmalloc.h>
#include <trace/events/kvmalloc.h>

/**
 * struct kvmalloc_resize - A reallocation under way.
 * @p: The memory that is resized.
 * @room: What it has room for, in bytes; 0 while nobody wants to know.
 * @live: Bytes that were counted as live for it, 0 if it was not counted.
 * @how: What was done to it, if it is vmalloc memory.
 */
struct kvmalloc_resize {
	const void *p;
	size_t room;
	size_t live;
	enum kvmalloc_how how;
};

/*
 * Not all who hook count: where nobody can, not even a no-op is left.
 */
#ifdef CONFIG_KVMALLOC_STATS
#define kvmalloc_is_counting()	kvmalloc_is_hooked()
#else
#define kvmalloc_is_counting()	false
#endif

#ifdef CONFIG_KVMALLOC_STATS

/* The hooks proper.  Only called while kvmalloc_is_counting(). */
void kvmalloc_count_served(const void *p, size_t size);
void kvmalloc_count_failed(size_t size);
void kvmalloc_count_fallback(unsigned long call_site, size_t size, bool fuzzed);
void kvmalloc_count_live(const void *p, size_t size);
void kvmalloc_count_resize(enum kvmalloc_how how);

/**
 * struct kvmalloc_stats - The counts of one size class.
 * @slab: Requests that slab served.
 * @vmalloc: Requests that vmalloc served.
 * @failed: Requests that nobody served.
 * @live: Bytes requested and not freed yet.
 * @peak: The most that @live has been.
 */
struct kvmalloc_stats {
	u64 slab;
	u64 vmalloc;
	u64 failed;
	unsigned long live;
	unsigned long peak;
};

/**
 * struct kvmalloc_caller - A call site that has fallen back to vmalloc.
 * @call_site: Its address.
 * @count: How often, @fuzzed times of it by fault injection.
 * @fuzzed: See @count.
 * @bytes: What it requested in all of them together.
 * @smallest: The smallest of these requests, in bytes.
 * @largest: The largest.
 */
struct kvmalloc_caller {
	unsigned long call_site;
	u64 count;
	u64 fuzzed;
	u64 bytes;
	size_t smallest;
	size_t largest;
};

int kvmalloc_stats_enable(bool on);
void kvmalloc_stats_read(size_t size, struct kvmalloc_stats *sum);
u64 kvmalloc_resized_read(enum kvmalloc_how how);
void kvmalloc_stats_reset(void);
bool kvmalloc_callers_read(unsigned long call_site, struct kvmalloc_caller *sum);
void kvmalloc_callers_reset(void);

#else

static inline void kvmalloc_count_served(const void *p, size_t size) { }
static inline void kvmalloc_count_failed(size_t size) { }
static inline void kvmalloc_count_fallback(unsigned long call_site, size_t size,
					   bool fuzzed) { }
static inline void kvmalloc_count_live(const void *p, size_t size) { }
static inline void kvmalloc_count_resize(enum kvmalloc_how how) { }
static inline size_t kvmalloc_count_freed(const void *p) { return 0; }

#endif /* CONFIG_KVMALLOC_STATS */

#ifdef CONFIG_KVMALLOC_FUZZ

extern struct fault_attr kvmalloc_fuzz_attr;

bool kvmalloc_fuzz_request(size_t size, gfp_t flags);
int kvmalloc_fuzz_set_min_size(u64 min_size);

/*
 * Shall this request, which slab might serve, go to vmalloc?
 */
static __always_inline bool kvmalloc_fuzz(size_t size, gfp_t flags)
{
	return unlikely(READ_ONCE(kvmalloc_fuzz_attr.probability)) &&
	       kvmalloc_fuzz_request(size, flags);
}

#else

static __always_inline bool kvmalloc_fuzz(size_t size, gfp_t flags)
{
	return false;
}

#endif /* CONFIG_KVMALLOC_FUZZ */

#endif /* _KVMALLOC_DEBUG_H */
