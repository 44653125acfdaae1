// SPDX-License-Identifier: GPL-2.0

//! The instruments of the tests of allocators, `Box` and `Vec`.
//!
//! A [`Token`] reports its drop to a [`Ledger`], which tells what was dropped, how often, and in
//! which order. [`Audited`] is an allocator that moves memory whenever it can, knows each block
//! with its layout, spoils what is freed, and fails on demand.

use crate::checks::{Failed, Verdict};
use core::{
    alloc::Layout,
    cell::Cell,
    fmt::{self, Write},
    marker::PhantomPinned,
    mem::{align_of, forget, size_of, MaybeUninit},
    pin::Pin,
    ptr::{self, NonNull},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};
use kernel::{
    alloc::{
        flags::*,
        kvec::{InsertError, PushError, RemoveError},
        AllocError, Allocator, Backing, Box, Flags, IntoIter, KBox, KVBox, KVVec, KVec, KVmalloc,
        Kmalloc, NumaNode, VBox, VVec, Vec, Vmalloc,
    },
    bindings,
    error::{
        code::{EINVAL, ENOMEM},
        Error,
    },
    ffi::{c_int, c_void},
    page::PAGE_SIZE,
    pr_err, pr_info,
};

/// Calls a generic test with each of the kernel's allocators.
macro_rules! with_each_allocator {
    ($test:ident) => {{
        $test::<Kmalloc>()?;
        $test::<Vmalloc>()?;
        $test::<KVmalloc>()?;
    }};
}

/// More than any slab has.
const NOT_SLAB: usize = bindings::KMALLOC_MAX_SIZE as usize + 1;

/// More than vmalloc() has, on any machine, and more than kvmalloc() takes for no mistake.
const NOT_VMALLOC: usize = 1 << 46;

/// Flags for what is meant to fail.
fn quiet() -> Flags {
    GFP_KERNEL | __GFP_NOWARN
}

const TOKENS: usize = 64;

/// Keeps count of the drops of up to [`TOKENS`] tokens.
struct Ledger {
    born: Cell<usize>,
    drops: [Cell<u8>; TOKENS],
    order: [Cell<usize>; TOKENS],
    dropped: Cell<usize>,
}

impl Ledger {
    fn new() -> Self {
        Self {
            born: Cell::new(0),
            drops: [const { Cell::new(0) }; TOKENS],
            order: [const { Cell::new(0) }; TOKENS],
            dropped: Cell::new(0),
        }
    }

    /// The next token. They are numbered from 0.
    fn token(&self) -> Token<'_> {
        let id = self.born.get();

        self.born.set(id + 1);
        Token { id, ledger: self }
    }

    /// A vector of the next `count` tokens.
    fn tokens<A: Allocator>(&self, count: usize) -> Result<Vec<Token<'_>, A>, Failed> {
        let mut v = Vec::with_capacity(count, GFP_KERNEL)?;

        for _ in 0..count {
            v.push_within_capacity(self.token())?;
        }
        Ok(v)
    }

    /// How many drops there have been.
    fn dropped(&self) -> usize {
        self.dropped.get()
    }

    /// Whether the drops so far were these, in this order.
    fn order_is(&self, ids: &[usize]) -> bool {
        self.dropped.get() == ids.len()
            && self.order.iter().zip(ids).all(|(is, id)| is.get() == *id)
    }

    /// Ends the test unless all tokens are gone, each dropped once.
    fn settle(&self) -> Verdict {
        check_eq!(self.dropped.get(), self.born.get());
        check!(self.drops[..self.born.get()].iter().all(|n| n.get() == 1));
        Ok(())
    }
}

/// Writes its drop into the ledger.
struct Token<'a> {
    id: usize,
    ledger: &'a Ledger,
}

