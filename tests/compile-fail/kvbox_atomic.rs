// SPDX-License-Identifier: GPL-2.0

//! A value above a page cannot be allocated without sleeping where vmalloc() always sleeps.
//!
//! twin: GFP_ATOMIC -> GFP_KERNEL
//! error: E0080
//! fine with: CONFIG_KVMALLOC_VMALLOC_NONBLOCK

use kernel::kvbox;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "Memory that may be vmalloc memory, without sleeping",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = kvbox!([1u8; 1 << 17], GFP_ATOMIC)?;
        pr_info!("{}\n", mine[0]);
        Ok(Self)
    }
}
