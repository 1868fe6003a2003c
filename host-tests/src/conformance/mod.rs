//! Whether a component keeps the contract: the same checks for any connector.
//!
//! Some need nothing but the component. The others need answers of its provider, such as a
//! recording of a sync: they are played to it as they are, and with every kind of damage.
//!
//! Reading order: `verdict` (what is found), `answers` (what the provider says), `subject`
//! (what is tested), `bench` (every call that the answers allow), then the checks: `arguments`, `pages`,
//! `cursors`, `failures`, `bodies`.

mod answers;
mod arguments;
mod bench;
mod bodies;
mod cursors;
mod failures;
mod pages;
mod subject;
mod verdict;

pub use answers::Answers;
pub use subject::{Answer, Call, Subject};
pub use verdict::{Check, Finding, Verdict};

use bench::Bench;

/// Holds a connector to the contract. Without `answers`, what needs some is not checked.
pub async fn run(subject: &dyn Subject, answers: Option<Answers>) -> Verdict {
    let bench = Bench::new(subject, answers);
    let mut verdict = Verdict::new(subject);
    arguments::check(&bench, &mut verdict).await;
    failures::check(&bench, &mut verdict).await;
    match bench.walk().await {
        None => verdict.not_checked(&[
            pages::CHECKS.as_slice(),
            cursors::CHECKS.as_slice(),
            bodies::CHECKS.as_slice(),
        ]),
        Some(walked) => {
            pages::check(&bench, &walked, &mut verdict).await;
            cursors::check(&bench, &walked, &mut verdict).await;
            bodies::check(&bench, &walked, &mut verdict).await;
        }
    }
    verdict.requests(&bench);
    verdict
}
