// SPDX-License-Identifier: GPL-2.0
/*
 * kvmalloc() memory that lives until a driver is unbound from its device.
 */

#include <linux/bug.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/kvmalloc.h>

#include "util.h"

/*
 * The resource is a pointer: the memory cannot be part of it, as devm_kmalloc()
 * has it, for then it would have to be of slab.
 */
struct kv_devres {
	void *p;
};

static void kv_release(struct device *dev, void *res)
{
	kvfree(((struct kv_devres *)res)->p);
}

static int kv_match(struct device *dev, void *res, void *p)
{
	return ((struct kv_devres *)res)->p == p;
}

/**
 * devm_kvmalloc() - Allocate memory that is freed with the device.
 * @dev: Device, on whose node the memory is preferred to be.
 * @size: Bytes wanted.  0 gives %ZERO_SIZE_PTR.
 * @flags: gfp flags.
 *
 * The memory is freed when the driver is unbound from @dev, after what was
 * registered later and before what was registered earlier; or before that by
 * devm_kvfree(), never by kvfree().  It must not be given to kvrealloc().
 *
 * Context: As kvmalloc_node_align().
 * Return: The memory, or NULL.
 */
void *devm_kvmalloc_noprof(struct device *dev, size_t size, gfp_t flags)
{
	struct kv_devres *res;
	void *p;

	if (unlikely(!size))
		return ZERO_SIZE_PTR;

	res = devres_alloc_node(kv_release, sizeof(*res), flags,
				dev_to_node(dev));
	if (unlikely(!res))
		return NULL;

	p = kvmalloc_node_track_caller_noprof(size, flags, dev_to_node(dev),
					      _RET_IP_);
	if (unlikely(!p)) {
		devres_free(res);
		return NULL;
	}

	res->p = p;
	devres_add(dev, res);

	return p;
}
EXPORT_SYMBOL_GPL(devm_kvmalloc_noprof);

/**
 * devm_kvfree() - Free memory before its device lets go of it.
 * @dev: Device that it was allocated for.
 * @p: Memory from devm_kvmalloc() or its like; NULL and %ZERO_SIZE_PTR are left
 *	alone.  Any other memory is a bug, warned of and left alone.
 *
 * Context: As kvfree().
 */
void devm_kvfree(struct device *dev, const void *p)
{
	if (unlikely(ZERO_OR_NULL_PTR(p)))
		return;

	WARN_ON(devres_release(dev, kv_release, kv_match, (void *)p));
}
EXPORT_SYMBOL_GPL(devm_kvfree);
