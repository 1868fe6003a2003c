//! Tests of the blocks of a heap, with memory that is lent part by part.

use super::*;

/// Lends memory that is never given back: part after part, each somewhere else.
fn extend(at_least: usize, _is_first: bool) -> Option<(usize, usize)> {
    let part = vec![0_u128; at_least.div_ceil(16) + 64].leak();
    let start = part.as_mut_ptr().expose_provenance();
    (at_least < 1 << 30).then_some((start, start + size_of_val(part)))
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

/// Draws the same numbers again and again.
fn draws(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % below
    }
}

#[test]
fn blocks_never_overlap_and_keep_what_is_in_them() {
    let heap = Heap::new(extend);
    let mut draw = draws(7);
    let mut blocks: Vec<(*mut u8, Layout, u8)> = Vec::new();
    for n in 0..20_000_usize {
        let size = [draw(40), draw(600), draw(9_000)][draw(3)] + 1;
        let mark = u8::try_from(n % 251).unwrap();
        match draw(3) {
            0 if !blocks.is_empty() => {
                let (block, of, mark) = blocks.swap_remove(draw(blocks.len()));
                // SAFETY: the block is allocated, with this layout.
                unsafe {
                    let bytes = std::slice::from_raw_parts(block, of.size());
                    assert!(bytes.iter().all(|byte| *byte == mark));
                    heap.dealloc(block, of);
                }
            }
            1 if !blocks.is_empty() => {
                let (block, of, mark) = blocks.swap_remove(draw(blocks.len()));
                // SAFETY: the block is allocated, with this layout.
                unsafe {
                    let block = heap.realloc(block, of, size);
                    let bytes = std::slice::from_raw_parts(block, of.size().min(size));
                    assert!(bytes.iter().all(|byte| *byte == mark));
                    ptr::write_bytes(block, mark, size);
                    blocks.push((block, layout(size, of.align()), mark));
                }
            }
            _ => {
                let of = layout(size, [1, 4, 8, 32][draw(4)]);
                // SAFETY: the block is as large as the layout says.
                unsafe {
                    let block = heap.alloc(of);
                    assert!(block.addr().is_multiple_of(of.align()));
                    ptr::write_bytes(block, mark, size);
                    blocks.push((block, of, mark));
                }
            }
        }
    }
}

#[test]
fn a_freed_block_is_handed_out_again() {
    let heap = Heap::new(extend);
    for size in [1, 24, LARGEST_SMALL, LARGEST_SMALL + 1, 100_000] {
        let of = layout(size, 1);
        // SAFETY: each block is freed with its layout.
        unsafe {
            let (first, last) = (heap.alloc(of), heap.alloc(of));
            heap.dealloc(first, of);
            assert_eq!(heap.alloc(of), first, "{size}");
            heap.dealloc(last, of);
            assert_eq!(heap.alloc(of), last, "{size}");
        }
    }
}

#[test]
fn the_last_block_grows_where_it_is() {
    let heap = Heap::new(extend);
    // SAFETY: the block is resized with its layout.
    unsafe {
        let block = heap.alloc(layout(24, 8));
        assert_eq!(heap.realloc(block, layout(24, 8), 480), block);
        assert_eq!(heap.realloc(block, layout(480, 8), 40), block);
    }
}

#[test]
fn a_large_block_that_is_free_serves_small_ones() {
    let heap = Heap::new(extend);
    let (large, small) = (layout(1 << 20, 8), layout(24, 8));
    // SAFETY: the large block is freed with its layout.
    unsafe {
        let block = heap.alloc(large);
        heap.alloc(small);
        heap.dealloc(block, large);
        let freed = block.addr()..block.addr() + large.size();
        let mut blocks = (0..1_000).map(|_| heap.alloc(small).addr());
        assert!(blocks.any(|block| freed.contains(&block)));
        let mut last = (0..1_000).map(|_| heap.alloc(small).addr());
        assert!(last.all(|block| freed.contains(&block)));
    }
}

#[test]
fn small_blocks_that_are_free_serve_smaller_ones() {
    let heap = Heap::new(extend);
    let (small, smaller) = (layout(256, 8), layout(24, 8));
    // SAFETY: each block is freed once, with its layout.
    unsafe {
        let blocks: Vec<_> = (0..100).map(|_| heap.alloc(small)).collect();
        heap.alloc(smaller);
        blocks.iter().for_each(|block| heap.dealloc(*block, small));
        let is_freed = |taken: usize| {
            let mut starts = blocks.iter().map(|block| block.addr());
            starts.any(|start| (start..start + small.size()).contains(&taken))
        };
        let taken = (0..300).map(|_| heap.alloc(smaller).addr());
        assert!(taken.filter(|block| is_freed(*block)).count() > 200);
    }
}

#[test]
fn no_block_is_made_where_there_is_no_memory() {
    let heap = Heap::new(extend);
    // SAFETY: no block is made.
    unsafe {
        assert!(heap.alloc(layout(1 << 30, 8)).is_null());
        assert!(!heap.alloc(layout(1 << 10, 8)).is_null());
    }
}
