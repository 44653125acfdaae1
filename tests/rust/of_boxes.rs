// SPDX-License-Identifier: GPL-2.0

//! The instruments of the tests of boxes beyond the first value.
//!
//! They are smaller ones: a [`Witness`] counts its drops, and [`Strict`] is an allocator that
//! insists on the layouts it has handed out and fails when it is told to.

use crate::checks::{Failed, Verdict};
use core::{
    alloc::Layout,
    cell::Cell,
    hash::{Hash, Hasher},
    marker::PhantomPinned,
    mem::{forget, size_of, size_of_val},
    pin::Pin,
    ptr::{self, NonNull},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};
use kernel::{
    alloc::{
        flags::*, AllocError, Allocator, Backing, Box, Flags, KBox, KVBox, KVVec, KVec, KVmalloc,
        Kmalloc, NumaNode, VBox, VVec, Vec, Vmalloc,
    },
    bindings,
    error::{
        code::{EINVAL, EIO},
        Error,
    },
    ffi::{c_int, c_void},
    kbox, kvbox, kvec, kvvec, new_spinlock,
    page::PAGE_SIZE,
    pr_err,
    prelude::*,
    sync::SpinLock,
    types::ForeignOwnable,
    vbox, vvec,
};

/// Calls a generic test with each of the kernel's allocators, and with the strict one.
macro_rules! with_each_allocator {
    ($test:ident) => {{
        $test::<Kmalloc>()?;
        $test::<Vmalloc>()?;
        $test::<KVmalloc>()?;
        Strict::begin(NO_LIMIT);
        $test::<Strict>()?;
        Strict::settle()
    }};
}

/// More than any slab has.
const NOT_SLAB: usize = bindings::KMALLOC_MAX_SIZE as usize + 1;

fn is_aligned<T: ?Sized>(p: *const T, align: usize) -> bool {
    (p.cast::<u8>() as usize) % align == 0
}

/// Counts the births and drops of its kind.
#[derive(Default)]
struct Register {
    born: Cell<usize>,
    gone: Cell<usize>,
}

impl Register {
    fn witness(&self) -> Witness<'_> {
        let number = self.born.get();

        self.born.set(number + 1);
        Witness {
            number,
            register: self,
        }
    }

    fn witnesses(&self, count: usize) -> impl Iterator<Item = Witness<'_>> {
        (0..count).map(|_| self.witness())
    }

    /// How many there are.
    fn alive(&self) -> usize {
        self.born.get().wrapping_sub(self.gone.get())
    }
}

struct Witness<'a> {
    number: usize,
    register: &'a Register,
}

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        self.register.gone.set(self.register.gone.get() + 1);
    }
}

impl Clone for Witness<'_> {
    fn clone(&self) -> Self {
        self.register.witness()
    }
}

