// SPDX-License-Identifier: GPL-2.0

//! Boxes and vectors on a NUMA node of choice.
//!
//! The node is a wish, which is forgotten once it has been heard: neither a [`Box`] nor a [`Vec`]
//! remembers it, as a word for it would be in each of them. With `__GFP_THISNODE` it is an order,
//! and if that node has no memory there is none.
//!
//! A box stays where it is. A vector that grows takes what it needs wherever the kernel finds it,
//! usually on the node of the running CPU, and if it has to move for that, all of it goes there.
//! Who wants it to stay sees to room on the node beforehand ([`Vec::reserve_node`]) and then adds
//! what there is room for.

use super::{
    flags::__GFP_ZERO,
    kvcompat::Zeroable,
    kvraw::RawBuf,
    AllocError,
    Allocator,
    Box,
    Flags,
    NumaNode,
    Vec, //
};
use core::mem::MaybeUninit;

impl<T, A: Allocator> Box<T, A> {
    /// Allocates memory on the node `nid` and moves `x` there.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory; `x` has been dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::NumaNode;
    ///
    /// let b = KVBox::new_node(7, GFP_KERNEL, NumaNode::new(0)?)?;
    /// assert_eq!(*b, 7);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn new_node(x: T, flags: Flags, nid: NumaNode) -> Result<Self, AllocError> {
        Self::new_uninit_node(flags, nid).map(|room| room.write(x))
    }

    /// Allocates memory on the node `nid` for a `T` that is to come.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::NumaNode;
    ///
    /// let room = KBox::<u32>::new_uninit_node(GFP_KERNEL, NumaNode::NO_NODE)?;
    /// assert_eq!(*room.write(9), 9);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn new_uninit_node(
        flags: Flags,
        nid: NumaNode,
    ) -> Result<Box<MaybeUninit<T>, A>, AllocError> {
        let buf = RawBuf::<MaybeUninit<T>, A>::with_capacity(1, flags, nid)?;
        let (room, _) = buf.into_raw_parts();

        // SAFETY: The pointer is aligned for a `T`, to a block of `A` made for one, or to no bytes
        // if it has no size. The buffer gave it up, and a `MaybeUninit` needs no initialisation.
        Ok(unsafe { Box::from_raw(room.as_ptr()) })
    }

    /// Allocates a `T` on the node `nid` of which all bytes are zero.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::NumaNode;
    ///
    /// let table = VBox::<[u8; 8192]>::zeroed_node(GFP_KERNEL, NumaNode::new(0)?)?;
    /// assert_eq!(table[8191], 0);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn zeroed_node(flags: Flags, nid: NumaNode) -> Result<Self, AllocError>
    where
        T: Zeroable,
    {
        let room = Self::new_uninit_node(flags | __GFP_ZERO, nid)?;

        // SAFETY: The flag has made all bytes zero, which `Zeroable` says is a value.
        Ok(unsafe { room.assume_init() })
    }
}

impl<T, A: Allocator> Vec<T, A> {
    /// Makes a vector with room for `capacity` elements on the node `nid`.
    ///
    /// The node is not remembered: see [`Vec::reserve_node`] for when this is to grow.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::NumaNode;
    ///
    /// let mut v = KVVec::with_capacity_node(100, GFP_KERNEL, NumaNode::new(0)?)?;
    /// v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;
    /// assert_eq!((v.len(), v.capacity()), (3, 100));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn with_capacity_node(
        capacity: usize,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<Self, AllocError> {
        RawBuf::with_capacity(capacity, flags, nid).map(Self::from_buf)
    }

    /// Makes sure of room for `additional` more elements, and takes what is missing on the node
    /// `nid`.
    ///
    /// What the vector has already may stay where it is, on whatever node that may be: only with
    /// `__GFP_THISNODE` is it moved if it is on another, even if it has a growth limit. Otherwise
    /// like [`Vec::reserve`].
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory; the vector is as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::NumaNode;
    ///
    /// let node = NumaNode::new(0)?;
    /// let mut v = KVVec::with_capacity_node(1, GFP_KERNEL, node)?;
    /// for n in 0..100 {
    ///     v.reserve_node(1, GFP_KERNEL, node)?;
    ///     v.push_within_capacity(n)?;
    /// }
    /// assert_eq!(v.len(), 100);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn reserve_node(
        &mut self,
        additional: usize,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<(), AllocError> {
        self.reserve_on(additional, flags, nid)
    }
}
