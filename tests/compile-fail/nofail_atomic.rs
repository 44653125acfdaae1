// SPDX-License-Identifier: GPL-2.0

//! Who may not wait cannot insist.
//!
//! twin: GFP_ATOMIC -> GFP_NOFS
//! error: E0080

use kernel::kbox;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "Memory that must be there, without sleeping",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = kbox!(1, GFP_ATOMIC | __GFP_NOFAIL)?;
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
