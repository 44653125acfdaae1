// SPDX-License-Identifier: GPL-2.0
/*
 * What kvbench_rust.rs needs of C.
 */

#include <linux/slab.h>

#include "kvbench_loops.h"

extern const size_t kvbench_elements;
extern const size_t kvbench_boxes;
extern const size_t kvbench_piece;
extern const size_t kvbench_bytes;

const size_t kvbench_elements = KVBENCH_ELEMENTS;
const size_t kvbench_boxes = KVBENCH_BOXES;
const size_t kvbench_piece = KVBENCH_PIECE;
const size_t kvbench_bytes = KVBENCH_BYTES;

void *kvbench_upstream_realloc(const void *old, size_t bytes,
			       unsigned long align, gfp_t gfp, int nid);

/*
 * The call that upstream's Rust makes for its KVmalloc, by way of a helper just
 * as here. In a kernel that has both families the name it uses is ours.
 */
void *kvbench_upstream_realloc(const void *old, size_t bytes,
			       unsigned long align, gfp_t gfp, int nid)
{
#ifdef upstream_kvrealloc_node_align
	return upstream_kvrealloc_node_align(old, bytes, align, gfp, nid);
#else
	return upstream_kvrealloc(old, bytes, gfp);
#endif
}
