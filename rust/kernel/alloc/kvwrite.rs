// SPDX-License-Identifier: GPL-2.0

//! Printing into vectors of bytes.

use super::{
    Allocator,
    Flags,
    Vec, //
};
use core::fmt;

/// Appends text if there is room for it. Never allocates: there is nobody to say how.
///
/// What is printed is written in pieces. A piece for which there is no room is not written at all,
/// and ends the printing with an error; those before it remain. Where the vector is to grow, print
/// into its [`Vec::writer`].
///
/// # Examples
///
/// ```
/// use core::fmt::Write;
///
/// // Allocate where it is allowed to sleep, print where it is not.
/// let mut line = KVVec::with_capacity(16, GFP_KERNEL)?;
/// write!(line, "irq {}", 42)?;
/// assert_eq!(line, b"irq 42");
///
/// let len = line.len();
/// if write!(line, ", {} times more than there is room for", 7).is_err() {
///     line.truncate(len);
/// }
/// assert_eq!(line, b"irq 42");
/// # Ok::<(), Error>(())
/// ```
impl<A: Allocator> fmt::Write for Vec<u8, A> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > self.capacity() - self.len {
            return Err(fmt::Error);
        }
        // There is room, so the flags are not looked at.
        self.extend_from_slice(text.as_bytes(), Flags::empty())
            .map_err(|_| fmt::Error)
    }
}

impl<A: Allocator> Vec<u8, A> {
    /// What can be printed into, to append text to the vector, which grows with these `flags`.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::fmt::Write;
    ///
    /// let mut report = KVVec::new();
    /// write!(report.writer(GFP_KERNEL), "{} of {} pages", 3, 8)?;
    /// assert_eq!(report, b"3 of 8 pages");
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn writer(&mut self, flags: Flags) -> Writer<'_, A> {
        Writer { vec: self, flags }
    }
}

/// Appends what is printed into it to a [`Vec`] of bytes. Made by [`Vec::writer`].
///
/// Printing fails if there is no memory for a piece of the text. Those before it remain in the
/// vector.
///
/// # Examples
///
/// ```
/// use core::fmt::Write;
///
/// let mut list = KVVec::new();
/// let mut out = list.writer(GFP_KERNEL);
/// for n in 0..3 {
///     writeln!(out, "{n}")?;
/// }
/// assert_eq!(list, b"0\n1\n2\n");
/// # Ok::<(), Error>(())
/// ```
pub struct Writer<'vec, A: Allocator> {
    vec: &'vec mut Vec<u8, A>,
    flags: Flags,
}

impl<A: Allocator> fmt::Write for Writer<'_, A> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.vec
            .extend_from_slice(text.as_bytes(), self.flags)
            .map_err(|_| fmt::Error)
    }
}
