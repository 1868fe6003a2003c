//! Memory for a call that ends soon.
//!
//! A page is mostly short texts, which last until the host has read them and then end together.
//! They are cut off blocks, one after the other: no search, no word of the allocator's beside each,
//! and nothing to do for one that ends. All else goes to the standard allocator, which gives it back.
#![allow(
    unsafe_code,
    reason = "an allocator hands out memory that nothing owns yet"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

/// The largest piece that is cut off a block, in bytes.
const SMALL: usize = 128;
/// The strictest alignment of such a piece, in bytes.
const ALIGN: usize = 8;
/// What each block begins with: where the block before it is.
const HEAD: usize = 8;
/// A block with its head, in bytes.
const BLOCK: usize = 32 << 10;

/// Small pieces from blocks, large ones from the standard allocator. For one thread: a component has no other.
#[derive(Debug)]
pub struct Memory {
    block: AtomicPtr<u8>,
    next: AtomicPtr<u8>,
    left: AtomicUsize,
    /// Pieces that were not given back. With the last, all blocks but one end.
    live: AtomicUsize,
}

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: Memory = Memory::new();

/// The layout of a block.
fn block() -> Layout {
    Layout::new::<[u64; BLOCK / ALIGN]>()
}

fn is_small(size: usize, align: usize) -> bool {
    size <= SMALL && align <= ALIGN
}

impl Memory {
    /// Without a block yet.
    pub const fn new() -> Self {
        Self {
            block: AtomicPtr::new(ptr::null_mut()),
            next: AtomicPtr::new(ptr::null_mut()),
            left: AtomicUsize::new(0),
            live: AtomicUsize::new(0),
        }
    }

    /// The next piece of the block; null where it has no room.
    fn cut(&self, size: usize, align: usize) -> *mut u8 {
        let next = self.next.load(Relaxed);
        let padding = next.addr().wrapping_neg() & (align - 1);
        let left = self.left.load(Relaxed);
        if padding + size > left {
            return ptr::null_mut();
        }
        let piece = next.wrapping_add(padding);
        self.next.store(piece.wrapping_add(size), Relaxed);
        self.left.store(left - padding - size, Relaxed);
        piece
    }

    /// Begins another block. False where there is no memory for it.
    #[cold]
    fn begin(&self) -> bool {
        // SAFETY: a block is not of size zero.
        let begun = unsafe { System.alloc(block()) };
        if begun.is_null() {
            return false;
        }
        // SAFETY: a block is aligned for a pointer, and has room for one.
        unsafe { begun.cast::<*mut u8>().write(self.block.load(Relaxed)) };
        self.use_from_start(begun);
        true
    }

    fn use_from_start(&self, block: *mut u8) {
        self.block.store(block, Relaxed);
        self.next.store(block.wrapping_add(HEAD), Relaxed);
        self.left.store(BLOCK - HEAD, Relaxed);
    }

    /// Gives all blocks back but the last, which begins anew.
    #[cold]
    fn begin_anew(&self) {
        let last = self.block.load(Relaxed);
        // SAFETY: each block begins with the one before it, and the first with null; no piece of any is in use.
        unsafe {
            let mut before = last.cast::<*mut u8>().read();
            while !before.is_null() {
                let ended = before;
                before = ended.cast::<*mut u8>().read();
                System.dealloc(ended, block());
            }
            last.cast::<*mut u8>().write(ptr::null_mut());
        }
        self.use_from_start(last);
    }
}

// SAFETY: pieces do not overlap, since `next` only moves back over one that ended, or when none is in
// use; all else is the standard allocator's.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        if !is_small(size, align) {
            // SAFETY: the caller's.
            return unsafe { System.alloc(layout) };
        }
        let mut piece = self.cut(size, align);
        if piece.is_null() && self.begin() {
            piece = self.cut(size, align);
        }
        if !piece.is_null() {
            self.live.store(self.live.load(Relaxed) + 1, Relaxed);
        }
        piece
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        let size = layout.size();
        if !is_small(size, layout.align()) {
            // SAFETY: the caller's.
            return unsafe { System.dealloc(piece, layout) };
        }
        let live = self.live.load(Relaxed) - 1;
        self.live.store(live, Relaxed);
        if live == 0 {
            self.begin_anew();
        } else if piece.wrapping_add(size) == self.next.load(Relaxed) {
            self.next.store(piece, Relaxed);
            self.left.store(self.left.load(Relaxed) + size, Relaxed);
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let align = layout.align();
        if !is_small(layout.size(), align) && !is_small(size, align) {
            // SAFETY: the caller's.
            return unsafe { System.realloc(piece, layout, size) };
        }
        if is_small(layout.size(), align) && size <= layout.size() {
            // What is over is lost until the call ends; it has to be found under its new size.
            return piece;
        }
        // SAFETY: the caller's: size and alignment are those of a layout.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, align));
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(piece, size.min(layout.size()));
                self.dealloc(piece, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn pieces_of_every_size_keep_what_is_written_to_them() {
        let memory = Memory::new();
        let mut pieces = Vec::new();
        for n in 0..20_000_usize {
            let layout = layout(1 + n * 7 % 300, 1 << (n % 5));
            // SAFETY: none is of size zero.
            let piece = unsafe { memory.alloc(layout) };
            assert_eq!(piece.addr() % layout.align(), 0);
            // SAFETY: it is of this size.
            unsafe { piece.write_bytes(n as u8, layout.size()) };
            pieces.push((n, piece, layout));
        }
        for (n, piece, layout) in pieces {
            // SAFETY: it is of this size, was written to, and ends here.
            unsafe {
                let written = std::slice::from_raw_parts(piece, layout.size());
                assert!(written.iter().all(|byte| *byte == n as u8));
                memory.dealloc(piece, layout);
            }
        }
        assert_eq!(memory.live.load(Relaxed), 0);
    }

    #[test]
    fn what_grows_and_shrinks_over_every_edge_keeps_its_beginning() {
        let memory = Memory::new();
        let sizes = [1, 8, 127, 128, 129, 4096, 200, 128, 64, 128, 1];
        let mut now = layout(1, 1);
        // SAFETY: no size is zero, and each layout is the one that was last given.
        unsafe {
            let mut piece = memory.alloc(now);
            piece.write(42);
            for size in sizes {
                piece = memory.realloc(piece, now, size);
                now = layout(size, 1);
                assert_eq!(piece.read(), 42);
            }
            memory.dealloc(piece, now);
        }
    }

    #[test]
    fn blocks_end_with_the_last_piece() {
        let memory = Memory::new();
        let small = layout(SMALL, 1);
        for _ in 0..3 {
            // SAFETY: none is of size zero, and all end under the layout that they had.
            let pieces: Vec<_> = (0..1_000).map(|_| unsafe { memory.alloc(small) }).collect();
            for piece in pieces {
                unsafe { memory.dealloc(piece, small) };
            }
            let last = memory.block.load(Relaxed);
            // SAFETY: each block begins with the one before it.
            assert!(unsafe { last.cast::<*mut u8>().read() }.is_null());
            assert_eq!(memory.left.load(Relaxed), BLOCK - HEAD);
        }
    }
}
