/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_PREEMPT_H
#define PROVE_PREEMPT_H

#include <linux/types.h>

/*
 * The kernel's own definitions, over a context that the harness chooses.  With
 * PREEMPT_RT the task, not preempt_count(), counts disabled softirqs.
 */
#define PREEMPT_SHIFT		0
#define SOFTIRQ_SHIFT		8
#define HARDIRQ_SHIFT		16
#define NMI_SHIFT		20
#define SOFTIRQ_OFFSET		(1u << SOFTIRQ_SHIFT)
#define SOFTIRQ_MASK		(0xffu << SOFTIRQ_SHIFT)
#define HARDIRQ_MASK		(0xfu << HARDIRQ_SHIFT)
#define NMI_MASK		(0xfu << NMI_SHIFT)

extern unsigned int model_preempt_count, model_softirq_disable_cnt;
extern bool model_irqs_disabled;

#define preempt_count()		model_preempt_count
#define irqs_disabled()		model_irqs_disabled

#ifdef CONFIG_PREEMPT_RT
#define softirq_count()		(model_softirq_disable_cnt & SOFTIRQ_MASK)
#else
#define softirq_count()		(preempt_count() & SOFTIRQ_MASK)
#endif

#define in_nmi()		(preempt_count() & NMI_MASK)
#define in_hardirq()		(preempt_count() & HARDIRQ_MASK)
#define in_serving_softirq()	(softirq_count() & SOFTIRQ_OFFSET)
#define in_interrupt() \
	((preempt_count() & (NMI_MASK | HARDIRQ_MASK)) | softirq_count())
#define in_task() \
	(!((preempt_count() & (NMI_MASK | HARDIRQ_MASK)) | in_serving_softirq()))
#define in_atomic()		(preempt_count() != 0)

#ifdef CONFIG_PREEMPT_COUNT
#define preemptible()		(preempt_count() == 0 && !irqs_disabled())
#else
#define preemptible()		0
#endif

#endif
