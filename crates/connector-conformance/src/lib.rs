//! Checks that a component fulfills the contract: the same checks for any connector.
//!
//! Some need nothing but the component. The others need answers of its provider, such as a
//! recording of a sync: they are replayed to it unchanged, and with every kind of damage.
//!
//! Reading order: `verdict` (the results), `answers` (the provider's answers), `subject` (the
//! component under test), `bench` (every call that the answers allow), then the checks:
//! `arguments`, `pages`, `page_tokens`, `failures`, `bodies`, `change_log`.

mod answers;
mod arguments;
mod bench;
mod bodies;
mod change_log;
mod failures;
mod page_tokens;
mod pages;
mod subject;
mod verdict;

pub use answers::Answers;
pub use subject::{CallResult, CheckedConnector, ContractCall};
pub use verdict::{Check, CheckResult, ConformanceReport, UntriedCases};

use bench::{ConformanceRun, ConnectorWalk};

/// Holds a connector to the contract. Without `answers`, what needs some is not checked.
pub async fn run(subject: &dyn CheckedConnector, answers: Option<Answers>) -> ConformanceReport {
    let bench = ConformanceRun::new(subject, answers);
    let mut verdict = ConformanceReport::new(subject);
    arguments::check_arguments(&bench, &mut verdict).await;
    let walk = bench.walk_calls().await;
    let walked = walk.as_ref().map_or(&[][..], |walk| &walk.made);
    failures::check_failures(&bench, walked, &mut verdict).await;
    match &walk {
        None => verdict.not_checked(&[
            pages::CHECKS.as_slice(),
            page_tokens::CHECKS.as_slice(),
            bodies::CHECKS.as_slice(),
            change_log::CHECKS.as_slice(),
        ]),
        Some(walk) => {
            pages::check_pages(&bench, walked, &mut verdict).await;
            page_tokens::check_page_tokens(&bench, walked, &mut verdict).await;
            bodies::check_bodies(&bench, walked, &mut verdict).await;
            change_log::check_change_log(&bench, &mut verdict).await;
            add_left_out(walk, &mut verdict);
        }
    }
    verdict.count_requests(&bench);
    verdict
}

/// Reports the part of the recording that those checks never saw.
fn add_left_out(walk: &ConnectorWalk, verdict: &mut ConformanceReport) {
    let made = walk.made.len();
    let checks: [&[Check]; 3] = [&pages::CHECKS, &page_tokens::CHECKS, &bodies::CHECKS];
    let checks = checks.concat();
    let what = "calls, and what they lead to";
    verdict.left_out(what, made, walk.waiting, &checks);
    let what = "calls without an answer in the recording";
    verdict.left_out(what, made, walk.unanswered, &checks);
}
