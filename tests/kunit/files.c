// SPDX-License-Identifier: GPL-2.0

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "files.h"
#include "kvmalloc_test.h"

#define TEXT_SIZE	SZ_128K

struct open_file {
	struct vfsmount *mnt;
	struct file *file;
	/* What passes through a file is a user's memory. */
	char __user *text;
};

static void open_file(struct kunit *test, struct open_file *f, const char *fs,
		      const char *path, int flags)
{
	struct file_system_type *type = get_fs_type(fs);
	unsigned long text;

	if (!IS_ENABLED(CONFIG_MMU))
		kunit_skip(test, "needs user memory: CONFIG_MMU");
	KUNIT_ASSERT_NOT_NULL(test, type);
	text = kunit_vm_mmap(test, NULL, 0, TEXT_SIZE, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, !text || IS_ERR_VALUE(text));
	f->text = (char __user *)text;

	f->mnt = kern_mount(type);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f->mnt);
	f->file = file_open_root_mnt(f->mnt, path, flags, 0);
	if (IS_ERR(f->file)) {
		kern_unmount(f->mnt);
		KUNIT_FAIL_AND_ABORT(test, "%s has no %s: %pe", fs, path,
				     f->file);
	}
}

static void close_file(struct open_file *f)
{
	__fput_sync(f->file);
	kern_unmount(f->mnt);
}

char *kv_file_read(struct kunit *test, const char *fs, const char *path)
{
	/* Nothing that the watch would take for a leak. */
	static char text[TEXT_SIZE];
	struct open_file f;
	loff_t pos = 0;
	ssize_t ret;

	open_file(test, &f, fs, path, O_RDONLY);
	if (!f.file->f_op->read) {
		do {
			ret = kernel_read(f.file, text + pos,
					  TEXT_SIZE - 1 - pos, &pos);
		} while (ret > 0);
	} else {
		do {
			ret = f.file->f_op->read(f.file, f.text + pos,
						 TEXT_SIZE - 1 - pos, &pos);
		} while (ret > 0);
		if (!ret && copy_from_user(text, f.text, pos))
			ret = -EFAULT;
	}
	close_file(&f);
	KUNIT_ASSERT_EQ(test, ret, 0);
	text[pos] = '\0';
	return text;
}

int kv_file_write(struct kunit *test, const char *fs, const char *path,
		  const char *text)
{
	struct open_file f;
	loff_t pos = 0;
	ssize_t ret = -EFAULT;

	open_file(test, &f, fs, path, O_WRONLY | O_TRUNC);
	if (!f.file->f_op->write)
		ret = kernel_write(f.file, text, strlen(text), &pos);
	else if (!copy_to_user(f.text, text, strlen(text)))
		ret = f.file->f_op->write(f.file, f.text, strlen(text), &pos);
	close_file(&f);
	return ret < 0 ? ret : 0;
}
