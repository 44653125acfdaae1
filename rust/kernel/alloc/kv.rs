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
//! - [`kvalloc`]: the [`Allocator`] trait and the three allocators.
//! - [`kvlayout`]: how many bytes a number of values are.
//! - `kvraw`: a buffer that knows its capacity, grows, shrinks and frees itself.
//! - [`kvbox`]: [`Box`], one value.
//! - `kvslice`: boxes of slices and of text.
//! - [`kvvec`]: [`Vec`], any number of them; in parts, of which `kvextend` makes it longer,
//!   `kvdrain` and `kviter` take it apart, `kvtraits` makes a slice of it, `kvwrite` a file to
//!   print into, and `kverrors` says what was wrong.
//! - `kvnode`: boxes and vectors on a NUMA node of choice.
//! - [`kvspare`]: growth under a lock that one may not allocate under.
//! - `kvuser`: bytes from and to user space.
//! - [`kvpieces`] ([`pages`]): the pages behind it all, and scatterlists; `kvpages` is what the
//!   kernel's own code asks for.
//! - [`kvrcu`] ([`rcu`]): memory that is freed after a grace period.
//! - [`kvsecret`]: memory that is cleared before it is freed.
//! - [`kvnonblock`]: memory that is freed without sleeping.
//! - [`kvforeign`]: memory that goes to C or comes from there.
//! - `kvcompat`: what differs between the kernels that this is for, and nothing else.
//!
//! # Examples
//!
//! ```
//! use kernel::alloc::Backing;
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

pub mod kvalloc;
pub mod kvbox;
mod kvcompat;
pub mod kvforeign;
pub mod kvlayout;
mod kvnode;
pub mod kvnonblock;
#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
mod kvpages;
pub mod kvpieces;
mod kvraw;
pub mod kvrcu;
pub mod kvsecret;
mod kvslice;
pub mod kvspare;
mod kvuser;
pub mod kvvec;

pub use self::{
    kvalloc::{
        Allocator,
        Backing,
        KVmalloc,
        Kmalloc,
        Vmalloc, //
    },
    kvbox::{
        Box,
        CloneBoxed,
        KBox,
        KVBox,
        VBox, //
    },
    kvforeign::{
        CBox,
        CVec,
        KvFree, //
    },
    kvnonblock::{
        KVNonBlockingBox,
        KVNonBlockingVec,
        NonBlocking, //
    },
    kvsecret::{
        KSecretBox,
        KSecretVec,
        KVSecretBox,
        KVSecretVec,
        Sensitive, //
    },
    kvslice::FromUtf8Error,
    kvspare::{
        lock_with_room,
        lock_with_room_in,
        Spare,
        WithRoom, //
    },
    kvvec::{
        Drain,
        DrainAll,
        ExtendError,
        ExtractIf,
        InsertError,
        IntoIter,
        KVVec,
        KVec,
        PartError,
        PushError,
        RangeError,
        RemoveError,
        ShrinkError,
        SpliceError,
        TryInsertError,
        VVec,
        Vec,
        Writer, //
    }, //
};

// The names that the kernel's own code knows the modules by.
#[doc(no_inline)]
pub use self::{
    kvalloc as allocator,
    kvbox as kbox,
    kvlayout as layout,
    kvvec as kvec, //
};
pub use self::{
    kvpieces as pages,
    kvrcu as rcu, //
};

use crate::{
    bindings,
    error::{
        code::EINVAL,
        Result, //
    },
    page::PAGE_SIZE, //
};
use core::{
    alloc::Layout,
    marker::PhantomData,
    mem::{
        size_of,
        MaybeUninit, //
    },
    ops::{
        BitAnd,
        BitOr,
        Not, //
    },
    ptr::{
        self,
        NonNull, //
    }, //
};

/// There was no memory, or none of the kind that was asked for.
///
/// # Examples
///
/// ```
/// use kernel::alloc::AllocError;
///
/// // More than any slab has.
/// let huge = KVec::<u8>::with_capacity(1 << 40, GFP_KERNEL | __GFP_NOWARN);
/// assert_eq!(huge.err(), Some(AllocError));
/// assert_eq!(Error::from(AllocError), ENOMEM);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocError;

/// How an allocator may go about finding memory: what C calls `gfp_t`.
///
/// Made of the constants in [`flags`], with `|`, `&` and `!`.
///
/// # Examples
///
/// ```
/// let gently = GFP_KERNEL | __GFP_NOWARN;
/// assert!(gently.contains(GFP_KERNEL));
/// assert!(!GFP_NOWAIT.contains(GFP_KERNEL));
/// assert!(gently & !__GFP_NOWARN == GFP_KERNEL);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(u32);

