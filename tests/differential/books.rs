// SPDX-License-Identifier: GPL-2.0

//! The books: what there is of blocks of memory and of elements, and which request is refused.

use core::{
    alloc::Layout,
    ptr::{self, NonNull},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};
#[cfg(not(CONFIG_KVMALLOC_BENCH_RUST_NODES))]
use kernel::upstream_alloc;
use kernel::{
    alloc::{AllocError, Allocator, Flags, KVmalloc, NumaNode},
    pr_err,
};

/// Whose it is. Each side has books of its own.
pub(crate) const OURS: usize = 0;
pub(crate) const THEIRS: usize = 1;

/// How many blocks one side has at a time: of the vector, of what it is extended with, of the box,
/// and of what an operation has for a while.
const BLOCKS: usize = 8;

/// How many elements one side has at a time. The number of each fits into a byte.
const ELEMENTS: usize = 256;

/// No request is refused.
pub(crate) const NEVER: usize = usize::MAX;

/// What is freed consists of it.
const SPOILED: u8 = 0xd5;

struct Block {
    at: AtomicUsize,
    size: AtomicUsize,
    align: AtomicUsize,
}

pub(crate) struct Books {
    blocks: [Block; BLOCKS],
    /// The request that is refused, counted from one.
    refuse: AtomicUsize,
    /// Whether all after it are refused as well.
    for_good: AtomicBool,
    requests: AtomicUsize,
    refused: AtomicUsize,
    /// The value of each element, plus one; zero where there is none.
    elements: [AtomicUsize; ELEMENTS],
    /// Where to look for a free number.
    next: AtomicUsize,
    pub(crate) alive: AtomicUsize,
    /// Misuse of an allocator, and drops of what is no element.
    pub(crate) mistakes: AtomicUsize,
}

pub(crate) static BOOKS: [Books; 2] = [const {
    Books {
        blocks: [const {
            Block {
                at: AtomicUsize::new(0),
                size: AtomicUsize::new(0),
                align: AtomicUsize::new(0),
            }
        }; BLOCKS],
        refuse: AtomicUsize::new(NEVER),
        for_good: AtomicBool::new(false),
        requests: AtomicUsize::new(0),
        refused: AtomicUsize::new(0),
        elements: [const { AtomicUsize::new(0) }; ELEMENTS],
        next: AtomicUsize::new(0),
        alive: AtomicUsize::new(0),
        mistakes: AtomicUsize::new(0),
    }
}; 2];

/// Counts one more.
pub(crate) fn count(counter: &AtomicUsize) -> usize {
    let more = counter.load(Relaxed) + 1;

    counter.store(more, Relaxed);
    more
}

impl Books {
    /// Forgets all, including what has gone wrong.
    pub(crate) fn clear(&self) {
        for block in &self.blocks {
            block.at.store(0, Relaxed);
        }
        for element in &self.elements {
            element.store(0, Relaxed);
        }
        self.alive.store(0, Relaxed);
        self.mistakes.store(0, Relaxed);
        self.refuse_at(NEVER, false);
    }

