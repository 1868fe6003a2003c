//! A pseudonym for each word: the same for equal words, never the same for two, and of the same
//! form, so that the irregularities of a text remain. The replacements are drawn at random for each
//! recording.

use std::collections::{HashMap, HashSet};

use super::words;

/// Numbers of so few digits name nothing.
const SHORT: usize = 3;
/// Letters beyond ASCII.
const BEYOND: [char; 12] = ['á', 'â', 'ä', 'å', 'ç', 'é', 'ë', 'ï', 'ñ', 'ö', 'ü', 'ý'];
/// Failed draws after which the words of a form become longer: most of the shorter ones are taken.
const DRAWS: usize = 16;

/// The words seen so far, and their pseudonyms.
#[derive(Debug, Default)]
pub(super) struct Pseudonyms {
    /// The pseudonyms, by the word in lower case.
    known: HashMap<String, String>,
    taken: HashSet<String>,
    /// The additional letters of the pseudonyms of a form, if more than none.
    longer: HashMap<String, usize>,
    random: fastrand::Rng,
}

impl Pseudonyms {
    /// Returns the text with every word replaced except short numbers.
    pub(super) fn replace_text(&mut self, text: &str) -> String {
        self.each_word(text, |_| false)
    }

    /// Returns the text with every word replaced except short numbers and the words of error
    /// messages.
    pub(super) fn replace_prose(&mut self, text: &str) -> String {
        self.each_word(text, words::is_known)
    }

    /// Returns the text with every word replaced except short numbers and those for which `stays`
    /// is true.
    pub(super) fn each_word(&mut self, text: &str, stays: impl Fn(&str) -> bool) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_inside = first.is_alphanumeric();
            let end = rest.find(|c: char| c.is_alphanumeric() != is_inside);
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            let is_short = run.len() <= SHORT && run.bytes().all(|byte| byte.is_ascii_digit());
            if is_inside && !is_short && !stays(run) {
                replaced.push_str(&self.replace_word(run));
            } else {
                replaced.push_str(run);
            }
            rest = after;
        }
        replaced
    }

    /// Returns the pseudonym of a word; words that differ in case alone get pseudonyms that differ
    /// in case alone.
    fn replace_word(&mut self, word: &str) -> String {
        let lower: String = word.chars().flat_map(char::to_lowercase).collect();
        let other = match self.known.get(&lower) {
            Some(other) => other.clone(),
            None => self.draw_pseudonym(&lower),
        };
        self.known.insert(lower, other.clone());
        let mut cases = word.chars();
        let cased = other.chars().map(|letter| match cases.next() {
            Some(like) if like.is_uppercase() => letter.to_uppercase().next().unwrap_or(letter),
            _ => letter,
        });
        cased.collect()
    }

    fn draw_pseudonym(&mut self, lower: &str) -> String {
        let form = pseudonym_form(lower);
        let mut longer = self.longer.get(&form).copied().unwrap_or_default();
        loop {
            for _ in 0..DRAWS {
                let mut other = self.of_form(lower);
                other.extend((0..longer).map(|_| self.random.lowercase()));
                if other != lower && !words::is_known(&other) && self.taken.insert(other.clone()) {
                    return other;
                }
            }
            longer += 1;
            self.longer.insert(form.clone(), longer);
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

/// Returns the form of a word, which is the same for all words that are drawn from the same set:
/// the first digit, and each character as one of its kind.
fn pseudonym_form(lower: &str) -> String {
    let like = |(at, letter): (usize, char)| match letter {
        digit if digit.is_ascii_digit() && at == 0 => digit,
        digit if digit.is_ascii_digit() => '0',
        letter if letter.is_ascii() => 'a',
        _ => 'á',
    };
    lower.chars().enumerate().map(like).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One form each: those of which there are few words are used up.
    #[test]
    fn a_hundred_thousand_words_stay_short_and_distinct() {
        let forms: [fn(u32) -> String; 4] = [
            |n| format!("{:05}", 10_000 + n % 10_000),
            |n| format!("{n:08}"),
            |n| format!("{}{}", ['é', 'ß', '中'][n as usize % 3], n / 3),
            |n| format!("{:x}", n * 7_919),
        ];
        for form in forms {
            let mut names = Pseudonyms::default();
            let words: HashSet<String> = (0..100_000).map(form).collect();
            let replaced: HashSet<String> =
                words.iter().map(|word| names.replace_text(word)).collect();
            assert_eq!(replaced.len(), words.len());
            let longest = words.iter().map(|word| word.chars().count()).max();
            let long = replaced.iter().map(|word| word.chars().count()).max();
            assert!(
                long <= longest.map(|length| length + 5),
                "{long:?}, {longest:?}"
            );
        }
    }
}
