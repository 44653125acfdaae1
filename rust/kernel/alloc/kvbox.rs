// SPDX-License-Identifier: GPL-2.0

//! One value in allocated memory.
//!
//! See [`Box`]. Where the memory comes from is `kvraw`'s and `kvalloc`'s business.

use super::{
    flags::__GFP_ZERO,
    kvalloc::{
        KVmalloc,
        Kmalloc,
        Vmalloc, //
    },
    kvcompat::{
        self,
        PinInit,
        Zeroable, //
    },
    kvraw::release,
    AllocError,
    Allocator,
    Backing,
    Flags,
    NumaNode,
    Vec, //
};
use core::{
    alloc::Layout,
    borrow::{
        Borrow,
        BorrowMut, //
    },
    cmp::Ordering,
    fmt,
    hash::{
        Hash,
        Hasher, //
    },
    marker::PhantomData,
    mem::{
        size_of_val,
        ManuallyDrop,
        MaybeUninit, //
    },
    ops::{
        Deref,
        DerefMut, //
    },
    pin::Pin,
    ptr::{
        self,
        NonNull, //
    }, //
};

/// Makes a [`KBox`], with `GFP_KERNEL` or the flags that are given.
///
/// Flags are one constant or several with `|` between them. Whether the allocator can serve a value
/// of this size with them is checked at compile time, see [`Flags::for_size`]. For flags that are
/// not constant there is [`Box::new`].
///
/// The value is evaluated first, unlike the elements of [`kvec!`](crate::kvec): see there.
///
/// # Errors
///
/// [`AllocError`] if there is no memory; the value has been dropped then.
///
/// # Examples
///
/// ```
/// use kernel::kbox;
///
/// assert_eq!(*kbox!(7)?, 7);
/// assert_eq!(*kbox!("now", GFP_ATOMIC)?, "now");
/// assert_eq!(*kbox!([0; 16], GFP_NOFS | __GFP_NOWARN)?, [0; 16]);
/// # Ok::<(), Error>(())
/// ```
///
/// Slab cannot live with pages that have no address:
///
/// ```ignore,compile_fail
/// let b = kernel::kbox!(7, GFP_KERNEL | __GFP_HIGHMEM)?;
/// # Ok::<(), Error>(())
/// ```
#[macro_export]
macro_rules! kbox {
    ($($arguments:tt)*) => {
        $crate::__kv_box!(KBox, Kmalloc, $($arguments)*)
    };
}

/// Makes a [`VBox`], with `GFP_KERNEL` or the flags that are given. Otherwise as [`kbox!`].
///
/// # Errors
///
/// As [`kbox!`].
///
/// # Examples
///
/// ```
/// use kernel::vbox;
///
/// assert_eq!(*vbox!([1u8; 64], GFP_NOIO)?, [1u8; 64]);
/// # Ok::<(), Error>(())
/// ```
#[macro_export]
macro_rules! vbox {
    ($($arguments:tt)*) => {
        $crate::__kv_box!(VBox, Vmalloc, $($arguments)*)
    };
}

/// Makes a [`KVBox`], with `GFP_KERNEL` or the flags that are given. Otherwise as [`kbox!`].
///
/// # Errors
///
/// As [`kbox!`].
///
/// # Examples
///
/// ```
/// use kernel::kvbox;
///
/// assert_eq!(*kvbox!((1, 2))?, (1, 2));
/// assert_eq!(*kvbox!([1u8; 64], GFP_NOFS)?, [1u8; 64]);
/// # Ok::<(), Error>(())
/// ```
#[macro_export]
macro_rules! kvbox {
    ($($arguments:tt)*) => {
        $crate::__kv_box!(KVBox, KVmalloc, $($arguments)*)
    };
}

/// What the three macros are.
#[doc(hidden)]
#[macro_export]
macro_rules! __kv_box {
    ($box:ident, $allocator:ident, $value:expr $(,)?) => {
        $crate::alloc::$box::new($value, $crate::alloc::flags::GFP_KERNEL)
    };
    ($box:ident, $allocator:ident, $value:expr, $($flag:path)|+ $(,)?) => {
        $crate::alloc::ConstFlags::<
            _,
            $crate::alloc::$allocator,
            { $crate::__kv_flags!($allocator, $($flag)|+).to_const() },
        >::new_box($value)
    };
}

