// SPDX-License-Identifier: GPL-2.0

//! A value that is pinned is not moved out of its box.
//!
//! twin: Value = PhantomPinned -> Value = u8
//! error: E0277

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A mutable reference to what is pinned",
    license: "GPL",
}

struct Case;

#[allow(unused_imports)]
use core::marker::PhantomPinned;

type Value = PhantomPinned;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mut pinned: Pin<KVBox<Value>> = KVBox::pin(Value::default(), GFP_KERNEL)?;
        let _: Value = core::mem::take(pinned.as_mut().get_mut());
        Ok(Self)
    }
}
