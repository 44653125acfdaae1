// SPDX-License-Identifier: GPL-2.0

//! What vectors and boxes cost: ours, upstream's, and a plain C array.
//!
//! Each function that is measured is compiled twice from the same text, once with our types and
//! once with upstream's. `kvbench_c_loop.c` has the same loops in C.
//!
//! Nothing in a measured loop is hidden from the optimiser, for nothing would be in a driver. What
//! a driver would know at run time only is made unknown before the loop: functions that are never
//! inlined make the vectors.

use core::{
    alloc::Layout,
    cell::Cell,
    ffi::CStr,
    hint::black_box,
    mem::{transmute, MaybeUninit},
    ptr::{null, NonNull},
};
use kernel::{
    alloc::{flags::*, AllocError, Flags},
    bindings,
    error::{
        code::{EINVAL, ENOMEM},
        Result,
    },
    ffi::{c_char, c_int, c_ulong, c_void},
    pr_err, upstream_alloc,
};

/// Goes in front of what the kernel's printing macros print.
const __LOG_PREFIX: &[u8] = b"kvbench\0";

// What kvbench.h and kvbench_rust_shim.c have for this file. All that is not a function is set
// before `kvbench_rust` is called, and never again.
extern "C" {
    static kvbench_unit: *const c_char;
    static kvbench_overhead: u64;
    static kvbench_elements: usize;
    static kvbench_boxes: usize;
    static kvbench_piece: usize;
    static kvbench_bytes: usize;

    fn kvbench_now() -> u64;
    fn kvbench_settle();
    fn kvbench_wanted(name: *const c_char) -> bool;
    fn kvbench_result(name: *const c_char, unit: *const c_char, who: *const c_char, value: u64);
    fn kvbench_result_each(name: *const c_char, who: *const c_char, value: u64, n: u64);
    fn kvbench_upstream_realloc(
        old: *const c_void,
        bytes: usize,
        align: c_ulong,
        gfp: u32,
        nid: c_int,
    ) -> *mut c_void;
}

/// The count so far.
#[inline]
fn now() -> u64 {
    // SAFETY: It reads a counter, and may be called anywhere.
    unsafe { kvbench_now() }
}

/// Counts what a piece of code takes.
macro_rules! count {
    ($work:block) => {{
        let start = now();
        $work
        now().wrapping_sub(start)
    }};
}

// ---- Elements ----

/// What is pushed, summed up and sorted. The same are in `kvbench_c_loop.c`.
trait Element: Copy {
    /// The element made of a number.
    fn nth(i: usize) -> Self;

    /// The number that it is summed up by.
    fn key(&self) -> u64;
}

impl Element for u8 {
    #[inline]
    fn nth(i: usize) -> Self {
        i as u8
    }

    #[inline]
    fn key(&self) -> u64 {
        (*self).into()
    }
}

impl Element for u64 {
    #[inline]
    fn nth(i: usize) -> Self {
        i as u64
    }

    #[inline]
    fn key(&self) -> u64 {
        *self
    }
}

/// 24 bytes, which is no power of two.
#[derive(Clone, Copy)]
struct Triple {
    key: u64,
    b: u64,
    c: u64,
}

impl Element for Triple {
    #[inline]
    fn nth(i: usize) -> Self {
        let key = i as u64;

        Triple {
            key,
            b: key,
            c: key,
        }
    }

    #[inline]
    fn key(&self) -> u64 {
        // The other two are read nowhere, and are written all the same as in C.
        debug_assert!(self.b == self.key && self.c == self.key);
        self.key
    }
}

/// Says that it is dropped.
struct Counted<'a>(&'a Cell<usize>);

impl Drop for Counted<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.set(self.0.get().wrapping_add(1));
    }
}

/// Numbers of no order, the same in every run and in C (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }
}

// ---- Upstream's allocator ----