/// Flags that are constants, and that the allocator can serve small requests with.
#[doc(hidden)]
#[macro_export]
macro_rules! __kv_flags {
    ($allocator:ident, $first:path $(| $flag:path)*) => {{
        const __KV_FLAGS: $crate::alloc::Flags = {
            let flags: $crate::alloc::Flags = $first;
            $(let flags = flags.with($flag);)*

            match flags.for_size::<$crate::alloc::$allocator>(0) {
                ::core::result::Result::Ok(flags) => flags,
                ::core::result::Result::Err(_) => {
                    ::core::panic!("this allocator cannot work with such flags")
                }
            }
        };
        __KV_FLAGS
    }};
}

/// A value of type `T` in memory from the allocator `A`, owned by whoever holds the box.
///
/// Dropping the box drops the value and frees the memory, which may sleep unless it is slab memory
/// (a [`KBox`], or a [`KVBox`] that is [`Backing::Slab`]); a box with the allocator
/// [`NonBlocking`](super::NonBlocking) may be dropped anywhere. Values of no size need no memory
/// and get none. An `Option<Box<T, A>>` is no larger than a pointer: [`None`] is NULL.
///
/// Functions that consume a box without being constructors take it as an argument rather than as
/// `self`, lest they hide methods of the value. They are called as `Box::into_inner(b)`.
///
/// # Invariants
///
/// The pointer is aligned for the value and not null, and the value it points to is initialised and
/// owned by this box. If the value has a size, it lies in a live block of `A` made for the layout
/// of the value, or for one that is at least as large and as aligned. The box owns the block, too.
///
/// # Examples
///
/// ```
/// let mut answer = KBox::new(41, GFP_KERNEL)?;
/// *answer += 1;
/// assert_eq!(*answer, 42);
///
/// // Too large for slab, and too large for the stack: this one is made where it stays.
/// let table = KVBox::<[u64; 1 << 20]>::zeroed(GFP_KERNEL)?;
/// assert!(table.iter().all(|entry| *entry == 0));
///
/// assert_eq!(size_of::<Option<KBox<u8>>>(), size_of::<*mut u8>());
/// # use core::mem::size_of;
/// # Ok::<(), Error>(())
/// ```
///
/// A box of a value becomes one of what the value is seen as, a slice or a trait object:
///
/// ```
/// let numbers: KBox<[u8]> = KBox::new([1, 2, 3], GFP_KERNEL)?;
/// assert_eq!(numbers.len(), 3);
///
/// let next: KVBox<dyn Fn(u8) -> u8> = KVBox::new(|n| n + 1, GFP_KERNEL)?;
/// assert_eq!(next(41), 42);
/// # Ok::<(), Error>(())
/// ```
///
/// A box of one kind is not taken for one of another:
///
/// ```ignore,compile_fail
/// let b: KVBox<u8> = KBox::new(1, GFP_KERNEL)?;
/// # Ok::<(), Error>(())
/// ```
#[repr(transparent)]
#[cfg_attr(CONFIG_KVMALLOC_COERCE_POINTEE, derive(core::marker::CoercePointee))]
pub struct Box<#[cfg_attr(CONFIG_KVMALLOC_COERCE_POINTEE, pointee)] T: ?Sized, A: Allocator>(
    NonNull<T>,
    PhantomData<A>,
);

/// A [`Box`] in slab memory.
///
/// # Examples
///
/// ```
/// assert_eq!(*KBox::new("slab", GFP_KERNEL)?, "slab");
/// # Ok::<(), Error>(())
/// ```
pub type KBox<T> = Box<T, Kmalloc>;

/// A [`Box`] in vmalloc memory, hence of whole pages.
///
/// # Examples
///
/// ```
/// assert_eq!(*VBox::new("pages", GFP_KERNEL)?, "pages");
/// # Ok::<(), Error>(())
/// ```
pub type VBox<T> = Box<T, Vmalloc>;

