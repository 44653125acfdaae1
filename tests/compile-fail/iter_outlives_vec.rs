// SPDX-License-Identifier: GPL-2.0

//! An iterator does not walk over what was freed.
//!
//! twin: inner.iter() -> outer.iter()
//! error: E0597

use kernel::kvvec;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "An iterator that outlives its vector",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let outer = kvvec![1, 2]?;
        let mut iter;
        {
            let inner = kvvec![3, 4]?;
            iter = inner.iter();
            pr_info!("{} {}\n", inner.len(), outer.len());
        }
        pr_info!("{:?}\n", iter.next());
        Ok(Self)
    }
}
