// SPDX-License-Identifier: GPL-2.0

//! What a reader has seen under RCU does not outlive its being one.
//!
//! twin: drop(reader); -> ();
//! error: E0505

use kernel::alloc::rcu::{read_lock, RcuSlot};
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A value that is looked at after the reader has gone",
    license: "GPL",
}

struct Case;

fn look(slot: &RcuSlot<u8>) -> u8 {
    let reader = read_lock();
    let seen = slot.read(&reader);
    drop(reader);
    seen.map_or(0, |value| *value)
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        look(&RcuSlot::empty());
        Ok(Self)
    }
}