    /// Refuses the `n`th request from now on, and perhaps those that follow.
    pub(crate) fn refuse_at(&self, n: usize, for_good: bool) {
        self.refuse.store(n, Relaxed);
        self.for_good.store(for_good, Relaxed);
        self.requests.store(0, Relaxed);
        self.refused.store(0, Relaxed);
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Relaxed)
    }

    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Relaxed)
    }

    pub(crate) fn mistake(&self, what: &str) {
        pr_err!("differential.rs: {}\n", what);
        count(&self.mistakes);
    }

    fn find(&self, at: usize) -> Option<&Block> {
        self.blocks.iter().find(|b| b.at.load(Relaxed) == at)
    }

    /// How many blocks there are.
    pub(crate) fn live_blocks(&self) -> usize {
        let live = |b: &&Block| b.at.load(Relaxed) != 0;

        self.blocks.iter().filter(live).count()
    }

    /// Whether the block at an address has just so many bytes.
    pub(crate) fn has(&self, at: usize, size: usize) -> bool {
        self.find(at).is_some_and(|b| b.size.load(Relaxed) == size)
    }

    /// Notes a new element, and numbers it.
    pub(crate) fn born(&self, value: u32) -> u8 {
        let next = self.next.load(Relaxed);

        for i in (0..ELEMENTS).map(|i| (next + i) % ELEMENTS) {
            if self.elements[i].load(Relaxed) == 0 {
                self.elements[i].store(value as usize + 1, Relaxed);
                self.next.store(i + 1, Relaxed);
                count(&self.alive);
                return i as u8;
            }
        }
        self.mistake("elements are leaked");
        0
    }

    /// Strikes an element out.
    pub(crate) fn died(&self, number: u8) {
        if self.elements[number as usize].swap(0, Relaxed) == 0 {
            self.mistake("dropped what is not there");
        } else {
            self.alive.store(self.alive.load(Relaxed) - 1, Relaxed);
        }
    }

    /// What value the element has.
    pub(crate) fn value(&self, number: u8) -> u32 {
        match self.elements[number as usize].load(Relaxed).checked_sub(1) {
            Some(value) => value as u32,
            None => {
                self.mistake("looked at what is not there");
                u32::MAX
            }
        }
    }
}

/// [`KVmalloc`] for one side, with books about it.
///
/// A resized block is always a new one, and what is freed is spoiled first, so that a stale pointer
/// shows.
pub(crate) struct Watched<const SIDE: usize>;

impl<const SIDE: usize> Watched<SIDE> {
    /// What `realloc` of each of the two traits does.
    ///
    /// # Safety
    ///
    /// As for [`Allocator::realloc`].
    unsafe fn serve(
        block: Option<NonNull<u8>>,
        layout: Layout,
        was: Layout,
        flags: Flags,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let books = &BOOKS[SIDE];
        let old = block.filter(|_| was.size() != 0);
        let entry = match old {
            None => None,
            Some(old) => {
                let entry = books.find(old.as_ptr() as usize);

                match entry {
                    None => books.mistake("no such block"),
                    Some(b) if b.size.load(Relaxed) != was.size() => {
                        books.mistake("not the size it was made for")
                    }
                    Some(b) if b.align.load(Relaxed) != was.align() => {
                        books.mistake("not the alignment it was made for")
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
            let n = count(&books.requests);
            let at = books.refuse.load(Relaxed);

            if n == at || (n > at && books.for_good.load(Relaxed)) {
                count(&books.refused);
                return Err(AllocError);
            }
            let free = books.find(0).ok_or(AllocError)?;
            let new = KVmalloc::alloc(layout, flags, NumaNode::NO_NODE)?;

            free.at.store(new.cast::<u8>().as_ptr() as usize, Relaxed);
            free.size.store(layout.size(), Relaxed);
            free.align.store(layout.align(), Relaxed);
            new
        };

        if let (Some(old), Some(entry)) = (old, entry) {
            // SAFETY: The old block is live and of size `was`, the new one of the other size. The
            // old one came from `KVmalloc` for this layout, and is given up.
            unsafe {
                let both = was.size().min(layout.size());
                ptr::copy_nonoverlapping(old.as_ptr(), new.cast().as_ptr(), both);
                old.as_ptr().write_bytes(SPOILED, was.size());
                KVmalloc::free(old, was);
            }
            entry.at.store(0, Relaxed);
        }
        Ok(new)
    }
}

// SAFETY: The blocks are those of `KVmalloc`, each freed when it is given up and not before. What
// is found to be improper is refused.
unsafe impl<const SIDE: usize> Allocator for Watched<SIDE> {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        was: Layout,
        flags: Flags,
        _nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { Self::serve(block, layout, was, flags) }
    }
}

// SAFETY: As above.
#[cfg(not(CONFIG_KVMALLOC_BENCH_RUST_NODES))]
unsafe impl<const SIDE: usize> upstream_alloc::Allocator for Watched<SIDE> {
    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        was: Layout,
        flags: Flags,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { Self::serve(block, layout, was, flags) }
    }
}