/// A [`Box`] in slab memory, or in vmalloc memory if it is too large for that.
///
/// # Examples
///
/// ```
/// assert_eq!(*KVBox::new("either", GFP_KERNEL)?, "either");
/// # Ok::<(), Error>(())
/// ```
pub type KVBox<T> = Box<T, KVmalloc>;

// SAFETY: To send the box is to send the value: nobody else has a pointer to it.
unsafe impl<T: Send + ?Sized, A: Allocator> Send for Box<T, A> {}

// SAFETY: To share the box is to share the value: nothing else can be reached through it.
unsafe impl<T: Sync + ?Sized, A: Allocator> Sync for Box<T, A> {}

impl<T: ?Sized, A: Allocator> Box<T, A> {
    /// Makes a box of what [`Box::into_raw`] gave out.
    ///
    /// # Safety
    ///
    /// - `raw` is not null, is aligned for `T` and points to a valid value.
    /// - If that value has a size, it lies in a block of `A` made for its layout, or for one that
    ///   is at least as large and as aligned.
    /// - The caller owns value and block, and gives both up.
    ///
    /// # Examples
    ///
    /// ```
    /// let raw: *mut u32 = Box::into_raw(KVBox::new(7, GFP_KERNEL)?);
    /// // SAFETY: It came out of a `KVBox` just now, and is used no further.
    /// let b = unsafe { KVBox::from_raw(raw) };
    /// assert_eq!(*b, 7);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub const unsafe fn from_raw(raw: *mut T) -> Self {
        // INVARIANT: The caller vouches for all of it.
        // SAFETY: In particular for that the pointer is not null.
        Self(unsafe { NonNull::new_unchecked(raw) }, PhantomData)
    }

    /// Gives out the pointer, and with it the duty to drop the value and to free the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let raw: *mut [u8; 2] = Box::into_raw(KBox::new([1, 2], GFP_KERNEL)?);
    /// // SAFETY: The value is still there, and is not touched by anyone else.
    /// assert_eq!(unsafe { *raw }, [1, 2]);
    /// // SAFETY: The pointer came out of a `KBox`, which is what it goes back to.
    /// drop(unsafe { KBox::from_raw(raw) });
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_raw(b: Self) -> *mut T {
        let given_out = ManuallyDrop::new(b);

        given_out.0.as_ptr()
    }

    /// Gives the value up to the life of the kernel: it is neither dropped nor freed.
    ///
    /// # Examples
    ///
    /// ```
    /// let forever: &'static mut u8 = Box::leak(KBox::new(1, GFP_KERNEL)?);
    /// *forever += 1;
    /// assert_eq!(*forever, 2);
    /// # // SAFETY: The reference is not used again. Tests should not leak.
    /// # drop(unsafe { KBox::from_raw(forever) });
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn leak<'a>(b: Self) -> &'a mut T {
        // SAFETY: By the type invariants this points to a value that was the box's alone. With the
        // box gone it is the caller's, for as long as `T` may live.
        unsafe { &mut *Self::into_raw(b) }
    }

    /// Pins the value where it is, which costs nothing: a box never moves what it holds.
    ///
    /// # Examples
    ///
    /// ```
    /// let pinned = Box::into_pin(KBox::new(5, GFP_KERNEL)?);
    /// assert_eq!(*pinned, 5);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_pin(this: Self) -> Pin<Self> {
        this.into()
    }
}

impl<T: ?Sized> Box<T, KVmalloc> {
    /// Tells where the value lies; [`None`] if it has no size and thus no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::Backing;
    ///
    /// assert_eq!(KVBox::backing(&KVBox::new(1, GFP_KERNEL)?), Some(Backing::Slab));
    /// assert_eq!(KVBox::backing(&KVBox::new((), GFP_KERNEL)?), None);
    ///
    /// # const LARGE: usize = kernel::bindings::KMALLOC_MAX_SIZE as usize + 1;
    /// let large = KVBox::<[u8; LARGE]>::zeroed(GFP_KERNEL)?;
    /// assert_eq!(KVBox::backing(&large), Some(Backing::Vmalloc));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn backing(this: &Self) -> Option<Backing> {
        if size_of_val::<T>(this) == 0 {
            None
        } else {
            Some(KVmalloc::backing(this.0.cast()))
        }
    }
}

