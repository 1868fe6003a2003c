//! The memory of the process.

/// Lets threads share heaps, one for two processors. glibc gives almost each thread a heap of its own, and keeps what
/// a thread has freed for that thread alone.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a call of the C library")]
pub(super) fn share_heaps() {
    let heaps = connector_runtime::processors().div_ceil(2);
    let heaps = heaps.try_into().unwrap_or(libc::c_int::MAX);
    // SAFETY: it takes two numbers and may be called at any time.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, heaps) };
}

/// Does nothing: other allocators have no such heaps.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn share_heaps() {}
