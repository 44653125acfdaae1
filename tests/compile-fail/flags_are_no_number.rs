// SPDX-License-Identifier: GPL-2.0

//! Flags are made of those that have a name.
//!
//! twin: 0xcc0 -> GFP_KERNEL
//! error: E0308

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A number where flags are due",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = KBox::new(1, 0xcc0)?;
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
