// SPDX-License-Identifier: GPL-2.0

//! The allocator that looks closely, and how a test is run with it.

use super::*;
use core::{
    alloc::Layout,
    ops::Range,
    ptr::{self, NonNull},
    slice,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};
use kernel::alloc::{Flags, NumaNode};

const BLOCKS: usize = 16;
pub(crate) const NO_LIMIT: usize = usize::MAX;
const SPOILED: u8 = 0xd5;

/// Memory from [`KVmalloc`], under supervision.
///
/// Each block is known with its layout, and taken back for no other. A resized block is always a
/// new one, and what is freed is overwritten first, so that stale pointers show. Requests fail on
/// demand. Tests can forbid all calls for as long as a lock is held, and demand that memory is
/// cleared when it comes back.
///
/// Only `realloc` is its own: the rest is what the trait provides.
pub(crate) struct Audited;

struct Block {
    at: AtomicUsize,
    size: AtomicUsize,
    align: AtomicUsize,
}

impl Block {
    /// An entry without a block. Rust 1.78 has no inline constants.
    #[allow(clippy::declare_interior_mutable_const)] // Only to initialise the table.
    const NONE: Self = Self {
        at: AtomicUsize::new(0),
        size: AtomicUsize::new(0),
        align: AtomicUsize::new(0),
    };
}

static LIVE: [Block; BLOCKS] = [Block::NONE; BLOCKS];
static PERMITS: AtomicUsize = AtomicUsize::new(NO_LIMIT);
static CEILING: AtomicUsize = AtomicUsize::new(NO_LIMIT);
static CALLS: AtomicUsize = AtomicUsize::new(0);
static REQUESTS: AtomicUsize = AtomicUsize::new(0);
static LOCKED: AtomicBool = AtomicBool::new(false);
static CLEARED: AtomicBool = AtomicBool::new(false);
static OFFENDED: AtomicBool = AtomicBool::new(false);

impl Audited {
    /// Forgets the past. From now on `permits` requests for memory succeed.
    pub(crate) fn begin(permits: usize) {
        for block in &LIVE {
            block.at.store(0, Relaxed);
        }
        Self::permit(permits);
        Self::deny_above(NO_LIMIT);
        CALLS.store(0, Relaxed);
        REQUESTS.store(0, Relaxed);
        Self::set_locked(false);
        CLEARED.store(false, Relaxed);
        OFFENDED.store(false, Relaxed);
    }

    /// From now on `permits` requests for memory succeed.
    pub(crate) fn permit(permits: usize) {
        PERMITS.store(permits, Relaxed);
    }

    /// From now on requests for more than so many bytes fail.
    pub(crate) fn deny_above(bytes: usize) {
        CEILING.store(bytes, Relaxed);
    }

    /// Whether a lock is held: then nothing may be called.
    pub(crate) fn set_locked(locked: bool) {
        LOCKED.store(locked, Relaxed);
    }

    pub(crate) fn is_locked() -> bool {
        LOCKED.load(Relaxed)
    }

    /// From now on what is freed must have been cleared, and nothing may be reallocated.
    pub(crate) fn insist_on_cleared() {
        CLEARED.store(true, Relaxed);
    }

    /// How many calls there have been, of any kind.
    pub(crate) fn calls() -> usize {
        CALLS.load(Relaxed)
    }

    /// How many requests for memory there have been.
    pub(crate) fn requests() -> usize {
        REQUESTS.load(Relaxed)
    }

    /// How many blocks there are.
    pub(crate) fn live() -> usize {
        LIVE.iter().filter(|b| b.at.load(Relaxed) != 0).count()
    }

    /// What was asked for at an address, in bytes.
    pub(crate) fn size_at<T>(at: *const T) -> Option<usize> {
        Self::find(at as usize).map(|block| block.size.load(Relaxed))
    }

    /// Ends the test unless everything was freed, and all calls were proper.
    pub(crate) fn settle() -> Verdict {
        check!(!OFFENDED.load(Relaxed));
        check_eq!(Self::live(), 0);
        Ok(())
    }

    pub(crate) fn offend(what: &str) {
        pr_err!("audited.rs: improper: {}\n", what);
        OFFENDED.store(true, Relaxed);
    }

