//! The allocator of a component: freed blocks by size, and new ones from the end of the heap.
//!
//! A call makes very many short texts and frees them at its end, and the instance ends with the call.
//! Blocks have no headers, because the caller that frees a block states its size, and are never joined again.

#![expect(unsafe_code, reason = "an allocator hands out memory")]

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(test)]
mod tests;

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr;

/// A free block, which begins with this.
#[derive(Clone, Copy)]
struct FreeBlock {
    next: *mut FreeBlock,
    size: usize,
}

/// Every size is a multiple of it, and every block is aligned to it.
const UNIT: usize = size_of::<FreeBlock>();

/// The number of lists that hold blocks of one size each: 1, 2, 3, … units.
const SMALL_SIZES: usize = 64;

/// The largest block of those lists.
const LARGEST_SMALL: usize = SMALL_SIZES * UNIT;

/// The least free block that new blocks are taken from.
const LEAST_PART: usize = 16_384;

/// The number of blocks of a list that are looked at.
const LOOKED_AT: usize = 8;

/// Extends the heap: returns the first byte after it and its new end, at least so many bytes later.
type HeapGrowth = fn(at_least: usize, is_first: bool) -> Option<(usize, usize)>;

/// The global allocator of a component, which has one thread.
pub struct Heap(UnsafeCell<FreeBlocks>);

// SAFETY: the target has one thread.
unsafe impl Sync for Heap {}

impl Heap {
    /// Returns a heap without memory.
    pub const fn new(extend: HeapGrowth) -> Self {
        Self(UnsafeCell::new(FreeBlocks::new(extend)))
    }

    /// # Safety
    /// The reference ends before the next one is made.
    #[expect(clippy::mut_from_ref, reason = "the target has one thread")]
    unsafe fn blocks(&self) -> &mut FreeBlocks {
        // SAFETY: as the caller assures.
        unsafe { &mut *self.0.get() }
    }
}

// SAFETY: a block is handed out once until it is freed, and is as large and as aligned as asked for.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the reference ends here.
        unsafe { self.blocks().take(rounded(layout.size()), layout.align()) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller assures that the block is of this heap.
        unsafe { self.blocks().give(block, rounded(layout.size())) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let (old, new) = (rounded(layout.size()), rounded(size));
        // SAFETY: the caller assures that the block is of this heap, and both references end here.
        unsafe {
            if self.blocks().resize(block, old, new) {
                return block;
            }
            let larger = self.blocks().take(new, layout.align());
            if !larger.is_null() {
                ptr::copy_nonoverlapping(block, larger, layout.size());
                self.blocks().give(block, old);
            }
            larger
        }
    }
}

fn rounded(size: usize) -> usize {
    size.max(1).next_multiple_of(UNIT)
}

/// The blocks that are free, and the rest of the heap.
struct FreeBlocks {
    /// The first byte that was never handed out.
    rest: usize,
    end: usize,
    small: [*mut FreeBlock; SMALL_SIZES + 1],
    /// By the logarithm of their size.
    large: [*mut FreeBlock; usize::BITS as usize],
    extend: HeapGrowth,
}

/// Returns what leads to a block of a list that is large enough: one of the first.
///
/// # Safety
/// The list has free blocks alone.
unsafe fn link_to(list: &mut *mut FreeBlock, size: usize) -> Option<&mut *mut FreeBlock> {
    let mut link = list;
    for _ in 0..LOOKED_AT {
        // SAFETY: what is in a list begins with this.
        let block = unsafe { link.as_mut() }?;
        if block.size >= size {
            return Some(link);
        }
        link = &mut block.next;
    }
    None
}

impl FreeBlocks {
    const fn new(extend: HeapGrowth) -> Self {
        Self {
            rest: 0,
            end: 0,
            small: [ptr::null_mut(); SMALL_SIZES + 1],
            large: [ptr::null_mut(); usize::BITS as usize],
            extend,
        }
    }

    fn list_of(&mut self, size: usize) -> Option<&mut *mut FreeBlock> {
        if size <= LARGEST_SMALL {
            self.small.get_mut(size / UNIT)
        } else {
            self.large.get_mut(size.ilog2() as usize)
        }
    }

    /// Returns a block, or null if there is no memory.
    unsafe fn take(&mut self, size: usize, align: usize) -> *mut u8 {
        if align <= UNIT && size <= LARGEST_SMALL {
            // SAFETY: blocks in lists are free.
            if let Some(block) = unsafe { self.take_small(size) } {
                return block;
            }
            // What is left is aligned to a unit.
            let start = self.rest;
            if size <= self.end - start {
                self.rest = start + size;
                return ptr::with_exposed_provenance_mut(start);
            }
        }
        let free = if align > UNIT {
            None
        } else if size <= LARGEST_SMALL {
            // SAFETY: blocks in lists are free.
            unsafe { self.take_small(size) }
        } else {
            // SAFETY: as above.
            unsafe { self.take_large(size) }
        };
        free.unwrap_or_else(|| self.take_new(size, align))
    }

