// SPDX-License-Identifier: GPL-2.0

//! Who has handed the pointer out has no box any more.
//!
//! twin: into_raw(mine) -> into_raw(other)
//! error: E0382

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A box that is used after into_raw()",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = KVBox::new(1, GFP_KERNEL)?;
        let other = KVBox::new(2, GFP_KERNEL)?;
        let raw = KVBox::into_raw(mine);
        pr_info!("{} {:p}\n", *mine, raw);
        Ok(Self)
    }
}
