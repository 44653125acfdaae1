// SPDX-License-Identifier: GPL-2.0

//! A vector that may move does not while an element is looked at.
//!
//! twin: mine.push -> other.push
//! error: E0502

use kernel::kvvec;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "An element of a vector that grows",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mut mine = kvvec![1, 2]?;
        let mut other = kvvec![3, 4]?;
        let first = &mine[0];
        mine.push(5, GFP_KERNEL)?;
        pr_info!("{}\n", *first);
        other.clear();
        Ok(Self)
    }
}
