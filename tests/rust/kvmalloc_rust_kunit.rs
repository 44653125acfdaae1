// SPDX-License-Identifier: GPL-2.0

//! Tests of the Rust allocators, of `Box` and `Vec`, and of what stands around them.
//!
//! A module is a suite, or an instrument of several. Each test is a function that ends at the first
//! check that does not hold. The suites that run them are in `kvmalloc_rust_kunit_main.c`.

#[macro_use]
mod cases;
#[macro_use]
mod checks;

mod of_boxes;
mod of_drivers;
mod of_vectors;

/// Goes in front of what the kernel's printing macros print.
const __LOG_PREFIX: &[u8] = b"kvmalloc_rust_kunit\0";
