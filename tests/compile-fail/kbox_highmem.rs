// SPDX-License-Identifier: GPL-2.0

//! Slab cannot live with pages that have no address.
//!
//! twin: __GFP_HIGHMEM -> __GFP_NOWARN
//! error: E0080

use kernel::kbox;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "Slab memory that may be high memory",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = kbox!(1, GFP_KERNEL | __GFP_HIGHMEM)?;
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