impl Drop for Token<'_> {
    fn drop(&mut self) {
        let Ledger {
            drops,
            order,
            dropped,
            ..
        } = self.ledger;

        // What is dropped may be garbage, if there is a bug. It is counted all the same, which is
        // one drop too many.
        if let Some(count) = drops.get(self.id) {
            count.set(count.get().saturating_add(1));
        }
        if let Some(entry) = order.get(dropped.get()) {
            entry.set(self.id);
        }
        dropped.set(dropped.get() + 1);
    }
}

impl Clone for Token<'_> {
    fn clone(&self) -> Self {
        self.ledger.token()
    }
}

fn ids<'a>(tokens: impl IntoIterator<Item = &'a Token<'a>>, should: &[usize]) -> bool {
    tokens.into_iter().map(|t| t.id).eq(should.iter().copied())
}

const BLOCKS: usize = 16;
const NO_LIMIT: usize = usize::MAX;
const SPOILED: u8 = 0xd5;

/// Memory from [`KVmalloc`], under supervision.
///
/// A resized block is always a new one, and what is freed is overwritten first, so that stale
/// pointers show. Only `realloc` is its own: the rest is what the trait provides.
struct Audited;

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
static CEILING: AtomicUsize = AtomicUsize::new(NO_LIMIT);
static CALLS: AtomicUsize = AtomicUsize::new(0);
static OFFENDED: AtomicBool = AtomicBool::new(false);

impl Audited {
    /// Forgets the past. From now on `permits` allocations succeed.
    fn begin(permits: usize) {
        for block in &LIVE {
            block.at.store(0, Relaxed);
        }
        PERMITS.store(permits, Relaxed);
        CEILING.store(NO_LIMIT, Relaxed);
        CALLS.store(0, Relaxed);
        OFFENDED.store(false, Relaxed);
    }

    /// How many requests for memory there have been.
    fn calls() -> usize {
        CALLS.load(Relaxed)
    }

    /// How many blocks there are.
    fn live() -> usize {
        LIVE.iter().filter(|b| b.at.load(Relaxed) != 0).count()
    }

    /// Ends the test unless everything was freed, and all calls were proper.
    fn settle() -> Verdict {
        check!(!OFFENDED.load(Relaxed));
        check_eq!(Self::live(), 0);
        Ok(())
    }

    fn offend(what: &str) {
        pr_err!("kvvec_kunit.rs: allocator misused: {}\n", what);
        OFFENDED.store(true, Relaxed);
    }

    fn find(at: usize) -> Option<&'static Block> {
        LIVE.iter().find(|b| b.at.load(Relaxed) == at)
    }
}

/// Runs a test that uses [`Audited`], and sees to it that it frees all that it allocates.
fn audited(test: impl FnOnce() -> Verdict) -> Verdict {
    Audited::begin(NO_LIMIT);
    test()?;
    Audited::settle()
}

// SAFETY: The blocks are those of `KVmalloc`, each freed when it is given up and not before. What
// is found to be improper is refused.
unsafe impl Allocator for Audited {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        was: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let old = block.filter(|_| was.size() != 0);

        let entry = match old {
            None => None,
            Some(old) => {
                let entry = Self::find(old.as_ptr() as usize);

                match entry {
                    None => Self::offend("no such block"),
                    Some(b) if b.size.load(Relaxed) != was.size() => {
                        Self::offend("not the size it was made for")
                    }
                    Some(b) if b.align.load(Relaxed) != was.align() => {
                        Self::offend("not the alignment it was made for")
                    }
                    Some(_) if layout.size() != 0 && layout.align() > was.align() => {
                        Self::offend("alignment raised")
                    }
                    Some(_) => (),
                }
                // Better to leak than to free what is not there.
                Some(entry.ok_or(AllocError)?)
            }
        };

