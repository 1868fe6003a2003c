//! The heap of a component: the memory after its data.

use super::Heap;
use core::arch::wasm32::{memory_grow, memory_size};

const PAGE: usize = 65_536;

unsafe extern "C" {
    /// The linker's: where the data of the module ends.
    static __heap_base: u8;
}

#[global_allocator]
static HEAP: Heap = Heap::new(extend);

fn extend(at_least: usize, is_first: bool) -> Option<(usize, usize)> {
    let size = memory_size::<0>() * PAGE;
    let base = (&raw const __heap_base).expose_provenance();
    if is_first && size.checked_sub(base)? >= at_least {
        return Some((base, size));
    }
    // A thirty-second more than there is, since each time costs as much as many blocks.
    let pages = at_least.div_ceil(PAGE).max(size / PAGE / 32);
    let before = memory_grow::<0>(pages);
    (before != usize::MAX).then(|| {
        let start = before * PAGE;
        (if is_first { base } else { start }, start + pages * PAGE)
    })
}
