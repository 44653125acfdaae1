// SPDX-License-Identifier: GPL-2.0

//! One of the GFP_ flags has to say what the context allows.
//!
//! twin: __GFP_NOWARN -> GFP_KERNEL
//! error: E0080

use kernel::kbox;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "Modifiers without a context",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = kbox!(1, __GFP_NOWARN)?;
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
