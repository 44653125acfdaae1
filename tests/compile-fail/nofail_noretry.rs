// SPDX-License-Identifier: GPL-2.0

//! Memory that must be there cannot be requested without retries.
//!
//! twin: __GFP_NORETRY -> __GFP_NOWARN
//! error: E0080

use kernel::kbox;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "Flags that contradict each other",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = kbox!(1, GFP_KERNEL | __GFP_NOFAIL | __GFP_NORETRY)?;
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
