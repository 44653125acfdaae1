// SPDX-License-Identifier: GPL-2.0

//! Nobody else has the elements that one is changing.
//!
//! twin: mine[1] -> other[1]
//! error: E0499

use kernel::kvvec;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "Two mutable borrows of one vector",
    license: "GPL",
}

struct Case;

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let mut mine = kvvec![1, 2]?;
        let mut other = kvvec![3, 4]?;
        let first = &mut mine[0];
        let second = &mut mine[1];
        core::mem::swap(first, second);
        other.clear();
        Ok(Self)
    }
}
