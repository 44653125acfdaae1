// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_grow_walk: buffers that grow, shrink and are freed at random,
 * in several threads next to a model, while others read them as /proc/kcore and
 * /proc/vmallocinfo do, and take their room away.
 *
 * kvmalloc_stress has the same with many more steps.
 */

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jhash.h>
#include <linux/kthread.h>
#include <linux/mount.h>
#include <linux/prandom.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "grow_test.h"
#include "grow_walk.h"
#include "util.h"

#define NR_WALKERS	3
#define NR_BUFFERS	8	/* of each of them */
#define STRIDE		61	/* from one byte that is looked at to the next */
#define LARGE		SZ_256K
#define HUGE		(3 * SZ_1M)

/**
 * struct buffer - The model of one buffer.
 * @p: Where it is, or NULL.
 * @size: Bytes.
 * @max: It must not move up to here; 0 if it may.
 * @seed: Of the contents.
 * @zeroed: All calls so far had __GFP_ZERO.
 */
struct buffer {
	u8 *p;
	size_t size;
	size_t max;
	u8 seed;
	bool zeroed;
};

/**
 * struct walker - One of those who resize.
 * @buffers: What it has.
 * @rnd: What it draws from.
 * @steps: How many it is to do.
 * @failing: Whether allocations fail.
 * @wrong: What went wrong first, or NULL.
 * @at: In which step, with which sizes.
 * @in_place: Buffers that stayed where they were.
 * @moved: Those that did not.
 * @failed: Requests that got nothing.
 * @done: It has come to its end.
 */
static struct walker {
	struct buffer buffers[NR_BUFFERS];
	struct rnd_state rnd;
	unsigned int steps;
	bool failing;
	const char *wrong;
	struct {
		unsigned int step;
		size_t old, new, max;
	} at;
	unsigned long in_place, moved, failed;
	struct completion done;
} walkers[NR_WALKERS];

/**
 * struct looker - One of those who look on.
 * @done: It has come to its end.
 * @rounds: How often it has looked.
 * @wrong: What went wrong last, or NULL.
 * @ret: What the last read() of /proc/vmallocinfo that was wrong returned.
 * @pos: Where in the file that was.
 * @text: What it has read.
 */
static struct looker {
	struct completion done;
	unsigned long rounds;
	const char *wrong;
	ssize_t ret;
	loff_t pos;
	char text[SZ_16K];
} kcore, info, thief;

static bool stop_looking;

static u8 expected(size_t i, u8 seed)
{
	return (i >> 3) * 7 + seed;
}

static void fill(u8 *p, size_t from, size_t to, u8 seed)
{
	size_t i;

	for (i = roundup(from, STRIDE); i < to; i += STRIDE)
		p[i] = expected(i, seed);
}

static bool filled(const u8 *p, size_t to, u8 seed)
{
	size_t i;

	for (i = 0; i < to; i += STRIDE) {
		if (p[i] != expected(i, seed))
			return false;
	}
	return true;
}

static size_t draw_size(struct rnd_state *rnd, const struct buffer *b)
{
	u32 dice = prandom_u32_state(rnd);
	size_t limit = b->max ?: LARGE;

	switch (dice % 16) {
	case 0 ... 3:
		return b->size + (dice >> 4) % SZ_16K + 1;
	case 4 ... 5:
		return b->size + 1;
	case 6 ... 7:
		return min(2 * b->size, limit);
	case 8 ... 10:
		return 1 + (dice >> 4) % b->size;
	case 11:
		return max(b->size / 2, 1UL);
	case 12:
		return limit;
	case 13:
		return (dice >> 4) % 32 ? PAGE_SIZE * (1 + (dice >> 9) % 16) :
					  HUGE + (dice >> 9) % SZ_1M;
	default:
		return 1 + (dice >> 4) % limit;
	}
}

static gfp_t draw_flags(struct rnd_state *rnd)
{
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_NOFS, GFP_NOIO,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL,
	};
	u32 dice = prandom_u32_state(rnd);

	return flags[dice % ARRAY_SIZE(flags)] | __GFP_NOWARN |
	       (dice & BIT(8) ? __GFP_ZERO : 0);
}

static void wrong(struct walker *w, const char *what)
{
	if (!w->wrong)
		w->wrong = what;
}

/* Whether it is all right that there was no memory. */
static void *made(struct walker *w, void *p)
{
	bool injected = w->failing && !current->fail_nth;

	current->fail_nth = 0;
	if (!p) {
		w->failed++;
		if (!injected)
			wrong(w, "no memory");
	}
	return p;
}

