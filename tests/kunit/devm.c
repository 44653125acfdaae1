// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_devm: memory that is freed when a driver is unbound from its
 * device, in the reverse of the order that things were registered in.
 */

#include <kunit/device.h>
#include <linux/device.h>
#include <linux/nodemask.h>

#include "kvmalloc_test.h"

/* A device that a driver is bound to. */
static struct device *bound_device(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "device");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_TRUE(test, device_is_bound(dev));
	kv_forget();
	return dev;
}

static bool is_freed(const void *p)
{
	return is_vmalloc_addr(p) ? !find_vm_area(p) : kv_kfreed(p);
}

/*
 * The first allocation that can fail is that of the memory itself, unless the record
 * of it, which is small, takes a new slab.  The next record then has room there.
 */
static void *devm_from_vmalloc(struct kunit *test, struct device *dev,
			       size_t size)
{
	unsigned int tries = 3;
	void *p;

	while (true) {
		p = KV_FAIL_NTH(1, devm_kvmalloc(dev, size, GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, kv_failed());
		if (!p || is_vmalloc_addr(p) || !--tries)
			break;
		devm_kvfree(dev, p);
	}
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	return p;
}

/* Of either backing, at unbinding and not before it. */
static void devm_unbind(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 100, PAGE_SIZE, PAGE_SIZE + 1, SZ_64K,
	};
	struct device *dev = bound_device(test);
	void *slab[ARRAY_SIZE(sizes)], *vmalloc[ARRAY_SIZE(sizes)] = { };
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		slab[i] = devm_kvmalloc(dev, kv_size(sizes[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, slab[i]);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(slab[i]));
		KUNIT_EXPECT_EQ(test, kv_attempts(sizes[i]), 1);
		kv_fill(slab[i], 0, sizes[i], i);
		if (sizes[i] <= PAGE_SIZE)
			continue;
		vmalloc[i] = devm_from_vmalloc(test, dev, kv_size(sizes[i]));
		kv_fill(vmalloc[i], 0, sizes[i], i);
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_FALSE(test, is_freed(slab[i]));
		KV_EXPECT_FILLED(test, slab[i], 0, sizes[i], i);
		if (!vmalloc[i])
			continue;
		KUNIT_EXPECT_FALSE(test, is_freed(vmalloc[i]));
		KV_EXPECT_FILLED(test, vmalloc[i], 0, sizes[i], i);
	}

	device_release_driver(dev);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_TRUE(test, is_freed(slab[i]));
		if (vmalloc[i])
			KUNIT_EXPECT_TRUE(test, is_freed(vmalloc[i]));
	}
	KUNIT_EXPECT_EQ(test, kv_live(), 0);
	kunit_device_unregister(test, dev);
}

/* What was registered around it sees it alive, or gone. */
static struct {
	const void *p[2];
	bool freed_early, freed_late;
	unsigned int nr_early, nr_late;
} order;

static void look_early(void *data)
{
	order.nr_early++;
	order.freed_early = is_freed(order.p[0]) || is_freed(order.p[1]);
}

static void look_late(void *data)
{
	order.nr_late++;
	order.freed_late = is_freed(order.p[0]) && is_freed(order.p[1]);
}

static void devm_order(struct kunit *test)
{
	struct device *dev = bound_device(test);

	memset(&order, 0, sizeof(order));
	KUNIT_ASSERT_EQ(test, devm_add_action(dev, look_late, NULL), 0);
	order.p[0] = devm_from_vmalloc(test, dev, kv_size(SZ_16K));
	order.p[1] = devm_kvmalloc(dev, kv_size(SZ_16K), GFP_KERNEL);
	KUNIT_ASSERT_EQ(test, devm_add_action(dev, look_early, NULL), 0);

	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, order.nr_early, 1);
	KUNIT_EXPECT_EQ(test, order.nr_late, 1);
	KUNIT_EXPECT_FALSE(test, order.freed_early);
	KUNIT_EXPECT_TRUE(test, order.freed_late);
	kunit_device_unregister(test, dev);
}

