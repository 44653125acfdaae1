// SPDX-License-Identifier: GPL-2.0

//! What each of the three allocators promises.

use super::*;
use core::{alloc::Layout, ptr::NonNull};
use kernel::{alloc::NumaNode, bindings, error::code::EINVAL, pr_info};

fn alloc_any_size_and_alignment() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for size in [1, 2, 7, 8, 24, 96, 100, 192, 1000, 4096, 4097, 12288, 40000] {
            for shift in 0..=12 {
                let layout = Layout::from_size_align(size, 1 << shift)?;
                let block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?;

                check!(block.len() >= size);
                let block = block.cast::<u8>();
                check!(is_aligned(block.as_ptr(), 1 << shift));
                check!(is_aligned(block.as_ptr(), A::MIN_ALIGN));
                // SAFETY: There are `size` bytes, and the block is not used after it is freed.
                unsafe {
                    fill(block, size);
                    let kept = filled(block, size);
                    A::free(block, layout);
                    check!(kept);
                }
            }
        }
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn alloc_of_no_size() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for align in [1, 8, 4096, 65536] {
            let layout = Layout::from_size_align(0, align)?;
            let block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?;

            check!(is_aligned(block.cast::<u8>().as_ptr(), align));
            // SAFETY: A block of no size, whose pointer is not looked at.
            unsafe { A::free(block.cast(), layout) };
        }

        // Size zero frees, and a block of no size is none.
        let (none, some) = (Layout::new::<()>(), Layout::new::<u64>());
        // SAFETY: Each block is passed on with the layout that it was made for.
        unsafe {
            let empty = NonNull::<u8>::dangling();
            let block = A::realloc(Some(empty), some, none, GFP_KERNEL, NumaNode::NO_NODE)?;
            block.cast::<u64>().as_ptr().write(1);
            let freed = A::realloc(
                Some(block.cast()),
                none,
                some,
                GFP_KERNEL,
                NumaNode::NO_NODE,
            );
            check!(freed.is_ok());
        }
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn alloc_honours_gfp_zero() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for size in [8, 100, 4096, 10000, 1 << 17] {
            let layout = Layout::from_size_align(size, 1)?;

            // Leave dirty memory for the next round to find.
            for _ in 0..4 {
                let dirty = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?;
                // SAFETY: There are `size` bytes, given up afterwards.
                unsafe {
                    fill(dirty.cast(), size);
                    A::free(dirty.cast(), layout);
                }

                let block = A::alloc(layout, GFP_KERNEL | __GFP_ZERO, NumaNode::NO_NODE)?;
                let block = block.cast::<u8>();
                // SAFETY: There are `size` bytes, given up afterwards.
                unsafe {
                    let clean = (0..size).all(|i| block.as_ptr().add(i).read() == 0);
                    fill(block, size);
                    A::free(block, layout);
                    check!(clean);
                }
            }
        }
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn realloc_zeroes_what_is_gained() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let flags = GFP_KERNEL | __GFP_ZERO;
        let sizes = [
            24,
            40,
            64,
            100,
            1000,
            3000,
            4096,
            5000,
            9000,
            20000,
            1 << 17,
            1 << 20,
        ];
        let mut layout = Layout::from_size_align(sizes[0], 8)?;
        let mut block = A::alloc(layout, flags, NumaNode::NO_NODE)?.cast::<u8>();

        for size in sizes {
            let bigger = Layout::from_size_align(size, 8)?;
            // SAFETY: The block was made for `layout`, and is replaced by the new one. Each read
            // and write is within it.
            unsafe {
                fill(block, layout.size());
                let new = A::realloc(Some(block), bigger, layout, flags, NumaNode::NO_NODE)?;
                block = new.cast();
                check!(filled(block, layout.size()));
                check!((layout.size()..size).all(|i| block.as_ptr().add(i).read() == 0));
            }
            layout = bigger;
        }
        // SAFETY: As it was last reallocated.
        unsafe { A::free(block, layout) };
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn realloc_keeps_contents() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let sizes = [
            16,
            4000,
            100,
            4096,
            4097,
            5000,
            60,
            8192,
            70000,
            300,
            300_000,
            299_999,
            4095,
            1 << 20,
            1,
        ];
        let mut layout = Layout::from_size_align(1, 1)?;
        let mut block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

        for size in sizes {
            let next = Layout::from_size_align(size, 1)?;
            // SAFETY: The block was made for `layout`, and is replaced by the new one. Each read
            // and write is within it.
            unsafe {
                fill(block, layout.size());
                let new = A::realloc(Some(block), next, layout, GFP_KERNEL, NumaNode::NO_NODE)?;
                block = new.cast();
                check!(filled(block, layout.size().min(size)));
            }
            layout = next;
        }
        // SAFETY: As it was last reallocated.
        unsafe { A::free(block, layout) };
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn realloc_failing_leaves_the_block() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for size in [50, 4096, 100_000] {
            let layout = Layout::from_size_align(size, 1)?;
            let huge = Layout::from_size_align(NOT_VMALLOC, 1)?;
            let block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

            // SAFETY: The block is of `size` bytes throughout.
            unsafe {
                fill(block, size);
                let grown = A::realloc(Some(block), huge, layout, quiet(), NumaNode::NO_NODE);
                let kept = filled(block, size);
                A::free(block, layout);
                check!(grown.is_err());
                check!(kept);
            }
        }
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn alloc_fails_where_it_must() -> Verdict {
    let huge = Layout::from_size_align(NOT_VMALLOC, 1)?;
    let not_slab = Layout::from_size_align(NOT_SLAB, 1)?;
    let mistake = Layout::from_size_align(i32::MAX as usize + 1, 1)?;

    check!(Kmalloc::alloc(huge, quiet(), NumaNode::NO_NODE).is_err());
    check!(Vmalloc::alloc(huge, quiet(), NumaNode::NO_NODE).is_err());
    check!(KVmalloc::alloc(huge, quiet(), NumaNode::NO_NODE).is_err());

    check!(Kmalloc::alloc(not_slab, quiet(), NumaNode::NO_NODE).is_err());
    check!(KVmalloc::alloc(mistake, quiet(), NumaNode::NO_NODE).is_err());

    let block = KVmalloc::alloc(not_slab, GFP_KERNEL, NumaNode::NO_NODE)?.cast();
    check_eq!(KVmalloc::backing(block), Backing::Vmalloc);
    // SAFETY: It was made for this layout.
    unsafe { KVmalloc::free(block, not_slab) };
    Ok(())
}