    fn find(at: usize) -> Option<&'static Block> {
        LIVE.iter().find(|b| b.at.load(Relaxed) == at)
    }

    /// The entry of a block that is to be resized to `layout`, if that is proper.
    fn given_up(old: NonNull<u8>, layout: Layout, was: Layout) -> Option<&'static Block> {
        let entry = Self::find(old.as_ptr() as usize);
        let wrong = match entry {
            None => "no such block",
            Some(b) if b.size.load(Relaxed) != was.size() => "not the size it was made for",
            Some(b) if b.align.load(Relaxed) != was.align() => "not the alignment it was made for",
            Some(_) if layout.size() != 0 && layout.align() > was.align() => "alignment raised",
            Some(_) => {
                Self::check_cleared(old, layout, was);
                return entry;
            }
        };

        Self::offend(wrong);
        None
    }

    /// Looks whether a live block of the layout `was` has been cleared, if it should have been.
    fn check_cleared(old: NonNull<u8>, layout: Layout, was: Layout) {
        if !CLEARED.load(Relaxed) {
            return;
        }
        if layout.size() != 0 {
            Self::offend("reallocated");
        }
        // SAFETY: The block is live and has that many bytes. Tests initialise them all.
        let bytes = unsafe { slice::from_raw_parts(old.as_ptr(), was.size()) };
        if bytes.iter().any(|byte| *byte != 0) {
            Self::offend("not cleared");
        }
    }

    /// A new block, if there may be one.
    fn granted(layout: Layout, flags: Flags, nid: NumaNode) -> Result<NonNull<[u8]>, AllocError> {
        let permits = PERMITS.load(Relaxed);

        REQUESTS.store(Self::requests() + 1, Relaxed);
        if permits == 0 || layout.size() > CEILING.load(Relaxed) {
            return Err(AllocError);
        }
        if permits != NO_LIMIT {
            Self::permit(permits - 1);
        }

        let Some(entry) = Self::find(0) else {
            Self::offend("more blocks than there are entries for");
            return Err(AllocError);
        };
        let new = KVmalloc::alloc(layout, flags, nid)?;

        entry.at.store(new.cast::<u8>().as_ptr() as usize, Relaxed);
        entry.size.store(layout.size(), Relaxed);
        entry.align.store(layout.align(), Relaxed);
        Ok(new)
    }
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
        CALLS.store(Self::calls() + 1, Relaxed);
        if Self::is_locked() {
            Self::offend("the lock is held");
        }

        let old = match block.filter(|_| was.size() != 0) {
            None => None,
            // Better to leak than to free what is not there.
            Some(old) => Some((old, Self::given_up(old, layout, was).ok_or(AllocError)?)),
        };
        let new = if layout.size() == 0 {
            let none = ptr::null_mut::<u8>().wrapping_add(layout.align());

            NonNull::slice_from_raw_parts(NonNull::new(none).ok_or(AllocError)?, 0)
        } else {
            Self::granted(layout, flags, nid)?
        };

        if let Some((old, entry)) = old {
            let both = was.size().min(layout.size());

            // SAFETY: The old block is live and of the size that it was made for, the new one of
            // the other.
            unsafe {
                ptr::copy_nonoverlapping(old.as_ptr(), new.cast().as_ptr(), both);
                old.as_ptr().write_bytes(SPOILED, was.size());
            }
            entry.at.store(0, Relaxed);
            // SAFETY: It came from `KVmalloc`, and is given up.
            unsafe { KVmalloc::free(old, was) };
        }
        Ok(new)
    }
}

/// Runs a test that uses [`Audited`], and sees to it that it frees all that it allocates.
pub(crate) fn audited(test: impl FnOnce() -> Verdict) -> Verdict {
    Audited::begin(NO_LIMIT);
    test()?;
    Audited::settle()
}

/// Runs a test with no memory, then with memory for one request, and so on, until it has enough.
///
/// The test says whether it had. That is to be so with a number of permits that is in the range.
pub(crate) fn with_ever_more_memory(
    enough: Range<usize>,
    mut test: impl FnMut() -> Result<bool, Failed>,
) -> Verdict {
    for permits in 0..enough.end {
        Audited::begin(permits);
        let had_enough = test()?;
        Audited::settle()?;
        if had_enough {
            check!(permits >= enough.start);
            return Ok(());
        }
    }
    pr_err!("audited.rs: never enough memory\n");
    Err(Failed(line!()))
}

/// Calls a generic test with each of the kernel's allocators.
macro_rules! with_kernel_allocators {
    ($test:ident) => {{
        $test::<kernel::alloc::Kmalloc>()?;
        $test::<kernel::alloc::Vmalloc>()?;
        $test::<kernel::alloc::KVmalloc>()
    }};
}

/// Calls a generic test with each of the kernel's allocators, and with the one that looks closely.
macro_rules! with_each_allocator {
    ($test:ident) => {{
        with_kernel_allocators!($test)?;
        audited($test::<Audited>)
    }};
}
