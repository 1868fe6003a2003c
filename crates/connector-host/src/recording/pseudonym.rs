//! Another word for each word: the same for the same, never the same for two, and of the same form, so
//! that what is odd about a text stays odd. Which word becomes which is drawn anew for each recording.

use std::collections::{HashMap, HashSet};

use super::words;

/// Numbers of so few digits name nothing.
const SHORT: usize = 3;
/// Letters beyond ASCII.
const BEYOND: [char; 12] = ['á', 'â', 'ä', 'å', 'ç', 'é', 'ë', 'ï', 'ñ', 'ö', 'ü', 'ý'];
/// Draws after which a word becomes longer, because its form has no more words.
const DRAWS: usize = 200;

/// The words that were met, and what became of them.
#[derive(Debug, Default)]
pub(super) struct Pseudonyms {
    /// By the word in lower case.
    known: HashMap<String, String>,
    taken: HashSet<String>,
    random: fastrand::Rng,
}

impl Pseudonyms {
    /// The text with every word replaced but short numbers.
    pub(super) fn text(&mut self, text: &str) -> String {
        self.each_word(text, |_| false)
    }

    /// The same, keeping words of which errors are made.
    pub(super) fn prose(&mut self, text: &str) -> String {
        self.each_word(text, words::is_known)
    }

    fn each_word(&mut self, text: &str, stays: impl Fn(&str) -> bool) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_inside = first.is_alphanumeric();
            let end = rest.find(|c: char| c.is_alphanumeric() != is_inside);
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            let is_short = run.len() <= SHORT && run.bytes().all(|byte| byte.is_ascii_digit());
            match is_inside && !is_short && !stays(run) {
                true => replaced.push_str(&self.word(run)),
                false => replaced.push_str(run),
            }
            rest = after;
        }
        replaced
    }

    /// Words that differ in case alone become words that differ in case alone.
    fn word(&mut self, word: &str) -> String {
        let lower: String = word.chars().flat_map(char::to_lowercase).collect();
        let other = match self.known.get(&lower) {
            Some(other) => other.clone(),
            None => self.draw(&lower),
        };
        self.known.insert(lower, other.clone());
        let mut cases = word.chars();
        let cased = other.chars().map(|letter| match cases.next() {
            Some(like) if like.is_uppercase() => letter.to_uppercase().next().unwrap_or(letter),
            _ => letter,
        });
        cased.collect()
    }

    fn draw(&mut self, lower: &str) -> String {
        let mut draws = 0;
        loop {
            let mut other = self.of_form(lower);
            for _ in 0..draws / DRAWS {
                other.push(self.random.lowercase());
            }
            draws += 1;
            if other != lower && self.taken.insert(other.clone()) {
                return other;
            }
        }
    }

    /// Digits for digits, letters for letters. A first digit is no larger than the one before, so that
    /// a number fits wherever that one did, and no zero.
    fn of_form(&mut self, lower: &str) -> String {
        let mut other = String::with_capacity(lower.len());
        for (at, letter) in lower.chars().enumerate() {
            let drawn = match letter.to_digit(10) {
                Some(0) if at == 0 => '0',
                Some(first) if at == 0 => {
                    char::from_digit(self.random.u32(1..=first), 10).unwrap_or('1')
                }
                Some(_) => self.random.digit(10),
                None if letter.is_ascii() => self.random.lowercase(),
                None => self.random.choice(BEYOND).unwrap_or('æ'),
            };
            other.push(drawn);
        }
        other
    }
}