/// [`upstream_alloc::allocator::KVmalloc`] on upstream's kvrealloc().
///
/// In a kernel with both families, the original calls ours: the name is ours there. This does the
/// same as the original does otherwise, and like it has no `alloc` and `free` of its own. It is
/// inlined everywhere, as the original is not on every kernel, which is to upstream's advantage.
struct Upstream;

// SAFETY: `kvrealloc()` keeps a block for its owner until it is freed, keeps it on failure and
// copies what fits; it takes what it has returned. Alignment follows from the padding.
unsafe impl upstream_alloc::Allocator for Upstream {
    #[cfg(CONFIG_KVMALLOC_BENCH_RUST_NODES)]
    const MIN_ALIGN: usize = <kernel::alloc::KVmalloc as kernel::alloc::Allocator>::MIN_ALIGN;

    #[inline]
    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        #[cfg(CONFIG_KVMALLOC_BENCH_RUST_NODES)] _nid: kernel::alloc::NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let layout = layout.pad_to_align();
        let from = match block {
            Some(block) if old.size() != 0 => block.as_ptr().cast_const(),
            _ => null(),
        };
        // SAFETY: `Flags` is a struct of one `u32` and has, or this would not compile, the size of
        // one. So that is all there is in it, and any value of it is one of `u32`.
        let gfp = unsafe { transmute::<Flags, u32>(flags) };

        // SAFETY: The caller vouches for the block, if there is one, and that it came from here.
        // Nodes are not asked for in this file.
        let new = unsafe {
            kvbench_upstream_realloc(
                from.cast(),
                layout.size(),
                layout.align(),
                gfp,
                bindings::NUMA_NO_NODE,
            )
        };

        let new = if layout.size() == 0 {
            null::<u8>().wrapping_add(layout.align()).cast_mut()
        } else {
            new.cast()
        };
        let new = NonNull::new(new).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(new, layout.size()))
    }
}

// ---- Measuring ----

/// How often a piece of work is done. The least count is reported.
const REPEATS: usize = 5;

/// Runs a piece of work and reports its count.
///
/// It is told how many elements there are, and returns the count for these. Both strings end with
/// a NUL.
fn measure(
    name: &'static str,
    who: &'static str,
    n: usize,
    repeats: usize,
    run: fn(usize) -> Result<u64>,
) {
    let text = name.trim_end_matches('\0');
    let (Ok(name), Ok(who)) = (c_string(name), c_string(who)) else {
        return;
    };

    // SAFETY: This is a C string.
    if !unsafe { kvbench_wanted(name) } {
        return;
    }

    let mut least = u64::MAX;
    // The first time warms up.
    for i in 0..=repeats {
        // SAFETY: May be called wherever it is allowed to sleep.
        unsafe { kvbench_settle() };
        match run(black_box(n)) {
            Ok(count) if i > 0 => least = least.min(count),
            Ok(_) => {}
            Err(e) => {
                pr_err!("{} in Rust failed: {:?}\n", text, e);
                return;
            }
        }
    }

    // SAFETY: These are C strings, and numbers that nobody changes.
    unsafe {
        let value = least.saturating_sub(kvbench_overhead);

        if n == kvbench_boxes {
            kvbench_result_each(name, who, value, n as u64);
        } else {
            kvbench_result(name, kvbench_unit, who, value);
        }
    }
}

/// A string that ends with a NUL, as C takes it.
fn c_string(s: &'static str) -> Result<*const c_char> {
    match CStr::from_bytes_with_nul(s.as_bytes()) {
        Ok(_) => Ok(s.as_ptr().cast()),
        Err(_) => Err(EINVAL),
    }
}

/// Measures functions with each type of element.
macro_rules! of_each_type {
    ($($name:literal: $run:ident,)*) => {$(
        of_type!($name, "u8", $run::<u8>);
        of_type!($name, "u64", $run::<u64>);
        of_type!($name, "struct24", $run::<Triple>);
    )*};
}

