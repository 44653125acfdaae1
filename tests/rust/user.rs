// SPDX-License-Identifier: GPL-2.0

//! Bytes from user space, and to it.

use super::*;
use core::{
    alloc::Layout,
    mem,
    ptr::NonNull,
    sync::atomic::{
        AtomicUsize,
        Ordering::Relaxed, //
    }, //
};
use kernel::{
    alloc::{
        Flags,
        NumaNode, //
    },
    error::code::{EFAULT, ENOMEM},
    ffi::c_ulong,
    uaccess::{UserPtr, UserSlice, UserSliceReader, UserSliceWriter},
};

extern "C" {
    fn rust_kunit_user(bytes: usize) -> c_ulong;
}

/// User memory that ends at a hole.
struct User {
    at: usize,
    len: usize,
}

impl User {
    fn new(len: usize) -> Result<Self, Failed> {
        // SAFETY: This is a test, which KUnit knows of.
        let at = unsafe { rust_kunit_user(len) } as usize;

        check!(at != 0);
        Ok(Self { at, len })
    }

    /// So many bytes; beyond the memory's end they are not there.
    fn slice(&self, len: usize) -> UserSlice {
        // SAFETY: What is a user's pointer is a number in one kernel, and a pointer in another,
        // which may be any.
        let ptr = unsafe { mem::transmute_copy::<usize, UserPtr>(&self.at) };

        UserSlice::new(ptr, len)
    }

    fn reader(&self, len: usize) -> UserSliceReader {
        self.slice(len).reader()
    }

    fn writer(&self, len: usize) -> UserSliceWriter {
        self.slice(len).writer()
    }

    fn fill(&self) -> Verdict {
        self.writer(self.len)
            .write_slice(&patterned::<KVmalloc>(self.len)?)?;
        Ok(())
    }
}

fn user_there_and_back() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for len in [0, 1, 100, PAGE_SIZE, 65_536, 65_537, 500_000] {
            let user = User::new(len.max(1))?;
            let out = patterned::<A>(len)?;
            out.write_to_user(&mut user.writer(len))?;

            let mut back = Vec::<u8, A>::new();
            let mut reader = user.reader(len);
            back.extend_from_user(&mut reader, len / 3, GFP_KERNEL)?;
            check_eq!(reader.len(), len - len / 3);
            let rest = reader.len();
            back.extend_from_user(&mut reader, rest, GFP_KERNEL)?;
            check!(reader.is_empty());
            check_eq!(back.len(), len);
            check!(is_patterned(&back));

            let all = Vec::<u8, A>::from_user(&mut user.reader(len), GFP_KERNEL)?;
            check!(*all == *back);
        }
        Ok(())
    }

    with_kernel_allocators!(test)
}

fn user_fault_changes_nothing() -> Verdict {
    let user = User::new(200_000)?;
    user.fill()?;

    for wanted in [200_001, 300_000] {
        let mut v = KVVec::from_elem(1u8, 3, GFP_KERNEL)?;
        let mut reader = user.reader(wanted);
        check_eq!(
            v.extend_from_user(&mut reader, wanted, GFP_KERNEL),
            Err(EFAULT)
        );
        check_eq!(v, [1, 1, 1]);
        check_eq!(reader.len(), wanted);

        // So it can be tried again.
        v.clear();
        v.extend_from_user(&mut reader, 200_000, GFP_KERNEL)?;
        check_eq!(v.len(), 200_000);
        check!(is_patterned(&v));
        check_eq!(reader.len(), wanted - 200_000);
    }
    Ok(())
}

fn user_who_lies_gets_little() -> Verdict {
    const LIE: usize = 1 << 40;
    let user = User::new(PAGE_SIZE)?;
    let mut v = KVVec::new();

    check_eq!(
        v.extend_from_user(&mut user.reader(LIE), LIE, GFP_KERNEL),
        Err(EFAULT)
    );
    check!(v.is_empty());
    check!(v.capacity() <= 1 << 17);

    // Whoever asks for more than a reader has gets nothing at all.
    let mut v = KVVec::<u8>::new();
    check_eq!(
        v.extend_from_user(&mut user.reader(10), 11, GFP_KERNEL),
        Err(EFAULT)
    );
    check_eq!(v.capacity(), 0);
    Ok(())
}

