//! The properties, on what chance makes; and broken readers, each of which its property must find.

mod chance;
mod planted;

use crate::properties::calls::{CALLS, LISTS, body, item};
use crate::properties::cursors::{OWN, TextChange};
use crate::properties::{cursors, headers, pages};
use chance::{header_pairs, json};
use connector_sdk::page_token::TokenScope;
use http::{HeaderName, HeaderValue};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

/// A twentieth where nothing is optimised, as where mutants are tried.
fn often(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(debug_assertions) {
            cases / 20
        } else {
            cases
        },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn check(verdict: super::Verdict) -> Result<(), TestCaseError> {
    verdict.map_err(TestCaseError::fail)
}

/// Good items of a call, each of its own number.
fn good(call: &super::calls::TestedCall, numbers: &[u16]) -> Vec<Value> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.iter().map(|number| item(call, *number)).collect()
}

/// Those calls whose items are objects.
const OBJECTS: usize = LISTS - 1;

proptest! {
    #![proptest_config(often(3_000))]

    #[test]
    fn any_json_gives_a_page_that_keeps_the_contract(which in 0..CALLS.len(), body in json()) {
        check(pages::any_body(&pages::read, &CALLS[which], body.to_string().as_bytes()))?;
    }

    #[test]
    fn any_json_among_good_items_gives_such_a_page(which in 0..LISTS, numbers in vec(0..90_u16, 0..6), odd in vec(json(), 1..4)) {
        let call = &CALLS[which];
        let items = [good(call, &numbers), odd].concat();
        check(pages::any_body(&pages::read, call, body(call, &items).to_string().as_bytes()))?;
    }

    #[test]
    fn any_json_in_a_good_body_gives_such_a_page(
        which in 0..CALLS.len(),
        numbers in vec(0..90_u16, 1..4),
        odd in vec((any::<usize>(), json()), 1..4),
    ) {
        let call = &CALLS[which];
        let mut body = body(call, &good(call, &numbers));
        for (at, value) in odd {
            let places = pages::places(&body);
            *body.pointer_mut(&places[at % places.len()]).unwrap() = value;
        }
        check(pages::any_body(&pages::read, call, body.to_string().as_bytes()))?;
    }

    #[test]
    fn damaged_items_are_lost_alone_and_aloud(
        which in 0..LISTS,
        numbers in vec(0..90_u16, 0..8),
        damage in vec((0..20_usize, 0..20_usize), 1..5),
    ) {
        let call = &CALLS[which];
        let none = pages::no_items(call);
        let damage: Vec<_> = damage.iter().map(|(at, what)| (*at, none[what % none.len()].clone())).collect();
        check(pages::damage_is_lost_alone(&pages::read, call, &good(call, &numbers), &damage))?;
    }

    #[test]
    fn a_damaged_field_is_lost_alone_and_aloud(which in 0..OBJECTS, numbers in vec(0..90_u16, 1..8), at in 0..8_usize, field in 0..9_usize) {
        let call = &CALLS[which];
        check(pages::a_field_is_lost_alone(&pages::read, call, &good(call, &numbers), at, field))?;
    }

    #[test]
    fn a_broken_text_is_lost_alone_and_aloud(
        which in 0..OBJECTS,
        numbers in vec(0..90_u16, 1..8),
        place in (0..8_usize, 0..9_usize),
        broken in 0..pages::BROKEN.len(),
    ) {
        let call = &CALLS[which];
        let broken = pages::BROKEN[broken];
        check(pages::a_broken_text_is_lost_alone(&pages::read, call, &good(call, &numbers), place, broken))?;
    }

    #[test]
    fn a_page_token_belongs_to_its_list(of in "[a-z-]{1,20}", within in "[a-z]{1,8}:[A-Za-z0-9_.:@-]{1,128}", at in "\\PC{0,80}|(?s).{0,40}|[a-zA-Z0-9=+/]{0,1500}") {
        let list = TokenScope { of: &of, within: &within };
        check(cursors::a_page_token_belongs_to_its_list(&OWN, list, &at))?;
    }

    #[test]
    fn an_altered_token_is_refused(at in "[a-zA-Z0-9=]{1,40}", changes in vec(change(), 1..4)) {
        let list = TokenScope { of: "workspace", within: "team:5150" };
        check(cursors::an_altered_token_is_refused(&OWN, list, &at, &changes))?;
    }

    #[test]
    fn any_text_is_refused_as_a_cursor(text in "(?s).{0,60}|[A-Za-z0-9_-]{0,2100}") {
        check(cursors::any_text_is_refused(&text))?;
    }

    #[test]
    fn a_forged_token_gains_nothing(
        fields in vec("[0-9]{1,12}|(?s).{0,6}", 5),
        list in prop_oneof!["workspace\nteam:5150", "collection\nworkspace:w1", "scim-account\nteam:5150", "collection-access-key\nteam:5150", "invitation\nanalytics-report:5150"],
        at in "(?s).{0,30}|[0-9]{1,30}|[0-9]{1,4} w1",
        which in 0..LISTS,
        answer in json(),
    ) {
        let call = &CALLS[which];
        let answers = [answer.to_string(), body(call, &good(call, &[1, 2])).to_string()];
        for answer in answers {
            let fields = fields.join("\n");
            for head in [fields.as_str(), "2\n4\n7\n4\n0", "2\n4294967295\n7\n4294967295\n25"] {
                check(cursors::a_forged_token_gains_nothing(&format!("{head}\n{list}\n{at}"), answer.as_bytes()))?;
            }
        }
    }

    #[test]
    fn any_headers_are_read_without_harm(pairs in header_pairs()) {
        check(headers::any_headers(&headers::read, &pairs))?;
    }

    #[test]
    fn every_form_of_a_wait_agrees(now in 1_000_000_000..4_000_000_000_u64, wait in prop_oneof![0..120_u64, 0..900_000_000_u64]) {
        check(headers::every_form_of_a_wait_agrees(&headers::read, now, wait))?;
    }

    #[test]
    fn every_dialect_of_limits_agrees(limit in 0..99_999_u64, remaining in 0..99_999_u64, reset in 0..900_000_000_u64, window in 1..99_999_u64) {
        check(headers::every_dialect_of_limits_agrees(&headers::read, (limit, remaining, reset, window)))?;
    }
}

