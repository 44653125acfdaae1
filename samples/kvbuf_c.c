// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/kvbuf_c: a file in memory that grows as it is written to.
 *
 * An example for authors of drivers: how to keep a buffer of any size with
 * kvrealloc() and kvfree(), and never ask whether it is a slab object or
 * vmalloc memory. kvbuf_rust_main.rs is the same driver in Rust.
 *
 * As long as the device is open it is one file, whoever opens it: all see the
 * same bytes, each at a file position of his own, and with the last close the
 * bytes are gone. Reads, writes and seeks do what they do on a regular file.
 * ftruncate(2) does not reach a character device, so opening it with O_TRUNC,
 * by its name or by /proc/self/fd/N, is how to empty it. As with ftruncate(),
 * that is seen by all who have it open, and moves nobody's file position. (Nor
 * could it be otherwise: a driver learns which device is opened, never which
 * open file /proc/self/fd/N stood for. With bytes of its own for each open,
 * O_TRUNC would find nothing to reset.)
 *
 * What a page fault, a signal or a failed allocation interrupts keeps what it
 * had done so far; a gap it had not come to write behind is none. The file
 * never shows a byte that nobody wrote, save for the zeros of a gap, and with
 * one exception: when another thread unmaps the page that a write copies from,
 * just after it was found to be accessible, zeros may replace old data where
 * the bytes of that page were to go, though the write does not count them.
 */
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/* A gap is zeroed in pieces of this size; between two, look for signals. */
#define KVBUF_STEP	SZ_64K

/* Up to here, twice the size of the buffer is a size kvmalloc() accepts. */
#define KVBUF_MAX	SZ_1G

static unsigned int limit = SZ_256M;
module_param(limit, uint, 0644);
MODULE_PARM_DESC(limit, "bytes the file may hold, at most 1 GiB; its buffer may take twice as many");

/*
 * The device.  @lock protects the buffer.  It is held while user memory is
 * copied, and a process can stop such a copy for as long as it likes, with
 * userfaultfd(2) or FUSE.  So every wait for it can be killed, and closing a file
 * only takes it when no other file is open, which can then be in no copy.
 */
struct kvbuf {
	atomic_t opens;		/* open files; without any there is no data */
	struct mutex lock;	/* protects all that follows */
	u8 *data;		/* @cap bytes, NULL if that is 0 */
	size_t len;		/* of the file; all below it is initialised */
	size_t cap;		/* what is in data[len..cap) must not be shown */
	unsigned long reallocs;	/* how often @data grew since it was NULL */
};

static struct kvbuf kvbuf = {
	.opens = ATOMIC_INIT(0),
	.lock = __MUTEX_INITIALIZER(kvbuf.lock),
};

static void kvbuf_reset(struct kvbuf *b)
{
	kvfree(b->data);
	b->data = NULL;
	b->len = 0;
	b->cap = 0;
	b->reallocs = 0;
}

/*
 * Make room for @need bytes. At least doubling, if there is the memory, makes
 * the cost of all copying proportional to the final size, however small the
 * steps are.
 */
static int kvbuf_reserve(struct kvbuf *b, size_t need)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	size_t cap = max(need, 2 * b->cap);
	u8 *data;

	if (need <= b->cap)
		return 0;

	/*
	 * Not straight into b->data: when this fails, the old memory is still
	 * there and still has to be freed. How much to ask for is up to the
	 * user, so charge it to him, and do not fill the log when it fails.
	 */
	data = kvrealloc(b->data, cap, gfp);
	if (!data && cap > need) {
		/* There may still be enough for what has to be. */
		cap = need;
		data = kvrealloc(b->data, cap, gfp);
	}
	if (!data)
		return -ENOMEM;

	b->data = data;
	b->cap = cap;
	b->reallocs++;
	return 0;
}

/* Between two steps or chunks: is there a reason to leave it at the first? */
static bool kvbuf_interrupted(void)
{
	cond_resched();
	return signal_pending(current);
}

/*
 * Move the end of the file up to @pos, over a gap of zeros. A signal ends that
 * early, and then the end stays where it was.
 */
static int kvbuf_fill_gap(struct kvbuf *b, size_t pos)
{
	size_t len = b->len;

	while (len < pos) {
		size_t n = min_t(size_t, pos - len, KVBUF_STEP);

		memset(b->data + len, 0, n);
		len += n;
		if (len < pos && kvbuf_interrupted())
			return -ERESTARTSYS;
	}

	b->len = len;
	return 0;
}

/*
 * How much to copy at a time: up to the end of the user's page. Either all of
 * that is accessible or nothing, which makes it easy to stop at a fault with
 * everything in order.
 */
static size_t kvbuf_chunk(const char __user *p, size_t count)
{
	return min_t(size_t, count, PAGE_SIZE - offset_in_page(p));
}