    unsafe fn take_small(&mut self, size: usize) -> Option<*mut u8> {
        let list = self.list_of(size)?;
        let block = *list;
        if block.is_null() {
            return None;
        }
        // SAFETY: what is in a list begins with this.
        *list = unsafe { (*block).next };
        Some(block.cast())
    }

    /// Looks at the first blocks of each list that could have one large enough.
    unsafe fn take_large(&mut self, size: usize) -> Option<*mut u8> {
        let mut lists = self.large.iter_mut().skip(size.ilog2() as usize);
        // SAFETY: what is in a list begins with this.
        let link = lists.find_map(|list| unsafe { link_to(list, size) })?;
        let block = *link;
        // SAFETY: as above.
        let FreeBlock { next, size: whole } = unsafe { *block };
        *link = next;
        let block = block.cast::<u8>();
        if whole > size {
            // SAFETY: it is the rest of a free block.
            unsafe { self.give(block.add(size), whole - size) };
        }
        Some(block)
    }

    fn take_new(&mut self, size: usize, align: usize) -> *mut u8 {
        let align = align.max(UNIT);
        let has_rest = self.has_rest(size, align)
            || self.continue_in_large_block(size, align)
            || self.continue_in_small_block(size, align)
            || self.grow(size, align);
        if !has_rest {
            return ptr::null_mut();
        }
        let start = self.rest.next_multiple_of(align);
        self.rest = start + size;
        ptr::with_exposed_provenance_mut(start)
    }

    fn has_rest(&self, size: usize, align: usize) -> bool {
        let start = self.rest.checked_next_multiple_of(align);
        let end = start.and_then(|start| start.checked_add(size));
        end.is_some_and(|end| end <= self.end)
    }

    fn grow(&mut self, size: usize, align: usize) -> bool {
        let Some(bytes) = size.checked_add(align) else {
            return false;
        };
        let Some((start, end)) = (self.extend)(bytes, self.end == 0) else {
            return false;
        };
        if start == self.end {
            self.end = end;
        } else {
            // The part of the heap that follows lies elsewhere.
            self.continue_at(start.next_multiple_of(UNIT), end);
        }
        true
    }

    /// Takes new blocks from a large free one, if there is one: the memory of a list that has grown or
    /// of a body that was read.
    fn continue_in_large_block(&mut self, size: usize, align: usize) -> bool {
        let least = size.saturating_add(align).max(LEAST_PART);
        // SAFETY: blocks in lists are free.
        let Some(block) = (unsafe { self.take_large(least) }) else {
            return false;
        };
        self.continue_at(block.addr(), block.addr() + least);
        true
    }

    /// Takes new blocks from the largest of the small ones that are free: the memory of an item that was
    /// read serves the records that are made of it.
    fn continue_in_small_block(&mut self, size: usize, align: usize) -> bool {
        let units = self.small.iter().rposition(|list| !list.is_null());
        let whole = units.map_or(0, |units| units * UNIT);
        if whole < size.saturating_add(align) {
            return false;
        }
        // SAFETY: blocks in lists are free.
        let Some(block) = (unsafe { self.take_small(whole) }) else {
            return false;
        };
        self.continue_at(block.addr(), block.addr() + whole);
        true
    }

    /// Takes new blocks from here on; what is left of the part before is free.
    fn continue_at(&mut self, start: usize, end: usize) {
        let (rest, left) = (self.rest, self.end - self.rest);
        (self.rest, self.end) = (start, end);
        if left >= UNIT {
            let left = left - left % UNIT;
            // SAFETY: nothing of it was handed out.
            unsafe { self.give(ptr::with_exposed_provenance_mut(rest), left) };
        }
    }

    unsafe fn give(&mut self, block: *mut u8, size: usize) {
        if block.addr() + size == self.rest {
            self.rest = block.addr();
            return;
        }
        let Some(list) = self.list_of(size) else {
            return;
        };
        let free = block.cast::<FreeBlock>();
        // SAFETY: the block is free, aligned and at least a unit long.
        unsafe { free.write(FreeBlock { next: *list, size }) };
        *list = free;
    }

    /// Makes a block another size where it is, if that can be.
    unsafe fn resize(&mut self, block: *mut u8, old: usize, new: usize) -> bool {
        if new < old {
            // SAFETY: the rest of the block is no longer used.
            unsafe { self.give(block.add(new), old - new) };
        }
        if new <= old {
            return true;
        }
        let more = new - old;
        let is_last = |heap: &Self| block.addr() + old == heap.rest;
        if is_last(self) && (self.has_rest(more, UNIT) || self.grow(more, UNIT)) && is_last(self) {
            self.rest += more;
            return true;
        }
        false
    }
}
