// SPDX-License-Identifier: GPL-2.0

//! Tests of the Rust allocators, `Box` and `Vec`, one table of them per promise.
//!
//! Each test is a function that ends at the first check that does not hold. The suites that run
//! them are in `kvvec_kunit_main.c`.
//!
//! Two instruments make the tests sharp. A [`Token`] reports its drop to a [`Ledger`], which tells
//! what was dropped, how often, and in which order. [`Audited`] is an allocator that moves memory
//! whenever it can, knows each block with its layout, spoils what is freed, and fails on demand.

#[macro_use]
mod cases;
#[macro_use]
mod checks;

use cases::Case;
use checks::{Failed, Verdict};

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

/// Goes in front of what the kernel's printing macros print.
const __LOG_PREFIX: &[u8] = b"kvvec_kunit\0";

fails_a_test! {
    <> AllocError, <> Error, <> RemoveError, <> fmt::Error,
    <> core::alloc::LayoutError, <T> PushError<T>, <T> InsertError<T>,
}

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

/// A sequence that is the same in every run (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

// ---- Who was dropped, how often, and when ----

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

// ---- An allocator that looks closely ----

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

// ---- Allocators ----

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

fn alloc_any_size_and_alignment() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for size in [1, 2, 7, 8, 24, 96, 100, 192, 1000, 4096, 4097, 12288, 40000] {
            for shift in 0..=12 {
                let layout = Layout::from_size_align(size, 1 << shift)?;
                let block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?;

                check!(block.len() >= size);
                let block = block.cast::<u8>();
                check!(is_aligned(block.as_ptr(), 1 << shift));
                check!(is_aligned(block.as_ptr(), A::MIN_ALIGN));
                // SAFETY: There are `size` bytes, and the block is not used after it is freed.
                unsafe {
                    fill(block, size);
                    let kept = filled(block, size);
                    A::free(block, layout);
                    check!(kept);
                }
            }
        }
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn alloc_of_no_size() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for align in [1, 8, 4096, 65536] {
            let layout = Layout::from_size_align(0, align)?;
            let block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?;

            check!(is_aligned(block.cast::<u8>().as_ptr(), align));
            // SAFETY: A block of no size, whose pointer is not looked at.
            unsafe { A::free(block.cast(), layout) };
        }

        // Size zero frees, and a block of no size is none.
        let (none, some) = (Layout::new::<()>(), Layout::new::<u64>());
        // SAFETY: Each block is passed on with the layout that it was made for.
        unsafe {
            let empty = NonNull::<u8>::dangling();
            let block = A::realloc(Some(empty), some, none, GFP_KERNEL, NumaNode::NO_NODE)?;
            block.cast::<u64>().as_ptr().write(1);
            let freed = A::realloc(
                Some(block.cast()),
                none,
                some,
                GFP_KERNEL,
                NumaNode::NO_NODE,
            );
            check!(freed.is_ok());
        }
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn alloc_honours_gfp_zero() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for size in [8, 100, 4096, 10000, 1 << 17] {
            let layout = Layout::from_size_align(size, 1)?;

            // Leave dirty memory for the next round to find.
            for _ in 0..4 {
                let dirty = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?;
                // SAFETY: There are `size` bytes, given up afterwards.
                unsafe {
                    fill(dirty.cast(), size);
                    A::free(dirty.cast(), layout);
                }

                let block = A::alloc(layout, GFP_KERNEL | __GFP_ZERO, NumaNode::NO_NODE)?;
                let block = block.cast::<u8>();
                // SAFETY: There are `size` bytes, given up afterwards.
                unsafe {
                    let clean = (0..size).all(|i| block.as_ptr().add(i).read() == 0);
                    fill(block, size);
                    A::free(block, layout);
                    check!(clean);
                }
            }
        }
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn realloc_zeroes_what_is_gained() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let flags = GFP_KERNEL | __GFP_ZERO;
        let sizes = [
            24,
            40,
            64,
            100,
            1000,
            3000,
            4096,
            5000,
            9000,
            20000,
            1 << 17,
            1 << 20,
        ];
        let mut layout = Layout::from_size_align(sizes[0], 8)?;
        let mut block = A::alloc(layout, flags, NumaNode::NO_NODE)?.cast::<u8>();

        for size in sizes {
            let bigger = Layout::from_size_align(size, 8)?;
            // SAFETY: The block was made for `layout`, and is replaced by the new one. Each read
            // and write is within it.
            unsafe {
                fill(block, layout.size());
                let new = A::realloc(Some(block), bigger, layout, flags, NumaNode::NO_NODE)?;
                block = new.cast();
                check!(filled(block, layout.size()));
                check!((layout.size()..size).all(|i| block.as_ptr().add(i).read() == 0));
            }
            layout = bigger;
        }
        // SAFETY: As it was last reallocated.
        unsafe { A::free(block, layout) };
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn realloc_keeps_contents() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let sizes = [
            16,
            4000,
            100,
            4096,
            4097,
            5000,
            60,
            8192,
            70000,
            300,
            300_000,
            299_999,
            4095,
            1 << 20,
            1,
        ];
        let mut layout = Layout::from_size_align(1, 1)?;
        let mut block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

        for size in sizes {
            let next = Layout::from_size_align(size, 1)?;
            // SAFETY: The block was made for `layout`, and is replaced by the new one. Each read
            // and write is within it.
            unsafe {
                fill(block, layout.size());
                let new = A::realloc(Some(block), next, layout, GFP_KERNEL, NumaNode::NO_NODE)?;
                block = new.cast();
                check!(filled(block, layout.size().min(size)));
            }
            layout = next;
        }
        // SAFETY: As it was last reallocated.
        unsafe { A::free(block, layout) };
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn realloc_failing_leaves_the_block() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for size in [50, 4096, 100_000] {
            let layout = Layout::from_size_align(size, 1)?;
            let huge = Layout::from_size_align(NOT_VMALLOC, 1)?;
            let block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

            // SAFETY: The block is of `size` bytes throughout.
            unsafe {
                fill(block, size);
                let grown = A::realloc(Some(block), huge, layout, quiet(), NumaNode::NO_NODE);
                let kept = filled(block, size);
                A::free(block, layout);
                check!(grown.is_err());
                check!(kept);
            }
        }
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn alloc_fails_where_it_must() -> Verdict {
    let huge = Layout::from_size_align(NOT_VMALLOC, 1)?;
    let not_slab = Layout::from_size_align(NOT_SLAB, 1)?;
    let mistake = Layout::from_size_align(i32::MAX as usize + 1, 1)?;

    check!(Kmalloc::alloc(huge, quiet(), NumaNode::NO_NODE).is_err());
    check!(Vmalloc::alloc(huge, quiet(), NumaNode::NO_NODE).is_err());
    check!(KVmalloc::alloc(huge, quiet(), NumaNode::NO_NODE).is_err());

    check!(Kmalloc::alloc(not_slab, quiet(), NumaNode::NO_NODE).is_err());
    check!(KVmalloc::alloc(mistake, quiet(), NumaNode::NO_NODE).is_err());

    let block = KVmalloc::alloc(not_slab, GFP_KERNEL, NumaNode::NO_NODE)?.cast();
    check_eq!(KVmalloc::backing(block), Backing::Vmalloc);
    // SAFETY: It was made for this layout.
    unsafe { KVmalloc::free(block, not_slab) };
    Ok(())
}

