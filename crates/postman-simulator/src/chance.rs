//! Reproducible randomness: streams for generating a team, random draws for the notation of one
//! value.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::collections::BTreeSet;

/// The parts of a team, each drawn from a stream of its own, so that more of one leaves the others as they are.
#[derive(Clone, Copy)]
pub(super) enum TeamPart {
    People = 1,
    Groups = 2,
    Workspaces = 3,
    Collections = 4,
    Keys = 5,
    Scim = 6,
    Team = 7,
    Analytics = 8,
}

/// Random draws that depend on the seed and the part alone.
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    /// Returns the stream of one part of the team of `seed`.
    pub(super) fn new(seed: u64, part: TeamPart) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(part as u64);
        Self(generator)
    }

    /// Returns a number below `bound`; 0 where the bound is 0.
    pub(super) fn draw_below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.0.next_u64() % bound).unwrap_or(0)
    }

    /// As `below`, for ids and times.
    pub(super) fn below_u64(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    /// Returns true once in `times` draws on average.
    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.draw_below(times) == 0
    }

    /// Returns one of the items; none of an empty list.
    pub(super) fn pick_item<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.draw_below(items.len()))
    }

    /// Returns one of the words.
    pub(super) fn pick_word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick_item(words).copied().unwrap_or_default()
    }

    /// Returns at most `count` different items, in ascending order.
    pub(super) fn sample_ids(&mut self, items: &[u64], count: usize) -> Vec<u64> {
        if count >= items.len() {
            return items.to_vec();
        }
        let mut chosen = BTreeSet::new();
        while chosen.len() < count {
            chosen.insert(self.draw_below(items.len()));
        }
        chosen
            .into_iter()
            .filter_map(|at| items.get(at).copied())
            .collect()
    }

    /// Returns a random UUID (version 4), lower case.
    pub(super) fn draw_uuid(&mut self) -> String {
        let (high, low) = (self.0.next_u64(), self.0.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 50),
            low & 0xffff_ffff_ffff
        )
    }

    /// Returns hexadecimal digits, sixteen for each `u64`.
    pub(super) fn draw_hex(&mut self, words: usize) -> String {
        (0..words)
            .map(|_| format!("{:016x}", self.0.next_u64()))
            .collect()
    }
}

/// Random draws for one item: the same item of the same team is always written the same way.
#[derive(Clone, Copy)]
pub(super) struct RandomDraws(u64);

impl RandomDraws {
    /// Returns the draws for the thing that `item` names, such as a list and an id.
    pub(super) fn new(seed: u64, item: &str) -> Self {
        Self(mix_bits(seed ^ text_fingerprint(item)))
    }

    /// Returns the draws for one numbered thing within this item.
    pub(super) fn at_index(self, index: u64) -> Self {
        Self(mix_bits(self.0 ^ index.wrapping_mul(0x2545_f491_4f6c_dd1d)))
    }

    /// Returns a number below `bound` for the aspect `what`.
    pub(super) fn draw_below(self, what: &str, bound: u64) -> u64 {
        mix_bits(self.0 ^ text_fingerprint(what)) % bound.max(1)
    }
}

/// Returns the FNV-1a hash, which unlike the standard library's hasher stays the same in every release.
fn text_fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Returns the finaliser of SplitMix64.
fn mix_bits(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