/// Measures one function.
macro_rules! of_type {
    ($name:literal, $type:literal, $run:expr) => {{
        // SAFETY: Nobody changes it.
        let n = unsafe { kvbench_elements };

        measure(
            concat!("kvvec/", $name, "/", $type, "\0"),
            WHO,
            n,
            REPEATS,
            $run,
        );
    }};
}

// ---- The loops, for any kind of vector and box ----

/// What vectors and boxes have on every kernel.
macro_rules! loops {
    () => {
        /// An empty vector with room for `n`. The caller does not know for how many.
        #[inline(never)]
        fn room<T>(n: usize) -> Result<KVVec<T>, AllocError> {
            KVVec::with_capacity(n, GFP_KERNEL)
        }

        /// The elements that the other loops read.
        #[inline(never)]
        fn filled<T: Element>(n: usize) -> Result<KVVec<T>, AllocError> {
            let mut random = Random::new();
            let mut v = room(n)?;

            for _ in 0..n {
                v.push(T::nth(random.next()), GFP_KERNEL)?;
            }
            Ok(v)
        }

        fn push<T: Element>(n: usize) -> Result<u64> {
            let mut v = KVVec::new();

            Ok(count!({
                for i in 0..n {
                    v.push(T::nth(i), GFP_KERNEL)?;
                }
            }))
        }

        fn push_reserved<T: Element>(n: usize) -> Result<u64> {
            let mut v = room(n)?;

            Ok(count!({
                for i in 0..n {
                    v.push(T::nth(i), GFP_KERNEL)?;
                }
            }))
        }

        /// A vector that is part of something else, as in most drivers.
        #[inline(never)]
        fn push_all<T: Element>(v: &mut KVVec<T>, n: usize) -> Result {
            for i in 0..n {
                v.push(T::nth(i), GFP_KERNEL)?;
            }
            Ok(())
        }

        fn push_reserved_field<T: Element>(n: usize) -> Result<u64> {
            let mut v = room::<T>(n)?;

            Ok(count!({
                push_all(&mut v, n)?;
            }))
        }

        fn extend_from_slice<T: Element>(n: usize) -> Result<u64> {
            let from = filled::<T>(n)?;
            let mut v = room(n)?;
            // SAFETY: Nobody changes it.
            let piece = unsafe { kvbench_piece };

            Ok(count!({
                for some in from.chunks(piece) {
                    v.extend_from_slice(some, GFP_KERNEL)?;
                }
            }))
        }

        fn index<T: Element>(n: usize) -> Result<u64> {
            let v = filled::<T>(n)?;

            Ok(count!({
                let mut sum = 0u64;

                for i in 0..v.len() {
                    sum = sum.wrapping_add(v[i].key());
                }
                black_box(sum);
            }))
        }

        fn iterate<T: Element>(n: usize) -> Result<u64> {
            let v = filled::<T>(n)?;

            Ok(count!({
                let mut sum = 0u64;

                for element in &v {
                    sum = sum.wrapping_add(element.key());
                }
                black_box(sum);
            }))
        }

        fn sort<T: Element>(n: usize) -> Result<u64> {
            let mut v = filled::<T>(n)?;

            Ok(count!({
                v.sort_unstable_by_key(T::key);
            }))
        }

        fn clone<T: Element>(n: usize) -> Result<u64> {
            let from = filled::<T>(n)?;
            let mut v = KVVec::new();

            Ok(count!({
                v.extend_from_slice(&from, GFP_KERNEL)?;
            }))
        }

        fn from_elem_zero<T: Element>(n: usize) -> Result<u64> {
            let v;

            let count = count!({
                v = KVVec::from_elem(T::nth(0), n, GFP_KERNEL)?;
            });
            drop(v);
            Ok(count)
        }

        fn from_elem<T: Element>(n: usize) -> Result<u64> {
            let v;

            let count = count!({
                v = KVVec::from_elem(T::nth(7), n, GFP_KERNEL)?;
            });
            drop(v);
            Ok(count)
        }

        fn drop_plain<T: Element>(n: usize) -> Result<u64> {
            let v = room::<T>(n)?;

            Ok(count!({
                drop(v);
            }))
        }

        #[inline(never)]
        fn counted(n: usize, gone: &Cell<usize>) -> Result<KVVec<Counted<'_>>, AllocError> {
            let mut v = room(n)?;

            for _ in 0..n {
                v.push(Counted(gone), GFP_KERNEL)?;
            }
            Ok(v)
        }

        fn drop_each(n: usize) -> Result<u64> {
            let gone = Cell::new(0);
            let v = counted(n, &gone)?;

            let count = count!({
                drop(v);
            });
            if gone.get() == n {
                Ok(count)
            } else {
                Err(EINVAL)
            }
        }

        fn box_small(n: usize) -> Result<u64> {
            Ok(count!({
                for i in 0..n {
                    drop(black_box(KVBox::new(i as u64, GFP_KERNEL)?));
                }
            }))
        }

        fn box_large(n: usize) -> Result<u64> {
            type Large = [MaybeUninit<u8>; 64 << 10];

            Ok(count!({
                for _ in 0..n {
                    drop(black_box(KVBox::<Large>::new_uninit(GFP_KERNEL)?));
                }
            }))
        }

        pub(super) fn all() {
            of_each_type! {
                "push": push,
                "push-reserved": push_reserved,
                "push-reserved-field": push_reserved_field,
                "extend-from-slice": extend_from_slice,
                "index": index,
                "iterate": iterate,
                "clone": clone,
                "from-elem-zero": from_elem_zero,
                "from-elem": from_elem,
                "drop": drop_plain,
            }
            of_type!("sort", "u64", sort::<u64>);
            of_type!("sort", "struct24", sort::<Triple>);
            of_type!("drop-each", "struct8", drop_each);

            // SAFETY: Nobody changes it.
            let n = unsafe { kvbench_boxes };
            measure("kvbox/new-drop/8\0", WHO, n, REPEATS, box_small);
            measure("kvbox/new-drop/64K\0", WHO, n, REPEATS, box_large);

            // SAFETY: Nobody changes it.
            let n = unsafe { kvbench_bytes };
            measure("grow/push-bytes/32M\0", WHO, n, 2, push::<u8>);
        }
    };
}

