// SPDX-License-Identifier: GPL-2.0

//! What was freed is not read.
//!
//! twin: drop(mine) -> drop(other)
//! error: E0382

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A box that is used after it was dropped",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = KVBox::new(1, GFP_KERNEL)?;
        let other = KVBox::new(2, GFP_KERNEL)?;
        drop(mine);
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
