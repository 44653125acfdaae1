// SPDX-License-Identifier: GPL-2.0
/*
 * The suites of the tests in Rust, one per promise, and what those ask C.
 */

#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/align.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../kunit/kvmalloc_test.h"
#include "kvmalloc_rust_kunit.h"

int rust_kunit_next_node(int after)
{
	int node = next_node(after, node_states[N_MEMORY]);

	return node < MAX_NUMNODES ? node : -1;
}

bool rust_kunit_is_possible_node(int number)
{
	int node;

	for_each_node(node)
		if (node == number)
			return true;
	return false;
}

#ifdef CONFIG_KVMALLOC_KUNIT_TEST
void rust_kunit_deny_memory(bool deny)
{
	if (deny) {
		kv_fail_anything(kunit_get_current_test());
		kv_fail_from(1, -1);
	} else {
		kv_fail_from(0, 0);
		kv_fail_as_usual();
	}
}
#else
void rust_kunit_deny_memory(bool deny)
{
	if (deny)
		kunit_skip(kunit_get_current_test(),
			   "needs CONFIG_KVMALLOC_KUNIT_TEST");
}
#endif

struct stepping {
	bool (*step)(int thread);
	int thread;
	struct completion done;
};

static int step_until_false(void *data)
{
	struct stepping *s = data;

	while (s->step(s->thread))
		cond_resched();
	complete(&s->done);
	return 0;
}

int rust_kunit_run_threads(bool (*step)(int thread))
{
	struct stepping steppings[4];
	int i, err = 0, cpu = cpumask_first(cpu_online_mask);

	for (i = 0; i < ARRAY_SIZE(steppings); i++) {
		struct stepping *s = &steppings[i];
		struct task_struct *task;

		s->step = step;
		s->thread = i;
		init_completion(&s->done);
		task = kthread_create(step_until_false, s, "rust_kunit/%d", i);
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			complete(&s->done);
			continue;
		}
		kthread_bind(task, cpu);
		wake_up_process(task);
		if (i % 2) {
			cpu = cpumask_next(cpu, cpu_online_mask);
			if (cpu >= nr_cpu_ids)
				cpu = cpumask_first(cpu_online_mask);
		}
	}
	for (i = 0; i < ARRAY_SIZE(steppings); i++)
		wait_for_completion(&steppings[i].done);
	return err;
}

struct interrupt {
	void (*f)(void *data);
	void *data;
	struct irq_work work;
	struct tasklet_struct tasklet;
	struct completion done;
};

static void call_in_hardirq(struct irq_work *work)
{
	struct interrupt *interrupt = container_of(work, struct interrupt, work);

	interrupt->f(interrupt->data);
	complete(&interrupt->done);
}

static void call_in_softirq(struct tasklet_struct *tasklet)
{
	struct interrupt *interrupt =
		container_of(tasklet, struct interrupt, tasklet);

	interrupt->f(interrupt->data);
	complete(&interrupt->done);
}

void rust_kunit_in_interrupt(int which, void (*f)(void *data), void *data)
{
	struct interrupt interrupt = { .f = f, .data = data };

	init_completion(&interrupt.done);
	/* With PREEMPT_RT a thread runs any other; to lockdep others may use slab. */
	interrupt.work = IS_ENABLED(CONFIG_PREEMPT_RT) ?
			 IRQ_WORK_INIT_HARD(call_in_hardirq) :
			 IRQ_WORK_INIT(call_in_hardirq);
	tasklet_setup(&interrupt.tasklet, call_in_softirq);
	if (which)
		tasklet_schedule(&interrupt.tasklet);
	else
		irq_work_queue(&interrupt.work);
	wait_for_completion(&interrupt.done);
	irq_work_sync(&interrupt.work);
	tasklet_kill(&interrupt.tasklet);
}

int rust_kunit_node_of(const void *mem)
{
	return page_to_nid(is_vmalloc_addr(mem) ? vmalloc_to_page(mem) :
						  virt_to_page(mem));
}

unsigned long rust_kunit_user(size_t bytes)
{
	size_t mapped = PAGE_ALIGN(bytes);
	unsigned long at;

	at = kunit_vm_mmap(kunit_get_current_test(), NULL, 0,
			   mapped + PAGE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (!at || at >= TASK_SIZE)
		return 0;

	/* What ends where the hole begins is what tests want. */
	if (vm_munmap(at + mapped, PAGE_SIZE))
		return 0;
	return at + mapped - bytes;
}

bool rust_kunit_is_area(const void *mem)
{
	return is_vmalloc_addr(mem) && find_vm_area(mem);
}

void rust_kunit_rcu_barrier(void)
{
	kvfree_rcu_barrier();
}

void *rust_kunit_kmalloc(size_t bytes)
{
	return kzalloc(bytes, GFP_KERNEL);
}

void *rust_kunit_vmalloc(size_t bytes)
{
	return vzalloc(bytes);
}

void *rust_kunit_kvmalloc(size_t bytes)
{
	return kvzalloc(bytes, GFP_KERNEL);
}

RUST_SUITE(alloc);
RUST_SUITE(align);
RUST_SUITE(box);
RUST_SUITE(vec);
RUST_SUITE(model);
RUST_SUITE(drop);
RUST_SUITE(failure);
RUST_SUITE(border);
RUST_SUITE(zst);
RUST_SUITE(edit);
RUST_SUITE(drain);
RUST_SUITE(extend);
RUST_SUITE(trait);
RUST_SUITE(slice);
RUST_SUITE(place);
RUST_SUITE(node);
RUST_SUITE(flags);
RUST_SUITE(gfp);
RUST_SUITE(nonblock);
RUST_SUITE(spare);
RUST_SUITE(user);
RUST_SUITE(pages);
RUST_SUITE(rcu);
RUST_SUITE(secret);
RUST_SUITE(foreign);

kunit_test_suites(&alloc_suite, &align_suite, &box_suite, &vec_suite,
		  &model_suite, &drop_suite, &failure_suite, &border_suite,
		  &zst_suite, &edit_suite, &drain_suite, &extend_suite,
		  &trait_suite, &slice_suite, &place_suite, &node_suite,
		  &flags_suite, &gfp_suite, &nonblock_suite, &spare_suite,
		  &user_suite, &pages_suite,
		  &rcu_suite, &secret_suite, &foreign_suite);