fn shrink_keeps_contents_and_gives_back() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for (large, small) in [(100, 20), (4096, 64), (1 << 17, 5000), (1 << 20, 1 << 18)] {
            let old = Layout::from_size_align(large, 1)?;
            let new = Layout::from_size_align(small, 1)?;
            let block = A::alloc(old, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

            // SAFETY: The block was made for `old` and is then one for `new`.
            unsafe {
                fill(block, large);
                let before = bindings::kvmalloc_footprint(block.as_ptr().cast());
                let block = A::shrink(block, new, old, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();
                let after = bindings::kvmalloc_footprint(block.as_ptr().cast());
                let kept = filled(block, small);
                A::free(block, new);

                check!(kept);
                check!(before >= large);
                check!(after >= small);
                // An area of one page cannot have fewer.
                check!(after < before || before <= A::MIN_ALIGN);
            }
        }
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn nodes() -> Verdict {
    check_eq!(NumaNode::new(-1), Err(EINVAL));
    check_eq!(NumaNode::new(bindings::MAX_NUMNODES as i32), Err(EINVAL));
    check_eq!(NumaNode::new(i32::MIN), Err(EINVAL));
    check!(NumaNode::new(0).is_ok());
    Ok(())
}

extern "C" {
    /// The first node with memory above `after`, which may be -1, or one below 0.
    fn kvvec_kunit_next_node(after: c_int) -> c_int;

    /// The node of the page at an address in a live block.
    fn kvvec_kunit_node_of(address: *const c_void) -> c_int;
}

/// The nodes with memory.
fn nodes_with_memory() -> impl Iterator<Item = c_int> {
    let next = |after| {
        // SAFETY: Any number will do.
        let node = unsafe { kvvec_kunit_next_node(after) };

        (node >= 0).then_some(node)
    };

    core::iter::successors(next(-1), move |node| next(*node))
}

/// Whether all pages of a block are on the node.
///
/// # Safety
///
/// There are `len` bytes at `block`.
unsafe fn lies_on(block: NonNull<u8>, len: usize, node: c_int) -> bool {
    (0..len).step_by(PAGE_SIZE).all(|i| {
        // SAFETY: The caller says that this byte is there.
        node == unsafe { kvvec_kunit_node_of(block.as_ptr().wrapping_add(i).cast()) }
    })
}

fn memory_of_the_node_asked_for() -> Verdict {
    fn test<A: Allocator>(sizes: &[usize]) -> Verdict {
        // More than once: were the wish ignored, chance or the last node might be what is asked
        // for.
        for _ in 0..3 {
            for node in nodes_with_memory() {
                for size in sizes {
                    let nid = NumaNode::new(node)?;
                    let layout = Layout::from_size_align(*size, 1)?;
                    let block = A::alloc(layout, GFP_KERNEL, nid)?.cast::<u8>();
                    // SAFETY: There are `size` bytes.
                    let there = unsafe { lies_on(block, *size, node) };

                    // It has to move to grow this much; where to is up to the new wish.
                    let larger = Layout::from_size_align(4 * size, 1)?;
                    // SAFETY: The block is one for `layout`, and replaced if it moves.
                    let grown = unsafe { A::realloc(Some(block), larger, layout, GFP_KERNEL, nid) };
                    let (block, layout) = match grown {
                        Ok(grown) => (grown.cast(), larger),
                        Err(_) => (block, layout),
                    };
                    // SAFETY: There are as many bytes as the layout has, given up afterwards.
                    let still_there = unsafe {
                        let still_there = lies_on(block, layout.size(), node);
                        A::free(block, layout);
                        still_there
                    };

                    check!(there);
                    check!(grown.is_ok());
                    check!(still_there);
                }
            }
        }
        Ok(())
    }

    let nodes = nodes_with_memory().count();
    check!(nodes > 0);
    if nodes == 1 {
        pr_info!("one node only: that memory is on it says nothing (boot with numa=fake=2)\n");
    }
    // Preferences, which an idle machine with free memory on all nodes can meet.
    test::<Kmalloc>(&[10, 1000, PAGE_SIZE, 5 * PAGE_SIZE])?;
    test::<Vmalloc>(&[10, 5 * PAGE_SIZE])?;
    test::<KVmalloc>(&[10, 1000, PAGE_SIZE, 5 * PAGE_SIZE, NOT_SLAB])
}

fn padded_layouts() -> Verdict {
    for (size, align, padded) in [
        (1, 64, 64),
        (64, 64, 64),
        (65, 64, 128),
        (0, 16, 0),
        (24, 8, 24),
    ] {
        let layout = Layout::from_size_align(size, align)?;

        check_eq!(Kmalloc::aligned_layout(layout).size(), padded);
        check_eq!(Kmalloc::aligned_layout(layout).align(), align);
        check_eq!(
            KVmalloc::aligned_layout(layout),
            Kmalloc::aligned_layout(layout)
        );
    }
    Ok(())
}

suite! {
    /// What each of the three allocators promises.
    kvmalloc_rust_alloc_cases:
    alloc_any_size_and_alignment,
    alloc_of_no_size,
    alloc_honours_gfp_zero,
    alloc_fails_where_it_must,
    realloc_zeroes_what_is_gained,
    realloc_keeps_contents,
    realloc_failing_leaves_the_block,
    shrink_keeps_contents_and_gives_back,
    nodes,
    memory_of_the_node_asked_for,
    padded_layouts,
}

// ---- Alignment ----

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

fn align_of_layouts_above_a_page() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for pages in [2, 4, 16, 64] {
            let align = pages * PAGE_SIZE;

            // A byte with such an alignment, one such unit, and several.
            for size in [1, align, 3 * align] {
                let layout = Layout::from_size_align(size, align)?;
                let block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

                // SAFETY: There are `size` bytes, given up afterwards.
                unsafe {
                    fill(block, size);
                    let kept = filled(block, size);
                    A::free(block, layout);
                    check!(kept);
                }
                check!(is_aligned(block.as_ptr(), align));
            }
        }
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn align_kept_by_realloc() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let align = 4 * PAGE_SIZE;
        let mut layout = Layout::from_size_align(align, align)?;
        let mut block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

        for units in [2, 3, 8, 5, 16, 1] {
            let next = Layout::from_size_align(units * align, align)?;
            // SAFETY: The block was made for `layout`, and is replaced by the new one.
            unsafe {
                fill(block, layout.size());
                let new = A::realloc(Some(block), next, layout, GFP_KERNEL, NumaNode::NO_NODE)?;
                block = new.cast();
                check!(filled(block, layout.size().min(next.size())));
            }
            check!(is_aligned(block.as_ptr(), align));
            layout = next;
        }
        // SAFETY: As it was last reallocated.
        unsafe { A::free(block, layout) };
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

/// A `T` is all bytes, and as large as its alignment.
fn one_aligned<T, A: Allocator>() -> Verdict {
    check_eq!(size_of::<T>(), align_of::<T>());

    let mut b = Box::<T, A>::new_uninit(GFP_KERNEL)?;
    check!(is_aligned(b.as_ptr(), align_of::<T>()));
    let last = b.as_mut_ptr().cast::<u8>().wrapping_add(size_of::<T>() - 1);
    // SAFETY: It is the last byte of the box.
    unsafe { last.write(1) };

    let mut v = Vec::<T, A>::new();
    for i in 0..5 {
        v.reserve(1, GFP_KERNEL)?;
        check!(is_aligned(v.as_ptr(), align_of::<T>()));
        // SAFETY: There is room for one, and any bytes are a `T`.
        unsafe {
            v.spare_capacity_mut()[0]
                .as_mut_ptr()
                .cast::<u8>()
                .write_bytes(i, size_of::<T>());
            v.inc_len(1);
        }
    }
    v.shrink_to(0, GFP_KERNEL)?;
    check!(is_aligned(v.as_ptr(), align_of::<T>()));
    check_eq!(v.len(), 5);
    for (i, element) in v.iter().enumerate() {
        let first = ptr::from_ref(element).cast::<u8>();

        check!(is_aligned(first, align_of::<T>()));
        // SAFETY: They are the bytes of an element.
        check!((0..size_of::<T>()).all(|k| unsafe { first.add(k).read() } == i as u8));
    }
    Ok(())
}

fn align_of_values_above_a_page() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        one_aligned::<Pages1, A>()?;
        one_aligned::<Pages2, A>()?;
        one_aligned::<Pages4, A>()?;
        one_aligned::<Pages16, A>()
    }
    with_each_allocator!(test);
    Ok(())
}

fn align_of_vmalloc_backed_values() -> Verdict {
    let units = NOT_SLAB / size_of::<Pages16>() + 1;
    let mut v = KVVec::<Pages16>::with_capacity(units, GFP_KERNEL)?;

    check_eq!(v.backing(), Some(Backing::Vmalloc));
    check!(is_aligned(v.as_ptr(), 65536));
    // Grown and shrunk it has to be aligned as well.
    v.reserve(units + 1, GFP_KERNEL)?;
    check!(is_aligned(v.as_ptr(), 65536));
    v.shrink_to(units / 2, GFP_KERNEL)?;
    check!(is_aligned(v.as_ptr(), 65536));
    check_eq!(v.capacity(), units / 2);
    Ok(())
}

suite! {
    /// Memory is as aligned as its type or layout demands, above a page too.
    kvmalloc_rust_align_cases:
    align_of_layouts_above_a_page,
    align_kept_by_realloc,
    align_of_values_above_a_page,
    align_of_vmalloc_backed_values,
}

// ---- Box ----

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

fn box_holds_its_value() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut b = Box::<[u64; 9], A>::new([3; 9], GFP_KERNEL)?;

        check_eq!(*b, [3; 9]);
        b[8] = 4;
        check_eq!(b.iter().sum::<u64>(), 28);
        check_eq!(*b, [3, 3, 3, 3, 3, 3, 3, 3, 4]);
        b[0] = 0;
        check_eq!(Box::into_inner(b)[..2], [0, 3]);
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn box_is_one_pointer() -> Verdict {
    check_eq!(size_of::<KVBox<u8>>(), size_of::<*mut u8>());
    check_eq!(size_of::<Option<KVBox<u8>>>(), size_of::<*mut u8>());
    check_eq!(size_of::<Option<VBox<[u8; 100]>>>(), size_of::<*mut u8>());
    check_eq!(size_of::<Option<KBox<()>>>(), size_of::<*mut ()>());
    check_eq!(size_of::<Option<KBox<[u8]>>>(), size_of::<*mut [u8]>());
    // C sees NULL for none.
    let none: Option<KBox<u8>> = None;
    // SAFETY: Both are one pointer, and an address may have any value.
    let address = unsafe { core::mem::transmute::<Option<KBox<u8>>, usize>(none) };
    check_eq!(address, 0);
    Ok(())
}

fn box_of_all_zeroes() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for _ in 0..8 {
            let mut b = Box::<[u32; 1000], A>::zeroed(GFP_KERNEL)?;

            check!(b.iter().all(|n| *n == 0));
            // For the next round to find.
            b.fill(u32::MAX);
        }
        Ok(())
    }
    with_each_allocator!(test);

    // Not every kernel says of all allocators at once that NULL is no box.
    macro_rules! none {
        ($($boxed:ident)*) => {$(
            let mut none = $boxed::<Option<$boxed<u8>>>::zeroed(GFP_KERNEL)?;
            check!(none.is_none());
            *none = Some($boxed::new(1, GFP_KERNEL)?);
            check_eq!(none.as_deref(), Some(&1));
        )*};
    }
    none!(KBox VBox KVBox);

    let large = KVBox::<[u8; NOT_SLAB]>::zeroed(GFP_KERNEL)?;
    check_eq!(KVBox::backing(&large), Some(Backing::Vmalloc));
    check!(large.iter().all(|n| *n == 0));
    Ok(())
}