proptest! {
    #![proptest_config(often(2_000))]

    #[test]
    fn any_bytes_give_a_page_or_an_error(which in 0..CALLS.len(), body in vec(any::<u8>(), 0..200)) {
        check(pages::any_body(&pages::read, &CALLS[which], &body))?;
    }

    #[test]
    fn any_change_to_a_good_body_gives_a_page_or_an_error(which in 0..CALLS.len(), numbers in vec(0..90_u16, 0..4), changes in vec(change(), 1..4)) {
        let call = &CALLS[which];
        let text = body(call, &good(call, &numbers)).to_string();
        let text = changes.iter().fold(text, |text, change| cursors::changed(&text, change));
        check(pages::any_body(&pages::read, call, text.as_bytes()))?;
    }

    #[test]
    fn any_answer_is_a_page_or_one_error(which in 0..CALLS.len(), status in 100..600_u16, pairs in header_pairs(), body in json()) {
        let answer = (status, headers::headers(&pairs), body.to_string().into_bytes());
        check(pages::any_answer(&CALLS[which], &answer))?;
    }
}

/// Every truncation, not a sample.
#[test]
fn a_body_that_ends_early_is_no_page() {
    for call in &CALLS {
        let body = body(call, &good(call, &[0, 1, 2, 3, 4, 5])).to_string();
        for end in 0..body.len() {
            let result = pages::read(call, None, &body.as_bytes()[..end]);
            assert!(result.is_err(), "{call:?} {end}");
            let verdict = pages::any_body(&pages::read, call, &body.as_bytes()[..end]);
            assert_eq!(verdict, Ok(()), "{call:?} {end}");
        }
    }
}

/// The names that the properties use are those that the connector reads.
#[test]
fn every_header_that_a_connector_reads_is_tried() {
    let read = headers::NAMES
        .iter()
        .filter(|name| connector_sdk::rate_limit::known_header(name).is_some());
    assert_eq!(read.count(), 17);
    assert!(
        HeaderName::from_bytes(b"retry after").is_err() && HeaderValue::from_bytes(b"\n").is_err()
    );
}

fn change() -> impl Strategy<Value = TextChange> {
    let letter = || {
        prop_oneof![
            "[A-Za-z0-9_\\-+/=]",
            "[\\[\\]{}:,\"0-9a-z\\\\]",
            any::<char>().prop_map(String::from)
        ]
        .prop_map(|text: String| text.chars().next().unwrap_or('x'))
    };
    prop_oneof![
        (any::<usize>(), letter()).prop_map(|(at, with)| TextChange::Replace(at, with)),
        (any::<usize>(), letter()).prop_map(|(at, letter)| TextChange::Insert(at, letter)),
        any::<usize>().prop_map(TextChange::Remove),
        any::<usize>().prop_map(TextChange::Cut),
    ]
}