fn numbers(slice: &[Witness<'_>]) -> bool {
    slice.iter().enumerate().all(|(n, w)| w.number == n)
}

/// Has no size, and counts its drops nevertheless.
struct Nothing;

static NOTHINGS_DROPPED: AtomicUsize = AtomicUsize::new(0);

impl Drop for Nothing {
    fn drop(&mut self) {
        NOTHINGS_DROPPED.fetch_add(1, Relaxed);
    }
}

/// How many have been dropped since this was last asked.
fn nothings_dropped() -> usize {
    NOTHINGS_DROPPED.swap(0, Relaxed)
}

const BLOCKS: usize = 16;
const NO_LIMIT: usize = usize::MAX;

/// Memory from [`KVmalloc`], each block of which is only taken back for what it was made for.
///
/// Only `realloc` is its own: the rest is what the trait provides.
struct Strict;

struct Block {
    at: AtomicUsize,
    size: AtomicUsize,
    align: AtomicUsize,
}

static LIVE: [Block; BLOCKS] = [const {
    Block {
        at: AtomicUsize::new(0),
        size: AtomicUsize::new(0),
        align: AtomicUsize::new(0),
    }
}; BLOCKS];
static PERMITS: AtomicUsize = AtomicUsize::new(NO_LIMIT);
static CALLS: AtomicUsize = AtomicUsize::new(0);
static OFFENDED: AtomicBool = AtomicBool::new(false);

impl Strict {
    /// Forgets the past. From now on `permits` requests for memory succeed.
    fn begin(permits: usize) {
        for block in &LIVE {
            block.at.store(0, Relaxed);
        }
        PERMITS.store(permits, Relaxed);
        CALLS.store(0, Relaxed);
        OFFENDED.store(false, Relaxed);
    }

    /// How many requests for memory there have been.
    fn calls() -> usize {
        CALLS.load(Relaxed)
    }

    /// Ends the test unless everything was freed, and all calls were proper.
    fn settle() -> Verdict {
        check!(!OFFENDED.load(Relaxed));
        check!(LIVE.iter().all(|block| block.at.load(Relaxed) == 0));
        Ok(())
    }
}

// SAFETY: The blocks are those of `KVmalloc`, each freed when it is given up and not before. What
// is found to be improper is refused.
unsafe impl Allocator for Strict {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        was: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let find = |at: usize| LIVE.iter().find(|entry| entry.at.load(Relaxed) == at);

        let old = block.filter(|_| was.size() != 0);
        let entry = match old {
            None => find(0),
            Some(old) => find(old.as_ptr() as usize).filter(|entry| {
                entry.size.load(Relaxed) == was.size() && entry.align.load(Relaxed) == was.align()
            }),
        };
        let Some(entry) = entry else {
            pr_err!("kvbox_kunit.rs: no such block\n");
            OFFENDED.store(true, Relaxed);
            // Better to leak than to free what is not there.
            return Err(AllocError);
        };

        if layout.size() != 0 {
            CALLS.fetch_add(1, Relaxed);
            match PERMITS.load(Relaxed) {
                0 => return Err(AllocError),
                NO_LIMIT => (),
                permits => PERMITS.store(permits - 1, Relaxed),
            }
        }
        let block = if old.is_none() && layout.size() == 0 {
            KVmalloc::alloc(layout, flags, nid)?
        } else {
            // SAFETY: The block is what was found, or there is none.
            unsafe { KVmalloc::realloc(old, layout, was, flags, nid)? }
        };
        let at = match layout.size() {
            0 => 0,
            _ => block.cast::<u8>().as_ptr() as usize,
        };
        entry.at.store(at, Relaxed);
        entry.size.store(layout.size(), Relaxed);
        entry.align.store(layout.align(), Relaxed);
        Ok(block)
    }
}

/// Runs a test with no memory, then with memory for one request, and so on, until it has enough.
///
/// The test says whether it had.
fn with_ever_more_memory(mut test: impl FnMut() -> Result<bool, Failed>) -> Verdict {
    for permits in 0..20 {
        Strict::begin(permits);
        let enough = test()?;
        Strict::settle()?;
        if enough {
            check!(permits > 0);
            return Ok(());
        }
    }
    check!(false);
    Ok(())
}

/// An initialiser of an integer.
fn number_init(n: usize) -> impl Init<usize, Error> {
    let write = move |slot: *mut usize| {
        // SAFETY: The slot is there to be written.
        unsafe { slot.write(n) };
        Ok(())
    };

    // SAFETY: The closure writes the slot, and does not fail. An integer may move.
    unsafe { kvinit::from_closure(write) }
}

/// Where a kernel keeps the function that makes an initialiser of a closure.
mod kvinit {
    #[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
    pub(super) use kernel::init::{init_from_closure as from_closure, pin_init_from_closure};
    #[cfg(CONFIG_KVMALLOC_PIN_INIT_CRATE)]
    pub(super) use pin_init::{init_from_closure as from_closure, pin_init_from_closure};
}

/// What only a test that knows the type behind it can tell.
trait Animal {
    fn legs(&self) -> usize;
}

impl Animal for Nothing {
    fn legs(&self) -> usize {
        0
    }
}

#[path = "flags.rs"]
mod flags;
#[path = "node.rs"]
mod node;
#[path = "place.rs"]
mod place;
#[path = "slice.rs"]
mod slice;