fn box_filled_in_later() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let ledger = Ledger::new();

        // Room that is dropped has nothing to drop in it.
        drop(Box::<Token<'_>, A>::new_uninit(GFP_KERNEL)?);
        check_eq!(ledger.dropped(), 0);

        let room = Box::<Token<'_>, A>::new_uninit(GFP_KERNEL)?;
        let at = room.as_ptr();
        let b = room.write(ledger.token());
        check!(ptr::eq(at, &*b));
        check_eq!(ledger.dropped(), 0);
        drop(b);
        check_eq!(ledger.dropped(), 1);
        ledger.settle()
    }
    with_each_allocator!(test);
    audited(test::<Audited>)
}

fn box_taken_apart() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let ledger = Ledger::new();

        let b = Box::<_, A>::new(ledger.token(), GFP_KERNEL)?;
        let at: *const Token<'_> = &*b;
        let raw = Box::into_raw(b);
        check!(ptr::eq(at, raw));
        check_eq!(ledger.dropped(), 0);
        // SAFETY: It came from `into_raw` of such a box.
        let b = unsafe { Box::<_, A>::from_raw(raw) };
        check_eq!(b.id, 0);

        let leaked: &mut Token<'_> = Box::leak(b);
        check_eq!(ledger.dropped(), 0);
        check_eq!(leaked.id, 0);
        // SAFETY: The reference is to what the box held, and is not used any more.
        let b = unsafe { Box::<_, A>::from_raw(leaked) };

        let token = Box::into_inner(b);
        check_eq!(ledger.dropped(), 0);
        drop(token);
        ledger.settle()
    }
    with_each_allocator!(test);
    audited(test::<Audited>)
}

fn box_contents_exchanged() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let b = Box::<_, Audited>::new(ledger.token(), GFP_KERNEL)?;
    let at: *const Token<'_> = &*b;
    let room = Box::drop_contents(b);
    check!(ledger.order_is(&[0]));
    check_eq!(Audited::live(), 1);

    let b = room.write(ledger.token());
    check!(ptr::eq(at, &*b));
    check_eq!(Audited::calls(), 1);
    drop(b);
    check!(ledger.order_is(&[0, 1]));
    ledger.settle()?;
    Audited::settle()
}

fn box_pinned() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let b = Box::<_, Audited>::new((ledger.token(), PhantomPinned), GFP_KERNEL)?;
    let at: *const (Token<'_>, PhantomPinned) = &*b;
    let pinned = Box::into_pin(b);
    let moved = pinned;
    check!(ptr::eq(at, &*moved));
    drop(moved);

    let pinned: Pin<Box<_, Audited>> = Box::pin(ledger.token(), GFP_KERNEL)?;
    check_eq!(pinned.id, 1);
    drop(pinned);
    ledger.settle()?;
    Audited::settle()
}

fn box_of_a_slice() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let ledger = Ledger::new();
        let (first, len, _) = ledger.tokens::<A>(5)?.into_raw_parts();

        // SAFETY: The block was made for five tokens, which are all there.
        let b =
            unsafe { Box::<[Token<'_>], A>::from_raw(ptr::slice_from_raw_parts_mut(first, len)) };
        check_eq!(b.len(), 5);
        check!(ids(&*b, &[0, 1, 2, 3, 4]));
        drop(b);
        check!(ledger.order_is(&[0, 1, 2, 3, 4]));
        Ok(())
    }
    with_each_allocator!(test);
    audited(test::<Audited>)
}

fn box_printed_as_its_value() -> Verdict {
    let b = KVBox::new(-42, GFP_KERNEL)?;

    check_eq!(Text::of(format_args!("{:?}", b))?.as_bytes(), b"-42");
    check_eq!(Text::of(format_args!("{:>5?}", b))?.as_bytes(), b"  -42");

    let nested = KBox::new(KVBox::new(Some("x"), GFP_KERNEL)?, GFP_KERNEL)?;
    check_eq!(
        Text::of(format_args!("{:?}", nested))?.as_bytes(),
        b"Some(\"x\")"
    );

    // The kernel's own macro, which uses its own Display where it has one. In some kernels it is
    // in the root of the crate, in others in the prelude.
    let nested = KBox::new(KBox::new("text", GFP_KERNEL)?, GFP_KERNEL)?;
    let (shown, nested, debug) = {
        // The prelude hides names of this file, hence nothing else is done here.
        #[allow(unused_imports)]
        use kernel::{fmt, prelude::*};

        (
            Text::of(fmt!("<{}>", b))?,
            Text::of(fmt!("{}", nested))?,
            Text::of(fmt!("{:?}", b))?,
        )
    };
    check_eq!(shown.as_bytes(), b"<-42>");
    check_eq!(nested.as_bytes(), b"text");
    check_eq!(debug.as_bytes(), b"-42");
    pr_info!("a box of -42 prints as {}\n", b);
    Ok(())
}

fn box_tells_its_backing() -> Verdict {
    check_eq!(
        KVBox::backing(&KVBox::new(1u8, GFP_KERNEL)?),
        Some(Backing::Slab)
    );
    check_eq!(KVBox::backing(&KVBox::new((), GFP_KERNEL)?), None);
    check_eq!(
        KVBox::backing(&KVBox::<[u8; NOT_SLAB]>::new_uninit(GFP_KERNEL)?),
        Some(Backing::Vmalloc)
    );
    Ok(())
}

suite! {
    /// What a box is and does.
    kvmalloc_rust_box_cases:
    box_holds_its_value,
    box_is_one_pointer,
    box_of_all_zeroes,
    box_filled_in_later,
    box_taken_apart,
    box_contents_exchanged,
    box_pinned,
    box_of_a_slice,
    box_printed_as_its_value,
    box_tells_its_backing,
}

// ---- Vec ----

/// The numbers from 0 on.
fn numbers<A: Allocator>(count: usize) -> Result<Vec<usize, A>, Failed> {
    let mut v = Vec::new();

    for i in 0..count {
        v.push(i, GFP_KERNEL)?;
    }
    Ok(v)
}

fn vec_new_allocates_nothing() -> Verdict {
    const EMPTY: KVVec<u64> = KVVec::new();
    static SHARED: KVVec<u64> = KVVec::new();

    check_eq!(EMPTY.capacity(), 0);
    check!(SHARED.is_empty());
    check!(is_aligned(EMPTY.as_ptr(), align_of::<u64>()));

    Audited::begin(0);
    let mut v = Vec::<u64, Audited>::default();
    check_eq!(v.len(), 0);
    check_eq!(v.pop(), None);
    check_eq!(v.as_slice(), &[]);
    check!(v.spare_capacity_mut().is_empty());
    v.clear();
    v.truncate(3);
    v.retain(|_| false);
    check_eq!(v.drain_all().count(), 0);
    v.reserve(0, GFP_KERNEL)?;
    v.shrink_to(0, GFP_KERNEL)?;
    v.extend_from_slice(&[], GFP_KERNEL)?;
    v.extend_with(0, 1, GFP_KERNEL)?;
    v.resize(0, 1, GFP_KERNEL)?;
    check_eq!(v.into_iter().count(), 0);
    check_eq!(
        Vec::<u64, Audited>::with_capacity(0, GFP_KERNEL)?.capacity(),
        0
    );
    check_eq!(Audited::calls(), 0);
    Audited::settle()
}

fn vec_with_capacity_is_exact_and_enough() -> Verdict {
    for n in [1, 2, 3, 10, 1000, 5000] {
        Audited::begin(1);
        let mut v = Vec::<u32, Audited>::with_capacity(n, GFP_KERNEL)?;

        check!(v.capacity() >= n);
        check_eq!(LIVE[0].size.load(Relaxed), v.capacity() * 4);
        for i in 0..n {
            v.push(i as u32, GFP_KERNEL)?;
        }
        check_eq!(Audited::calls(), 1);
        drop(v);
        Audited::settle()?;
    }
    Ok(())
}

fn vec_push_and_pop() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = numbers::<A>(1000)?;

        check_eq!(v.len(), 1000);
        check!(v.capacity() >= 1000);
        check!(v.iter().copied().eq(0..1000));
        for i in (0..1000).rev() {
            check_eq!(v.pop(), Some(i));
            check_eq!(v.len(), i);
        }
        check_eq!(v.pop(), None);
        check!(v.is_empty());
        Ok(())
    }
    with_each_allocator!(test);
    audited(test::<Audited>)
}

fn vec_push_within_capacity() -> Verdict {
    Audited::begin(1);
    let mut v = Vec::<_, Audited>::with_capacity(3, GFP_KERNEL)?;

    for i in 0..v.capacity() {
        v.push_within_capacity(i)?;
    }
    let len = v.len();
    check!(matches!(v.push_within_capacity(77), Err(PushError(77))));
    check_eq!(v.len(), len);
    check_eq!(Audited::calls(), 1);
    drop(v);
    Audited::settle()
}

fn vec_grows_by_doubling() -> Verdict {
    Audited::begin(NO_LIMIT);
    let mut v = Vec::<u64, Audited>::new();
    let mut capacity = 0;

    for i in 0..100_000 {
        v.push(i, GFP_KERNEL)?;
        if v.capacity() != capacity {
            check!(v.capacity() >= 2 * capacity);
            // In whole pages, that is at most one more.
            check!(v.capacity() <= (2 * capacity).max(1) + PAGE_SIZE / 8);
            capacity = v.capacity();
        }
    }
    check!(Audited::calls() <= 18);
    drop(v);
    Audited::settle()?;

    // What is asked for in one go is not doubled on top.
    let mut v = Vec::<u8, Audited>::new();
    v.reserve(100_000, GFP_KERNEL)?;
    check!(v.capacity() < 100_000 + PAGE_SIZE);
    drop(v);
    Audited::settle()?;

    // The first allocation takes what the allocator hands out anyway.
    let mut v = Vec::<u8, Vmalloc>::new();
    v.push(1, GFP_KERNEL)?;
    check_eq!(v.capacity(), PAGE_SIZE);
    Ok(())
}

