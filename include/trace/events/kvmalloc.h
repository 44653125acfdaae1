/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What can be watched of kvmalloc() with tracefs, perf or a probe of one's own.
 *
 * A slab allocation that went well is none of these: kmem:kmalloc shows it.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kvmalloc

#if !defined(_TRACE_KVMALLOC_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_KVMALLOC_H

#include <linux/tracepoint.h>
#include <trace/events/mmflags.h>

#ifndef _TRACE_KVMALLOC_ENUMS
#define _TRACE_KVMALLOC_ENUMS

/**
 * enum kvmalloc_why - Why slab did not serve a request.
 * @KVMALLOC_SLAB_FAILED: it was asked and had nothing.
 * @KVMALLOC_TOO_LARGE: the size is beyond %KMALLOC_MAX_SIZE.
 * @KVMALLOC_ALIGNMENT: it cannot align so much for the size.
 * @KVMALLOC_BACKING_STAYS: it has no say in resizing what vmalloc served.
 * @KVMALLOC_GROWING: a buffer that grows leaves it, not to be copied again.
 * @KVMALLOC_FUZZED: fault injection chose this request (CONFIG_KVMALLOC_FUZZ).
 * @KVMALLOC_INVALID: nobody is asked for such a size or alignment.
 */
enum kvmalloc_why {
	KVMALLOC_SLAB_FAILED,
	KVMALLOC_TOO_LARGE,
	KVMALLOC_ALIGNMENT,
	KVMALLOC_BACKING_STAYS,
	KVMALLOC_GROWING,
	KVMALLOC_FUZZED,
	KVMALLOC_INVALID,
};

/**
 * enum kvmalloc_how - What a reallocation did to the memory.
 * @KVMALLOC_IN_PLACE: it is where it was.
 * @KVMALLOC_COPIED: its contents were copied to other memory of the same kind.
 * @KVMALLOC_MOVED: they were copied from slab to vmalloc, or back.
 * @KVMALLOC_REMAPPED: its pages are mapped elsewhere, nothing was copied.
 */
enum kvmalloc_how {
	KVMALLOC_IN_PLACE,
	KVMALLOC_COPIED,
	KVMALLOC_MOVED,
	KVMALLOC_REMAPPED,
};

#endif /* _TRACE_KVMALLOC_ENUMS */

TRACE_DEFINE_ENUM(KVMALLOC_SLAB_FAILED);
TRACE_DEFINE_ENUM(KVMALLOC_TOO_LARGE);
TRACE_DEFINE_ENUM(KVMALLOC_ALIGNMENT);
TRACE_DEFINE_ENUM(KVMALLOC_BACKING_STAYS);
TRACE_DEFINE_ENUM(KVMALLOC_GROWING);
TRACE_DEFINE_ENUM(KVMALLOC_FUZZED);
TRACE_DEFINE_ENUM(KVMALLOC_INVALID);
TRACE_DEFINE_ENUM(KVMALLOC_IN_PLACE);
TRACE_DEFINE_ENUM(KVMALLOC_COPIED);
TRACE_DEFINE_ENUM(KVMALLOC_MOVED);
TRACE_DEFINE_ENUM(KVMALLOC_REMAPPED);

#define show_kvmalloc_why(why)				\
	__print_symbolic(why,				\
		{ KVMALLOC_SLAB_FAILED,	"slab_failed" },	\
		{ KVMALLOC_TOO_LARGE,	"too_large" },	\
		{ KVMALLOC_ALIGNMENT,	"alignment" },	\
		{ KVMALLOC_BACKING_STAYS, "backing_stays" },	\
		{ KVMALLOC_GROWING,	"growing" },	\
		{ KVMALLOC_FUZZED,	"fuzzed" },	\
		{ KVMALLOC_INVALID,	"invalid" })

#define show_kvmalloc_how(how)				\
	__print_symbolic(how,				\
		{ KVMALLOC_IN_PLACE,	"in_place" },	\
		{ KVMALLOC_COPIED,	"copied" },	\
		{ KVMALLOC_MOVED,	"moved" },	\
		{ KVMALLOC_REMAPPED,	"remapped" })

#ifdef CONFIG_TRACEPOINTS
int kvmalloc_fail_reg(void);
void kvmalloc_fail_unreg(void);
#endif

/* vmalloc serves what slab did not. */
TRACE_EVENT(kvmalloc_fallback,

	TP_PROTO(unsigned long call_site, const void *ptr, size_t size,
		 unsigned long align, gfp_t gfp_flags, int node,
		 enum kvmalloc_why why),

	TP_ARGS(call_site, ptr, size, align, gfp_flags, node, why),

	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__field(size_t, size)
		__field(unsigned long, align)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__field(unsigned int, why)
	),

	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		__entry->size = size;
		__entry->align = align;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = node;
		__entry->why = why;
	),

	TP_printk("call_site=%pS ptr=%p size=%zu align=%lu gfp_flags=%s node=%d why=%s",
		  (void *)__entry->call_site, __entry->ptr, __entry->size,
		  __entry->align, show_gfp_flags(__entry->gfp_flags),
		  __entry->node, show_kvmalloc_why(__entry->why))
);

/*
 * The caller got NULL.  A constant size of at most a page is kmalloc()'s own
 * failure in a kernel with neither CONFIG_KVMALLOC_STATS nor _FUZZ.
 */
TRACE_EVENT_FN(kvmalloc_fail,

	TP_PROTO(unsigned long call_site, size_t size, unsigned long align,
		 gfp_t gfp_flags, int node, enum kvmalloc_why why),

	TP_ARGS(call_site, size, align, gfp_flags, node, why),

	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(size_t, size)
		__field(unsigned long, align)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__field(unsigned int, why)
	),

	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->size = size;
		__entry->align = align;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = node;
		__entry->why = why;
	),

	TP_printk("call_site=%pS size=%zu align=%lu gfp_flags=%s node=%d why=%s",
		  (void *)__entry->call_site, __entry->size, __entry->align,
		  show_gfp_flags(__entry->gfp_flags), __entry->node,
		  show_kvmalloc_why(__entry->why)),

	kvmalloc_fail_reg, kvmalloc_fail_unreg
);

/* Memory was resized; old_size is what it had room for. */
TRACE_EVENT(kvmalloc_realloc,

	TP_PROTO(unsigned long call_site, const void *old_ptr,
		 const void *new_ptr, size_t old_size, size_t new_size,
		 gfp_t gfp_flags, int node, enum kvmalloc_how how),

	TP_ARGS(call_site, old_ptr, new_ptr, old_size, new_size, gfp_flags,
		node, how),

	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, old_ptr)
		__field(const void *, new_ptr)
		__field(size_t, old_size)
		__field(size_t, new_size)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__field(unsigned int, how)
	),

	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->old_ptr = old_ptr;
		__entry->new_ptr = new_ptr;
		__entry->old_size = old_size;
		__entry->new_size = new_size;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = node;
		__entry->how = how;
	),

	TP_printk("call_site=%pS old_ptr=%p new_ptr=%p old_size=%zu new_size=%zu gfp_flags=%s node=%d how=%s",
		  (void *)__entry->call_site, __entry->old_ptr,
		  __entry->new_ptr, __entry->old_size, __entry->new_size,
		  show_gfp_flags(__entry->gfp_flags), __entry->node,
		  show_kvmalloc_how(__entry->how))
);

#endif /* _TRACE_KVMALLOC_H */

#include <trace/define_trace.h>