impl Flags {
    /// No flags at all. Only for what does not allocate.
    #[inline]
    pub(crate) const fn empty() -> Self {
        Self(0)
    }

    /// The number as C wants it.
    #[inline]
    pub(crate) const fn as_raw(self) -> u32 {
        self.0
    }

    /// Tells whether all of `flags` are among these.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!((GFP_KERNEL | __GFP_ZERO).contains(__GFP_ZERO));
    /// ```
    #[inline]
    pub const fn contains(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// All that either of the two says: `|`, for constants.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::Flags;
    ///
    /// const QUIET: Flags = GFP_KERNEL.with(__GFP_NOWARN);
    /// assert!(QUIET == GFP_KERNEL | __GFP_NOWARN);
    /// ```
    #[inline]
    pub const fn with(self, flags: Flags) -> Self {
        Self(self.0 | flags.0)
    }

    /// Tells whether a block of `A` can be freed where these flags allow to allocate.
    #[inline]
    pub(crate) const fn allow_freeing<A: Allocator + ?Sized>(self) -> bool {
        self.may_sleep() || A::HAS_NONBLOCKING_FREE
    }

    /// The flags for a request of more than is needed: without OOM kill, warning or long reclaim.
    #[inline]
    pub(crate) const fn for_a_wish(self) -> Self {
        let forceful = flags::__GFP_NOFAIL.0 | flags::__GFP_RETRY_MAYFAIL.0;

        Self(self.0 & !forceful | flags::__GFP_NOWARN.0 | flags::__GFP_NORETRY.0)
    }

    /// Tells whether the allocator may sleep for memory.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(GFP_NOIO.may_sleep());
    /// assert!(!GFP_NOWAIT.may_sleep());
    /// ```
    #[inline]
    pub const fn may_sleep(self) -> bool {
        self.contains(flags::__GFP_DIRECT_RECLAIM)
    }

    /// Tells whether `A` fails every request that has these flags.
    ///
    /// Such a request has to be refused before anybody is called who would take it, and sleep where
    /// that is not allowed, or warn.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{Kmalloc, Vmalloc};
    ///
    /// assert!(!GFP_ATOMIC.are_refused_by::<Kmalloc>());
    /// assert!(GFP_ATOMIC.with(__GFP_HIGHMEM).are_refused_by::<Kmalloc>());
    /// // To succeed always takes to wait.
    /// assert!(GFP_ATOMIC.with(__GFP_NOFAIL).are_refused_by::<Vmalloc>());
    /// ```
    #[inline]
    pub const fn are_refused_by<A: Allocator>(self) -> bool {
        self.are_invalid_for::<A>() || !self.contains(A::REQUIRED_FLAGS)
    }

    /// Tells whether these flags contradict each other or contain one that `A` refuses.
    ///
    /// Other than with flags that only lack a required one, `A` does not even resize a block in
    /// place with them, for which it needs no memory.
    #[inline]
    pub(crate) const fn are_invalid_for<A: Allocator>(self) -> bool {
        self.0 & A::REFUSED_FLAGS.0 != 0
            || (self.contains(flags::__GFP_NOFAIL) && !self.may_sleep())
    }

    /// Checks that `A` can serve requests of any size with these flags.
    ///
    /// In a constant this is a check at compile time. [`Flags::for_size`] checks for one size.
    ///
    /// # Errors
    ///
    /// [`AllocError`] in the cases of [`Flags::for_size`], for some size.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{AllocError, Flags, Kmalloc};
    ///
    /// const ATOMIC: Result<Flags, AllocError> = GFP_ATOMIC.for_allocator::<Kmalloc>();
    /// assert_eq!(ATOMIC, Ok(GFP_ATOMIC));
    ///
    /// let high = GFP_KERNEL | __GFP_HIGHMEM;
    /// assert_eq!(high.for_allocator::<Kmalloc>(), Err(AllocError));
    /// ```
    #[inline]
    pub const fn for_allocator<A: Allocator>(self) -> Result<Self, AllocError> {
        self.for_size::<A>(usize::MAX)
    }

    /// Checks that `A` can serve requests of `bytes` bytes with these flags.
    ///
    /// In a constant this is a check at compile time. The macros that take flags
    /// ([`kvbox!`](crate::kvbox) and its like) make it for the size of their value.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if
    ///
    /// - `A` fails every request with these flags ([`Flags::are_refused_by`]);
    /// - `bytes` are more than a page, and `A` fails such requests: those of [`KVmalloc`] that may
    ///   not sleep, on a kernel whose vmalloc() always may;
    /// - no `GFP_` flag is among them, so that they allow no kind of reclaim;
    /// - `__GFP_NOFAIL` is combined with `__GFP_NORETRY` or `__GFP_RETRY_MAYFAIL`, which contradict
    ///   it.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{AllocError, Flags, KVmalloc};
    ///
    /// // An object of slab on every kernel.
    /// const ATOMIC: Result<Flags, AllocError> = GFP_ATOMIC.for_size::<KVmalloc>(64);
    /// assert_eq!(ATOMIC, Ok(GFP_ATOMIC));
    ///
    /// assert_eq!(__GFP_NOWARN.for_size::<KVmalloc>(64), Err(AllocError));
    /// ```
    #[inline]
    pub const fn for_size<A: Allocator>(self, bytes: usize) -> Result<Self, AllocError> {
        // GFP_NOWAIT is __GFP_KSWAPD_RECLAIM, on newer kernels with __GFP_NOWARN.
        let reclaim =
            flags::__GFP_DIRECT_RECLAIM.0 | (flags::GFP_NOWAIT.0 & !flags::__GFP_NOWARN.0);
        let may_fail = flags::__GFP_NORETRY.0 | flags::__GFP_RETRY_MAYFAIL.0;

        if self.are_refused_by::<A>()
            || (bytes > PAGE_SIZE && !self.contains(A::ADVISED_FLAGS))
            || self.0 & reclaim == 0
            || (self.contains(flags::__GFP_NOFAIL) && self.0 & may_fail != 0)
        {
            Err(AllocError)
        } else {
            Ok(self)
        }
    }

    /// The number of these flags, for a macro to pass on as a parameter of [`ConstFlags`].
    ///
    /// # Examples
    ///
    /// See [`kbox!`](crate::kbox).
    #[doc(hidden)]
    #[inline]
    pub const fn to_const(self) -> u32 {
        self.0
    }
}

/// All that either of the two says.
impl BitOr for Flags {
    type Output = Self;

