// SPDX-License-Identifier: GPL-2.0

//! Vectors of bytes that come from user space, or go there.

use super::{
    flags::__GFP_NOWARN,
    Allocator,
    Flags,
    Vec, //
};
use crate::{
    error::{
        code::EFAULT,
        Result, //
    },
    uaccess::{
        UserSliceReader,
        UserSliceWriter, //
    }, //
};

/// What is allocated on the word of a user, in bytes, before any of it has been read.
const FIRST: usize = 1 << 16;

impl<A: Allocator> Vec<u8, A> {
    /// Reads `len` bytes from user space, straight into the room after the last element.
    ///
    /// `len` is likely to be a user's claim. So memory is allocated in steps, each for no more than
    /// 64 KiB or for as much as has been read by then: a user that makes the kernel allocate much
    /// memory has to have as much mapped. One page that is mapped many times is enough for that, so
    /// limit `len`, and charge the memory to the user with [`GFP_KERNEL_ACCOUNT`].
    ///
    /// A request that fails is not reported in the log (`__GFP_NOWARN`): the user chose its size.
    ///
    /// [`GFP_KERNEL_ACCOUNT`]: super::flags::GFP_KERNEL_ACCOUNT
    ///
    /// # Errors
    ///
    /// [`EFAULT`] if the reader has fewer than `len` bytes, or if some of these cannot be read;
    /// [`ENOMEM`](crate::error::code::ENOMEM) if there is no memory. The elements and the reader
    /// are then as they were, so that the call can be tried again.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::uaccess::{UserPtr, UserSlice};
    ///
    /// const MOST: usize = 1 << 20;
    ///
    /// /// What an ioctl() does that takes a buffer.
    /// fn take(arg: UserPtr, len: usize) -> Result<KVVec<u8>> {
    ///     if len > MOST {
    ///         return Err(E2BIG);
    ///     }
    ///     let mut reader = UserSlice::new(arg, len).reader();
    ///     let mut bytes = KVVec::new();
    ///
    ///     bytes.extend_from_user(&mut reader, len, GFP_KERNEL_ACCOUNT)?;
    ///     Ok(bytes)
    /// }
    /// # let _ = take;
    /// ```
    pub fn extend_from_user(
        &mut self,
        reader: &mut UserSliceReader,
        len: usize,
        flags: Flags,
    ) -> Result {
        if len > reader.len() {
            return Err(EFAULT);
        }
        let (old, mut from) = (self.len(), reader.clone_reader());

        let read = self.read_in_steps(&mut from, len, flags);
        match read {
            Ok(()) => *reader = from,
            Err(_) => self.truncate(old),
        }
        read
    }

    /// The part of [`Vec::extend_from_user`] that may leave half of the work done.
    fn read_in_steps(&mut self, from: &mut UserSliceReader, len: usize, flags: Flags) -> Result {
        // Sizes above INT_MAX are a warning without this flag, and the user chooses the size.
        let flags = flags | __GFP_NOWARN;
        let mut left = len;

        while left != 0 {
            self.reserve(left.min(FIRST.max(len - left)), flags)?;
            let room = self.spare_capacity_mut();
            let step = left.min(room.len());

            from.read_raw(&mut room[..step])?;
            // SAFETY: So many slots were there, and the reader has initialised them.
            unsafe { self.inc_len(step) };
            left -= step;
        }
        Ok(())
    }

    /// Reads all that the reader has left. Otherwise as [`Vec::extend_from_user`]: limit the
    /// length.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::extend_from_user`].
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::uaccess::{UserPtr, UserSlice};
    ///
    /// fn firmware(arg: UserPtr, len: usize) -> Result<KVVec<u8>> {
    ///     let len = len.min(64 << 20);
    ///
    ///     KVVec::from_user(&mut UserSlice::new(arg, len).reader(), GFP_KERNEL_ACCOUNT)
    /// }
    /// # let _ = firmware;
    /// ```
    pub fn from_user(reader: &mut UserSliceReader, flags: Flags) -> Result<Self> {
        let mut all = Self::new();

        all.extend_from_user(reader, reader.len(), flags)?;
        Ok(all)
    }

    /// Writes all elements to user space.
    ///
    /// # Errors
    ///
    /// [`EFAULT`] if the writer has less room than that, or if some of it cannot be written. User
    /// space may have been written to in the latter case.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::uaccess::{UserPtr, UserSlice};
    ///
    /// fn report(answer: &KVVec<u8>, arg: UserPtr, len: usize) -> Result {
    ///     answer.write_to_user(&mut UserSlice::new(arg, len).writer())
    /// }
    /// # let _ = report;
    /// ```
    #[inline]
    pub fn write_to_user(&self, writer: &mut UserSliceWriter) -> Result {
        writer.write_slice(self)
    }

    /// Writes the elements from `offset` on to user space, as far as there is room for them.
    ///
    /// Returns how many these were: none if there are none at `offset`. What a `read()` does.
    ///
    /// # Errors
    ///
    /// [`EFAULT`] if user space cannot be written to.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::uaccess::{UserPtr, UserSlice};
    ///
    /// fn read(file: &KVVec<u8>, buf: UserPtr, len: usize, pos: &mut usize) -> Result<usize> {
    ///     let mut writer = UserSlice::new(buf, len).writer();
    ///     let written = file.write_to_user_at(*pos, &mut writer)?;
    ///
    ///     *pos += written;
    ///     Ok(written)
    /// }
    /// # let _ = read;
    /// ```
    pub fn write_to_user_at(&self, offset: usize, writer: &mut UserSliceWriter) -> Result<usize> {
        let rest = self.get(offset..).unwrap_or_default();
        let part = &rest[..rest.len().min(writer.len())];

        writer.write_slice(part)?;
        Ok(part.len())
    }
}
