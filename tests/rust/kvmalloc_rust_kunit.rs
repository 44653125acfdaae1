// SPDX-License-Identifier: GPL-2.0

//! Tests of the Rust allocators, of `Box` and `Vec`, and of what stands around them.
//!
//! Each test is a function that ends at the first check that does not hold. A module is a suite of
//! them, which C runs: `kvmalloc_rust_kunit_main.c`. The instruments stand apart, as most suites
//! need them: [`Audited`] is an allocator that looks closely, and a [`Token`] is an element that
//! tells a [`Ledger`] of its drop.

// How a test is written.
#[macro_use]
mod cases;
#[macro_use]
mod checks;

// The instruments.
#[macro_use]
mod audited;
mod memory;
mod recorders;
#[macro_use]
mod samples;
mod tokens;

// Allocators and boxes.
mod align;
mod alloc;
mod boxes;
mod flags;
mod gfp;
mod node;
mod place;
mod slice;

// Vectors.
mod border;
mod drain;
mod drops;
mod edit;
mod extend;
mod failure;
mod model;
mod traits;
mod vec;
mod zst;

// What drivers do with both: under locks, with user space, devices, readers and C.
mod foreign;
mod nonblock;
mod pages;
mod rcu;
mod secret;
mod spare;
mod user;

// What every suite needs.
use self::{
    audited::{audited, with_ever_more_memory, Audited, NO_LIMIT},
    checks::{Failed, Verdict},
    memory::*,
    recorders::*,
    samples::*,
    tokens::*,
};
use kernel::{
    alloc::{
        flags::*, AllocError, Allocator, Backing, Box, KBox, KVBox, KVVec, KVec, KVmalloc, Kmalloc,
        VBox, VVec, Vec, Vmalloc,
    },
    error::Error,
    page::PAGE_SIZE,
    pr_err,
};

/// Goes in front of what the kernel's printing macros print.
const __LOG_PREFIX: &[u8] = b"kvmalloc_rust_kunit\0";
