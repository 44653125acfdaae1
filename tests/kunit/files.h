/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading and writing files of debugfs, tracefs, proc and cgroup2 as root would,
 * who is not there yet when the suites run: they are mounted where nobody sees
 * it.
 */
#ifndef _KVMALLOC_TEST_FILES_H
#define _KVMALLOC_TEST_FILES_H

#include <kunit/test.h>

/*
 * The text of the file at @path of @fs, up to 128 KiB of it, until the next one is
 * read; or the test ends.
 */
char *kv_file_read(struct kunit *test, const char *fs, const char *path);

/* Write @text to it, as a shell's ">" does: 0, or the error. */
int kv_file_write(struct kunit *test, const char *fs, const char *path,
		  const char *text);

#endif /* _KVMALLOC_TEST_FILES_H */
