// SPDX-License-Identifier: GPL-2.0

//! What is freed after a grace period must not have to be dropped.
//!
//! twin: KBox<u8> -> u8
//! error: E0080

use kernel::alloc::rcu::RcuBox;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "An RcuBox of a value that has to be dropped",
    license: "GPL",
}

struct Case;

type Value = KBox<u8>;

fn make(value: Value) -> Result<RcuBox<Value>> {
    Ok(RcuBox::new(value, GFP_KERNEL)?)
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let _ = make as fn(_) -> _;
        Ok(Self)
    }
}
