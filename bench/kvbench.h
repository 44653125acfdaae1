/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the bench share.
 *
 * A result is one line in the kernel's log, which scripts/bench_report.py reads:
 *
 *	kvbench: NAME UNIT WHO VALUE
 *
 * NAME says what was measured (alloc-free/constant/64, kvvec/push/u64), WHO it
 * was measured of: ours, upstream, kmalloc, vmalloc, by-hand, c-loop and so on,
 * without a blank in either.  The same NAME with another WHO is what it is
 * compared to, so both do the same work.  UNIT is kvbench_unit for what
 * kvbench_now() counted, otherwise bytes.
 */
#ifndef _KVBENCH_H
#define _KVBENCH_H

#include <linux/sizes.h>
#include <linux/types.h>

/*
 * How many elements all of kvvec/... go through, in C and in Rust: the VALUE is
 * the count for all of them.
 */
#define KVBENCH_ELEMENTS	SZ_64K

/*
 * Instructions so far, when QEMU counts (-icount shift=0); what came before has
 * been executed, what comes after has not.  Elsewhere nanoseconds.
 */
u64 kvbench_now(void);

/* "instructions" or "ns". */
extern const char * const kvbench_unit;

/* What two calls of kvbench_now() with nothing between them are apart. */
extern u64 kvbench_overhead;

/* Whether results of this name are asked for (kvbench.only=). */
bool kvbench_wanted(const char *name);

void kvbench_result(const char *name, const char *unit, const char *who,
		    u64 value);

/* The same, for a count of what was done @n times. */
void kvbench_result_each(const char *name, const char *who, u64 value, u64 n);

/* "64", "16K", "4M": as sizes are called in names, in @buf. */
#define KVBENCH_NAME	48
const char *kvbench_size(char *buf, size_t size);

/*
 * A kvmalloc family, for what is so dear that an indirect call does not show.
 */
struct kvbench_family {
	const char *who;
	void *(*alloc)(size_t size, gfp_t flags);
	void *(*realloc)(const void *p, size_t size, gfp_t flags);
	void (*free)(const void *p);
};

extern const struct kvbench_family kvbench_families[2];

/*
 * vfree() leaves work behind, which is done when there is enough of it.  This
 * does it now, and kvbench_settle_overhead is what it costs if there is none.
 */
void kvbench_settle(void);
extern u64 kvbench_settle_overhead;

/* The parts.  Each prints its results. */
void kvbench_pairs(void);
void kvbench_grow(void);
void kvbench_steps(void);
void kvbench_fragments(void);

/* In kvbench_c_loop.c: what a C programmer would write, as WHO "c-loop". */
void kvbench_c_loop(void);

/* In kvbench_rust.rs: kvvec/... and kvbox/... of ours and upstream's. */
void kvbench_rust(void);

#endif /* _KVBENCH_H */
