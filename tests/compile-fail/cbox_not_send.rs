// SPDX-License-Identifier: GPL-2.0

//! A `CBox` is Send only if its value is.
//!
//! twin: *mut u8 -> usize
//! error: E0277

use kernel::alloc::CBox;
use kernel::alloc::KVmalloc;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A CBox of a value that is not Send",
    license: "GPL",
}

struct Case;

type Value = *mut u8;

fn for_another_thread<T: Send>(value: T) {
    drop(value);
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        for_another_thread(CBox::<Value, KVmalloc>::null());
        Ok(Self)
    }
}
