// SPDX-License-Identifier: GPL-2.0

//! A vmalloc() that sleeps is none for those who may not.
//!
//! twin: GFP_NOWAIT -> GFP_NOIO
//! error: E0080
//! fine with: CONFIG_KVMALLOC_VMALLOC_NONBLOCK

use kernel::prelude::*;
use kernel::vvec;

module! {
    type: Case,
    name: "compile_fail",
    description: "Vmalloc memory without sleeping",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = vvec![0u8; 100 => GFP_NOWAIT]?;
        pr_info!("{}\n", mine.len());
        Ok(Self)
    }
}
