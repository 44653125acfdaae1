// SPDX-License-Identifier: GPL-2.0

//! Memory that may be vmalloc's is not handed to code that will free it with kfree().
//!
//! twin: KVec<u8> -> KVVec<u8>
//! error: E0308

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A KVVec where a KVec is due",
    license: "GPL",
}

struct Case;

fn take(v: KVec<u8>) -> usize {
    v.len()
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        take(KVVec::with_capacity(1, GFP_KERNEL)?);
        Ok(Self)
    }
}
