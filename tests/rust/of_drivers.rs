// SPDX-License-Identifier: GPL-2.0

//! The instruments of the tests of what drivers do with boxes and vectors.
//!
//! [`Strict`] is an allocator that says when it is called where it must not be (while a lock is
//! held), when what it gets back has not been cleared (if it should have been), and that can fail.

use crate::checks::{Failed, Verdict};
use core::{
    alloc::Layout,
    cell::Cell,
    fmt::Debug,
    mem::{self, size_of, MaybeUninit},
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
    slice,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};
use kernel::{
    alloc::{
        flags::*,
        lock_with_room, lock_with_room_in,
        pages::{AsPieces, SgTable, WholePages},
        rcu::{read_lock, RcuBox, RcuSlot},
        AllocError, Allocator, Backing, Box, CBox, CVec, Flags, KBox, KSecretVec, KVBox,
        KVSecretBox, KVSecretVec, KVVec, KVec, KVmalloc, Kmalloc, KvFree, NumaNode, Sensitive,
        Spare, VBox, VVec, Vec, Vmalloc,
    },
    bindings,
    error::code::{EFAULT, EINVAL, ENOMEM},
    ffi::{c_ulong, c_void},
    init::InPlaceInit,
    new_spinlock,
    page::PAGE_SIZE,
    pr_err,
    uaccess::{UserPtr, UserSlice, UserSliceReader, UserSliceWriter},
};

/// Calls a generic test with each of the kernel's allocators.
macro_rules! with_each_allocator {
    ($test:ident) => {{
        $test::<Kmalloc>()?;
        $test::<Vmalloc>()?;
        $test::<KVmalloc>()?;
    }};
}

extern "C" {
    fn rust_kunit_is_area(mem: *const c_void) -> bool;
    fn rust_kunit_rcu_barrier();
}

fn is_area<T: ?Sized>(mem: *const T) -> bool {
    // SAFETY: The address is looked up, not followed.
    unsafe { rust_kunit_is_area(mem.cast()) }
}

fn rcu_barrier() {
    // SAFETY: Tests may sleep.
    unsafe { rust_kunit_rcu_barrier() }
}

/// More than any slab has.
const NOT_SLAB: usize = bindings::KMALLOC_MAX_SIZE as usize + 1;

/// What the byte at `at` is where it matters which is which.
fn pattern(at: usize) -> u8 {
    (at % 251) as u8
}

fn patterned<A: Allocator>(len: usize) -> Result<Vec<u8, A>, Failed> {
    let mut v = Vec::with_capacity(len, GFP_KERNEL)?;

    for at in 0..len {
        v.push_within_capacity(pattern(at))?;
    }
    Ok(v)
}

fn is_patterned(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, b)| *b == pattern(at))
}

/// Counts how many of it have been dropped.
struct Counted<'a>(usize, &'a Cell<usize>);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
    }
}

/// Memory from [`KVmalloc`], with conditions.
struct Strict;

static HELD: AtomicBool = AtomicBool::new(false);
static OFFENDED: AtomicBool = AtomicBool::new(false);
static CLEARED: AtomicBool = AtomicBool::new(false);
static PERMITS: AtomicUsize = AtomicUsize::new(usize::MAX);
static CALLS: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);

impl Strict {
    /// From now on so many allocations succeed.
    fn begin(permits: usize) {
        HELD.store(false, Relaxed);
        OFFENDED.store(false, Relaxed);
        CLEARED.store(false, Relaxed);
        PERMITS.store(permits, Relaxed);
        CALLS.store(0, Relaxed);
        LIVE.store(0, Relaxed);
    }

    /// From now on what is freed must have been cleared, and nothing may be reallocated.
    fn insist_on_cleared() {
        CLEARED.store(true, Relaxed);
    }

    fn offend(what: &str) {
        pr_err!("kvkernel_kunit.rs: allocator misused: {}\n", what);
        OFFENDED.store(true, Relaxed);
    }

    fn called() {
        CALLS.store(CALLS.load(Relaxed) + 1, Relaxed);
        if HELD.load(Relaxed) {
            Self::offend("the lock is held");
        }
    }

    fn calls() -> usize {
        CALLS.load(Relaxed)
    }

    fn settle() -> Verdict {
        check!(!OFFENDED.load(Relaxed));
        check_eq!(LIVE.load(Relaxed), 0);
        Ok(())
    }
}

// SAFETY: All but what is counted is `KVmalloc`.
unsafe impl Allocator for Strict {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let had = block.filter(|_| old.size() != 0);

        Self::called();
        if let Some(block) = had {
            if CLEARED.load(Relaxed) {
                // SAFETY: The block is live and has that many bytes. Tests initialise them all.
                let bytes = unsafe { slice::from_raw_parts(block.as_ptr(), old.size()) };

                if layout.size() != 0 {
                    Self::offend("reallocated");
                }
                if bytes.iter().any(|byte| *byte != 0) {
                    Self::offend("not cleared");
                }
            }
        }
        if layout.size() != 0 {
            match PERMITS.load(Relaxed) {
                0 => return Err(AllocError),
                permits => PERMITS.store(permits - 1, Relaxed),
            }
        }
        // SAFETY: The requirements are the same.
        let new = unsafe { KVmalloc::realloc(block, layout, old, flags, nid)? };

        let live = LIVE.load(Relaxed) - usize::from(had.is_some());
        LIVE.store(live + usize::from(layout.size() != 0), Relaxed);
        Ok(new)
    }
}

type Large = [u8; NOT_SLAB];

#[path = "foreign.rs"]
mod foreign;
#[path = "pages.rs"]
mod pages;
#[path = "rcu.rs"]
mod rcu;
#[path = "secret.rs"]
mod secret;
#[path = "spare.rs"]
mod spare;
#[path = "user.rs"]
mod user;
