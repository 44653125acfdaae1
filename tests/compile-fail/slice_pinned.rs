// SPDX-License-Identifier: GPL-2.0

//! A pinned slice gives out no mutable reference to elements that may not move.
//!
//! twin: core::marker::PhantomPinned -> u8
//! error: E0277

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A mutable reference to pinned elements",
    license: "GPL",
}

struct Case;

type Value = core::marker::PhantomPinned;

fn change(mut pinned: Pin<KBox<[Value]>>) -> usize {
    pinned.as_mut().get_mut().len()
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let _ = change as fn(_) -> _;
        Ok(Self)
    }
}
