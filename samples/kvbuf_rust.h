/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the two halves of /dev/kvbuf_rust meet.
 *
 * @buffer is what kvbuf_rust_register() was given; C never looks inside.
 */
#ifndef _KVBUF_RUST_H
#define _KVBUF_RUST_H

#include <linux/compiler_types.h>
#include <linux/types.h>

/* The same struct is in kvbuf_rust_main.rs. */
struct kvbuf_rust_info {
	size_t len;
	size_t cap;
	size_t reallocs;
	int backing;
};

/* What kvbuf_rust_main.rs has for this file. */
void kvbuf_rust_open(const void *buffer, bool truncate);
void kvbuf_rust_release(const void *buffer);
ssize_t kvbuf_rust_read(const void *buffer, void __user *to, size_t count,
			loff_t *ppos);
ssize_t kvbuf_rust_write(const void *buffer, const void __user *from,
			 size_t count, loff_t *ppos, bool append, size_t limit);
struct kvbuf_rust_info kvbuf_rust_info(const void *buffer);

/* What this file has for kvbuf_rust_main.rs. */
int kvbuf_rust_register(const void *buffer);
void kvbuf_rust_deregister(void);
void kvbuf_rust_cond_resched(void);

#endif /* _KVBUF_RUST_H */