fn vec_reserve_makes_room() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = numbers::<A>(5)?;

        for additional in [0, 1, 3, 10, 100, 99, 1000, 5000] {
            v.reserve(additional, GFP_KERNEL)?;
            check!(v.capacity() - v.len() >= additional);
            check!(v.spare_capacity_mut().len() >= additional);
        }
        check_eq!(v, [0, 1, 2, 3, 4]);

        let capacity = v.capacity();
        v.reserve(capacity - v.len(), GFP_KERNEL)?;
        check_eq!(v.capacity(), capacity);
        Ok(())
    }
    with_each_allocator!(test);
    audited(test::<Audited>)
}

fn vec_insert_at_every_index() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for len in 0..8 {
            for index in 0..=len + 2 {
                let mut v = numbers::<A>(len)?;
                v.reserve(1, GFP_KERNEL)?;

                let result = v.insert_within_capacity(index, 99);
                if index > len {
                    check!(matches!(result, Err(InsertError::IndexOutOfBounds(99))));
                    check!(v.iter().copied().eq(0..len));
                    continue;
                }
                check!(result.is_ok());
                check_eq!(v.len(), len + 1);
                check!(v
                    .iter()
                    .copied()
                    .eq((0..index).chain([99]).chain(index..len)));
            }
        }
        Ok(())
    }
    with_each_allocator!(test);
    audited(test::<Audited>)?;

    let mut full = KVVec::from(KVBox::new([1, 2, 3], GFP_KERNEL)?);
    for index in 0..=3 {
        let result = full.insert_within_capacity(index, 4);
        check!(matches!(result, Err(InsertError::OutOfCapacity(4))));
    }
    let result = full.insert_within_capacity(usize::MAX, 4);
    check!(matches!(result, Err(InsertError::IndexOutOfBounds(4))));
    check_eq!(full, [1, 2, 3]);
    Ok(())
}

fn vec_remove_at_every_index() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for len in 0..8 {
            for index in 0..len + 2 {
                let mut v = numbers::<A>(len)?;

                if index >= len {
                    check!(v.remove(index).is_err());
                    check!(v.iter().copied().eq(0..len));
                    continue;
                }
                check_eq!(v.remove(index)?, index);
                check_eq!(v.len(), len - 1);
                check!(v.iter().copied().eq((0..index).chain(index + 1..len)));
            }
        }
        Ok(())
    }
    with_each_allocator!(test);
    audited(test::<Audited>)
}

fn vec_extend_and_resize() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = Vec::<u16, A>::new();

        v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;
        v.extend_from_slice(&[], GFP_KERNEL)?;
        v.extend_from_slice(&[4], GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3, 4]);

        v.extend_with(0, 9, GFP_KERNEL)?;
        v.extend_with(1, 8, GFP_KERNEL)?;
        v.extend_with(3, 7, GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3, 4, 8, 7, 7, 7]);

        v.resize(8, 0, GFP_KERNEL)?;
        check_eq!(v.len(), 8);
        v.resize(3, 0, GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3]);
        v.resize(5, 6, GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3, 6, 6]);
        v.resize(0, 6, GFP_KERNEL)?;
        check!(v.is_empty());

        check_eq!(Vec::<u16, A>::from_elem(5, 4, GFP_KERNEL)?, [5, 5, 5, 5]);
        check!(Vec::<u16, A>::from_elem(5, 0, GFP_KERNEL)?.is_empty());
        let z = Vec::<u16, A>::zeroed(3000, GFP_KERNEL)?;
        check_eq!(z.len(), 3000);
        check!(z.iter().all(|n| *n == 0));
        Ok(())
    }
    with_each_allocator!(test);
    audited(test::<Audited>)
}

fn vec_truncate_and_clear() -> Verdict {
    for len in 0..6 {
        for to in 0..8 {
            let mut v = numbers::<KVmalloc>(len)?;
            let capacity = v.capacity();

            v.truncate(to);
            check!(v.iter().copied().eq(0..len.min(to)));
            check_eq!(v.capacity(), capacity);
            v.clear();
            check!(v.is_empty());
            check_eq!(v.capacity(), capacity);
        }
    }
    Ok(())
}

fn vec_retain_any_function() -> Verdict {
    // A function from index to boolean is a number, of as many bits as there are elements.
    for len in 0..=10usize {
        for function in 0u32..1 << len {
            let keep = |i: usize| (function >> i) & 1 == 1;
            let mut v = numbers::<KVmalloc>(len)?;
            let mut calls = 0;

            v.retain(|n| {
                let in_order = *n == calls;
                calls += 1;
                in_order && keep(*n)
            });
            check_eq!(calls, len);
            check!(v.iter().copied().eq((0..len).filter(|i| keep(*i))));
        }
    }

    // What the function does to an element stays.
    let mut v = numbers::<KVmalloc>(10)?;
    v.retain(|n| {
        *n *= 10;
        *n % 20 == 0
    });
    check_eq!(v, [0, 20, 40, 60, 80]);
    Ok(())
}

fn vec_drain_all() -> Verdict {
    let mut v = numbers::<KVmalloc>(10)?;
    let (at, capacity) = (v.as_ptr(), v.capacity());

    let mut drain = v.drain_all();
    check_eq!(drain.len(), 10);
    for i in 0..10 {
        check_eq!(drain.size_hint(), (10 - i, Some(10 - i)));
        check_eq!(drain.next(), Some(i));
    }
    check_eq!(drain.next(), None);
    check_eq!(drain.next(), None);
    drop(drain);

    check!(v.is_empty());
    check_eq!(v.capacity(), capacity);
    v.push(1, GFP_KERNEL)?;
    check!(ptr::eq(v.as_ptr(), at));

    // An iterator that never is dropped leaves an empty vector behind, no dangling one.
    forget(v.drain_all());
    check!(v.is_empty());
    Ok(())
}

fn vec_into_iter_and_collect() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for len in [0, 1, 2, 5, 1000] {
            for taken in [0, 1, 2, 5, 600, 1000] {
                if taken > len {
                    continue;
                }
                let mut iter: IntoIter<usize, A> = numbers::<A>(len)?.into_iter();

                for i in 0..taken {
                    check_eq!(iter.size_hint(), (len - i, Some(len - i)));
                    check_eq!(iter.next(), Some(i));
                }
                check_eq!(iter.len(), len - taken);
                let mut v = iter.collect(GFP_KERNEL);
                check!(v.iter().copied().eq(taken..len));
                check!(v.capacity() >= v.len());
                v.push(7, GFP_KERNEL)?;
                check_eq!(v.pop(), Some(7));
            }
        }
        Ok(())
    }
    with_each_allocator!(test);
    audited(test::<Audited>)?;

    let mut iter = numbers::<KVmalloc>(1)?.into_iter();
    check_eq!(iter.next(), Some(0));
    check_eq!(iter.next(), None);
    check_eq!(iter.next(), None);
    Ok(())
}

fn vec_as_slices() -> Verdict {
    let mut v = numbers::<KVmalloc>(5)?;

    check_eq!(v.as_slice(), &[0, 1, 2, 3, 4]);
    check_eq!(v[2], 2);
    check_eq!(v[1..3], [1, 2]);
    check_eq!(v.get(5), None);
    v[0] = 10;
    v[3..].fill(7);
    v.as_mut_slice()[1] = 11;
    check_eq!(v, [10, 11, 2, 7, 7]);
    v.swap(0, 4);
    v.sort_unstable();
    check_eq!(v, [2, 7, 7, 10, 11]);
    check_eq!(v.binary_search(&10), Ok(3));

    for n in &mut v {
        *n += 1;
    }
    let mut sum = 0;
    for n in &v {
        sum += n;
    }
    check_eq!(sum, 42);
    let all: &[usize] = v.as_ref();
    check_eq!(all.len(), 5);
    let all: &mut [usize] = v.as_mut();
    all[0] = 0;
    check_eq!(v.first(), Some(&0));
    Ok(())
}

/// Compares with the `PartialEq` of just these two types.
fn eq<L: PartialEq<R> + ?Sized, R: ?Sized>(left: &L, right: &R) -> bool {
    left == right
}

fn vec_compared() -> Verdict {
    let mut v = KVVec::from(KVBox::new([1u8, 2, 3], GFP_KERNEL)?);
    let same = VVec::from(VBox::new([1u8, 2, 3], GFP_KERNEL)?);
    let longer = KVec::from(KBox::new([1u8, 2, 3, 4], GFP_KERNEL)?);
    let mut array = [1u8, 2, 3];

    check!(eq(&v, &same) && eq(&same, &v));
    check!(!eq(&v, &longer) && !eq(&longer, &v));
    check!(eq(&v, &array) && eq(&v, &&array) && eq(&v, &array[..]) && eq(&v, &&array[..]));
    check!(eq(&v, &&mut array[..]));
    check!(eq(&array[..], &v) && eq(&&array[..], &v) && eq(&&mut array[..], &v));
    check!(!eq(&v, &[1, 2]) && !eq(&v, &[1, 2, 4]) && !eq(&v, &[1, 2, 3, 4]));
    check!(!eq(&v, &&array[..2]) && !eq(&array[1..], &v));
    check!(eq(&KVVec::<u8>::new(), &KVec::<u8>::new()));
    v[1] = 0;
    check!(!eq(&v, &same) && !eq(&v, &array));
    Ok(())
}

