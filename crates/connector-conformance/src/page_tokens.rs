//! A page token continues the list that gave it, and no other.

use super::bench::{CompletedCall, ConformanceRun, is_refused};
use super::{Check, ConformanceReport, ContractCall};

const SMALL: Check = Check {
    name: "page-tokens-are-small",
    rule: "A page token has at most 2,048 bytes, and needs no quoting: letters, digits, - . _ ~.",
};
const ALTERED: Check = Check {
    name: "altered-page-tokens-are-refused",
    rule: "A page token of which one character was changed, added or taken away is invalid-argument, without a request.",
};
const FOREIGN: Check = Check {
    name: "page-tokens-are-bound",
    rule: "A page token of one list is refused by every other: another type, another parent, another call.",
};

pub(super) const CHECKS: [Check; 3] = [SMALL, ALTERED, FOREIGN];

/// Page tokens that are altered and given to others, at most: the work grows with their length.
const MOST: usize = 3;

/// Tries every page token that was given out.
pub(super) async fn check_page_tokens(
    bench: &ConformanceRun<'_>,
    walked: &[CompletedCall],
    verdict: &mut ConformanceReport,
) {
    let given: Vec<(&ContractCall, &str)> = walked
        .iter()
        .filter_map(|made| {
            let page = made.result.as_ref().ok()?.page()?;
            Some((&made.call, page.next_page_token.as_deref()?))
        })
        .collect();
    let large = given.iter().filter(|(_, page_token)| !is_small(page_token));
    let large =
        large.map(|(call, page_token)| format!("{}: {} bytes", call.name(), page_token.len()));
    verdict.add(SMALL, given.len(), large.collect());
    let mut tried = 0;
    let mut taken = Vec::new();
    for (call, page_token) in given.iter().take(MOST) {
        for altered in altered_tokens(page_token) {
            tried += 1;
            let made = bench.make_call(&call.with_page_token(&altered), None).await;
            if !is_refused(&made) {
                taken.push(format!("{} took {altered}", call.name()));
            }
        }
    }
    verdict.add(ALTERED, tried, taken);
    check_elsewhere(bench, walked, &given, verdict).await;
    let tried = given.len().min(MOST);
    let left = given.len() - tried;
    verdict.left_out(
        "page tokens that are altered or given to other lists",
        tried,
        left,
        &[ALTERED, FOREIGN],
    );
}

fn is_small(page_token: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !page_token.is_empty() && page_token.len() <= 2_048 && page_token.bytes().all(plain)
}

/// Returns the page token with each character changed, with one more, and with one less.
fn altered_tokens(page_token: &str) -> Vec<String> {
    let letters: Vec<char> = page_token.chars().collect();
    let mut all: Vec<String> = (0..letters.len())
        .map(|at| {
            let other = |letter: char| if letter == 'A' { 'B' } else { 'A' };
            let changed = letters.iter().enumerate();
            changed
                .map(|(n, letter)| if n == at { other(*letter) } else { *letter })
                .collect()
        })
        .collect();
    all.push(format!("{page_token}A"));
    all.extend(
        page_token
            .get(..page_token.len().saturating_sub(1))
            .map(str::to_owned),
    );
    all
}

/// Gives each page token to each other kind of call.
async fn check_elsewhere(
    bench: &ConformanceRun<'_>,
    walked: &[CompletedCall],
    given: &[(&ContractCall, &str)],
    verdict: &mut ConformanceReport,
) {
    let mut tried = 0;
    let mut taken = Vec::new();
    for (call, page_token) in given.iter().take(MOST) {
        for other in walked.iter().map(|made| &made.call) {
            let takes_page_tokens = matches!(
                other,
                ContractCall::Resources(..) | ContractCall::Grants(..)
            );
            let with = other.with_page_token(page_token);
            if !takes_page_tokens || with == call.with_page_token(page_token) {
                continue;
            }
            tried += 1;
            let made = bench.make_call(&with, None).await;
            if !is_refused(&made) {
                taken.push(format!(
                    "{} took a page token of {}",
                    other.name(),
                    call.name()
                ));
            }
        }
    }
    verdict.add(FOREIGN, tried, taken);
}
