// SPDX-License-Identifier: GPL-2.0

//! An `IntoIter` is Send only if its elements are.
//!
//! twin: *mut u8 -> usize
//! error: E0277

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "An iterator of elements that are not Send",
    license: "GPL",
}

struct Case;

type Value = *mut u8;

fn for_another_thread<T: Send>(value: T) {
    drop(value);
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        for_another_thread(KVVec::<Value>::new().into_iter());
        Ok(Self)
    }
}
