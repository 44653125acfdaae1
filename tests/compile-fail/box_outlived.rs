// SPDX-License-Identifier: GPL-2.0

//! A reference to the value ends before the box does.
//!
//! twin: &*inner -> &*outer
//! error: E0597

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A reference that outlives the box",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let outer = KVBox::new(1, GFP_KERNEL)?;
        let value: &i32;
        {
            let inner = KVBox::new(2, GFP_KERNEL)?;
            value = &*inner;
            pr_info!("{} {}\n", *inner, *outer);
        }
        pr_info!("{}\n", *value);
        Ok(Self)
    }
}
