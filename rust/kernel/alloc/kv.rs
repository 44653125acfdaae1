// SPDX-License-Identifier: GPL-2.0

//! Owning pointers and growing arrays on slab and vmalloc memory.
//!
//! A [`Box`] or a [`Vec`] names its allocator in its type. Whoever frees the memory therefore calls
//! the function that belongs to the one it came from, and handing a [`KVVec`] to code that wants a
//! [`KVec`] is a type error.
//!
//! | allocator    | memory                                         | aliases            |
//! | ------------ | ---------------------------------------------- | ------------------ |
//! | [`Kmalloc`]  | slab: physically contiguous, limited in size   | [`KBox`] [`KVec`]  |
//! | [`Vmalloc`]  | whole pages mapped side by side                | [`VBox`] [`VVec`]  |
//! | [`KVmalloc`] | slab where it serves, pages where it does not  | [`KVBox`] [`KVVec`]|
//!
//! The files, lowest first:
//!
//! - [`kvalloc`]: the [`Allocator`] trait and the three allocators; the only caller of C.
//! - `kvraw`: a buffer that knows its capacity and frees itself; the only arithmetic on layouts.
//! - [`kvbox`]: [`Box`], one value.
//! - [`kvvec`]: [`Vec`], any number of them.
//!
//! # Examples
//!
//! ```
//! use kernel::alloc::kv::{Backing, KVVec};
//!
//! // What no slab object can be.
//! const LARGE: usize = kernel::bindings::KMALLOC_MAX_SIZE as usize + 1;
//!
//! let mut bytes = KVVec::<u8>::with_capacity(64, GFP_KERNEL)?;
//! assert_eq!(bytes.backing(), Some(Backing::Slab));
//!
//! bytes.resize(LARGE, 0xff, GFP_KERNEL)?;
//! assert_eq!(bytes.backing(), Some(Backing::Vmalloc));
//! # Ok::<(), Error>(())
//! ```

// Where these come from is known here only: the modules below say `super::`, so that this file can
// take the place of its parent without a change in any of them.
pub use super::{flags, layout, AllocError, Flags};

#[path = "kvalloc.rs"]
pub mod kvalloc;
#[path = "kvbox.rs"]
pub mod kvbox;
#[path = "kvraw.rs"]
mod kvraw;
#[path = "kvvec.rs"]
pub mod kvvec;

pub use self::{
    kvalloc::{Allocator, Backing, KVmalloc, Kmalloc, Vmalloc},
    kvbox::{Box, KBox, KVBox, VBox},
    kvvec::{DrainAll, InsertError, IntoIter, KVVec, KVec, PushError, RemoveError, VVec, Vec},
};

use crate::{
    bindings,
    error::{code::EINVAL, Result},
};

/// The names that code on these types usually needs.
///
/// Meant for a scope of its own, such as the body of a function. Beside a glob import of
/// [`kernel::prelude`](crate::prelude) in the very same scope, `Box`, `Vec` and their aliases would
/// be ambiguous: name them one by one there, which takes precedence over any glob.
///
/// # Examples
///
/// ```
/// fn three() -> Result<usize> {
///     use kernel::alloc::kv::prelude::*;
///
///     let b = KVBox::new([1u8, 2, 3], GFP_KERNEL)?;
///     Ok(KVVec::from(b).len())
/// }
/// assert_eq!(three()?, 3);
/// # Ok::<(), Error>(())
/// ```
pub mod prelude {
    #[doc(no_inline)]
    pub use super::{
        flags::*, AllocError, Allocator, Backing, Box, Flags, KBox, KVBox, KVVec, KVec, NumaNode,
        VBox, VVec, Vec,
    };
}

/// A NUMA node to take memory from, or the absence of a wish.
///
/// # Invariants
///
/// The number is either that of a possible node, below `MAX_NUMNODES`, or `NUMA_NO_NODE`.
///
/// # Examples
///
/// ```
/// use kernel::alloc::kv::NumaNode;
///
/// assert!(NumaNode::new(0)? != NumaNode::NO_NODE);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumaNode(i32);

impl NumaNode {
    /// Any node will do; the allocator prefers the one of the running CPU.
    // INVARIANT: It is the one value outside of the range that is allowed.
    pub const NO_NODE: Self = Self(bindings::NUMA_NO_NODE);

    /// Names a node by its number.
    ///
    /// Whether the node is online, and has memory, is not looked at: allocators fall back to other
    /// nodes in that case.
    ///
    /// # Errors
    ///
    /// [`EINVAL`] if this kernel cannot have a node of that number.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::kv::NumaNode;
    ///
    /// assert!(NumaNode::new(0).is_ok());
    /// assert_eq!(NumaNode::new(-1), Err(EINVAL));
    /// assert_eq!(NumaNode::new(i32::MAX), Err(EINVAL));
    /// ```
    pub fn new(node: i32) -> Result<Self> {
        // `MAX_NUMNODES` is a small power of two, so the cast keeps its value.
        if (0..bindings::MAX_NUMNODES as i32).contains(&node) {
            // INVARIANT: Just checked.
            Ok(Self(node))
        } else {
            Err(EINVAL)
        }
    }

    /// The number as C wants it.
    #[inline]
    fn as_raw(self) -> i32 {
        self.0
    }
}

/// The differences between the supported kernels, as far as this layer meets any.
///
/// Each is told by a feature. The one more place that has to care is the `Display` of a [`Box`],
/// for the trait is one of the kernel's own in some and that of `core` in others.
mod compat {
    use super::{Allocator, Box};

    /// Types of which all bytes zero is a value.
    #[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
    pub(super) use crate::init::Zeroable;
    #[cfg(CONFIG_KVMALLOC_PIN_INIT_CRATE)]
    pub(super) use pin_init::Zeroable;

    #[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
    // SAFETY: A `Box` is a `repr(transparent)` `NonNull`. For such types `None` is guaranteed to be
    // the null pointer, which is all zeroes for a `Sized` target.
    unsafe impl<T, A: Allocator> Zeroable for Option<Box<T, A>> {}

    #[cfg(CONFIG_KVMALLOC_PIN_INIT_CRATE)]
    // SAFETY: A `Box` is a `repr(transparent)` `NonNull`. For such types `None` is guaranteed to be
    // the null pointer, which is all zeroes for a `Sized` target.
    unsafe impl<T, A: Allocator> pin_init::ZeroableOption for Box<T, A> {}

    /// Stands in where the bindings have no such constant.
    ///
    /// C defines it as the alignment of `unsigned long long` unless the architecture asks for more.
    #[allow(dead_code)]
    const ARCH_KMALLOC_MINALIGN: usize = core::mem::align_of::<u64>();

    /// What every slab object is aligned to, and the least that one occupies, in bytes.
    ///
    /// A name that the glob brings into the block hides the one outside of it.
    pub(super) const KMALLOC_MIN: usize = {
        #[allow(unused_imports)]
        use crate::bindings::*;

        ARCH_KMALLOC_MINALIGN
    };
}
