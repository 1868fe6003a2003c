//! Whether a component keeps the contract: the same checks for any connector.
//!
//! Some need nothing but the component. The others need answers of its provider, such as a
//! recording of a sync: they are played to it as they are, and with every kind of damage.
//!
//! Reading order: `verdict` (what is found), `answers` (what the provider says), `subject`
//! (what is tested), `bench` (every call that the answers allow), then the checks: `arguments`, `pages`,
//! `page_tokens`, `failures`, `bodies`.

mod answers;
mod arguments;
mod bench;
mod bodies;
mod failures;
mod page_tokens;
mod pages;
mod subject;
mod verdict;

pub use answers::Answers;
pub use subject::{CallResult, CheckedConnector, ContractCall};
pub use verdict::{Check, CheckResult, ConformanceReport, LeftOut};

use bench::{ConformanceRun, ConnectorWalk};

/// Holds a connector to the contract. Without `answers`, what needs some is not checked.
pub async fn run(subject: &dyn CheckedConnector, answers: Option<Answers>) -> ConformanceReport {
    let bench = ConformanceRun::new(subject, answers);
    let mut verdict = ConformanceReport::new(subject);
    arguments::check(&bench, &mut verdict).await;
    let walk = bench.walk().await;
    let walked = walk.as_ref().map_or(&[][..], |walk| &walk.made);
    failures::check(&bench, walked, &mut verdict).await;
    match &walk {
        None => verdict.not_checked(&[
            pages::CHECKS.as_slice(),
            page_tokens::CHECKS.as_slice(),
            bodies::CHECKS.as_slice(),
        ]),
        Some(walk) => {
            pages::check(&bench, walked, &mut verdict).await;
            page_tokens::check(&bench, walked, &mut verdict).await;
            bodies::check(&bench, walked, &mut verdict).await;
            leave_out(walk, &mut verdict);
        }
    }
    verdict.requests(&bench);
    verdict
}

/// What of the recording was never seen by those checks.
fn leave_out(walk: &ConnectorWalk, verdict: &mut ConformanceReport) {
    let made = walk.made.len();
    let checks: [&[Check]; 3] = [&pages::CHECKS, &page_tokens::CHECKS, &bodies::CHECKS];
    let checks = checks.concat();
    let what = "calls, and what they lead to";
    verdict.left_out(what, made, walk.waiting, &checks);
    let what = "calls without an answer in the recording";
    verdict.left_out(what, made, walk.unanswered, &checks);
}
