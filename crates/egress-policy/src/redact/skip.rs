//! Searching for several texts at once as Wu and Manber do: a window moves over the bytes, and its last
//! two bytes say how far it can move without missing the begin of a text.

use std::cmp::Reverse;
use std::ops::Range;

use zeroize::Zeroizing;

use super::forms::SecretForm;

/// The table's size. Pairs of bytes share entries, which costs a comparison now and then.
const SIZE: usize = 1 << 12;

/// The texts, and how far the window moves.
pub(super) struct SkipTable {
    /// The longest first: of two that begin at one byte that one is meant.
    forms: Vec<SecretForm>,
    /// Length of the shortest text.
    window: usize,
    steps: Zeroizing<Vec<u8>>,
}

impl SkipTable {
    /// Prepares the search. Returns `None` if there is nothing to search for.
    pub(super) fn new(mut forms: Vec<SecretForm>) -> Option<Self> {
        forms.sort_by_key(|form| Reverse(form.len()));
        let window = forms.last()?.len().min(usize::from(u8::MAX));
        let farthest = u8::try_from(window.checked_sub(1)?).ok()?;
        let mut steps = Zeroizing::new(vec![farthest; SIZE]);
        for form in &forms {
            let head = form.get(..window).unwrap_or_default();
            for (pair, left) in head.windows(2).zip((0..farthest).rev()) {
                if let Some(step) = steps.get_mut(entry(pair)) {
                    *step = left.min(*step);
                }
            }
        }
        Some(Self {
            forms,
            window,
            steps,
        })
    }

    /// Returns the texts.
    pub(super) fn forms(&self) -> &[SecretForm] {
        &self.forms
    }

    /// Returns the length of the longest text.
    pub(super) fn longest(&self) -> usize {
        self.forms.first().map_or(0, |form| form.len())
    }

    /// Reports where the texts stand, none within another.
    pub(super) fn find(&self, bytes: &[u8], mut found: impl FnMut(Range<usize>)) {
        let mut at = 0_usize;
        while let Some(rest) = bytes.get(at..)
            && let Some(window) = rest.get(..self.window)
        {
            let step = window.last_chunk::<2>().map_or(0, |pair| entry(pair));
            let step = match self.steps.get(step) {
                Some(0) => self.here(rest).map_or(1, |length| {
                    found(at..at.saturating_add(length));
                    length
                }),
                step => step.map_or(1, |step| usize::from(*step)),
            };
            at = at.saturating_add(step);
        }
    }

    /// Returns the length of the text that stands at the begin.
    fn here(&self, rest: &[u8]) -> Option<usize> {
        let mut forms = self.forms.iter().filter(|form| rest.starts_with(form));
        forms.next().map(|form| form.len())
    }
}

fn entry(pair: &[u8]) -> usize {
    pair.iter()
        .fold(0, |sum, byte| (sum << 5 ^ usize::from(*byte)) % SIZE)
}
