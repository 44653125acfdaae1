// SPDX-License-Identifier: GPL-2.0

//! Slab, which is asked first, cannot live with pages that have no address.
//!
//! twin: __GFP_HIGHMEM -> __GFP_NOWARN
//! error: E0080

use kernel::kvvec;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "Memory that may be slab memory and high memory",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = kvvec![1, 2 => GFP_KERNEL | __GFP_HIGHMEM]?;
        pr_info!("{}\n", mine.len());
        Ok(Self)
    }
}