/// What upstream's vectors have on some kernels.
macro_rules! newer_loops {
    () => {
        fn push_within_capacity<T: Element>(n: usize) -> Result<u64> {
            let mut v = room(n)?;

            Ok(count!({
                for i in 0..n {
                    if v.push_within_capacity(T::nth(i)).is_err() {
                        return Err(ENOMEM);
                    }
                }
            }))
        }

        fn retain<T: Element>(n: usize) -> Result<u64> {
            let mut v = filled::<T>(n)?;

            Ok(count!({
                v.retain(|element| element.key() & 1 != 0);
            }))
        }

        pub(super) fn newer() {
            of_each_type! {
                "push-within-capacity": push_within_capacity,
                "retain": retain,
            }
        }
    };
}

/// Our vector and box.
mod ours {
    use super::*;
    use kernel::alloc::{KVBox, KVVec};

    const WHO: &str = "ours\0";

    loops!();
    newer_loops!();
}

/// Upstream's vector and box, on upstream's family.
mod upstream {
    use super::*;

    type KVVec<T> = upstream_alloc::Vec<T, Upstream>;
    type KVBox<T> = upstream_alloc::Box<T, Upstream>;

    const WHO: &str = "upstream\0";

    loops!();
    #[cfg(CONFIG_KVMALLOC_BENCH_RUST_RETAIN)]
    newer_loops!();
    #[cfg(not(CONFIG_KVMALLOC_BENCH_RUST_RETAIN))]
    pub(super) fn newer() {}
}

/// Measures all of it, and reports.
#[no_mangle]
pub extern "C" fn kvbench_rust() {
    ours::all();
    ours::newer();
    upstream::all();
    upstream::newer();
}
