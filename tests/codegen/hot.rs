// SPDX-License-Identifier: GPL-2.0

//! What is disassembled to see what the compiler makes of our vectors, and of upstream's.
//!
//! In a kernel that has upstream's vectors, too, each is compiled twice: with `ours_` before its
//! name, and with `upstream_`.

#![allow(missing_docs)]

use kernel::alloc::flags::GFP_KERNEL;

macro_rules! functions {
    ($($name:ident = fn($($arg:ident: $type:ty),*) $(-> $returns:ty)? $body:block)*) => {$(
        #[no_mangle]
        #[inline(never)]
        pub extern "C" fn $name($($arg: $type),*) $(-> $returns)? $body
    )*};
}

type Ours<T> = kernel::alloc::KVVec<T>;
#[cfg(CONFIG_KVMALLOC_BESIDE)]
type Upstream<T> = kernel::upstream_alloc::KVVec<T>;

functions! {
    ours_push = fn(v: &mut Ours<u64>, x: u64) -> bool { v.push(x, GFP_KERNEL).is_ok() }
    ours_push_byte = fn(v: &mut Ours<u8>, x: u8) -> bool { v.push(x, GFP_KERNEL).is_ok() }
    ours_sum = fn(v: &Ours<u64>) -> u64 { v.iter().fold(0, |s, x| s ^ *x) }
    ours_index = fn(v: &Ours<u64>) -> u64 {
        let mut sum = 0;
        for i in 0..v.len() {
            sum ^= v[i];
        }
        sum
    }
    ours_at = fn(v: &Ours<u64>, i: usize) -> u64 { v[i] }
    ours_len = fn(v: &Ours<u64>) -> usize { v.len() }
    ours_drop = fn(v: &mut Ours<u8>) { *v = Ours::new() }
}

#[cfg(CONFIG_KVMALLOC_BESIDE)]
functions! {
    upstream_push = fn(v: &mut Upstream<u64>, x: u64) -> bool { v.push(x, GFP_KERNEL).is_ok() }
    upstream_push_byte = fn(v: &mut Upstream<u8>, x: u8) -> bool { v.push(x, GFP_KERNEL).is_ok() }
    upstream_sum = fn(v: &Upstream<u64>) -> u64 { v.iter().fold(0, |s, x| s ^ *x) }
    upstream_index = fn(v: &Upstream<u64>) -> u64 {
        let mut sum = 0;
        for i in 0..v.len() {
            sum ^= v[i];
        }
        sum
    }
    upstream_at = fn(v: &Upstream<u64>, i: usize) -> u64 { v[i] }
    upstream_len = fn(v: &Upstream<u64>) -> usize { v.len() }
    upstream_drop = fn(v: &mut Upstream<u8>) { *v = Upstream::new() }
}

/// The slices that vectors deref to, for what a loop over one takes at least.
#[no_mangle]
#[inline(never)]
pub extern "C" fn slice_sum(v: &&[u64]) -> u64 {
    v.iter().fold(0, |s, x| s ^ *x)
}

#[no_mangle]
#[inline(never)]
pub extern "C" fn slice_index(v: &&[u64]) -> u64 {
    let mut sum = 0;
    for i in 0..v.len() {
        sum ^= v[i];
    }
    sum
}

#[no_mangle]
#[inline(never)]
pub extern "C" fn ours_pop(v: &mut Ours<u64>, to: &mut u64) -> bool {
    v.pop().map(|x| *to = x).is_some()
}

#[no_mangle]
#[inline(never)]
pub extern "C" fn ours_push_within_capacity(v: &mut Ours<u64>, x: u64) -> bool {
    v.push_within_capacity(x).is_ok()
}

#[cfg(all(CONFIG_KVMALLOC_BESIDE, CONFIG_KVMALLOC_BENCH_RUST_RETAIN))]
#[no_mangle]
#[inline(never)]
pub extern "C" fn upstream_pop(v: &mut Upstream<u64>, to: &mut u64) -> bool {
    v.pop().map(|x| *to = x).is_some()
}

#[cfg(all(CONFIG_KVMALLOC_BESIDE, CONFIG_KVMALLOC_BENCH_RUST_RETAIN))]
#[no_mangle]
#[inline(never)]
pub extern "C" fn upstream_push_within_capacity(v: &mut Upstream<u64>, x: u64) -> bool {
    v.push_within_capacity(x).is_ok()
}
