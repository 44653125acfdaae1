// SPDX-License-Identifier: GPL-2.0

//! What one allocator's raw pointer has become is not made a box of another.
//!
//! twin: KBox<u8> -> KVBox<u8>
//! error: E0308

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A KVBox where a KBox is due",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine: KBox<u8> = KVBox::new(1, GFP_KERNEL)?;
        let _ = *mine;
        Ok(Self)
    }
}
