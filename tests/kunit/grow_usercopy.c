// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_grow_usercopy: hardened usercopy allows copies of committed
 * memory, and refuses copies of reserved addresses behind it.
 *
 * usercopy_abort() ends in BUG(), so a thread of its own makes each check.  A die
 * notifier sees the trap first and redirects the thread to leave(), where it exits
 * normally: it holds no locks.
 *
 * x86 calls the notifier before it reports anything, arm64 in the middle of its
 * report of an oops, which it ends when the notifier stops it.  riscv64 takes the
 * trap as an NMI, in which an oops is a panic.
 */

#include <linux/completion.h>
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/uaccess.h>

#if defined(CONFIG_X86)
#include <asm/trapnr.h>
#elif defined(CONFIG_ARM64)
#include <asm/insn-def.h>
#endif

#include "grow_states.h"

#if (defined(CONFIG_X86) || defined(CONFIG_ARM64)) && \
	defined(CONFIG_HARDENED_USERCOPY)

static struct copier {
	const void *p;
	size_t size;
	bool to_user;
	bool refused;
	struct task_struct *task;
	struct completion done;
} copier;

static void __noreturn leave(void)
{
	copier.refused = true;
	kthread_complete_and_exit(&copier.done, 0);
}

#if defined(CONFIG_X86)

static bool is_bug(unsigned long what, struct die_args *args)
{
	return what == DIE_TRAP && args->trapnr == X86_TRAP_UD;
}

static void redirect_to_leave(struct pt_regs *regs)
{
	regs->ip = (unsigned long)leave;
}

static void undo_oops(void)
{
}

#else

static bool is_bug(unsigned long what, struct die_args *args)
{
	return what == DIE_OOPS && !strcmp(args->str, "Oops - BUG");
}

static void redirect_to_leave(struct pt_regs *regs)
{
	/* The handler of the trap advances the address by one instruction. */
	regs->pc = (unsigned long)leave - AARCH64_INSN_SIZE;
}

/* oops_enter() stopped the trace buffers, which other suites read. */
static void undo_oops(void)
{
	tracing_on();
}

#endif

static int on_trap(struct notifier_block *nb, unsigned long what, void *data)
{
	struct die_args *args = data;

	if (!is_bug(what, args) || current != READ_ONCE(copier.task) ||
	    user_mode(args->regs))
		return NOTIFY_DONE;
	redirect_to_leave(args->regs);
	return NOTIFY_STOP;
}

static struct notifier_block trap_notifier = {
	.notifier_call = on_trap,
};

static int copy(void *data)
{
	WRITE_ONCE(copier.task, current);
	check_object_size(copier.p, kv_size(copier.size), copier.to_user);
	kthread_complete_and_exit(&copier.done, 0);
}

/* Whether so much from there on may be copied; it is said if not. */
static bool may_copy(struct kunit *test, const void *p, size_t size,
		     bool to_user)
{
	struct task_struct *task;

	copier = (struct copier){ .p = p, .size = size, .to_user = to_user };
	init_completion(&copier.done);
	KUNIT_ASSERT_EQ(test, register_die_notifier(&trap_notifier), 0);
	task = kthread_run(copy, NULL, "kvmalloc_copy");
	if (!IS_ERR(task))
		wait_for_completion(&copier.done);
	unregister_die_notifier(&trap_notifier);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	if (copier.refused)
		undo_oops();

	return !copier.refused;
}

static void expect_refused(struct kunit *test, const void *p, size_t size)
{
	int to_user;

	for (to_user = 0; to_user < 2; to_user++) {
		bool may;

		kv_expect_complaint();
		may = may_copy(test, p, size, to_user);
		kv_end_of_complaint();
		KUNIT_EXPECT_FALSE_MSG(test, may, "%zu bytes", size);
	}
}

static void expect_allowed(struct kunit *test, const void *p, size_t size)
{
	KUNIT_EXPECT_TRUE(test, may_copy(test, p, size, false));
	KUNIT_EXPECT_TRUE(test, may_copy(test, p, size, true));
}