impl<T, A: Allocator> Box<MaybeUninit<T>, A> {
    /// Declares that the value is there.
    ///
    /// # Safety
    ///
    /// The memory holds a valid `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut b = KBox::<[u16; 2]>::new_uninit(GFP_KERNEL)?;
    /// // SAFETY: The pointer is to room for two such integers.
    /// unsafe { b.as_mut_ptr().cast::<u16>().write(1) };
    /// // SAFETY: Likewise.
    /// unsafe { b.as_mut_ptr().cast::<u16>().add(1).write(2) };
    /// // SAFETY: Both have been written.
    /// let b = unsafe { b.assume_init() };
    /// assert_eq!(*b, [1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub unsafe fn assume_init(self) -> Box<T, A> {
        // SAFETY: The pointer comes from a box of the same allocator, for a type of the same
        // layout; the caller vouches for the value.
        unsafe { Box::from_raw(Self::into_raw(self).cast()) }
    }

    /// Moves a value in.
    ///
    /// # Examples
    ///
    /// ```
    /// // Allocate where it is allowed to sleep, fill in where it is not.
    /// let room = KVBox::<u64>::new_uninit(GFP_KERNEL)?;
    /// let b = room.write(3);
    /// assert_eq!(*b, 3);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn write(mut self, value: T) -> Box<T, A> {
        MaybeUninit::write(&mut *self, value);
        // SAFETY: There is a value now.
        unsafe { self.assume_init() }
    }
}

impl<T, A: Allocator> Box<T, A> {
    /// Allocates memory and moves `x` there.
    ///
    /// For a value that is too large for the stack see [`Box::zeroed`] and [`Box::new_uninit`].
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory; `x` has been dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// let b = VBox::new((1, 'x'), GFP_KERNEL)?;
    /// assert_eq!(b.1, 'x');
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn new(x: T, flags: Flags) -> Result<Self, AllocError> {
        Self::new_uninit(flags).map(|room| room.write(x))
    }