static void arm(struct walker *w)
{
	u32 dice = prandom_u32_state(&w->rnd);

	if (w->failing)
		current->fail_nth = dice % 3 ? 1 + (dice >> 8) % 6 : 1000000;
}

static void begin(struct walker *w, struct buffer *b)
{
	u32 dice = prandom_u32_state(&w->rnd);
	gfp_t flags = draw_flags(&w->rnd);

	*b = (struct buffer){
		.size = 1 + (dice >> 4) % LARGE,
		.zeroed = flags & __GFP_ZERO,
		.seed = dice >> 24,
	};
	arm(w);
	switch (dice % 4) {
	case 0:
		b->max = b->size + (dice >> 8) % LARGE;
		b->p = kvmalloc_growable(b->size, b->max, flags);
		break;
	case 1:
		b->p = __vmalloc(b->size, flags);
		break;
	default:
		b->p = kvmalloc(b->size, flags);
	}
	if (!made(w, b->p))
		return;
	if (b->zeroed && memchr_inv(b->p, 0, b->size))
		wrong(w, "new memory is not zeroed");
	fill(b->p, 0, b->size, b->seed);
}

static void end(struct walker *w, struct buffer *b)
{
	u32 dice = prandom_u32_state(&w->rnd);

	if (!filled(b->p, b->size, b->seed))
		wrong(w, "changed before it was freed");
	if (dice % 4)
		kvfree(b->p);
	else
		kvfree_atomic(b->p);
	WRITE_ONCE(b->p, NULL);
}

static void check_area(struct walker *w, const struct buffer *b)
{
	const struct vm_struct *vm = find_vm_area(b->p);
	size_t committed = (size_t)vm->nr_pages << PAGE_SHIFT;
	size_t room = kvmalloc_room(b->p);

	if (vm->addr != b->p || vm->requested_size != b->size ||
	    committed < b->size || room < committed ||
	    get_vm_area_size(vm) != committed)
		wrong(w, "the area is of another size");
	if (!vmalloc_to_page(b->p + b->size - 1) ||
	    (room > committed && vmalloc_to_page(b->p + committed)))
		wrong(w, "mapped otherwise");
	if (b->max > PAGE_SIZE && room < b->max)
		wrong(w, "a promised room is gone");
}

static void resize(struct walker *w, struct buffer *b)
{
	bool by_vrealloc = !(prandom_u32_state(&w->rnd) % 4);
	bool was_vmalloc = is_vmalloc_addr(b->p);
	gfp_t flags = draw_flags(&w->rnd);
	size_t old = b->size, new = draw_size(&w->rnd, b);
	u8 *n;

	w->at.old = old;
	w->at.new = new;
	w->at.max = b->max;
	arm(w);
	n = made(w, was_vmalloc && by_vrealloc ? vrealloc(b->p, new, flags) :
						 kvrealloc(b->p, new, flags));
	if (!n) {
		if (!filled(b->p, old, b->seed))
			wrong(w, "changed by a failure");
		if (was_vmalloc)
			check_area(w, b);
		return;
	}

	if (n == b->p)
		w->in_place++;
	else
		w->moved++;
	if (new <= b->max && n != b->p)
		wrong(w, "moved below its limit");
	if (was_vmalloc && !is_vmalloc_addr(n))
		wrong(w, "vmalloc memory is not that any more");
	if (!filled(n, min(old, new), b->seed))
		wrong(w, "contents lost");
	b->zeroed = b->zeroed && (flags & __GFP_ZERO);
	if ((b->zeroed || (was_vmalloc && (flags & __GFP_ZERO))) && new > old &&
	    memchr_inv(n + old, 0, new - old))
		wrong(w, "what is new is not zeroed");

	fill(n, old, new, b->seed);
	WRITE_ONCE(b->p, n);
	b->size = new;
	if (new > b->max)
		b->max = 0;
	if (is_vmalloc_addr(n))
		check_area(w, b);
}

static int walk(void *data)
{
	struct walker *w = data;
	unsigned int step;

	for (step = 0; step < w->steps && !w->wrong; step++) {
		u32 dice = prandom_u32_state(&w->rnd);
		struct buffer *b = &w->buffers[dice % NR_BUFFERS];

		w->at.step = step;
		if (!b->p)
			begin(w, b);
		else if ((dice >> 8) % 16 == 0)
			end(w, b);
		else
			resize(w, b);
		cond_resched();
	}
	for (step = 0; step < NR_BUFFERS; step++) {
		if (w->buffers[step].p)
			end(w, &w->buffers[step]);
	}
	kthread_complete_and_exit(&w->done, 0);
}

