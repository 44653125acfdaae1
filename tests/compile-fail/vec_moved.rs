// SPDX-License-Identifier: GPL-2.0

//! What somebody else owns by now is not used.
//!
//! twin: take(mine) -> take(other)
//! error: E0382

use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A vector that is used after it was moved",
    license: "GPL",
}

struct Case;

fn take(v: KVVec<u8>) -> usize {
    v.len()
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mine = KVVec::<u8>::with_capacity(1, GFP_KERNEL)?;
        let other = KVVec::<u8>::with_capacity(2, GFP_KERNEL)?;
        pr_info!("{}\n", take(mine));
        pr_info!("{}\n", mine.len());
        Ok(Self)
    }
}