    /// Allocates memory for a `T` that is to come.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let room = KBox::<u32>::new_uninit(GFP_KERNEL)?;
    /// assert_eq!(*room.write(9), 9);
    ///
    /// // More than any slab has.
    /// assert!(KBox::<[u8; 1 << 30]>::new_uninit(GFP_KERNEL | __GFP_NOWARN).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn new_uninit(flags: Flags) -> Result<Box<MaybeUninit<T>, A>, AllocError> {
        Self::new_uninit_node(flags, NumaNode::NO_NODE)
    }

    /// Allocates a `T` of which all bytes are zero.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let page = KVBox::<[u8; 4096]>::zeroed(GFP_KERNEL)?;
    /// assert_eq!(page[4095], 0);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn zeroed(flags: Flags) -> Result<Self, AllocError>
    where
        T: Zeroable,
    {
        let room = Self::new_uninit(flags | __GFP_ZERO)?;

        // SAFETY: The flag has made all bytes zero, which `Zeroable` says is a value.
        Ok(unsafe { room.assume_init() })
    }

    /// Allocates memory, moves `x` there and pins it.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory; `x` has been dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::marker::PhantomPinned;
    ///
    /// let pinned = KBox::pin((8, PhantomPinned), GFP_KERNEL)?;
    /// assert_eq!(pinned.0, 8);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn pin(x: T, flags: Flags) -> Result<Pin<Box<T, A>>, AllocError>
    where
        A: 'static,
    {
        Self::new(x, flags).map(Self::into_pin)
    }

    /// Allocates `len` values that are initialised where they stay, and pins them.
    ///
    /// `init` is asked for an initialiser for each index, from the first to the last.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory, or what an initialiser says. The values before that
    /// one have been dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{new_mutex, sync::Mutex};
    ///
    /// #[pin_data]
    /// struct Slot {
    ///     #[pin]
    ///     state: Mutex<usize>,
    /// }
    ///
    /// let slots = KVBox::pin_slice(
    ///     |n| try_pin_init!(Slot { state <- new_mutex!(n) }),
    ///     100,
    ///     GFP_KERNEL,
    /// )?;
    /// assert_eq!(slots.len(), 100);
    /// assert_eq!(*slots[99].state.lock(), 99);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn pin_slice<F, I, E>(mut init: F, len: usize, flags: Flags) -> Result<Pin<Box<[T], A>>, E>
    where
        F: FnMut(usize) -> I,
        I: PinInit<T, E>,
        E: From<AllocError>,
    {
        let mut made = Vec::<T, A>::with_capacity(len, flags)?;

        for n in 0..len {
            // There is room, as `n` values have been made of the `len` that there is room for.
            let slot = made.spare_capacity_mut().as_mut_ptr().cast();
            // SAFETY: The slot is room for a value, not counted as one if this fails. It stays
            // where it is: nothing grows the vector, and its buffer becomes the pinned box.
            if let Err(error) = unsafe { kvcompat::init_at(slot, init(n)) } {
                made.drop_as(flags);
                return Err(error);
            }
            // SAFETY: The next slot has a value now.
            unsafe { made.inc_len(1) };
        }
        let (first, ..) = made.into_raw_parts();
        let all = ptr::slice_from_raw_parts_mut(first, len);
        // SAFETY: That was a buffer of `A` for just `len` values, which are all there.
        Ok(unsafe { Box::from_raw(all) }.into())
    }

    /// Moves the value out and frees the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let inner = KVBox::new(1, GFP_KERNEL)?;
    /// let outer = KVBox::new(inner, GFP_KERNEL)?;
    /// let inner: KVBox<i32> = Box::into_inner(outer);
    /// assert_eq!(*inner, 1);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_inner(b: Self) -> T {
        let room = Self::into_uninit(b);

        // SAFETY: The value was there when `room` was a box of `T`, and `room` does not drop it.
        unsafe { room.assume_init_read() }
    }

    /// Drops the value and keeps the memory for another.
    ///
    /// # Examples
    ///
    /// ```
    /// let b = KBox::new([1u8; 64], GFP_KERNEL)?;
    /// let room = Box::drop_contents(b);
    /// // Nothing is allocated here, so nothing can fail.
    /// let b = room.write([2u8; 64]);
    /// assert_eq!(b[63], 2);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn drop_contents(this: Self) -> Box<MaybeUninit<T>, A> {
        let mut room = Self::into_uninit(this);

        // SAFETY: The value was there when `room` was a box of `T`, and is not used after this.
        unsafe { room.assume_init_drop() };
        room
    }

    /// Forgets that there is a value.
    #[inline]
    fn into_uninit(this: Self) -> Box<MaybeUninit<T>, A> {
        // SAFETY: The pointer comes from a box of the same allocator, for a type of the same
        // layout; and anything at all is a valid `MaybeUninit`.
        unsafe { Box::from_raw(Self::into_raw(this).cast()) }
    }
}

/// What a box can be made a clone of: values, slices of them, and text.
///
/// # Examples
///
/// ```
/// use kernel::alloc::CloneBoxed;
///
/// let b: KVBox<str> = "abc".clone_boxed(GFP_KERNEL)?;
/// assert_eq!(&*b, "abc");
/// # Ok::<(), Error>(())
/// ```
pub trait CloneBoxed {
    /// Makes a box of a clone.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory; nothing has been cloned then.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::CloneBoxed;
    ///
    /// let b: KBox<[u8]> = [1, 2, 3][1..].clone_boxed(GFP_KERNEL)?;
    /// assert_eq!(*b, [2, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    fn clone_boxed<A: Allocator>(&self, flags: Flags) -> Result<Box<Self, A>, AllocError>;
}