    #[inline]
    fn bitor(self, rhs: Self) -> Self {
        Self(self.0 | rhs.0)
    }
}

/// What both of the two say.
impl BitAnd for Flags {
    type Output = Self;

    #[inline]
    fn bitand(self, rhs: Self) -> Self {
        Self(self.0 & rhs.0)
    }
}

/// All but these; to be combined with `&`.
impl Not for Flags {
    type Output = Self;

    #[inline]
    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// Every [`Flags`] that there is a name for.
///
/// Those that begin with `GFP_` say what the caller's context allows, and one of them has to be
/// there. Those that begin with `__GFP_` change what it says.
///
/// # Examples
///
/// ```
/// use kernel::alloc::flags::*;
///
/// // A file system that is asked to write must not wait for a file system to write.
/// let log = KVVec::<u8>::with_capacity(100, GFP_NOFS | __GFP_ACCOUNT)?;
/// assert!(log.capacity() >= 100);
/// # Ok::<(), Error>(())
/// ```
pub mod flags {
    use super::Flags;
    use crate::bindings;

    /// The caller may sleep, and memory may be reclaimed by all means: the ordinary case.
    pub const GFP_KERNEL: Flags = Flags(bindings::GFP_KERNEL);

    /// [`GFP_KERNEL`], charged to the memory cgroup of the calling task.
    pub const GFP_KERNEL_ACCOUNT: Flags = Flags(bindings::GFP_KERNEL_ACCOUNT);

    /// The caller may not sleep, and is important enough to be given some of the reserves.
    pub const GFP_ATOMIC: Flags = Flags(bindings::GFP_ATOMIC);

    /// The caller may not sleep, and has to expect that there is nothing.
    pub const GFP_NOWAIT: Flags = Flags(bindings::GFP_NOWAIT);

    /// The caller may sleep, but reclaim must not start input or output.
    pub const GFP_NOIO: Flags = Flags(bindings::KVMALLOC_GFP_NOIO);

    /// The caller may sleep, but reclaim must not call into file systems.
    pub const GFP_NOFS: Flags = Flags(bindings::KVMALLOC_GFP_NOFS);

    /// The memory is all zeroes.
    pub const __GFP_ZERO: Flags = Flags(bindings::__GFP_ZERO);

    /// The allocator may reclaim memory itself, hence sleep.
    ///
    /// Part of every `GFP_` here but [`GFP_ATOMIC`] and [`GFP_NOWAIT`].
    pub const __GFP_DIRECT_RECLAIM: Flags = Flags(bindings::KVMALLOC___GFP_DIRECT_RECLAIM);