/*
 * As /proc/kcore reads, which may be told any address: a piece around somewhere
 * in a buffer that is there, or has been a moment ago.
 */
static int read_kcore(void *data)
{
	struct looker *l = data;
	struct rnd_state rnd;
	struct iov_iter iter;
	struct kvec kvec;

	prandom_seed_state(&rnd, 1);
	while (!READ_ONCE(stop_looking)) {
		u32 dice = prandom_u32_state(&rnd);
		const u8 *p = READ_ONCE(walkers[dice % NR_WALKERS]
					.buffers[(dice >> 4) % NR_BUFFERS].p);

		if (p && is_vmalloc_addr(p)) {
			size_t nr = sizeof(l->text) - (dice >> 8) % SZ_4K;

			p += (dice >> 8) % SZ_64K;
			kvec = (struct kvec){ l->text, nr };
			iov_iter_kvec(&iter, ITER_DEST, &kvec, 1, nr);
			if (vread_iter(&iter, p, nr) != nr)
				l->wrong = "vread_iter() is short of something";
			l->rounds++;
		}
		cond_resched();
	}
	kthread_complete_and_exit(&l->done, 0);
}

/* Read all of @file, in which there must be @line. */
static void look_for(struct looker *l, struct file *file, const char *line)
{
	size_t nr, kept = 0;
	bool found = false;
	loff_t pos = 0;
	ssize_t ret;

	for (;;) {
		ret = kernel_read(file, l->text + kept, sizeof(l->text) - kept,
				  &pos);
		if (ret <= 0)
			break;
		nr = kept + ret;
		found = found || strnstr(l->text, line, nr);
		/* It may go on in the next piece. */
		kept = min(nr, strlen(line));
		memmove(l->text, l->text + nr - kept, kept);
	}
	if (!ret && found && l->text[kept - 1] == '\n')
		return;

	l->wrong = ret ? "/proc/vmallocinfo cannot be read" :
		   found ? "/proc/vmallocinfo ends in a line" :
			   "/proc/vmallocinfo lacks an area";
	l->ret = ret;
	l->pos = pos;
}

/*
 * On a machine that has its stacks elsewhere there may be next to nothing in the
 * file, so there is an area that has to be.
 */
static int read_info(void *data)
{
	struct looker *l = data;
	struct file_system_type *type = get_fs_type("proc");
	struct vfsmount *mnt = type ? kern_mount(type) : ERR_PTR(-ENODEV);
	void *area = vmalloc(SZ_64K);
	const struct vm_struct *vm = area ? find_vm_area(area) : NULL;
	struct kvmalloc_growth growth;
	struct file *file;
	char line[64];

	if (IS_ERR(mnt) || !vm) {
		l->wrong = vm ? "no proc" : "no area";
		goto out;
	}
	snprintf(line, sizeof(line), "0x%pK-0x%pK %7ld ", vm->addr,
		 vm->addr + vm->size, vm->size);
	while (!READ_ONCE(stop_looking)) {
		file = file_open_root_mnt(mnt, "vmallocinfo", O_RDONLY, 0);
		if (IS_ERR(file)) {
			l->wrong = "no /proc/vmallocinfo";
			break;
		}
		look_for(l, file, line);
		__fput_sync(file);

		vmalloc_growth_read(&growth);
		if (growth.reserved < growth.committed)
			l->wrong = "more is committed than reserved";
		l->rounds++;
		usleep_range(1000, 2000);
	}
out:
	if (!IS_ERR(mnt))
		kern_unmount(mnt);
	vfree(area);
	kthread_complete_and_exit(&l->done, 0);
}

/*
 * Request a page in the range of a buffer, as far as it can be told from outside.
 * If only the room of the buffer is free there, vmalloc takes it.
 */
static void take_room_of(const struct buffer *b)
{
	unsigned long start = (unsigned long)kasan_reset_tag(READ_ONCE(b->p));
	/* data_race: a wrong size makes a request that room does not help. */
	size_t size = PAGE_ALIGN(data_race(b->size));

	if (!size || !is_vmalloc_addr((void *)start))
		return;
	vfree(__vmalloc_node_range(PAGE_SIZE, 1, start,
				   start + 2 * size + PAGE_SIZE,
				   GFP_KERNEL | __GFP_NOWARN, PAGE_KERNEL, 0,
				   NUMA_NO_NODE, NULL));
}