static ssize_t kvbuf_read(struct file *file, char __user *to, size_t count,
			  loff_t *ppos)
{
	struct kvbuf *b = file->private_data;
	size_t done = 0;
	int err = 0;

	if (mutex_lock_interruptible(&b->lock))
		return -ERESTARTSYS;

	if (*ppos >= b->len)
		count = 0;
	else
		count = min_t(size_t, count, b->len - *ppos);

	while (done < count) {
		size_t n = kvbuf_chunk(to + done, count - done);

		if (copy_to_user(to + done, b->data + *ppos, n)) {
			err = -EFAULT;
			break;
		}
		done += n;
		*ppos += n;
		if (done < count && kvbuf_interrupted())
			break;
	}

	mutex_unlock(&b->lock);
	return done ?: err;
}

static ssize_t kvbuf_write(struct file *file, const char __user *from,
			   size_t count, loff_t *ppos)
{
	size_t max = min(READ_ONCE(limit), KVBUF_MAX);
	struct kvbuf *b = file->private_data;
	size_t old_len, done = 0;
	int err;

	if (!count)
		return 0;

	if (mutex_lock_interruptible(&b->lock))
		return -ERESTARTSYS;

	old_len = b->len;
	if (file->f_flags & O_APPEND)
		*ppos = old_len;

	err = -EFBIG;
	if (*ppos >= max)
		goto unlock;
	count = min_t(size_t, count, max - *ppos);

	err = kvbuf_reserve(b, *ppos + count);
	if (err)
		goto unlock;
	err = kvbuf_fill_gap(b, *ppos);
	if (err)
		goto unlock;

	while (done < count) {
		size_t n = kvbuf_chunk(from + done, count - done);

		/*
		 * Ask first: copy_from_user() leaves zeros where it could not
		 * copy, and there may be data that this write then does not
		 * replace.
		 */
		if (fault_in_readable(from + done, n) ||
		    copy_from_user(b->data + *ppos, from + done, n)) {
			err = -EFAULT;
			break;
		}
		done += n;
		*ppos += n;
		b->len = max_t(size_t, b->len, *ppos);
		if (done < count && kvbuf_interrupted())
			break;
	}

	/* What nothing was written behind is no gap. */
	if (!done)
		b->len = old_len;
unlock:
	mutex_unlock(&b->lock);
	return done ?: err;
}

static loff_t kvbuf_llseek(struct file *file, loff_t offset, int whence)
{
	struct kvbuf *b = file->private_data;
	size_t len;

	if (mutex_lock_killable(&b->lock))
		return -EINTR;
	len = b->len;
	mutex_unlock(&b->lock);

	return generic_file_llseek_size(file, offset, whence, MAX_LFS_FILESIZE,
					len);
}

static void kvbuf_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct kvbuf *b = file->private_data;
	const char *backing = "none";

	if (mutex_lock_killable(&b->lock))
		return;
	if (b->data)
		backing = is_vmalloc_addr(b->data) ? "vmalloc" : "slab";
	seq_printf(m, "length:\t%zu\n", b->len);
	seq_printf(m, "capacity:\t%zu\n", b->cap);
	seq_printf(m, "backing:\t%s\n", backing);
	seq_printf(m, "reallocations:\t%lu\n", b->reallocs);
	mutex_unlock(&b->lock);
}

static int kvbuf_open(struct inode *inode, struct file *file)
{
	struct kvbuf *b = &kvbuf;

	/*
	 * Threads that share the open file take turns at its position, as on
	 * a regular file: each write lands behind the one before.
	 */
	file->f_mode |= FMODE_ATOMIC_POS;
	file->private_data = b;

	if (file->f_flags & O_TRUNC) {
		if (mutex_lock_killable(&b->lock))
			return -EINTR;
		kvbuf_reset(b);
		mutex_unlock(&b->lock);
	}
	atomic_inc(&b->opens);
	return 0;
}

static int kvbuf_release(struct inode *inode, struct file *file)
{
	struct kvbuf *b = file->private_data;

	if (atomic_dec_and_mutex_lock(&b->opens, &b->lock)) {
		kvbuf_reset(b);
		mutex_unlock(&b->lock);
	}
	return 0;
}

static const struct file_operations kvbuf_fops = {
	.owner = THIS_MODULE,
	.open = kvbuf_open,
	.release = kvbuf_release,
	.read = kvbuf_read,
	.write = kvbuf_write,
	.llseek = kvbuf_llseek,
	.show_fdinfo = kvbuf_show_fdinfo,
};

static struct miscdevice kvbuf_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kvbuf_c",
	.fops = &kvbuf_fops,
};
module_misc_device(kvbuf_misc);

MODULE_DESCRIPTION("kvmalloc sample driver: a growing buffer");
MODULE_LICENSE("GPL");
