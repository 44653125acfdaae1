// SPDX-License-Identifier: GPL-2.0

//! Memory: its sizes, what is in it, and where it lies.

use super::*;
use core::{mem::size_of_val, ptr::NonNull};
use kernel::{
    alloc::{Flags, NumaNode},
    bindings,
    ffi::{c_int, c_void},
};

/// More than any slab has.
pub(crate) const NOT_SLAB: usize = bindings::KMALLOC_MAX_SIZE as usize + 1;

/// More than vmalloc() has, on any machine, and more than kvmalloc() takes for no mistake.
pub(crate) const NOT_VMALLOC: usize = 1 << 46;

/// A value that is no slab's. No stack has room for it either.
pub(crate) type Large = [u8; NOT_SLAB];

/// Flags for what is meant to fail.
pub(crate) fn quiet() -> Flags {
    GFP_KERNEL | __GFP_NOWARN
}

pub(crate) fn is_aligned<T: ?Sized>(p: *const T, align: usize) -> bool {
    (p.cast::<u8>() as usize) % align == 0
}

// ---- What is in it ----

/// What the byte at `at` is where it matters which is which.
pub(crate) fn pattern(at: usize) -> u8 {
    (at % 251) as u8
}

pub(crate) fn patterned<A: Allocator>(len: usize) -> Result<Vec<u8, A>, Failed> {
    let mut v = Vec::with_capacity(len, GFP_KERNEL)?;

    for at in 0..len {
        v.push_within_capacity(pattern(at))?;
    }
    Ok(v)
}

pub(crate) fn is_patterned(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, b)| *b == pattern(at))
}

/// Fills a block with the pattern, inverted, as that has no zero.
///
/// # Safety
///
/// There are `len` bytes at `block`.
pub(crate) unsafe fn fill(block: NonNull<u8>, len: usize) {
    for i in 0..len {
        // SAFETY: The caller says so.
        unsafe { block.as_ptr().add(i).write(!pattern(i)) };
    }
}

/// Whether a block is filled.
///
/// # Safety
///
/// There are `len` bytes at `block`, which have been written.
pub(crate) unsafe fn filled(block: NonNull<u8>, len: usize) -> bool {
    // SAFETY: The caller says so.
    (0..len).all(|i| unsafe { block.as_ptr().add(i).read() } == !pattern(i))
}

// ---- Where it lies ----

extern "C" {
    /// The first node with memory above `after`, which may be -1, or one below 0.
    fn rust_kunit_next_node(after: c_int) -> c_int;

    /// Whether a number is in the set of possible nodes.
    fn rust_kunit_is_possible_node(node: c_int) -> bool;

    /// Lets all allocations of this task fail, or as usual again.
    fn rust_kunit_deny_memory(deny: bool);

    /// The node of the page at an address in a live block.
    fn rust_kunit_node_of(address: *const c_void) -> c_int;

    /// Whether there is a vmalloc area at the address.
    fn rust_kunit_is_area(mem: *const c_void) -> bool;

    /// Waits until all is freed that is to be after a grace period.
    fn rust_kunit_rcu_barrier();
}

/// The nodes with memory.
pub(crate) fn nodes_with_memory() -> impl Iterator<Item = c_int> {
    let next = |after| {
        // SAFETY: Any number will do.
        let node = unsafe { rust_kunit_next_node(after) };

        (node >= 0).then_some(node)
    };

    core::iter::successors(next(-1), move |node| next(*node))
}

/// Whether the kernel may have a node of that number.
pub(crate) fn is_possible_node(node: c_int) -> bool {
    // SAFETY: The function takes any number.
    unsafe { rust_kunit_is_possible_node(node) }
}

/// Runs `f` while all of slab and of the page allocator's memory is denied to this task.
pub(crate) fn without_memory(f: impl FnOnce()) {
    // SAFETY: KUnit knows of this test.
    unsafe { rust_kunit_deny_memory(true) };
    f();
    // SAFETY: As above.
    unsafe { rust_kunit_deny_memory(false) };
}

/// Calls a test with each node that has memory, more than once: were the wish ignored, chance, the
/// last node or that of the running CPU might be what is asked for.
pub(crate) fn on_each_node(test: impl Fn(NumaNode, c_int) -> Verdict) -> Verdict {
    for _ in 0..3 {
        for node in nodes_with_memory() {
            test(NumaNode::new(node)?, node)?;
        }
    }
    Ok(())
}

/// Whether all pages of a block are on the node.
///
/// # Safety
///
/// There are `len` bytes at `block`.
pub(crate) unsafe fn lies_on(block: NonNull<u8>, len: usize, node: c_int) -> bool {
    (0..len).step_by(PAGE_SIZE).all(|i| {
        // SAFETY: The caller says that this byte is there.
        node == unsafe { rust_kunit_node_of(block.as_ptr().wrapping_add(i).cast()) }
    })
}

/// Whether all of a value's pages are on the node. The value is in a block.
pub(crate) fn is_on<T: ?Sized>(value: &T, node: c_int) -> bool {
    // SAFETY: A value has as many bytes as its size.
    unsafe { lies_on(NonNull::from(value).cast(), size_of_val(value), node) }
}

/// Whether there is a vmalloc area at an address.
pub(crate) fn is_area<T: ?Sized>(mem: *const T) -> bool {
    // SAFETY: The address is looked up, not followed.
    unsafe { rust_kunit_is_area(mem.cast()) }
}

/// Waits until all is freed that is to be after a grace period.
pub(crate) fn rcu_barrier() {
    // SAFETY: Tests may sleep.
    unsafe { rust_kunit_rcu_barrier() }
}

/// The memory that a block takes, in bytes. For the start of a live block only.
pub(crate) fn footprint(at: *const u8) -> usize {
    // SAFETY: As said above.
    unsafe { bindings::kvmalloc_footprint(at.cast()) }
}
