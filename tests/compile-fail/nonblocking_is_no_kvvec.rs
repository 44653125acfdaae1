// SPDX-License-Identifier: GPL-2.0

//! A vector whose drop may sleep is not one that may be dropped under a lock.
//!
//! twin: KVVec::new() -> KVNonBlockingVec::new()
//! error: E0308

use kernel::alloc::KVNonBlockingVec;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A KVVec where a KVNonBlockingVec is needed",
    license: "GPL",
}

struct Case;

fn drop_under_a_lock(v: KVNonBlockingVec<u8>) {
    drop(v);
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        drop_under_a_lock(KVVec::new());
        Ok(Self)
    }
}