fn vec_raw_parts() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut v = ledger.tokens::<Audited>(3)?;
    v.reserve(10, GFP_KERNEL)?;
    let (at, capacity) = (v.as_ptr(), v.capacity());

    let parts = v.into_raw_parts();
    check!(ptr::eq(parts.0, at));
    check_eq!(parts.1, 3);
    check_eq!(parts.2, capacity);
    check_eq!(ledger.dropped(), 0);
    check_eq!(Audited::live(), 1);
    // SAFETY: They are parts of such a vector.
    let v = unsafe { Vec::<_, Audited>::from_raw_parts(parts.0, parts.1, parts.2) };
    check!(ids(&v, &[0, 1, 2]));
    drop(v);
    ledger.settle()?;

    let (ptr, len, capacity) = Vec::<u64, Audited>::new().into_raw_parts();
    check_eq!((len, capacity), (0, 0));
    // SAFETY: As above.
    drop(unsafe { Vec::<_, Audited>::from_raw_parts(ptr, len, capacity) });
    Audited::settle()
}

fn vec_spare_room_filled_in() -> Verdict {
    let mut v = KVVec::<u32>::with_capacity(8, GFP_KERNEL)?;

    v.push(1, GFP_KERNEL)?;
    let spare: &mut [MaybeUninit<u32>] = v.spare_capacity_mut();
    check!(spare.len() >= 7);
    for (i, slot) in spare.iter_mut().take(3).enumerate() {
        slot.write(i as u32 + 2);
    }
    check_eq!(v.len(), 1);
    // SAFETY: Three slots have been written.
    unsafe { v.inc_len(3) };
    check_eq!(v, [1, 2, 3, 4]);
    Ok(())
}

fn vec_from_boxed_array() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let tokens = [ledger.token(), ledger.token(), ledger.token()];
    let v = Vec::from(Box::<_, Audited>::new(tokens, GFP_KERNEL)?);
    check_eq!(v.len(), 3);
    check_eq!(v.capacity(), 3);
    check_eq!(Audited::calls(), 1);
    check_eq!(ledger.dropped(), 0);
    drop(v);
    check!(ledger.order_is(&[0, 1, 2]));

    let mut v = Vec::from(Box::<[u8; 0], Audited>::new([], GFP_KERNEL)?);
    check_eq!(v.capacity(), 0);
    v.push(1, GFP_KERNEL)?;
    check_eq!(v, [1]);
    drop(v);
    Audited::settle()
}

fn vec_printed_as_a_slice() -> Verdict {
    let v = numbers::<KVmalloc>(3)?;

    check_eq!(Text::of(format_args!("{:?}", v))?.as_bytes(), b"[0, 1, 2]");
    let e = numbers::<KVmalloc>(0)?;
    check_eq!(Text::of(format_args!("{:?}", e))?.as_bytes(), b"[]");
    Ok(())
}

fn vec_errors_as_kernel_errors() -> Verdict {
    check_eq!(Error::from(PushError(1)), EINVAL);
    check_eq!(Error::from(InsertError::OutOfCapacity(1)), EINVAL);
    check_eq!(Error::from(InsertError::IndexOutOfBounds(1)), EINVAL);
    check_eq!(Error::from(RemoveError), EINVAL);
    check!(!Text::of(format_args!("{:?}", PushError(())))?
        .as_bytes()
        .is_empty());
    check!(!Text::of(format_args!("{:?}", RemoveError))?
        .as_bytes()
        .is_empty());
    Ok(())
}

fn vec_shrinks_with_every_allocator() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = Vec::<u32, A>::with_capacity(100_000, GFP_KERNEL)?;
        v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;

        // More than there is: nothing to do.
        v.shrink_to(200_000, GFP_KERNEL)?;
        check_eq!(v.capacity(), 100_000);

        v.shrink_to(50_000, GFP_KERNEL)?;
        check_eq!(v.capacity(), 50_000);
        v.shrink_to(2000, GFP_KERNEL)?;
        check_eq!(v.capacity(), 2000);
        check_eq!(v, [1, 2, 3]);

        // Never below what is there.
        v.shrink_to(0, GFP_KERNEL)?;
        check_eq!(v.capacity(), 3);
        check_eq!(v, [1, 2, 3]);
        v.push(4, GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3, 4]);

        v.clear();
        v.shrink_to(0, GFP_KERNEL)?;
        check_eq!(v.capacity(), 0);
        v.push(5, GFP_KERNEL)?;
        check_eq!(v, [5]);
        Ok(())
    }
    with_each_allocator!(test);
    audited(test::<Audited>)
}

suite! {
    /// What a vector is and does.
    kvmalloc_rust_vec_cases:
    vec_new_allocates_nothing,
    vec_with_capacity_is_exact_and_enough,
    vec_push_and_pop,
    vec_push_within_capacity,
    vec_grows_by_doubling,
    vec_reserve_makes_room,
    vec_insert_at_every_index,
    vec_remove_at_every_index,
    vec_extend_and_resize,
    vec_truncate_and_clear,
    vec_retain_any_function,
    vec_drain_all,
    vec_into_iter_and_collect,
    vec_as_slices,
    vec_compared,
    vec_raw_parts,
    vec_spare_room_filled_in,
    vec_from_boxed_array,
    vec_printed_as_a_slice,
    vec_errors_as_kernel_errors,
    vec_shrinks_with_every_allocator,
}

// ---- A long life, next to a model of it ----

const MODEL: usize = 256;

/// A vector done the plain way: an array and a length.
struct Model {
    slots: [u32; MODEL],
    len: usize,
}

impl Model {
    fn insert(&mut self, at: usize, value: u32) {
        for i in (at..self.len).rev() {
            self.slots[i + 1] = self.slots[i];
        }
        self.slots[at] = value;
        self.len += 1;
    }

    fn remove(&mut self, at: usize) -> u32 {
        let value = self.slots[at];

        for i in at + 1..self.len {
            self.slots[i - 1] = self.slots[i];
        }
        self.len -= 1;
        value
    }
}

/// Does the same to a vector and to a model of it, `steps` times, and compares after each.
fn compare_with_model<A: Allocator>(seed: u64, steps: usize) -> Verdict {
    let mut random = Random(seed);
    let mut model = Model {
        slots: [0; MODEL],
        len: 0,
    };
    let mut v = Vec::<u32, A>::new();

    for step in 0..steps {
        let value = step as u32;
        let room = MODEL - model.len;
        let some = random.below(room.min(20) + 1);

        match random.below(16) {
            0..=2 if room > 0 => {
                v.push(value, GFP_KERNEL)?;
                model.insert(model.len, value);
            }
            3 if room > 0 => {
                let fits = v.len() < v.capacity();
                check_eq!(v.push_within_capacity(value).is_ok(), fits);
                if fits {
                    model.insert(model.len, value);
                }
            }
            4 | 5 if room > 0 => {
                let at = random.below(model.len + 1);
                v.reserve(1, GFP_KERNEL)?;
                v.insert_within_capacity(at, value)?;
                model.insert(at, value);
            }
            6 => {
                let last = (model.len > 0).then(|| model.remove(model.len - 1));
                check_eq!(v.pop(), last);
            }
            7 | 8 if model.len > 0 => {
                let at = random.below(model.len);
                check_eq!(v.remove(at)?, model.remove(at));
            }
            9 => {
                v.extend_with(some, value, GFP_KERNEL)?;
                (0..some).for_each(|_| model.insert(model.len, value));
            }
            10 => {
                let more = [value, !value, 7, 8, 9];
                let more = &more[..some.min(5)];
                v.extend_from_slice(more, GFP_KERNEL)?;
                more.iter().for_each(|n| model.insert(model.len, *n));
            }
            11 => {
                let len = random
                    .below(model.len + 1)
                    .max(model.len.saturating_sub(30));
                v.truncate(len);
                model.len = model.len.min(len);
            }
            12 => {
                let len = (model.len + some).saturating_sub(random.below(20));
                v.resize(len, value, GFP_KERNEL)?;
                while model.len < len {
                    model.insert(model.len, value);
                }
                model.len = len;
            }
            13 if model.len > 100 => {
                let (m, r) = (random.below(7) as u32 + 2, random.below(2) as u32);
                v.retain(|n| *n % m != r);
                for i in (0..model.len).rev() {
                    if model.slots[i] % m == r {
                        model.remove(i);
                    }
                }
            }
            14 => v.shrink_to(random.below(MODEL), GFP_KERNEL)?,
            15 if random.below(8) == 0 => {
                let mut iter = v.into_iter();
                for _ in 0..some.min(model.len) {
                    check_eq!(iter.next(), Some(model.remove(0)));
                }
                v = iter.collect(GFP_KERNEL);
            }
            _ => (),
        }

        check_eq!(v.len(), model.len);
        check!(v.capacity() >= v.len());
        check_eq!(v.as_slice(), &model.slots[..model.len]);
    }

    let mut left = 0;
    for n in v.drain_all() {
        check_eq!(n, model.slots[left]);
        left += 1;
    }
    check_eq!(left, model.len);
    Ok(())
}

fn model_kmalloc() -> Verdict {
    compare_with_model::<Kmalloc>(0x6b6d_616c_6c6f_6321, 20_000)
}

fn model_vmalloc() -> Verdict {
    compare_with_model::<Vmalloc>(0x766d_616c_6c6f_6321, 5_000)
}

fn model_kvmalloc() -> Verdict {
    compare_with_model::<KVmalloc>(0x6b76_6d61_6c6c_6f63, 20_000)
}

fn model_audited() -> Verdict {
    audited(|| compare_with_model::<Audited>(0x6175_6469_7465_6421, 20_000))
}

suite! {
    /// Long random sequences of calls do what they do to a plain array.
    kvmalloc_rust_model_cases:
    model_kmalloc,
    model_vmalloc,
    model_kvmalloc,
    model_audited,
}

