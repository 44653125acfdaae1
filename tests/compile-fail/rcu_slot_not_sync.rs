// SPDX-License-Identifier: GPL-2.0

//! An `RcuSlot` is Sync only if its value may be shared and sent.
//!
//! twin: *mut u8 -> usize
//! error: E0277

use kernel::alloc::rcu::RcuSlot;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "An RcuSlot of a value that may not be shared",
    license: "GPL",
}

struct Case;

type Value = *mut u8;

fn for_other_threads<T: Sync>(_: &T) {}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        for_other_threads(&RcuSlot::<Value>::empty());
        Ok(Self)
    }
}