impl<T: Clone> CloneBoxed for T {
    #[inline]
    fn clone_boxed<A: Allocator>(&self, flags: Flags) -> Result<Box<T, A>, AllocError> {
        Box::new_uninit(flags).map(|room| room.write(self.clone()))
    }
}

impl<T: ?Sized + CloneBoxed, A: Allocator> Box<T, A> {
    /// Makes a box of a clone of what is in this one.
    ///
    /// There is no [`Clone`], which has no way to say that there is no memory.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory; nothing has been cloned then.
    ///
    /// # Examples
    ///
    /// ```
    /// let b = KVBox::new(7, GFP_KERNEL)?;
    /// assert_eq!(Box::try_clone(&b, GFP_KERNEL)?, b);
    ///
    /// let name: KBox<str> = Box::from_str("lo", GFP_KERNEL)?;
    /// assert_eq!(Box::try_clone(&name, GFP_KERNEL)?, name);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn try_clone(this: &Self, flags: Flags) -> Result<Self, AllocError> {
        T::clone_boxed(this, flags)
    }
}

impl<T: ?Sized, A: Allocator> From<Box<T, A>> for Pin<Box<T, A>> {
    /// Pins the value where it is. See [`Box::into_pin`].
    ///
    /// # Examples
    ///
    /// ```
    /// let pinned: Pin<KBox<u8>> = KBox::new(5, GFP_KERNEL)?.into();
    /// assert_eq!(*pinned, 5);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    fn from(b: Box<T, A>) -> Self {
        // SAFETY: The value stays in its block until it is dropped there: a box moves by its
        // pointer, and gives out no way to move the value once it is inside of a `Pin`.
        unsafe { Pin::new_unchecked(b) }
    }
}

/// The value, to be read.
///
/// # Examples
///
/// ```
/// let b = KBox::new([1, 2, 3], GFP_KERNEL)?;
/// // Methods of the value are those of the box.
/// assert_eq!(b.len(), 3);
/// assert_eq!(*b, [1, 2, 3]);
/// # Ok::<(), Error>(())
/// ```
impl<T: ?Sized, A: Allocator> Deref for Box<T, A> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: By the type invariants there is a value, and it is only reached through the box,
        // which is borrowed as long as the value is.
        unsafe { self.0.as_ref() }
    }
}

/// The value, to be changed.
///
/// # Examples
///
/// ```
/// let mut b = KBox::new([1, 2, 3], GFP_KERNEL)?;
/// b.reverse();
/// assert_eq!(*b, [3, 2, 1]);
/// # Ok::<(), Error>(())
/// ```
impl<T: ?Sized, A: Allocator> DerefMut for Box<T, A> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: As in `deref`, and the borrow is an exclusive one.
        unsafe { self.0.as_mut() }
    }
}

/// # Examples
///
/// ```
/// use core::borrow::Borrow;
///
/// fn is_even(n: impl Borrow<u32>) -> bool {
///     *n.borrow() % 2 == 0
/// }
/// assert!(is_even(KBox::new(4, GFP_KERNEL)?));
/// assert!(!is_even(5));
/// # Ok::<(), Error>(())
/// ```
impl<T: ?Sized, A: Allocator> Borrow<T> for Box<T, A> {
    #[inline]
    fn borrow(&self) -> &T {
        self
    }
}

/// # Examples
///
/// ```
/// use core::borrow::BorrowMut;
///
/// let mut b = KBox::new(7u8, GFP_KERNEL)?;
/// let seven: &mut u8 = b.borrow_mut();
/// *seven = 8;
/// assert_eq!(*b, 8);
/// # Ok::<(), Error>(())
/// ```
impl<T: ?Sized, A: Allocator> BorrowMut<T> for Box<T, A> {
    #[inline]
    fn borrow_mut(&mut self) -> &mut T {
        self
    }
}

