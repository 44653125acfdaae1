// SPDX-License-Identifier: GPL-2.0

//! Upstream's boxes and vectors, for what compares ours with them.
//!
//! Only a kernel that is grafted in the mode *beside* has this module: its parts are upstream's own
//! files, under another name. The errors and flags are those that the kernel uses, which are ours.

#![allow(missing_docs)]

pub use super::alloc::{flags, AllocError, Flags};
#[cfg(CONFIG_KVMALLOC_BENCH_RUST_NODES)]
pub use super::alloc::{Allocator, NumaNode};

pub mod allocator;
pub mod kbox;
pub mod kvec;
pub mod layout;

pub use self::{
    kbox::{Box, KBox, KVBox, VBox},
    kvec::{IntoIter, KVVec, KVec, VVec, Vec},
};

pub(crate) use super::alloc::dangling_from_layout;

/// The trait as it was before there were nodes.
///
/// # Safety
///
/// As for [`super::alloc::Allocator`].
#[cfg(not(CONFIG_KVMALLOC_BENCH_RUST_NODES))]
pub unsafe trait Allocator {
    fn alloc(
        layout: core::alloc::Layout,
        flags: Flags,
    ) -> Result<core::ptr::NonNull<[u8]>, AllocError> {
        // SAFETY: No old block is passed in, so there is nothing to be said about one.
        unsafe { Self::realloc(None, layout, core::alloc::Layout::new::<()>(), flags) }
    }

    /// # Safety
    ///
    /// As for [`super::alloc::Allocator::realloc`].
    unsafe fn realloc(
        block: Option<core::ptr::NonNull<u8>>,
        layout: core::alloc::Layout,
        old: core::alloc::Layout,
        flags: Flags,
    ) -> Result<core::ptr::NonNull<[u8]>, AllocError>;

    /// # Safety
    ///
    /// As for [`super::alloc::Allocator::free`].
    unsafe fn free(block: core::ptr::NonNull<u8>, layout: core::alloc::Layout) {
        // SAFETY: The caller gives the block up, and vouches for it and for its layout.
        let _ = unsafe {
            Self::realloc(
                Some(block),
                core::alloc::Layout::new::<()>(),
                layout,
                Flags::empty(),
            )
        };
    }
}
