// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that takes kvmalloc() memory for kmalloc() memory, which works for
 * as long as slab serves it: that is why drivers like it are written.
 *
 * The name of a mistake, written to debugfs' kvwrong, makes it once. The write
 * succeeds if nobody noticed: the memory held what it should, seen in the wrong
 * way.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kvmalloc.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/* Above a page, and slab has it whenever memory is not in pieces. */
#define SIZE	SZ_8K
#define BYTE	0x5a

static struct dentry *kvwrong_file;

static void *allocate(void)
{
	void *p = kvmalloc(SIZE, GFP_KERNEL);

	if (p)
		memset(p, BYTE, SIZE);
	return p;
}

/* "I know that it is small." */
static noinline int wrong_kfree(void)
{
	void *p = allocate();

	if (!p)
		return -ENOMEM;
	kfree(p);
	return 0;
}

/* "The device wants a physical address, and this has one." */
static noinline int wrong_virt_to_phys(void)
{
	void *p = allocate();
	phys_addr_t phys;
	int ret;

	if (!p)
		return -ENOMEM;
	phys = virt_to_phys(p);
	ret = memchr_inv(phys_to_virt(phys), BYTE, SIZE) ? -EIO : 0;
	kvfree(p);
	return ret;
}

/* "One buffer, one entry." */
static noinline int wrong_scatterlist(void)
{
	struct scatterlist sg;
	char seen[SZ_64];
	void *p = allocate();
	int ret;

	if (!p)
		return -ENOMEM;
	sg_init_one(&sg, p, SIZE);
	ret = sg_pcopy_to_buffer(&sg, 1, seen, sizeof(seen),
				 SIZE - sizeof(seen)) != sizeof(seen) ||
	      memchr_inv(seen, BYTE, sizeof(seen)) ? -EIO : 0;
	kvfree(p);
	return ret;
}

static const struct {
	const char *name;
	int (*make)(void);
} mistakes[] = {
	{ "kfree", wrong_kfree },
	{ "virt_to_phys", wrong_virt_to_phys },
	{ "scatterlist", wrong_scatterlist },
};

static ssize_t kvwrong_write(struct file *file, const char __user *from,
			     size_t count, loff_t *pos)
{
	char name[32];
	int i, ret;

	if (count >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, from, count))
		return -EFAULT;
	name[count] = '\0';

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (!sysfs_streq(name, mistakes[i].name))
			continue;
		ret = mistakes[i].make();
		return ret ?: count;
	}
	return -EINVAL;
}

static const struct file_operations kvwrong_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = kvwrong_write,
};

static int __init kvwrong_init(void)
{
	kvwrong_file = debugfs_create_file("kvwrong", 0200, NULL, NULL, &kvwrong_fops);
	return PTR_ERR_OR_ZERO(kvwrong_file);
}
module_init(kvwrong_init);

static void __exit kvwrong_exit(void)
{
	debugfs_remove(kvwrong_file);
}
module_exit(kvwrong_exit);

MODULE_DESCRIPTION("Mistakes with kvmalloc() memory, for fuzz mode to find");
MODULE_LICENSE("GPL");