/// Boxes are equal if their values are, whatever memory these are in.
///
/// # Examples
///
/// ```
/// assert_eq!(KBox::new(7, GFP_KERNEL)?, KVBox::new(7, GFP_KERNEL)?);
/// assert_ne!(KBox::new(7, GFP_KERNEL)?, KBox::new(8, GFP_KERNEL)?);
/// # Ok::<(), Error>(())
/// ```
impl<T, U, A, B> PartialEq<Box<U, B>> for Box<T, A>
where
    T: ?Sized + PartialEq<U>,
    U: ?Sized,
    A: Allocator,
    B: Allocator,
{
    #[inline]
    fn eq(&self, other: &Box<U, B>) -> bool {
        T::eq(self, other)
    }
}

impl<T: ?Sized + Eq, A: Allocator> Eq for Box<T, A> {}

/// Boxes are ordered as their values are.
///
/// # Examples
///
/// ```
/// assert!(KBox::new("a", GFP_KERNEL)? < KBox::new("b", GFP_KERNEL)?);
/// # Ok::<(), Error>(())
/// ```
impl<T, U, A, B> PartialOrd<Box<U, B>> for Box<T, A>
where
    T: ?Sized + PartialOrd<U>,
    U: ?Sized,
    A: Allocator,
    B: Allocator,
{
    #[inline]
    fn partial_cmp(&self, other: &Box<U, B>) -> Option<Ordering> {
        T::partial_cmp(self, other)
    }
}

/// # Examples
///
/// ```
/// let mut boxes = [KBox::new(2, GFP_KERNEL)?, KBox::new(1, GFP_KERNEL)?];
/// boxes.sort_unstable();
/// assert_eq!(*boxes[0], 1);
/// # Ok::<(), Error>(())
/// ```
impl<T: ?Sized + Ord, A: Allocator> Ord for Box<T, A> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        T::cmp(self, other)
    }
}

/// A box is hashed as its value is, which [`Borrow`] demands.
///
/// # Examples
///
/// ```
/// use core::hash::{Hash, Hasher};
///
/// struct Sum(u64);
///
/// impl Hasher for Sum {
///     fn write(&mut self, bytes: &[u8]) {
///         self.0 += bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
///     }
///     fn finish(&self) -> u64 {
///         self.0
///     }
/// }
///
/// let (mut left, mut right) = (Sum(0), Sum(0));
/// KBox::new(7u32, GFP_KERNEL)?.hash(&mut left);
/// 7u32.hash(&mut right);
/// assert_eq!(left.finish(), right.finish());
/// # Ok::<(), Error>(())
/// ```
impl<T: ?Sized + Hash, A: Allocator> Hash for Box<T, A> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        T::hash(self, state)
    }
}

/// # Examples
///
/// ```
/// # #[allow(unused_imports)]
/// use kernel::{fmt, str::CString};
///
/// let b = KBox::new(Some(1), GFP_KERNEL)?;
/// assert_eq!(CString::try_from_fmt(fmt!("{:?}", b))?.to_str(), Ok("Some(1)"));
/// # Ok::<(), Error>(())
/// ```
impl<T: ?Sized + fmt::Debug, A: Allocator> fmt::Debug for Box<T, A> {
    /// Prints the value as if there were no box around it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

/// # Examples
///
/// ```
/// # #[allow(unused_imports)]
/// use kernel::{fmt, str::CString};
///
/// let b = KBox::new(42, GFP_KERNEL)?;
/// assert_eq!(CString::try_from_fmt(fmt!("<{}>", b))?.to_str(), Ok("<42>"));
/// # Ok::<(), Error>(())
/// ```
impl<T: ?Sized + kvcompat::Display, A: Allocator> kvcompat::Display for Box<T, A> {
    /// Prints the value as if there were no box around it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: ?Sized, A: Allocator> Drop for Box<T, A> {
    #[inline]
    fn drop(&mut self) {
        // Once the value is dropped it may not be asked for its size any more.
        let layout = Layout::for_value::<T>(self);

        // SAFETY: By the type invariants there is a value, which nobody can reach after this.
        unsafe { ptr::drop_in_place(self.0.as_ptr()) };
        // SAFETY: By the type invariants the value lay in a block of `A` made for its layout, or
        // has no size. The box is not used again.
        unsafe { release::<A>(self.0.cast(), layout) };
    }
}