// ---- Drops ----

/// Runs a test on a vector of tokens 0 to 4, and sees to it that all is dropped and freed.
fn with_five(test: impl for<'a> Fn(&'a Ledger, Vec<Token<'a>, Audited>) -> Verdict) -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    test(&ledger, ledger.tokens(5)?)?;
    ledger.settle()?;
    Audited::settle()
}

fn drop_first_to_last() -> Verdict {
    with_five(|ledger, v| {
        drop(v);
        check!(ledger.order_is(&[0, 1, 2, 3, 4]));
        Ok(())
    })
}

fn drop_by_truncate() -> Verdict {
    with_five(|ledger, mut v| {
        v.truncate(3);
        check!(ledger.order_is(&[3, 4]));
        v.truncate(3);
        check!(ledger.order_is(&[3, 4]));
        v.clear();
        check!(ledger.order_is(&[3, 4, 0, 1, 2]));
        v.push(ledger.token(), GFP_KERNEL)?;
        Ok(())
    })
}

fn drop_by_retain_as_it_goes() -> Verdict {
    with_five(|ledger, mut v| {
        let mut seen = [0; 5];

        v.retain(|t| {
            seen[t.id] = ledger.dropped();
            t.id % 2 == 1
        });
        check_eq!(seen, [0, 1, 1, 2, 2]);
        check!(ledger.order_is(&[0, 2, 4]));
        check!(ids(&v, &[1, 3]));
        Ok(())
    })
}

fn drop_of_what_is_removed() -> Verdict {
    with_five(|ledger, mut v| {
        let removed = v.remove(1)?;
        let popped = v.pop();

        check_eq!(ledger.dropped(), 0);
        drop(popped);
        drop(removed);
        check!(ledger.order_is(&[4, 1]));
        check!(v.remove(3).is_err());
        check!(ids(&v, &[0, 2, 3]));
        Ok(())
    })
}

fn drop_of_what_is_refused() -> Verdict {
    with_five(|ledger, mut v| {
        while v.len() < v.capacity() {
            v.push_within_capacity(ledger.token())?;
        }
        let len = v.len();

        let Err(PushError(back)) = v.push_within_capacity(ledger.token()) else {
            return Err(Failed(line!()));
        };
        check_eq!((back.id, ledger.dropped()), (len, 0));
        let Err(InsertError::OutOfCapacity(back)) = v.insert_within_capacity(0, back) else {
            return Err(Failed(line!()));
        };
        check_eq!((back.id, ledger.dropped()), (len, 0));
        let Err(InsertError::IndexOutOfBounds(back)) = v.insert_within_capacity(len + 1, back)
        else {
            return Err(Failed(line!()));
        };
        check_eq!((back.id, ledger.dropped()), (len, 0));
        drop(back);
        check!(ledger.order_is(&[len]));
        Ok(())
    })
}

fn drop_in_the_middle_of_into_iter() -> Verdict {
    for taken in 0..=5 {
        with_five(|ledger, v| {
            let mut iter = v.into_iter();

            for i in 0..taken {
                check_eq!(iter.next().map(|t| t.id), Some(i));
                check_eq!(ledger.dropped(), i + 1);
            }
            drop(iter);
            check!(ledger.order_is(&[0, 1, 2, 3, 4]));
            Ok(())
        })?;
    }

    // A loop that is left early.
    with_five(|ledger, v| {
        for t in v {
            if t.id == 2 {
                break;
            }
        }
        check!(ledger.order_is(&[0, 1, 2, 3, 4]));
        Ok(())
    })
}

fn drop_in_the_middle_of_collect() -> Verdict {
    for taken in 0..=5 {
        with_five(|ledger, v| {
            let mut iter = v.into_iter();

            for _ in 0..taken {
                drop(iter.next());
            }
            let rest = iter.collect(GFP_KERNEL);
            check_eq!(ledger.dropped(), taken);
            check!(ids(&rest, &[0, 1, 2, 3, 4][taken..]));
            Ok(())
        })?;
    }
    Ok(())
}

fn drop_in_the_middle_of_drain_all() -> Verdict {
    for taken in 0..=5 {
        with_five(|ledger, mut v| {
            let mut drain = v.drain_all();

            for i in 0..taken {
                check_eq!(drain.next().map(|t| t.id), Some(i));
            }
            check_eq!(ledger.dropped(), taken);
            drop(drain);
            check!(ledger.order_is(&[0, 1, 2, 3, 4]));
            check!(v.is_empty());
            v.push(ledger.token(), GFP_KERNEL)?;
            Ok(())
        })?;
    }
    Ok(())
}

fn drop_by_resize_and_extend() -> Verdict {
    with_five(|ledger, mut v| {
        // The clones are 6 and 7, and the value itself, 5, is the last.
        v.extend_with(3, ledger.token(), GFP_KERNEL)?;
        check_eq!(ledger.dropped(), 0);
        check!(ids(&v, &[0, 1, 2, 3, 4, 6, 7, 5]));

        v.extend_with(0, ledger.token(), GFP_KERNEL)?;
        check!(ledger.order_is(&[8]));
        v.resize(2, ledger.token(), GFP_KERNEL)?;
        // The value that is not needed is dropped too.
        check_eq!(ledger.dropped(), 1 + 6 + 1);
        v.resize(3, ledger.token(), GFP_KERNEL)?;
        check!(ids(&v, &[0, 1, 10]));

        let slice = [ledger.token(), ledger.token()];
        v.extend_from_slice(&slice, GFP_KERNEL)?;
        check!(ids(&v, &[0, 1, 10, 13, 14]));
        Ok(())
    })
}

fn drop_of_elements_that_move() -> Verdict {
    with_five(|ledger, mut v| {
        for additional in [10, 100, 1000] {
            v.reserve(additional, GFP_KERNEL)?;
        }
        v.shrink_to(50, GFP_KERNEL)?;
        v.shrink_to(0, GFP_KERNEL)?;
        v.reserve(1, GFP_KERNEL)?;
        v.insert_within_capacity(2, ledger.token())?;
        check_eq!(ledger.dropped(), 0);
        check!(ids(&v, &[0, 1, 5, 2, 3, 4]));
        Ok(())
    })
}

fn drop_of_nested_vectors() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut outer = Vec::<Vec<Token<'_>, Audited>, Audited>::new();
    for n in [2, 0, 3] {
        outer.push(ledger.tokens(n)?, GFP_KERNEL)?;
    }
    drop(outer.remove(0)?);
    check!(ledger.order_is(&[0, 1]));
    drop(outer);
    check!(ledger.order_is(&[0, 1, 2, 3, 4]));
    ledger.settle()?;
    Audited::settle()
}

suite! {
    /// Each element is dropped once, when it is due and in order, and all memory is freed.
    kvmalloc_rust_drop_cases:
    drop_first_to_last,
    drop_by_truncate,
    drop_by_retain_as_it_goes,
    drop_of_what_is_removed,
    drop_of_what_is_refused,
    drop_in_the_middle_of_into_iter,
    drop_in_the_middle_of_collect,
    drop_in_the_middle_of_drain_all,
    drop_by_resize_and_extend,
    drop_of_elements_that_move,
    drop_of_nested_vectors,
}

// ---- Failure ----

/// Runs a test that is to fail for want of memory, on a vector of tokens 0 to 4 that is full. The
/// vector must be as it was, and what was to go in must be dropped.
fn refused(test: impl for<'a> Fn(&'a Ledger, &mut Vec<Token<'a>, Audited>) -> bool) -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut v: Vec<Token<'_>, Audited> = ledger.tokens(5)?;
    let (at, capacity) = (v.as_ptr(), v.capacity());
    check_eq!(capacity, 5);

    PERMITS.store(0, Relaxed);
    check!(test(&ledger, &mut v));
    check!(Audited::calls() > 1);
    check_eq!(ledger.dropped() + 5, ledger.born.get());
    check!(ptr::eq(v.as_ptr(), at));
    check_eq!(v.capacity(), capacity);
    check!(ids(&v, &[0, 1, 2, 3, 4]));

    // And it is of use still.
    PERMITS.store(NO_LIMIT, Relaxed);
    v.push(ledger.token(), GFP_KERNEL)?;
    check_eq!(v.len(), 6);
    drop(v);
    ledger.settle()?;
    Audited::settle()
}

fn failure_of_push() -> Verdict {
    refused(|ledger, v| v.push(ledger.token(), GFP_KERNEL).is_err())
}

fn failure_of_reserve() -> Verdict {
    refused(|_, v| v.reserve(1, GFP_KERNEL).is_err())?;
    refused(|_, v| v.reserve(1000, GFP_KERNEL).is_err())
}

fn failure_of_extend() -> Verdict {
    refused(|ledger, v| v.extend_with(3, ledger.token(), GFP_KERNEL).is_err())?;
    refused(|ledger, v| {
        let more = [ledger.token(), ledger.token()];
        v.extend_from_slice(&more, GFP_KERNEL).is_err()
    })?;
    refused(|ledger, v| v.resize(6, ledger.token(), GFP_KERNEL).is_err())
}

fn failure_of_shrink() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut v: Vec<Token<'_>, Audited> = ledger.tokens(3)?;
    v.reserve(100, GFP_KERNEL)?;
    let (at, capacity) = (v.as_ptr(), v.capacity());

    PERMITS.store(0, Relaxed);
    check!(v.shrink_to(10, GFP_KERNEL).is_err());
    check!(ptr::eq(v.as_ptr(), at));
    check_eq!(v.capacity(), capacity);
    check!(ids(&v, &[0, 1, 2]));

    // Nor has collect() memory for a smaller block, and does without.
    let mut iter = v.into_iter();
    drop(iter.next());
    let v = iter.collect(GFP_KERNEL);
    check!(ids(&v, &[1, 2]));
    check_eq!(v.capacity(), capacity);
    drop(v);
    ledger.settle()?;
    Audited::settle()
}

