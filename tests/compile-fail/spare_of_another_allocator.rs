// SPDX-License-Identifier: GPL-2.0

//! A vector does not grow into a buffer of another allocator.
//!
//! twin: Spare<u8, Kmalloc> -> Spare<u8, KVmalloc>
//! error: E0308

#[allow(unused_imports)]
use kernel::alloc::{KVmalloc, Kmalloc, Spare};
use kernel::prelude::*;

module! {
    type: Case,
    name: "compile_fail",
    description: "A KVVec that grows into slab memory",
    license: "GPL",
}

struct Case;

fn spare() -> Result<Spare<u8, Kmalloc>> {
    Ok(Spare::with_capacity(1, GFP_KERNEL)?)
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        KVVec::<u8>::new().grow_into(&mut spare()?);
        Ok(Self)
    }
}
