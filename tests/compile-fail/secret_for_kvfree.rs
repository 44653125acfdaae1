// SPDX-License-Identifier: GPL-2.0

//! Sensitive memory is not given to C, whose kvfree() does not clear it.
//!
//! twin: kernel::alloc::KSecretBox -> kernel::alloc::KBox
//! error: E0599

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "Sensitive memory for kvfree()",
    license: "GPL",
}

struct Case;

type Mine = kernel::alloc::KSecretBox<u8>;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = Mine::new(1, GFP_KERNEL)?;
        pr_info!("{:?}\n", Mine::into_kvfree(mine).is_null());
        Ok(Self)
    }
}
