// SPDX-License-Identifier: GPL-2.0

//! Memory on the node that was asked for, at first and when it grows.

use super::*;
use core::{mem::forget, ptr};
use kernel::{
    alloc::NumaNode,
    bindings::MAX_NUMNODES,
    ffi::c_int, //
};

fn nodes_that_cannot_exist_are_refused() -> Verdict {
    let mut possible = 0;

    for node in -2..=MAX_NUMNODES as c_int + 1 {
        let nid = NumaNode::new(node);

        check_eq!(nid.is_ok(), is_possible_node(node));
        let Ok(nid) = nid else {
            continue;
        };
        possible += 1;
        // An object, a page-sized block and an area: the node may have no memory, or be offline.
        check_eq!(*KBox::new_node(1u8, GFP_KERNEL, nid)?, 1);
        check_eq!(
            KVBox::<[u8; 4 * PAGE_SIZE]>::zeroed_node(GFP_KERNEL, nid)?[0],
            0
        );
        check_eq!(*VBox::new_node(1u8, GFP_KERNEL, nid)?, 1);
    }
    check!(possible > 0);
    check!(NumaNode::new(c_int::MAX).is_err() && NumaNode::new(c_int::MIN).is_err());
    Ok(())
}

fn box_on_its_node() -> Verdict {
    fn test<A: Allocator>(nid: NumaNode, node: c_int) -> Verdict {
        let b = Box::<_, A>::new_node(7u64, GFP_KERNEL, nid)?;
        check!(is_on(&*b, node) && *b == 7);

        let b = Box::<[u8; 5 * PAGE_SIZE], A>::zeroed_node(GFP_KERNEL | __GFP_THISNODE, nid)?;
        check!(is_on(&*b, node) && b.iter().all(|byte| *byte == 0));

        let room = Box::<[u8; 100], A>::new_uninit_node(GFP_KERNEL, nid)?;
        check!(is_on(&*room.write([1; 100]), node));
        Ok(())
    }
    on_each_node(test::<Kmalloc>)?;
    on_each_node(test::<Vmalloc>)?;
    on_each_node(test::<KVmalloc>)?;
    on_each_node(|nid, node| {
        let b = KVBox::<[u8; NOT_SLAB]>::zeroed_node(GFP_KERNEL, nid)?;

        check_eq!(KVBox::backing(&b), Some(Backing::Vmalloc));
        check!(is_on(&*b, node));
        Ok(())
    })
}

fn vec_on_its_node() -> Verdict {
    fn test<A: Allocator>(nid: NumaNode, node: c_int) -> Verdict {
        let mut v = Vec::<u64, A>::with_capacity_node(10, GFP_KERNEL, nid)?;
        check_eq!((v.len(), v.capacity()), (0, 10));
        let at = v.as_ptr();
        v.extend_with(10, 1, GFP_KERNEL)?;
        check!(ptr::eq(at, v.as_ptr()) && is_on(&v[..], node));

        // It stays there as long as it is told to.
        while v.len() < 5 * PAGE_SIZE / 8 {
            v.reserve_node(1, GFP_KERNEL | __GFP_THISNODE, nid)?;
            v.push_within_capacity(v.len() as u64)?;
        }
        check!(is_on(&v[..], node));
        check!(v[..10].iter().all(|n| *n == 1) && v[10..].iter().copied().eq(10..v.len() as u64));
        Ok(())
    }
    on_each_node(test::<Kmalloc>)?;
    on_each_node(test::<Vmalloc>)?;
    on_each_node(test::<KVmalloc>)?;
    on_each_node(|nid, node| {
        let mut v = KVVec::with_capacity_node(NOT_SLAB, GFP_KERNEL, nid)?;

        v.extend_with(NOT_SLAB, 1u8, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Vmalloc));
        check!(is_on(&v[..], node));
        Ok(())
    })
}

fn vec_moved_to_a_node() -> Verdict {
    on_each_node(|nid, node| {
        let mut v = KVVec::from_elem(3u8, PAGE_SIZE, GFP_KERNEL)?;

        // Wherever that was: room for more is an occasion to move.
        v.reserve_node(PAGE_SIZE, GFP_KERNEL | __GFP_THISNODE, nid)?;
        v.extend_with(PAGE_SIZE, 4, GFP_KERNEL)?;
        check!(is_on(&v[..], node));
        check!(v[..PAGE_SIZE].iter().all(|n| *n == 3));
        Ok(())
    })
}

fn reserve_keeps_to_a_growth_limit() -> Verdict {
    let mut v = KVVec::<u8>::with_growth_limit(100 * PAGE_SIZE, GFP_KERNEL)?;
    v.reserve_exact(60 * PAGE_SIZE, GFP_KERNEL)?;
    v.resize(60 * PAGE_SIZE, 1, GFP_KERNEL)?;

    // Twice as much would be more than the limit.
    let at = v.as_ptr();
    v.reserve_node(1, GFP_KERNEL, NumaNode::NO_NODE)?;
    check!(ptr::eq(at, v.as_ptr()) || !cfg!(CONFIG_64BIT));
    check!(v.capacity() > 60 * PAGE_SIZE && v.iter().all(|n| *n == 1));
    Ok(())
}

fn reserve_on_a_node_that_fails() -> Verdict {
    let ledger = Ledger::new();

    with_ever_more_memory(1..20, || {
        let made = Vec::<_, Audited>::with_capacity_node(2, GFP_KERNEL, NumaNode::NO_NODE);
        let Ok(mut v) = made else {
            return Ok(false);
        };
        for token in ledger.stream(2) {
            v.push_within_capacity(token)?;
        }
        let (at, number) = (v.as_ptr(), v[1].id);
        let grown = v.reserve_node(1, GFP_KERNEL, NumaNode::NO_NODE);

        check!(grown.is_ok() || (ptr::eq(at, v.as_ptr()) && v.capacity() == 2));
        check!(grown.is_err() || v.capacity() == 4);
        check!(v.len() == 2 && v[1].id == number);
        drop(v);
        check_eq!(ledger.alive(), 0);
        Ok(grown.is_ok())
    })?;

    Audited::begin(0);
    let mut v = Vec::<Nothing, Audited>::with_capacity_node(9, GFP_KERNEL, NumaNode::NO_NODE)?;
    v.reserve_node(usize::MAX, GFP_KERNEL, NumaNode::NO_NODE)?;
    nothings_dropped();
    v.push_within_capacity(Nothing)?;
    check!(v
        .reserve_node(usize::MAX, GFP_KERNEL, NumaNode::NO_NODE)
        .is_err());
    drop(v);
    check_eq!(nothings_dropped(), 1);
    let b = Box::<_, Audited>::new_node(Nothing, GFP_KERNEL, NumaNode::NO_NODE)?;
    forget(b);
    check!(KVVec::<u64>::with_capacity_node(usize::MAX, GFP_KERNEL, NumaNode::NO_NODE).is_err());
    check_eq!(Audited::requests(), 0);
    Audited::settle()
}

suite! {
    /// Memory is on the node that was asked for, at first and when it grows.
    kvmalloc_rust_node_cases:
    nodes_that_cannot_exist_are_refused,
    box_on_its_node,
    vec_on_its_node,
    vec_moved_to_a_node,
    reserve_keeps_to_a_growth_limit,
    reserve_on_a_node_that_fails,
}
