// SPDX-License-Identifier: GPL-2.0

//! Memory that is cleared before it is freed is not handed to code that will not clear it.
//!
//! twin: KVVec<u8> -> KVSecretVec<u8>
//! error: E0308

use kernel::alloc::KVSecretVec;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A KVSecretVec where a KVVec is due",
    license: "GPL",
}

struct Case;

fn take(v: KVVec<u8>) -> usize {
    v.len()
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        take(KVSecretVec::with_capacity(1, GFP_KERNEL)?);
        Ok(Self)
    }
}