    /// The pages need not be mapped in the kernel's addresses, which no slab can live with: an
    /// error where slab is asked.
    pub const __GFP_HIGHMEM: Flags = Flags(bindings::__GFP_HIGHMEM);

    /// The log is not told of a failure.
    pub const __GFP_NOWARN: Flags = Flags(bindings::__GFP_NOWARN);

    /// Gives up early: reclaims once, lightly, and wakes nobody.
    pub const __GFP_NORETRY: Flags = Flags(bindings::KVMALLOC___GFP_NORETRY);

    /// Tries hard, but does not kill for it.
    ///
    /// Makes [`KVmalloc`](super::KVmalloc) try hard for contiguous memory before it falls back.
    pub const __GFP_RETRY_MAYFAIL: Flags = Flags(bindings::KVMALLOC___GFP_RETRY_MAYFAIL);

    /// Does not fail, however long it takes. For callers that may sleep: an error for others.
    ///
    /// A request that can never be served still fails. The memory-management maintainers do not
    /// accept new users of this flag: handle the error instead.
    pub const __GFP_NOFAIL: Flags = Flags(bindings::KVMALLOC___GFP_NOFAIL);

    /// The node that is asked for, or none.
    pub const __GFP_THISNODE: Flags = Flags(bindings::KVMALLOC___GFP_THISNODE);

    /// The memory is charged to the memory cgroup of the calling task.
    pub const __GFP_ACCOUNT: Flags = Flags(bindings::KVMALLOC___GFP_ACCOUNT);
}

/// Boxes of `T` from `A` with flags that have been checked for the size of `T` at compile time.
///
/// # Examples
///
/// See [`kbox!`](crate::kbox).
#[doc(hidden)]
pub struct ConstFlags<T, A, const FLAGS: u32>(PhantomData<(T, A)>);

impl<T, A: Allocator, const FLAGS: u32> ConstFlags<T, A, FLAGS> {
    const CHECKED: Flags = match Flags(FLAGS).for_size::<A>(size_of::<T>()) {
        Ok(flags) => flags,
        Err(_) => panic!("this allocator cannot serve values of that size with such flags"),
    };

    /// [`Box::new`] with these flags.
    ///
    /// # Errors
    ///
    /// Those of [`Box::new`].
    ///
    /// # Examples
    ///
    /// See [`kbox!`](crate::kbox).
    #[inline]
    pub fn new_box(value: T) -> Result<Box<T, A>, AllocError> {
        Box::new(value, Self::CHECKED)
    }

    /// [`Box::new_uninit`] with these flags.
    ///
    /// # Errors
    ///
    /// Those of [`Box::new_uninit`].
    ///
    /// # Examples
    ///
    /// See [`kvec!`](crate::kvec).
    #[inline]
    pub fn new_uninit() -> Result<Box<MaybeUninit<T>, A>, AllocError> {
        Box::new_uninit(Self::CHECKED)
    }
}

/// A pointer that is aligned for `layout` and good for nothing else.
#[inline]
pub(crate) const fn dangling_from_layout(layout: Layout) -> NonNull<u8> {
    let dangling = ptr::null_mut::<u8>().wrapping_add(layout.align());

    // SAFETY: An alignment is never zero, so neither is the address.
    unsafe { NonNull::new_unchecked(dangling) }
}

/// A NUMA node to allocate from, or no preference.
///
/// # Invariants
///
/// The number is either that of a possible node (`node_possible()`) or `NUMA_NO_NODE`.
///
/// # Examples
///
/// ```
/// use kernel::alloc::NumaNode;
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
    /// The node may be offline or have no memory: every possible node has a zonelist, by which the
    /// page allocator falls back to other nodes. A node that is not possible has none, so using its
    /// number would be an invalid memory access.
    ///
    /// # Errors
    ///
    /// [`EINVAL`] if `node` is not a possible node of this machine.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::NumaNode;
    ///
    /// assert!(NumaNode::new(0).is_ok());
    /// assert_eq!(NumaNode::new(-1), Err(EINVAL));
    /// assert_eq!(NumaNode::new(i32::MAX), Err(EINVAL));
    /// ```
    pub fn new(node: i32) -> Result<Self> {
        // SAFETY: The function takes any number.
        if unsafe { bindings::kvmalloc_node_possible(node) } {
            // INVARIANT: `node` is in `node_possible_map`, which does not change after boot.
            Ok(Self(node))
        } else {
            Err(EINVAL)
        }
    }

    /// The number as C wants it.
    #[inline]
    pub(crate) fn as_raw(self) -> i32 {
        self.0
    }
}
