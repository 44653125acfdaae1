// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_corrections: faults of the kernel around the family, which the
 * graft corrects.  Documentation/corrections.rst has the analysis of each.
 */

#include <linux/cgroup-defs.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/percpu-rwsem.h>
#include <linux/sched/task.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "kvmalloc_test.h"

#define AREA_SIZE	SZ_16M
#define MAX_AREAS	64

/* As many idle workers as a processor may have. */
#define MAX_BLOCKERS	64

/* How long a purge may take on a busy host; it takes milliseconds. */
#define PATIENCE	(20 * HZ)

struct blocker {
	struct work_struct work;
	struct completion running;
};

static struct blocker blockers[MAX_BLOCKERS];
static DECLARE_COMPLETION(release_workers);

struct purge {
	struct vm_struct *areas[MAX_AREAS];
	unsigned int nr_areas;
	struct completion begin, end;
};

static void block_worker(struct work_struct *work)
{
	complete(&container_of(work, struct blocker, work)->running);
	wait_for_completion(&release_workers);
}

/*
 * Occupy the workers of @cpu until one more item finds none: return the number
 * of items.
 */
static unsigned int block_workers(int cpu)
{
	unsigned int nr = 0;

	reinit_completion(&release_workers);
	while (nr < MAX_BLOCKERS) {
		struct blocker *blocker = &blockers[nr++];

		INIT_WORK(&blocker->work, block_worker);
		init_completion(&blocker->running);
		schedule_work_on(cpu, &blocker->work);
		if (!wait_for_completion_timeout(&blocker->running, HZ))
			break;
	}
	return nr;
}

static void unblock_workers(unsigned int nr)
{
	complete_all(&release_workers);
	while (nr--)
		flush_work(&blockers[nr].work);
}

/* The area goes to the vmap node of the processor that this runs on. */
static long get_area(void *area)
{
	*(struct vm_struct **)area = get_vm_area(AREA_SIZE, VM_MAP);
	return 0;
}

/* Free so many areas lazily that the purge queues work items, and purge them. */
static int free_and_purge(void *data)
{
	struct purge *purge = data;
	unsigned int i;

	wait_for_completion(&purge->begin);
	vm_unmap_aliases();
	for (i = 0; i < purge->nr_areas; i++)
		free_vm_area(purge->areas[i]);
	vm_unmap_aliases();
	complete(&purge->end);
	return 0;
}

/*
 * Purging vmap areas ends while no worker is free and none can be created.
 *
 * Holding cgroup_threadgroup_rwsem for writing keeps kthreadd in
 * copy_process(), as a stack without memory would.  The areas are freed on the
 * processor whose workers are occupied, so that drain_vmap_work waits there,
 * too, and does not purge them before the test does.
 */
static void purge_needs_no_new_worker(struct kunit *test)
{
	/* Three times lazy_max_pages(); from twice that on there are helpers. */
	const unsigned int nr_areas = 3 * 2 * fls(num_online_cpus());
	const int cpu = cpumask_first(cpu_online_mask);
	const int other = cpumask_last(cpu_online_mask);
	unsigned int nr_blockers, i;
	struct task_struct *purger;
	struct purge *purge;
	bool ended;

	if (!IS_ENABLED(CONFIG_64BIT) || cpu || !other)
		kunit_skip(test, "needs several vmap nodes: 64 bits, two processors");
	KUNIT_ASSERT_LE(test, nr_areas, MAX_AREAS);

	purge = kunit_kzalloc(test, sizeof(*purge), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, purge);
	init_completion(&purge->begin);
	init_completion(&purge->end);
	purger = kthread_create(free_and_purge, purge, "kvmalloc_purge");
	KUNIT_ASSERT_FALSE(test, IS_ERR(purger));
	get_task_struct(purger);
	kthread_bind(purger, cpu);
	wake_up_process(purger);
	for (i = 0; i < nr_areas; i++) {
		work_on_cpu(i & 1 ? cpu : other, get_area, &purge->areas[i]);
		if (!purge->areas[i])
			break;
	}
	purge->nr_areas = i;

	/*
	 * No expectation until the lock is released: an aborted test exits, and
	 * exit_signals() takes the lock.
	 */
	percpu_down_write(&cgroup_threadgroup_rwsem);
	nr_blockers = block_workers(cpu);
	complete(&purge->begin);
	ended = wait_for_completion_timeout(&purge->end, PATIENCE);
	percpu_up_write(&cgroup_threadgroup_rwsem);

	unblock_workers(nr_blockers);
	if (!ended)
		wait_for_completion(&purge->end);
	kthread_stop(purger);
	put_task_struct(purger);

	KUNIT_EXPECT_EQ(test, purge->nr_areas, nr_areas);
	KUNIT_EXPECT_LT(test, nr_blockers, MAX_BLOCKERS);
	KUNIT_EXPECT_TRUE(test, ended);
}

static struct kunit_case corrections_cases[] = {
	KV_AREA_CASE(purge_needs_no_new_worker),
	{ }
};

static struct kunit_suite corrections_suite = {
	.name = "kvmalloc_corrections",
	.test_cases = corrections_cases,
};

kunit_test_suite(corrections_suite);
