//! Cursors: what was given is taken back, by the list that gave it, and nothing else is.

use crate::properties::calls::{CALLS, ConnectorQuery};
use crate::properties::{Verdict, calls, ensure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use connector_sdk::error::ErrorKind;
use connector_sdk::page_token::{MAX_TOKEN, PagePosition, TokenScope};
use connector_sdk::transport::TransportError;
use http::{Request, Response};
use std::cell::RefCell;

/// The functions that make and accept tokens.
pub struct Tokens<'t> {
    /// Returns the token of the position after the list's first page; `None` if it does not fit.
    pub give: &'t dyn Fn(TokenScope<'_>, &str) -> Option<String>,
    /// Returns the position of a token; `None` if it is refused.
    pub take: &'t dyn Fn(TokenScope<'_>, &str) -> Option<String>,
}

/// The connector's own tokens.
pub const OWN: Tokens<'static> = Tokens {
    give: &give,
    take: &take,
};

/// Returns the token of the position after the first page.
pub fn give(list: TokenScope<'_>, at: &str) -> Option<String> {
    PagePosition::first(list).then(at).ok()
}

/// Returns the position of a token.
pub fn take(list: TokenScope<'_>, token: &str) -> Option<String> {
    let place = PagePosition::resume(list, Some(token)).ok()?;
    Some(place.at().to_owned())
}

/// Checks that a position is restored from its token, which is short, plain, and refused by every other list.
pub fn a_page_token_belongs_to_its_list(
    tokens: &Tokens<'_>,
    list: TokenScope<'_>,
    at: &str,
) -> Verdict {
    let Some(token) = (tokens.give)(list, at) else {
        return ensure(at.is_empty() || at.len() > 1024, || {
            format!("no token for {at:?}")
        });
    };
    ensure(token.len() <= MAX_TOKEN, || {
        format!("a token of {} bytes", token.len())
    })?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    ensure(token.bytes().all(plain), || {
        format!("{token} needs quoting")
    })?;
    let back = (tokens.take)(list, &token);
    ensure(back.as_deref() == Some(at), || {
        format!("{back:?} instead of {at:?}")
    })?;
    let (of, within) = (format!("{}x", list.of), format!("{}x", list.within));
    for other in [
        TokenScope { of: &of, ..list },
        TokenScope {
            within: &within,
            ..list
        },
    ] {
        ensure((tokens.take)(other, &token).is_none(), || {
            format!("{other:?} takes it too")
        })?;
    }
    Ok(())
}

/// One change to a text.
#[derive(Clone, Debug)]
pub enum TextChange {
    /// A byte becomes another one.
    Replace(usize, char),
    /// One more.
    Insert(usize, char),
    /// One less.
    Remove(usize),
    /// The end is cut off.
    Cut(usize),
}

/// Returns the text after the change.
pub fn changed(text: &str, change: &TextChange) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let length = letters.len().max(1);
    match *change {
        TextChange::Replace(at, with) => {
            if let Some(letter) = letters.get_mut(at % length) {
                *letter = with;
            }
        }
        TextChange::Insert(at, letter) => letters.insert(at % length, letter),
        TextChange::Remove(at) => {
            drop(letters.drain(at % length..(at % length + 1).min(text.len())))
        }
        TextChange::Cut(at) => letters.truncate(at % length),
    }
    letters.into_iter().collect()
}

/// Checks that an altered token is refused.
pub fn an_altered_token_is_refused(
    tokens: &Tokens<'_>,
    list: TokenScope<'_>,
    at: &str,
    changes: &[TextChange],
) -> Verdict {
    let Some(token) = (tokens.give)(list, at) else {
        return Ok(());
    };
    let altered = changes
        .iter()
        .fold(token.clone(), |text, change| changed(&text, change));
    let taken = (tokens.take)(list, &altered);
    ensure(altered == token || taken.is_none(), || {
        format!("{altered} is taken for {taken:?}")
    })
}

/// Checks that no call of the connector accepts this text as a token, or sends a request because of it.
pub fn any_text_is_refused(text: &str) -> Verdict {
    let nobody =
        |_: &'static str, request: Request<()>| -> Result<Response<Vec<u8>>, TransportError> {
            Err(TransportError::Other(request.uri().to_string()))
        };
    let calls = CALLS.iter().filter(|call| takes_cursor(call.ask));
    for call in calls {
        let kind = calls::ask(call, Some(text), &nobody).map_err(|error| error.kind);
        ensure(kind == Err(ErrorKind::InvalidArgument), || {
            format!("{call:?} takes it: {kind:?}")
        })?;
    }
    Ok(())
}

/// Checks a token that an expert forged: it is refused, or asks for this list alone and continues with a
/// token that is accepted again. Nothing is gained, and nothing breaks.
pub fn a_forged_token_gains_nothing(body: &str, answer: &[u8]) -> Verdict {
    let forged = forge_token(body);
    for call in CALLS.iter().filter(|call| takes_cursor(call.ask)) {
        let asked = RefCell::new(Vec::new());
        let provider = |_: &'static str, request: Request<()>| {
            asked.borrow_mut().push(request.uri().to_string());
            Ok(Response::new(answer.to_vec()))
        };
        let page = calls::ask(call, Some(&forged), &provider);
        let asked = asked.take();
        let strays = |path: &&String| !path.starts_with(call.path) || path.contains("/..");
        ensure(
            asked.len() <= 1 && !asked.iter().any(|path| strays(&path)),
            || format!("{call:?} asked for {asked:?}"),
        )?;
        let Some(next) = page.ok().and_then(|page| page.next_page_token) else {
            continue;
        };
        let again = calls::ask(call, Some(&next), &provider);
        let kind = again.err().map(|error| error.kind);
        ensure(
            next.len() <= MAX_TOKEN && kind != Some(ErrorKind::InvalidArgument),
            || format!("{call:?} does not take its own {next}"),
        )?;
    }
    Ok(())
}

/// Returns a token with any content and a valid guard.
pub fn forge_token(body: &str) -> String {
    let guard = body.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    URL_SAFE_NO_PAD.encode([&guard.to_be_bytes(), body.as_bytes()].concat())
}

fn takes_cursor(ask: ConnectorQuery) -> bool {
    matches!(
        ask,
        ConnectorQuery::Resources(_) | ConnectorQuery::Grants(_)
    )
}