/* Given back before that: at once, and not a second time. */
static void devm_free(struct kunit *test)
{
	struct device *dev = bound_device(test);
	void *keep, *p, *q;

	keep = devm_kvmalloc(dev, kv_size(SZ_16K), GFP_KERNEL);
	p = devm_from_vmalloc(test, dev, kv_size(SZ_16K));
	q = devm_kvmalloc(dev, kv_size(100), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, keep);
	KUNIT_ASSERT_NOT_NULL(test, q);

	devm_kvfree(dev, q);
	KUNIT_EXPECT_TRUE(test, is_freed(q));
	KUNIT_EXPECT_FALSE(test, is_freed(p));
	devm_kvfree(dev, p);
	KUNIT_EXPECT_TRUE(test, is_freed(p));
	KUNIT_EXPECT_FALSE(test, is_freed(keep));

	kv_forget();
	device_release_driver(dev);
	KUNIT_EXPECT_TRUE(test, is_freed(keep));
	KUNIT_EXPECT_FALSE(test, kv_kfreed(q));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	kunit_device_unregister(test, dev);
}

static void devm_free_nothing(struct kunit *test)
{
	struct device *dev = bound_device(test);

	devm_kvfree(dev, NULL);
	devm_kvfree(dev, ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	kunit_device_unregister(test, dev);
}

/* What the device does not own is told, and left alone. */
static void check_free_foreign(struct kunit *test, struct device *dev, void *p)
{
	/* What was at this address before may have been freed. */
	kv_forget();
	kv_announce_warnings(1);
	kv_expect_complaint();
	devm_kvfree(dev, p);
	kv_end_of_complaint();
	KUNIT_EXPECT_FALSE(test, is_freed(p));
}

static void devm_free_foreign(struct kunit *test)
{
	struct device *dev, *other;
	void *slab, *vmalloc, *kin, *mine;

	if (!IS_ENABLED(CONFIG_BUG) || !IS_ENABLED(CONFIG_PRINTK))
		kunit_skip(test, "needs CONFIG_BUG and CONFIG_PRINTK");

	other = kunit_device_register(test, "other");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	dev = bound_device(test);
	slab = kv_from_slab(test, 5000, GFP_KERNEL);
	vmalloc = kv_from_vmalloc(test, 5000, GFP_KERNEL);

	check_free_foreign(test, dev, slab);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 1);
	check_free_foreign(test, dev, vmalloc);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 2);
	kvfree(slab);
	kvfree(vmalloc);

	/* Another device's, and the device's own of another kind. */
	mine = devm_kvmalloc(other, kv_size(5000), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mine);
	check_free_foreign(test, dev, mine);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 3);
	kin = devm_kmalloc(dev, 200, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, kin);
	check_free_foreign(test, dev, kin);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 4);

	devm_kvfree(other, mine);
	KUNIT_EXPECT_TRUE(test, is_freed(mine));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 4);
	kunit_device_unregister(test, dev);
	kunit_device_unregister(test, other);
}

static void devm_zeroed(struct kunit *test)
{
	static const size_t sizes[] = { 24, 3000, 6000, SZ_64K };
	struct device *dev = bound_device(test);
	void *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = sizes[i];

		/* Something to find there, if it is not cleared. */
		p = kv_from_slab(test, size, GFP_KERNEL);
		kv_fill(p, 0, size, 1);
		kvfree(p);

		kv_forget();
		p = devm_kvzalloc(dev, kv_size(size), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, kv_last_attempt(size).flags & __GFP_ZERO,
				__GFP_ZERO);
		KV_EXPECT_ZEROED(test, p, 0, size);

		kv_forget();
		p = devm_kvcalloc(dev, kv_size(size / 8), 8, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, kv_last_attempt(size).flags & __GFP_ZERO,
				__GFP_ZERO);
		KV_EXPECT_ZEROED(test, p, 0, size);

		/* It is the flag that does it. */
		kv_forget();
		p = devm_kvmalloc(dev, kv_size(size), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, kv_last_attempt(size).flags & __GFP_ZERO,
				0);
	}
	kunit_device_unregister(test, dev);
}

