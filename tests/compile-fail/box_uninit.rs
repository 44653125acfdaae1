// SPDX-License-Identifier: GPL-2.0

//! Memory without a value is not read as one.
//!
//! twin: new_uninit -> zeroed
//! error: E0308

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A box of room where a box of a value is due",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine: KVBox<u64> = KVBox::<u64>::new_uninit(GFP_KERNEL)?;
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
