// SPDX-License-Identifier: GPL-2.0

//! `NonBlocking` needs an allocator that can free without sleeping.
//!
//! twin: FREE: bool = false -> FREE: bool = true
//! error: E0080

use core::alloc::Layout;
use core::ptr::NonNull;
use kernel::alloc::{AllocError, Allocator, Flags, KVmalloc, NonBlocking, NumaNode};
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "NonBlocking of an allocator that sleeps",
    license: "GPL",
}

struct Case;

struct Sleeps;

// SAFETY: The blocks are those of `KVmalloc`, which is called with the same arguments.
unsafe impl Allocator for Sleeps {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;
    const HAS_NONBLOCKING_FREE: bool = false;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { KVmalloc::realloc(block, layout, old, flags, nid) }
    }
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = Box::<u8, NonBlocking<Sleeps>>::new(1, GFP_KERNEL)?;
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
