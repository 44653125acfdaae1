// SPDX-License-Identifier: GPL-2.0

//! The macros take flags that can be checked; the functions take others.
//!
//! twin: kbox!(1, flags) -> KBox::new(1, flags)
//! error: E0435

#[allow(unused_imports)]
use kernel::kbox;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "Flags that are not constant in a macro",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let flags = GFP_KERNEL;
        let mine = kbox!(1, flags)?;
        pr_info!("{}\n", *mine);
        Ok(Self)
    }
}