fn failure_of_constructors() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(0);
    check!(Box::<_, Audited>::new(ledger.token(), GFP_KERNEL).is_err());
    check!(ledger.order_is(&[0]));
    check!(Box::<_, Audited>::pin(ledger.token(), GFP_KERNEL).is_err());
    check!(Box::<u64, Audited>::zeroed(GFP_KERNEL).is_err());
    check!(Box::<u64, Audited>::new_uninit(GFP_KERNEL).is_err());
    check!(Vec::<u64, Audited>::with_capacity(1, GFP_KERNEL).is_err());
    check!(Vec::<u64, Audited>::zeroed(1, GFP_KERNEL).is_err());
    check!(Vec::<_, Audited>::from_elem(ledger.token(), 5, GFP_KERNEL).is_err());
    check_eq!(Audited::calls(), 7);
    ledger.settle()?;
    Audited::settle()
}

fn failure_at_each_allocation() -> Verdict {
    // One permit more in each round, until there are enough.
    for permits in 0..100 {
        let ledger = Ledger::new();

        Audited::begin(permits);
        let life = || -> Result<(), AllocError> {
            let mut v = Vec::<Token<'_>, Audited>::new();

            for _ in 0..20 {
                v.push(ledger.token(), GFP_KERNEL)?;
            }
            v.retain(|t| t.id % 3 != 0);
            v.extend_with(10, ledger.token(), GFP_KERNEL)?;
            let boxed = Box::<_, Audited>::new(ledger.token(), GFP_KERNEL)?;
            v.truncate(9);
            v.shrink_to(0, GFP_KERNEL)?;
            v.resize(12, Box::into_inner(boxed), GFP_KERNEL)?;
            let mut iter = v.into_iter();
            let first = iter.next();
            drop(iter.collect(GFP_KERNEL));
            drop(first);
            Ok(())
        };
        let lived = life().is_ok();

        ledger.settle()?;
        Audited::settle()?;
        if lived {
            // Each of the allocations above has been the one to fail.
            check!(permits > 6);
            return Ok(());
        }
    }
    Err(Failed(line!()))
}

fn failure_to_double_is_none() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut v: Vec<Token<'_>, Audited> = ledger.tokens(50)?;
    // No room for twice as many, but for one more.
    CEILING.store(51 * size_of::<Token<'_>>(), Relaxed);
    v.push(ledger.token(), GFP_KERNEL)?;
    check_eq!((v.capacity(), Audited::calls()), (51, 3));
    check!(v.push(ledger.token(), GFP_KERNEL).is_err());
    check!(v.iter().map(|t| t.id).eq(0..51));
    drop(v);
    ledger.settle()?;
    Audited::settle()?;

    // What exactly is asked for, in bytes.
    let mut asked = [0; 4];
    struct Recorder;
    static ASKED: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    // SAFETY: It never returns a block.
    unsafe impl Allocator for Recorder {
        const MIN_ALIGN: usize = 8;

        unsafe fn realloc(
            _: Option<NonNull<u8>>,
            layout: Layout,
            _: Layout,
            _: Flags,
            _: NumaNode,
        ) -> Result<NonNull<[u8]>, AllocError> {
            let n = COUNT.load(Relaxed);

            COUNT.store(n + 1, Relaxed);
            if let Some(slot) = ASKED.get(n) {
                slot.store(layout.size(), Relaxed);
            }
            Err(AllocError)
        }
    }

    COUNT.store(0, Relaxed);
    let mut v = Vec::<u64, Recorder>::new();
    check!(v.push(1, GFP_KERNEL).is_err());
    check!(v.reserve(PAGE_SIZE, GFP_KERNEL).is_err());
    check!(v.reserve(PAGE_SIZE + 1, GFP_KERNEL).is_err());
    for (to, from) in asked.iter_mut().zip(&ASKED) {
        *to = from.load(Relaxed);
    }
    // What is needed is asked for if more was refused; if both are the same, once.
    check_eq!(asked, [8, PAGE_SIZE * 8, PAGE_SIZE * 9, PAGE_SIZE * 8 + 8]);
    check_eq!(COUNT.load(Relaxed), 4);
    Ok(())
}

fn failure_by_size() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = Vec::<u64, A>::new();
        v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;
        let (at, capacity) = (v.as_ptr(), v.capacity());

        // Above any memory, above isize::MAX bytes, above what can be counted in bytes, and above
        // what can be counted in elements.
        for n in [
            NOT_VMALLOC / 8,
            isize::MAX as usize / 8,
            usize::MAX / 8,
            usize::MAX / 8 + 1,
        ] {
            check!(v.reserve(n, quiet()).is_err());
            check!(v.extend_with(n, 0, quiet()).is_err());
            check!(v.resize(n + 3, 0, quiet()).is_err());
            check!(Vec::<u64, A>::with_capacity(n, quiet()).is_err());
            check!(Vec::<u64, A>::zeroed(n, quiet()).is_err());
            check!(Vec::<u64, A>::from_elem(1, n, quiet()).is_err());
        }
        check!(v.reserve(usize::MAX, quiet()).is_err());
        check!(v.reserve(usize::MAX - 3, quiet()).is_err());
        check!(v.reserve(usize::MAX - 2, quiet()).is_err());
        check!(v.resize(usize::MAX, 0, quiet()).is_err());

        check!(ptr::eq(v.as_ptr(), at));
        check_eq!(v.capacity(), capacity);
        check_eq!(v, [1, 2, 3]);
        Ok(())
    }
    with_each_allocator!(test);
    Ok(())
}

fn failure_in_vmalloc_memory() -> Verdict {
    let mut v = KVVec::<u8>::from_elem(0x11, NOT_SLAB, GFP_KERNEL)?;

    check_eq!(v.backing(), Some(Backing::Vmalloc));
    check!(v.reserve(i32::MAX as usize, quiet()).is_err());
    check!(v.reserve(NOT_VMALLOC, quiet()).is_err());
    check_eq!(v.len(), NOT_SLAB);
    check!(v.iter().all(|b| *b == 0x11));
    v.push(0x22, GFP_KERNEL)?;
    check_eq!(v[NOT_SLAB], 0x22);

    // Slab has a limit of its own.
    let mut v = KVec::<u8>::from_elem(0x33, 5000, GFP_KERNEL)?;
    check!(v.reserve(NOT_SLAB, quiet()).is_err());
    check_eq!(v.len(), 5000);
    check!(v.iter().all(|b| *b == 0x33));
    Ok(())
}

suite! {
    /// Without memory there is an error, the vector is as it was, and nothing leaks.
    kvmalloc_rust_failure_cases:
    failure_of_push,
    failure_of_reserve,
    failure_of_extend,
    failure_of_shrink,
    failure_of_constructors,
    failure_at_each_allocation,
    failure_to_double_is_none,
    failure_by_size,
    failure_in_vmalloc_memory,
}

// ---- Both sides of the border between slab and vmalloc ----

fn border_told_by_backing() -> Verdict {
    let mut v = KVVec::<u8>::new();
    check_eq!(v.backing(), None);

    for size in [1, 100, PAGE_SIZE] {
        let v = KVVec::<u8>::with_capacity(size, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Slab));
    }
    for size in [NOT_SLAB, 2 * NOT_SLAB] {
        let v = KVVec::<u8>::with_capacity(size, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Vmalloc));
        // SAFETY: The address is compared, and not followed.
        check!(unsafe { bindings::kvmalloc_is_vmalloc(v.as_ptr().cast()) });
    }

    v.push(1, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Slab));
    v.reserve(NOT_SLAB, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Vmalloc));
    v.clear();
    check_eq!(v.backing(), Some(Backing::Vmalloc));
    v.shrink_to(0, GFP_KERNEL)?;
    check_eq!(v.backing(), None);
    Ok(())
}

fn border_crossed_up_and_down() -> Verdict {
    let mut v = KVVec::<u32>::new();
    let count = NOT_SLAB / 4 + 1000;

    for i in 0..count {
        v.push(i as u32, GFP_KERNEL)?;
    }
    check_eq!(v.backing(), Some(Backing::Vmalloc));
    check!(v.iter().copied().eq(0..count as u32));

    // Half of it, a page of it, less than a page, back up, and so on.
    for left in [count / 2, PAGE_SIZE / 4 + 1, PAGE_SIZE / 4, 10] {
        v.truncate(left);
        v.shrink_to(0, GFP_KERNEL)?;
        check_eq!(v.capacity(), left);
        check!(v.iter().copied().eq(0..left as u32));
        if left * 4 <= PAGE_SIZE {
            check_eq!(v.backing(), Some(Backing::Slab));
        }
    }
    for round in 0..3 {
        v.reserve(NOT_SLAB / 4, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Vmalloc));
        check!(v.iter().copied().eq(0..10 + round));
        v.push(10 + round, GFP_KERNEL)?;
        v.shrink_to(20, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Slab));
        check!(v.iter().copied().eq(0..11 + round));
    }
    Ok(())
}

fn border_crossed_by_collect() -> Verdict {
    let count = NOT_SLAB / 8 + 10;
    let mut iter = numbers::<KVmalloc>(count)?.into_iter();

    check_eq!(iter.nth(count - 4), Some(count - 4));
    let v = iter.collect(GFP_KERNEL);
    check_eq!(v, [count - 3, count - 2, count - 1]);
    check_eq!(v.backing(), Some(Backing::Slab));
    check_eq!(v.capacity(), 3);
    Ok(())
}

