// SPDX-License-Identifier: GPL-2.0

//! An element that is drained is not looked at any more.
//!
//! twin: mine.drain_all() -> other.drain_all()
//! error: E0502

use kernel::kvvec;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A reference that outlives a drained vector",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mut mine = kvvec![1, 2]?;
        let mut other = kvvec![3, 4]?;
        let first = &mine[0];
        drop(mine.drain_all());
        pr_info!("{}\n", *first);
        other.clear();
        Ok(Self)
    }
}