fn shrink_keeps_contents_and_gives_back() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for (large, small) in [(100, 20), (4096, 64), (1 << 17, 5000), (1 << 20, 1 << 18)] {
            let old = Layout::from_size_align(large, 1)?;
            let new = Layout::from_size_align(small, 1)?;
            let block = A::alloc(old, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

            // SAFETY: The block was made for `old` and is then one for `new`.
            unsafe {
                fill(block, large);
                let before = footprint(block.as_ptr());
                let block = A::shrink(block, new, old, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();
                let after = footprint(block.as_ptr());
                let kept = filled(block, small);
                A::free(block, new);

                check!(kept);
                check!(before >= large);
                check!(after >= small);
                // An area of one page cannot have fewer.
                check!(after < before || before <= A::MIN_ALIGN);
            }
        }
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn nodes() -> Verdict {
    check_eq!(NumaNode::new(-1), Err(EINVAL));
    check_eq!(NumaNode::new(bindings::MAX_NUMNODES as i32), Err(EINVAL));
    check_eq!(NumaNode::new(i32::MIN), Err(EINVAL));
    check!(NumaNode::new(0).is_ok());
    Ok(())
}

fn memory_of_the_node_asked_for() -> Verdict {
    fn test<A: Allocator>(sizes: &[usize]) -> Verdict {
        on_each_node(|nid, node| {
            for size in sizes {
                let layout = Layout::from_size_align(*size, 1)?;
                let block = A::alloc(layout, GFP_KERNEL, nid)?.cast::<u8>();
                // SAFETY: There are `size` bytes.
                let there = unsafe { lies_on(block, *size, node) };

                // It has to move to grow this much; where to is up to the new wish.
                let larger = Layout::from_size_align(4 * size, 1)?;
                // SAFETY: The block is one for `layout`, and replaced if it moves.
                let grown = unsafe { A::realloc(Some(block), larger, layout, GFP_KERNEL, nid) };
                let (block, layout) = match grown {
                    Ok(grown) => (grown.cast(), larger),
                    Err(_) => (block, layout),
                };
                // SAFETY: There are as many bytes as the layout has, given up afterwards.
                let still_there = unsafe {
                    let still_there = lies_on(block, layout.size(), node);
                    A::free(block, layout);
                    still_there
                };

                check!(there);
                check!(grown.is_ok());
                check!(still_there);
            }
            Ok(())
        })
    }

    let nodes = nodes_with_memory().count();
    check!(nodes > 0);
    if nodes == 1 {
        pr_info!("one node only: that memory is on it says nothing (boot with numa=fake=2)\n");
    }
    // Preferences, which an idle machine with free memory on all nodes can meet.
    test::<Kmalloc>(&[10, 1000, PAGE_SIZE, 5 * PAGE_SIZE])?;
    test::<Vmalloc>(&[10, 5 * PAGE_SIZE])?;
    test::<KVmalloc>(&[10, 1000, PAGE_SIZE, 5 * PAGE_SIZE, NOT_SLAB])
}

fn padded_layouts() -> Verdict {
    for (size, align, padded) in [
        (1, 64, 64),
        (64, 64, 64),
        (65, 64, 128),
        (0, 16, 0),
        (24, 8, 24),
    ] {
        let layout = Layout::from_size_align(size, align)?;

        check_eq!(Kmalloc::aligned_layout(layout).size(), padded);
        check_eq!(Kmalloc::aligned_layout(layout).align(), align);
        check_eq!(
            KVmalloc::aligned_layout(layout),
            Kmalloc::aligned_layout(layout)
        );
    }
    Ok(())
}

suite! {
    /// What each of the three allocators promises.
    kvmalloc_rust_alloc_cases:
    alloc_any_size_and_alignment,
    alloc_of_no_size,
    alloc_honours_gfp_zero,
    alloc_fails_where_it_must,
    realloc_zeroes_what_is_gained,
    realloc_keeps_contents,
    realloc_failing_leaves_the_block,
    shrink_keeps_contents_and_gives_back,
    nodes,
    memory_of_the_node_asked_for,
    padded_layouts,
}