        let new = if layout.size() == 0 {
            let none = ptr::null_mut::<u8>().wrapping_add(layout.align());

            NonNull::slice_from_raw_parts(NonNull::new(none).ok_or(AllocError)?, 0)
        } else {
            let permits = PERMITS.load(Relaxed);

            CALLS.store(Self::calls() + 1, Relaxed);
            if permits == 0 || layout.size() > CEILING.load(Relaxed) {
                return Err(AllocError);
            }
            if permits != NO_LIMIT {
                PERMITS.store(permits - 1, Relaxed);
            }

            let free = Self::find(0).ok_or(AllocError)?;
            let new = KVmalloc::alloc(layout, flags, nid)?;

            free.at.store(new.cast::<u8>().as_ptr() as usize, Relaxed);
            free.size.store(layout.size(), Relaxed);
            free.align.store(layout.align(), Relaxed);
            new
        };

        if let (Some(old), Some(entry)) = (old, entry) {
            let size = entry.size.load(Relaxed);

            // SAFETY: The old block is live and of this size, the new one of the other.
            unsafe {
                let both = size.min(layout.size());
                ptr::copy_nonoverlapping(old.as_ptr(), new.cast().as_ptr(), both);
                old.as_ptr().write_bytes(SPOILED, size);
            }
            entry.at.store(0, Relaxed);
            // SAFETY: It came from `KVmalloc`, and is given up.
            unsafe { KVmalloc::free(old, was) };
        }
        Ok(new)
    }
}

/// Fills a block with a pattern.
///
/// # Safety
///
/// There are `len` bytes at `block`.
unsafe fn fill(block: NonNull<u8>, len: usize) {
    for i in 0..len {
        // SAFETY: The caller says so.
        unsafe { block.as_ptr().add(i).write((i ^ (i >> 8)) as u8 ^ 0x5a) };
    }
}

/// Whether the pattern is there.
///
/// # Safety
///
/// There are `len` bytes at `block`.
unsafe fn filled(block: NonNull<u8>, len: usize) -> bool {
    // SAFETY: The caller says so.
    (0..len).all(|i| unsafe { block.as_ptr().add(i).read() } == (i ^ (i >> 8)) as u8 ^ 0x5a)
}

fn is_aligned<T: ?Sized>(p: *const T, align: usize) -> bool {
    (p.cast::<u8>() as usize) % align == 0
}

/// As many bytes as its alignment. Larger than the stack, so never to be had as a value.
macro_rules! aligned_types {
    ($($name:ident = $align:literal;)*) => {$(
        #[repr(C, align($align))]
        struct $name([u8; $align]);
    )*};
}

aligned_types! {
    Pages1 = 4096;
    Pages2 = 8192;
    Pages4 = 16384;
    Pages16 = 65536;
}

/// Text in a fixed place, to see what `Debug` and `Display` print.
struct Text {
    bytes: [u8; 64],
    len: usize,
}

impl Text {
    fn of(args: fmt::Arguments<'_>) -> Result<Self, Failed> {
        let mut text = Self {
            bytes: [0; 64],
            len: 0,
        };

        text.write_fmt(args)?;
        Ok(text)
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let room = self.bytes[self.len..]
            .get_mut(..s.len())
            .ok_or(fmt::Error)?;

        room.copy_from_slice(s.as_bytes());
        self.len += s.len();
        Ok(())
    }
}

/// The numbers from 0 on.
fn numbers<A: Allocator>(count: usize) -> Result<Vec<usize, A>, Failed> {
    let mut v = Vec::new();

    for i in 0..count {
        v.push(i, GFP_KERNEL)?;
    }
    Ok(v)
}

#[path = "align.rs"]
mod align;
#[path = "alloc.rs"]
mod alloc;
#[path = "border.rs"]
mod border;
#[path = "boxes.rs"]
mod boxes;
#[path = "drops.rs"]
mod drops;
#[path = "failure.rs"]
mod failure;
#[path = "model.rs"]
mod model;
#[path = "of_many.rs"]
mod of_many;
#[path = "vec.rs"]
mod vec;
#[path = "zst.rs"]
mod zst;
