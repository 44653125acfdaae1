// SPDX-License-Identifier: GPL-2.0

//! A fallback that sleeps is none for those who may not.
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
        let mine = kvbox!(1, GFP_ATOMIC)?;
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
