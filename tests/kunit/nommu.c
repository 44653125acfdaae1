// SPDX-License-Identifier: GPL-2.0
/*
 * Functions and events of mm/vmalloc.c that the suites refer to and that a kernel
 * without an MMU lacks.  It has no vmalloc areas, so tests that need one are
 * skipped, and the others find none.
 */

#include <linux/vmalloc.h>

#define CREATE_TRACE_POINTS
#include <trace/events/vmalloc.h>

struct vm_struct *find_vm_area(const void *addr)
{
	return NULL;
}

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)
{
	return NULL;
}

void vfree_atomic(const void *addr)
{
	vfree(addr);
}