/* Such arrays leave nothing with the device. */
static void devm_overflow(struct kunit *test)
{
	static const struct { size_t n, size; } shapes[] = {
		{ SIZE_MAX, 2 }, { SIZE_MAX / 8 + 1, 8 },
		{ SIZE_MAX / 16 + 2, 16 },
	};
	struct device *dev = bound_device(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		KUNIT_EXPECT_NULL(test, devm_kvcalloc(dev, kv_size(shapes[i].n),
						      kv_size(shapes[i].size),
						      GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, devm_kvmalloc(dev, kv_size(SIZE_MAX),
					      GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	kunit_device_unregister(test, dev);
}

static void devm_size_0(struct kunit *test)
{
	struct device *dev = bound_device(test);

	KUNIT_EXPECT_PTR_EQ(test, devm_kvmalloc(dev, kv_size(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, devm_kvzalloc(dev, kv_size(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, devm_kvcalloc(dev, kv_size(0), 8, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	kunit_device_unregister(test, dev);
}

/*
 * Whichever of its allocations fails, there are two at least: nothing is left
 * that was asked for.
 */
static void devm_without_memory(struct kunit *test)
{
	struct device *dev = bound_device(test);
	unsigned int nth, failures = 0;
	const void *asked;
	void *p;

	for (nth = 1; nth < 20; nth++) {
		kv_forget();
		p = KV_FAIL_NTH(nth, devm_kvmalloc(dev, kv_size(SZ_16K),
						   KV_NOWAIT));
		asked = kv_last_attempt(SZ_16K).p;
		if (p) {
			devm_kvfree(dev, p);
			if (!kv_failed())
				break;
		} else {
			KUNIT_EXPECT_TRUE(test, !asked || kv_kfreed(asked));
			failures++;
		}
	}
	/* Where vmalloc serves who may not sleep it takes more to fail. */
	if (!IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK))
		KUNIT_EXPECT_GE(test, failures, 2);
	KUNIT_EXPECT_GE(test, failures, 1);
	KUNIT_EXPECT_LT(test, nth, 20);
	KUNIT_EXPECT_EQ(test, kv_live(), 0);
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	kunit_device_unregister(test, dev);
}

/* Memory is asked for where the device is. */
static void devm_node(struct kunit *test)
{
	struct device *dev = bound_device(test);
	int nid;

	if (!IS_ENABLED(CONFIG_NUMA))
		kunit_skip(test, "needs CONFIG_NUMA");
	for_each_node_state(nid, N_MEMORY) {
		set_dev_node(dev, nid);
		kv_forget();
		KUNIT_EXPECT_NOT_NULL(test, devm_kvmalloc(dev, kv_size(3333),
							  GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, kv_last_attempt(3333).node, nid);
	}
	kunit_device_unregister(test, dev);
}

static struct kunit_case devm_cases[] = {
	KV_AREA_CASE(devm_unbind),
	KV_AREA_CASE(devm_order),
	KV_AREA_CASE(devm_free),
	KUNIT_CASE(devm_free_nothing),
	KV_AREA_CASE(devm_free_foreign),
	KUNIT_CASE(devm_zeroed),
	KUNIT_CASE(devm_overflow),
	KUNIT_CASE(devm_size_0),
	KUNIT_CASE(devm_without_memory),
	KUNIT_CASE(devm_node),
	{ }
};

static struct kunit_suite kvmalloc_devm_suite = {
	.name = "kvmalloc_devm",
	KV_SUITE_HOOKS,
	.test_cases = devm_cases,
};

kunit_test_suite(kvmalloc_devm_suite);
