/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What rust/kernel/alloc/ needs to know that C has in macros, which bindgen
 * cannot see. The kernel's own list may come to have the same, hence the names:
 * they come out in Rust as bindings::KVMALLOC_*.
 */

#include <linux/gfp.h>
#include <linux/kvmalloc.h>
#include <linux/scatterlist.h>
#include <linux/vmalloc.h>

const gfp_t RUST_CONST_HELPER_KVMALLOC_GFP_NOIO = GFP_NOIO;
const gfp_t RUST_CONST_HELPER_KVMALLOC_GFP_NOFS = GFP_NOFS;
const gfp_t RUST_CONST_HELPER_KVMALLOC___GFP_NORETRY = __GFP_NORETRY;
const gfp_t RUST_CONST_HELPER_KVMALLOC___GFP_RETRY_MAYFAIL = __GFP_RETRY_MAYFAIL;
const gfp_t RUST_CONST_HELPER_KVMALLOC___GFP_NOFAIL = __GFP_NOFAIL;
const gfp_t RUST_CONST_HELPER_KVMALLOC___GFP_THISNODE = __GFP_THISNODE;
const gfp_t RUST_CONST_HELPER_KVMALLOC___GFP_ACCOUNT = __GFP_ACCOUNT;
const gfp_t RUST_CONST_HELPER_KVMALLOC___GFP_DIRECT_RECLAIM = __GFP_DIRECT_RECLAIM;