fn user_but_no_memory() -> Verdict {
    let user = User::new(1_000_000)?;
    user.fill()?;

    // It may fail at once, or on the way.
    for permits in 0..3 {
        Audited::begin(permits);
        let mut v = Vec::<u8, Audited>::new();
        let mut reader = user.reader(1_000_000);
        check_eq!(
            v.extend_from_user(&mut reader, 1_000_000, GFP_KERNEL),
            Err(ENOMEM)
        );
        check!(v.is_empty());
        check_eq!(reader.len(), 1_000_000);
        drop(v);
        Audited::settle()?;
    }
    Ok(())
}

/// Counts requests for memory, and those whose failure would be reported in the log.
///
/// C warns about a size above `INT_MAX`, which a user can choose, unless the flags have
/// `__GFP_NOWARN`. No guest has memory for such a vector, so the flags are checked.
struct Counted;

static REQUESTS: AtomicUsize = AtomicUsize::new(0);
static REPORTED: AtomicUsize = AtomicUsize::new(0);
static UNCHARGED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: The blocks are those of `KVmalloc`, which is called with the same arguments.
unsafe impl Allocator for Counted {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() != 0 {
            REQUESTS.fetch_add(1, Relaxed);
            REPORTED.fetch_add(usize::from(!flags.contains(__GFP_NOWARN)), Relaxed);
            UNCHARGED.fetch_add(usize::from(!flags.contains(__GFP_ACCOUNT)), Relaxed);
        }
        // SAFETY: The requirements are the same.
        unsafe { KVmalloc::realloc(block, layout, old, flags, nid) }
    }
}

fn user_chosen_size_is_not_reported() -> Verdict {
    for counter in [&REQUESTS, &REPORTED, &UNCHARGED] {
        counter.store(0, Relaxed);
    }
    let user = User::new(500_000)?;
    user.fill()?;

    let mut v = Vec::<u8, Counted>::new();
    v.extend_from_user(&mut user.reader(500_000), 500_000, GFP_KERNEL_ACCOUNT)?;
    check!(v.len() == 500_000 && is_patterned(&v));
    // The buffer grows on the way.
    check!(REQUESTS.load(Relaxed) > 1);
    drop(Vec::<u8, Counted>::from_user(
        &mut user.reader(100),
        GFP_KERNEL_ACCOUNT,
    )?);
    check_eq!(REPORTED.load(Relaxed), 0);
    check_eq!(UNCHARGED.load(Relaxed), 0);

    // A request that is not for a user is.
    drop(Vec::<u8, Counted>::with_capacity(1, GFP_KERNEL)?);
    check_eq!(REPORTED.load(Relaxed), 1);
    check_eq!(UNCHARGED.load(Relaxed), 1);
    Ok(())
}

fn user_uses_the_room_that_is_there() -> Verdict {
    let user = User::new(1000)?;
    user.fill()?;

    Audited::begin(1);
    let mut v = Vec::<u8, Audited>::with_capacity(1000, GFP_KERNEL)?;
    v.extend_from_user(&mut user.reader(1000), 1000, GFP_KERNEL)?;
    check_eq!(Audited::calls(), 1);
    check!(is_patterned(&v));
    drop(v);
    Audited::settle()
}

fn user_is_written_to() -> Verdict {
    let user = User::new(100)?;
    let v = patterned::<KVmalloc>(60)?;

    check_eq!(v.write_to_user(&mut user.writer(59)), Err(EFAULT));
    check_eq!(
        v.write_to_user(&mut User { at: 0, len: 0 }.writer(60)),
        Err(EFAULT)
    );

    check_eq!(v.write_to_user_at(0, &mut user.writer(100))?, 60);
    check_eq!(v.write_to_user_at(50, &mut user.writer(100))?, 10);
    check_eq!(v.write_to_user_at(50, &mut user.writer(4))?, 4);
    check_eq!(v.write_to_user_at(60, &mut user.writer(4))?, 0);
    check_eq!(v.write_to_user_at(usize::MAX, &mut user.writer(4))?, 0);

    let back = KVVec::from_user(&mut user.reader(5), GFP_KERNEL)?;
    check_eq!(back, [50, 51, 52, 53, 54]);
    let hole = User {
        at: user.at + 100,
        len: 0,
    };
    check_eq!(v.write_to_user_at(0, &mut hole.writer(10)), Err(EFAULT));
    Ok(())
}

suite! {
    /// Bytes come from user space and go there, and users who lie get nothing for it.
    kvmalloc_rust_user_cases:
    user_there_and_back,
    user_fault_changes_nothing,
    user_who_lies_gets_little,
    user_but_no_memory,
    user_chosen_size_is_not_reported,
    user_uses_the_room_that_is_there,
    user_is_written_to,
}
