//! Any text as a page token, as its content, and as the content of a forged token.
#![no_main]

use connector_sdk::page_token::TokenScope;
use postman_connector::properties::cursors::{self, OWN, TextChange};

const ANSWER: &[u8] =
    br#"{"workspaces":[],"data":[],"collections":[{"uid":"1-a"}],"Resources":[{"id":"a"}],
    "totalResults":900,"meta":{"nextCursor":"n","total":900}}"#;

libfuzzer_sys::fuzz_target!(|input: (u8, usize, char, &str)| {
    let (how, at, letter, text) = input;
    let list = TokenScope {
        of: "workspace",
        within: "team:5150",
    };
    let verdict = match how % 4 {
        0 => cursors::any_text_is_refused(text),
        1 => cursors::a_page_token_belongs_to_its_list(&OWN, list, text),
        2 => cursors::a_forged_token_gains_nothing(text, ANSWER),
        _ => {
            let changes = [
                TextChange::Replace(at, letter),
                TextChange::Insert(at, letter),
                TextChange::Remove(at),
            ];
            let change = &changes[at % 3..=at % 3];
            cursors::an_altered_token_is_refused(&OWN, list, text, change)
        }
    };
    assert_eq!(verdict, Ok(()));
});
