// SPDX-License-Identifier: GPL-2.0

//! A box is as little for another thread as its value is.
//!
//! twin: *mut u8 -> usize
//! error: E0277

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A box of what is not Send for another thread",
    license: "GPL",
}

struct Case;

type Value = *mut u8;

fn for_another_thread<T: Send>(value: T) {
    drop(value);
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        for_another_thread(KVBox::new(0 as Value, GFP_KERNEL)?);
        Ok(Self)
    }
}
