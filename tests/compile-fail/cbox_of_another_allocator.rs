// SPDX-License-Identifier: GPL-2.0

//! What C has kept of a box of one allocator does not become a box of another.
//!
//! twin: KBox::<u8>::from_c -> KVBox::<u8>::from_c
//! error: E0308

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A KVBox taken back as a KBox",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let c = KVBox::into_c(KVBox::new(1u8, GFP_KERNEL)?);
        // SAFETY: It has just come from there.
        drop(unsafe { KBox::<u8>::from_c(c) });
        Ok(Self)
    }
}
