/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_TRACEPOINT_H
#define PROVE_TRACEPOINT_H

#include <linux/types.h>

/* A tracepoint only reads its arguments.  It is enabled or not. */
#define TP_PROTO(...)			__VA_ARGS__
#define TP_ARGS(...)
#define TP_STRUCT__entry(...)
#define TP_fast_assign(...)
#define TP_printk(...)
#define TRACE_DEFINE_ENUM(name)

#define TRACE_EVENT(name, prototype, ...)				\
static inline void trace_##name(prototype) { }				\
static inline bool trace_##name##_enabled(void)				\
{									\
	return IS_ENABLED(CONFIG_TRACEPOINTS) && nondet_bool();		\
}
#define TRACE_EVENT_FN(name, prototype, ...)				\
	TRACE_EVENT(name, PROTOTYPE(prototype))
#define PROTOTYPE(...)			__VA_ARGS__

#endif
