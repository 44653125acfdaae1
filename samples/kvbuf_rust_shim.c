// SPDX-License-Identifier: GPL-2.0
/*
 * The C of /dev/kvbuf_rust: a file_operations table for functions in Rust.
 *
 * Nothing is decided here. kvbuf_rust_main.rs has the buffer, the lock and
 * all copying; this file hands it what it needs out of struct file, and hands
 * on what it answers.
 */
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "kvbuf_rust.h"

/* Up to here, twice the size of the buffer is a size kvmalloc() accepts. */
#define KVBUF_MAX	SZ_1G

static unsigned int limit = SZ_256M;
module_param(limit, uint, 0644);
MODULE_PARM_DESC(limit, "bytes the file may hold, at most 1 GiB");

static const char * const kvbuf_rust_backing[] = { "none", "slab", "vmalloc" };

static const void *kvbuf_rust_buffer;

static int kvbuf_rust_fop_open(struct inode *inode, struct file *file)
{
	/*
	 * Threads that share the open file take turns at its position, as on
	 * a regular file: each write lands behind the one before.
	 */
	file->f_mode |= FMODE_ATOMIC_POS;
	kvbuf_rust_open(kvbuf_rust_buffer, file->f_flags & O_TRUNC);
	return 0;
}

static int kvbuf_rust_fop_release(struct inode *inode, struct file *file)
{
	kvbuf_rust_release(kvbuf_rust_buffer);
	return 0;
}

static ssize_t kvbuf_rust_fop_read(struct file *file, char __user *to,
				   size_t count, loff_t *ppos)
{
	return kvbuf_rust_read(kvbuf_rust_buffer, to, count, ppos);
}

static ssize_t kvbuf_rust_fop_write(struct file *file, const char __user *from,
				    size_t count, loff_t *ppos)
{
	return kvbuf_rust_write(kvbuf_rust_buffer, from, count, ppos,
				file->f_flags & O_APPEND,
				min(READ_ONCE(limit), KVBUF_MAX));
}

static loff_t kvbuf_rust_fop_llseek(struct file *file, loff_t offset,
				    int whence)
{
	struct kvbuf_rust_info info = kvbuf_rust_info(kvbuf_rust_buffer);

	return generic_file_llseek_size(file, offset, whence, MAX_LFS_FILESIZE,
					info.len);
}

static void kvbuf_rust_fop_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct kvbuf_rust_info info = kvbuf_rust_info(kvbuf_rust_buffer);

	seq_printf(m, "length:\t%zu\n", info.len);
	seq_printf(m, "capacity:\t%zu\n", info.cap);
	seq_printf(m, "backing:\t%s\n", kvbuf_rust_backing[info.backing]);
	seq_printf(m, "reallocations:\t%zu\n", info.reallocs);
}

static const struct file_operations kvbuf_rust_fops = {
	.owner = THIS_MODULE,
	.open = kvbuf_rust_fop_open,
	.release = kvbuf_rust_fop_release,
	.read = kvbuf_rust_fop_read,
	.write = kvbuf_rust_fop_write,
	.llseek = kvbuf_rust_fop_llseek,
	.show_fdinfo = kvbuf_rust_fop_show_fdinfo,
};

static struct miscdevice kvbuf_rust_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kvbuf_rust",
	.fops = &kvbuf_rust_fops,
};

int kvbuf_rust_register(const void *buffer)
{
	kvbuf_rust_buffer = buffer;
	return misc_register(&kvbuf_rust_misc);
}

void kvbuf_rust_deregister(void)
{
	misc_deregister(&kvbuf_rust_misc);
}

/* A macro in C, which bindgen passes by. */
void kvbuf_rust_cond_resched(void)
{
	cond_resched();
}
