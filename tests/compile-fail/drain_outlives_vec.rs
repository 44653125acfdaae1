// SPDX-License-Identifier: GPL-2.0

//! A `Drain` does not outlive its vector.
//!
//! twin: mine.drain -> other.drain
//! error: E0597

use kernel::kvvec;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A Drain that outlives its vector",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mut other = kvvec![3, 4]?;
        let mut taken = {
            let mut mine = kvvec![1, 2]?;
            mine.clear();
            mine.drain(..)?
        };
        pr_info!("{:?}\n", taken.next());
        Ok(Self)
    }
}