fn border_zeroed_on_both_sides() -> Verdict {
    for size in [64, PAGE_SIZE, NOT_SLAB] {
        for _ in 0..2 {
            let mut v = KVVec::<u8>::zeroed(size, GFP_KERNEL)?;

            check_eq!(v.len(), size);
            check!(v.iter().all(|b| *b == 0));
            v.fill(0xee);
        }
    }
    Ok(())
}

/// The memory that a block takes, in bytes. For the start of a live block only.
fn footprint(at: *const u8) -> usize {
    // SAFETY: As said above.
    unsafe { bindings::kvmalloc_footprint(at.cast()) }
}

fn border_shrink_frees_pages() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = Vec::<u8, A>::from_elem(0x77, 4 * NOT_SLAB, GFP_KERNEL)?;
        let before = footprint(v.as_ptr());
        check!(before >= 4 * NOT_SLAB);

        v.truncate(NOT_SLAB + 100);
        v.shrink_to(0, GFP_KERNEL)?;
        let after = footprint(v.as_ptr());
        check!(after >= v.len());
        // Huge pages, if there are any, may leave some waste at the end.
        check!(after <= before / 2);
        check!(v.iter().all(|b| *b == 0x77));

        // Another copy would gain nothing, so there is none.
        let at = v.as_ptr();
        v.truncate(NOT_SLAB + 50);
        v.shrink_to(0, GFP_KERNEL)?;
        check!(ptr::eq(v.as_ptr(), at));
        check_eq!(footprint(at), after);
        Ok(())
    }
    test::<Vmalloc>()?;
    test::<KVmalloc>()
}

/// A vector in an area that slab could have served.
///
/// Such are a matter of luck with kvmalloc(), so make one with vmalloc(): it does not differ, and
/// kvfree() takes it.
fn small_area<T>(capacity: usize) -> Result<KVVec<T>, Failed> {
    let (ptr, len, capacity) = VVec::with_capacity(capacity, GFP_KERNEL)?.into_raw_parts();
    // SAFETY: The parts fit together, and to C this is memory like any from kvmalloc().
    let v = unsafe { KVVec::from_raw_parts(ptr, len, capacity) };

    check_eq!(v.backing(), Some(Backing::Vmalloc));
    Ok(v)
}

fn border_shrink_never_takes_more() -> Verdict {
    // Pages before and after. Slab would take a power of two pages: 64 for the 33.
    for (before, after) in [
        (40, 33),
        (40, 39),
        (40, 32),
        (40, 17),
        (40, 4),
        (40, 2),
        (1000, 513),
        (1000, 512),
        (1024, 1023),
        (1024, 600),
        (3, 2),
    ] {
        let mut v = small_area::<u8>(before * PAGE_SIZE)?;
        v.extend_with(after * PAGE_SIZE, 0x77, GFP_KERNEL)?;
        let full = footprint(v.as_ptr());
        check_eq!(full, before * PAGE_SIZE);

        v.shrink_to(0, GFP_KERNEL)?;
        let left = footprint(v.as_ptr());
        check_eq!(v.capacity(), after * PAGE_SIZE);
        check!(v.iter().all(|b| *b == 0x77));
        check!(left >= v.len());
        check!(left <= full);
        // What even slab has smaller is never kept.
        let slab = after.next_power_of_two() * PAGE_SIZE;
        check!(left <= slab);
        if slab < full {
            check!(left < full);
        }
    }
    Ok(())
}

fn border_back_to_slab_from_a_small_area() -> Verdict {
    let mut v = small_area::<u32>(3 * PAGE_SIZE / 4)?;
    v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;

    v.shrink_to(PAGE_SIZE / 4, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Slab));
    check_eq!(v, [1, 2, 3]);
    Ok(())
}

suite! {
    /// A vector crosses the border between slab and vmalloc with its contents, and knows its side.
    kvmalloc_rust_border_cases:
    border_told_by_backing,
    border_crossed_up_and_down,
    border_crossed_by_collect,
    border_zeroed_on_both_sides,
    border_shrink_frees_pages,
    border_shrink_never_takes_more,
    border_back_to_slab_from_a_small_area,
}

// ---- Elements of no size ----

static NOTHING_DROPPED: AtomicUsize = AtomicUsize::new(0);

/// No bytes, but a drop that is noticed.
struct Nothing;

impl Drop for Nothing {
    fn drop(&mut self) {
        NOTHING_DROPPED.fetch_add(1, Relaxed);
    }
}

impl Clone for Nothing {
    fn clone(&self) -> Self {
        Nothing
    }
}

fn nothing_dropped() -> usize {
    NOTHING_DROPPED.swap(0, Relaxed)
}

fn zst_never_allocates() -> Verdict {
    Audited::begin(0);
    nothing_dropped();

    let mut v = Vec::<Nothing, Audited>::new();
    check_eq!(v.capacity(), usize::MAX);
    for _ in 0..100 {
        v.push(Nothing, GFP_KERNEL)?;
    }
    v.extend_with(10, Nothing, GFP_KERNEL)?;
    v.reserve(1 << 50, GFP_KERNEL)?;
    v.insert_within_capacity(50, Nothing)?;
    check_eq!(v.len(), 111);
    check_eq!(nothing_dropped(), 0);
    check_eq!(v.spare_capacity_mut().len(), usize::MAX - 111);

    drop(v.pop());
    drop(v.remove(3)?);
    check_eq!(nothing_dropped(), 2);
    v.truncate(100);
    check_eq!(nothing_dropped(), 9);
    let mut n = 0;
    v.retain(|_| {
        n += 1;
        n % 4 != 0
    });
    check_eq!((v.len(), nothing_dropped()), (75, 25));
    v.shrink_to(0, GFP_KERNEL)?;
    check_eq!(v.capacity(), usize::MAX);

    drop(v.drain_all().next());
    check_eq!((v.len(), nothing_dropped()), (0, 75));

    v.resize(10, Nothing, GFP_KERNEL)?;
    let mut iter = v.into_iter();
    drop(iter.next());
    check_eq!(nothing_dropped(), 1);
    let v = iter.collect(GFP_KERNEL);
    check_eq!((v.len(), nothing_dropped()), (9, 0));
    let (ptr, len, capacity) = v.into_raw_parts();
    // SAFETY: They are parts of such a vector.
    let v = unsafe { Vec::<Nothing, Audited>::from_raw_parts(ptr, len, capacity) };
    drop(v);
    check_eq!(nothing_dropped(), 9);

    let b = Box::<_, Audited>::new(Nothing, GFP_KERNEL)?;
    let b = Box::drop_contents(b).write(Nothing);
    check_eq!(nothing_dropped(), 1);
    drop(Box::into_inner(b));
    check_eq!(nothing_dropped(), 1);
    let boxed = Box::<_, Audited>::new([Nothing, Nothing], GFP_KERNEL)?;
    drop(Vec::from(boxed));
    check_eq!(nothing_dropped(), 2);

    check_eq!(Audited::calls(), 0);
    Audited::settle()
}

fn zst_with_kernel_allocators() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        nothing_dropped();
        let mut v = Vec::<Nothing, A>::with_capacity(1 << 60, GFP_KERNEL)?;

        v.extend_with(1000, Nothing, GFP_KERNEL)?;
        check_eq!(v.iter().count(), 1000);
        v.shrink_to(10, GFP_KERNEL)?;
        v.truncate(20);
        v.shrink_to(0, GFP_KERNEL)?;
        check_eq!(v.capacity(), usize::MAX);
        drop(v);
        check_eq!(nothing_dropped(), 1000);
        drop(Box::<_, A>::new(Nothing, GFP_KERNEL)?);
        check_eq!(nothing_dropped(), 1);
        Ok(())
    }
    with_each_allocator!(test);

    let mut v = KVVec::<Nothing>::new();
    v.push(Nothing, GFP_KERNEL)?;
    check_eq!(v.backing(), None);
    Ok(())
}

fn zst_cannot_be_too_many() -> Verdict {
    let mut v = KVVec::<()>::new();

    // SAFETY: There is room, and nothing to initialise.
    unsafe { v.inc_len(usize::MAX - 1) };
    v.push((), GFP_KERNEL)?;
    check_eq!(v.len(), usize::MAX);
    check!(v.push((), GFP_KERNEL).is_err());
    check!(v.push_within_capacity(()).is_err());
    check!(v.reserve(1, GFP_KERNEL).is_err());
    check!(matches!(
        v.insert_within_capacity(0, ()),
        Err(InsertError::OutOfCapacity(()))
    ));
    check!(v.extend_with(1, (), GFP_KERNEL).is_err());
    check_eq!(v.len(), usize::MAX);
    check_eq!(v.pop(), Some(()));
    check_eq!(v.len(), usize::MAX - 1);
    v.truncate(3);
    check_eq!(v, [(), (), ()]);
    Ok(())
}

fn zst_with_an_alignment() -> Verdict {
    #[derive(Clone, Copy)]
    #[repr(align(8192))]
    struct Far;

    let mut v = KVVec::<Far>::new();
    v.extend_with(5, Far, GFP_KERNEL)?;
    check!(is_aligned(v.as_ptr(), 8192));
    check_eq!(v.into_iter().count(), 5);
    let b = KVBox::new(Far, GFP_KERNEL)?;
    check!(is_aligned::<Far>(&*b, 8192));
    Ok(())
}

suite! {
    /// Elements of no size take no memory, and are dropped as all others.
    kvmalloc_rust_zst_cases:
    zst_never_allocates,
    zst_with_kernel_allocators,
    zst_cannot_be_too_many,
    zst_with_an_alignment,
}

// Beyond what upstream has.
pub mod kvvec_more_kunit;