/* Nothing beyond what is committed, whatever is reserved. */
static void usercopy_stops(struct kunit *test)
{
	const struct state *state = test->param_value;
	void *p = state->make(test);
	const size_t all = PAGE_ALIGN(SIZE);
	size_t room = kvmalloc_room(p);

	expect_allowed(test, p, 1);
	expect_allowed(test, p, SIZE);
	expect_allowed(test, p, all);
	expect_allowed(test, p + SIZE, all - SIZE);
	if (room > all) {
		expect_refused(test, p, all + 1);
		expect_refused(test, p, room);
		expect_refused(test, p + all - 1, 2);
		expect_refused(test, p + all, 1);
		expect_refused(test, p + room - 1, 1);
	}
	expect_refused(test, p, room + PAGE_SIZE + 1);

	/* With what it gives back, and with what it gets. */
	p = grow_to(test, p, 100, GFP_KERNEL, KVMALLOC_IN_PLACE);
	expect_allowed(test, p, PAGE_SIZE);
	expect_refused(test, p, PAGE_SIZE + 1);
	p = grow_to(test, p, all, GFP_KERNEL, KVMALLOC_IN_PLACE);
	expect_allowed(test, p, all);
	kvfree(p);
}

#else

static void usercopy_stops(struct kunit *test)
{
	kunit_skip(test,
		   "needs x86 or arm64, which survive BUG(), and CONFIG_HARDENED_USERCOPY");
}

#endif

#if defined(CONFIG_MMU)
/* Whether hardened usercopy would allow the copy, without making it. */
static bool is_ok(const void *p, unsigned long addr, size_t size)
{
	struct vmap_area *va = find_vmap_area((unsigned long)p);

	return va && kvmalloc_usercopy_ok(va, addr, size);
}

static void expect_committed_part(struct kunit *test, const void *p,
				  unsigned long addr)
{
	const size_t all = PAGE_ALIGN(SIZE);

	KUNIT_EXPECT_TRUE(test, is_ok(p, addr, 1));
	KUNIT_EXPECT_TRUE(test, is_ok(p, addr, all));
	KUNIT_EXPECT_TRUE(test, is_ok(p, addr + all - 1, 1));
	KUNIT_EXPECT_FALSE(test, is_ok(p, addr, SIZE_MAX));
	if (kvmalloc_room(p) > all) {
		KUNIT_EXPECT_FALSE(test, is_ok(p, addr, all + 1));
		KUNIT_EXPECT_FALSE(test, is_ok(p, addr + all - 1, 2));
		KUNIT_EXPECT_FALSE(test, is_ok(p, addr + all, 1));
	}
}

/* The predicate alone, on machines, too, where a test does not survive BUG(). */
static void usercopy_ok_knows_what_is_committed(struct kunit *test)
{
	const struct state *state = test->param_value;
	void *p = state->make(test);

	expect_committed_part(test, p, (unsigned long)p);
	kvfree(p);
}

/* check_object_size() passes the address with its tag, and areas have none. */
static void usercopy_ok_ignores_tags(struct kunit *test)
{
#if defined(CONFIG_ARM64) && \
	(defined(CONFIG_KASAN_SW_TAGS) || defined(CONFIG_KASAN_HW_TAGS))
	unsigned int i, tag;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		void *p = states[i].make(test);

		for (tag = 0; tag <= 0xff; tag += 0x33)
			expect_committed_part(test, p,
					      (unsigned long)__tag_set(p, tag));
		kvfree(p);
	}
#else
	kunit_skip(test, "needs arm64 with KASAN_SW_TAGS or KASAN_HW_TAGS");
#endif
}
#else
static void usercopy_ok_knows_what_is_committed(struct kunit *test)
{
	kunit_skip(test, "needs an MMU");
}

static void usercopy_ok_ignores_tags(struct kunit *test)
{
	kunit_skip(test, "needs an MMU");
}
#endif

static struct kunit_case usercopy_cases[] = {
	KUNIT_CASE_PARAM(usercopy_ok_knows_what_is_committed, state_gen_params),
	KUNIT_CASE(usercopy_ok_ignores_tags),
	KUNIT_CASE_PARAM(usercopy_stops, state_gen_params),
	{ }
};

static struct kunit_suite kvmalloc_grow_usercopy_suite = {
	.name = "kvmalloc_grow_usercopy",
	GROW_SUITE_HOOKS,
	.test_cases = usercopy_cases,
};

kunit_test_suite(kvmalloc_grow_usercopy_suite);
