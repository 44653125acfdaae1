// SPDX-License-Identifier: GPL-2.0

//! Sensitive memory is not freed by kvfree_rcu(), which does not clear it.
//!
//! twin: kernel::alloc::Sensitive<KVmalloc> -> KVmalloc
//! error: E0277

use kernel::alloc::rcu::RcuBox;
use kernel::alloc::KVmalloc;
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "An RcuBox of sensitive memory",
    license: "GPL",
}

struct Case;

type Mine = RcuBox<u8, kernel::alloc::Sensitive<KVmalloc>>;

fn look(mine: &Mine) -> *const Mine {
    mine
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let _ = look as fn(_) -> _;
        Ok(Self)
    }
}