static int take_room(void *data)
{
	struct looker *l = data;

	while (!READ_ONCE(stop_looking)) {
		const struct walker *w = &walkers[l->rounds % NR_WALKERS];
		int i;

		for (i = 0; i < NR_BUFFERS; i++)
			take_room_of(&w->buffers[i]);
		l->rounds++;
		usleep_range(5000, 10000);
	}
	kthread_complete_and_exit(&l->done, 0);
}

static void start(struct kunit *test, int (*what)(void *data), void *data,
		  struct completion *done)
{
	struct task_struct *task;

	init_completion(done);
	task = kthread_run(what, data, "kvmalloc_grow");
	if (IS_ERR(task)) {
		KUNIT_FAIL(test, "no thread: %pe", task);
		complete(done);
	}
}

static void finish_looker(struct kunit *test, struct looker *l)
{
	wait_for_completion_state(&l->done, TASK_IDLE);
	KUNIT_EXPECT_NULL_MSG(test, l->wrong,
			      "%s; of %lu rounds; read() %zd at %lld",
			      l->wrong, l->rounds, l->ret, l->pos);
	KUNIT_EXPECT_GT(test, l->rounds, 0);
	l->rounds = 0;
	l->wrong = NULL;
	l->ret = 0;
	l->pos = 0;
}

void grow_walk(struct kunit *test, u32 seed, unsigned int steps, bool failing)
{
	unsigned long pages = grow_vmalloc_pages(), in_place = 0, moved = 0;
	unsigned long failed = 0;
	struct kvmalloc_growth before, after;
	unsigned int i, patience = 100;

	vmalloc_growth_read(&before);
	WRITE_ONCE(stop_looking, false);
	start(test, read_kcore, &kcore, &kcore.done);
	start(test, read_info, &info, &info.done);
	start(test, take_room, &thief, &thief.done);
	for (i = 0; i < NR_WALKERS; i++) {
		struct walker *w = &walkers[i];

		memset(w, 0, sizeof(*w));
		w->steps = steps;
		w->failing = failing;
		prandom_seed_state(&w->rnd, jhash_1word(i, seed));
		start(test, walk, w, &w->done);
	}

	for (i = 0; i < NR_WALKERS; i++) {
		struct walker *w = &walkers[i];

		wait_for_completion_state(&w->done, TASK_IDLE);
		KUNIT_EXPECT_NULL_MSG(test, w->wrong,
				      "seed %u, thread %u, step %u: %s; %zu to %zu bytes, limit %zu",
				      seed, i, w->at.step, w->wrong, w->at.old,
				      w->at.new, w->at.max);
		in_place += w->in_place;
		moved += w->moved;
		failed += w->failed;
	}
	WRITE_ONCE(stop_looking, true);
	finish_looker(test, &kcore);
	finish_looker(test, &info);
	finish_looker(test, &thief);

	vmalloc_growth_read(&after);
	kunit_info(test, "seed %u: %lu in place, %lu moved, %lu failed, %lu rooms given up\n",
		   seed, in_place, moved, failed,
		   after.given_up - before.given_up);
	KUNIT_EXPECT_GT(test, in_place, 0);
	KUNIT_EXPECT_GT(test, moved, 0);
	KUNIT_EXPECT_EQ(test, failed > 0, failing);
	if (GROW_HAS_ROOM)
		KUNIT_EXPECT_GT(test, after.given_up, before.given_up);
	/* What kvfree_atomic() leaves to a worker, and stacks of threads. */
	while (grow_vmalloc_pages() > pages && patience--)
		msleep(20);
	KUNIT_EXPECT_LE(test, grow_vmalloc_pages(), pages + 64);
	KUNIT_EXPECT_LE(test, after.areas, before.areas);
}

static void walk_at_random(struct kunit *test)
{
	grow_walk(test, 1, 700, false);
}

static void walk_with_failures(struct kunit *test)
{
	kv_fail_anything(test);
	grow_walk(test, 2, 700, true);
}

static struct kunit_case walk_cases[] = {
	KUNIT_CASE(walk_at_random),
	KUNIT_CASE(walk_with_failures),
	{ }
};

static struct kunit_suite kvmalloc_grow_walk_suite = {
	.name = "kvmalloc_grow_walk",
	GROW_SUITE_HOOKS,
	.test_cases = walk_cases,
};

kunit_test_suite(kvmalloc_grow_walk_suite);
