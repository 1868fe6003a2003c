//! A temporary failure is repeated: a fault that shows once has no effect on the result.

use connector_host::records::Outcome;
use postman_simulator::{Dialect, ErrorBody, Fault, FaultRule, FaultTiming};

use crate::harness::name;
use crate::postman::connector;
use crate::reading::{Reading, read, read_directly, small};
use crate::seeds::{spread, standing_still};
use crate::table::paths;

/// Answers of a provider that recovers.
fn answers() -> Vec<Fault> {
    let bodies = ErrorBody::ALL.iter().map(|(_, body)| *body);
    let statuses =
        bodies.flat_map(|body| [408, 425, 500, 502, 503, 504].map(|it| Fault::status(it, body)));
    let waits = Dialect::ALL.map(|dialect| Fault::RateLimited {
        dialect,
        seconds: 0,
    });
    statuses.chain(waits).collect()
}

/// Answers of something that stands before the provider, or of a provider under maintenance.
fn odd_answers() -> Vec<Fault> {
    let (html, empty) = (ErrorBody::Html, ErrorBody::Empty);
    let odd = [
        (200, html),
        (200, empty),
        (200, ErrorBody::Error),
        (200, ErrorBody::ErrorText),
        (204, empty),
        (401, html),
        (401, empty),
        (403, html),
        (403, empty),
        (407, ErrorBody::Problem),
        (451, ErrorBody::Problem),
        (511, html),
    ];
    let statuses = odd.map(|(status, body)| Fault::status(status, body));
    statuses.into_iter().chain([Fault::CutOff]).collect()
}

/// Connections that do not hold what they promise.
const CONNECTIONS: [Fault; 5] = [
    Fault::NoAnswer,
    Fault::Reset,
    Fault::ResetWithin,
    Fault::Truncated,
    Fault::Slow(1000),
];

/// A rule that spoils the first answer of each endpoint, for each of these faults.
fn once(faults: &[Fault]) -> Vec<FaultRule> {
    let rules = paths().flat_map(|path| {
        faults.iter().map(|fault| FaultRule {
            when: FaultTiming::Nth(1),
            ..FaultRule::at_path(path, fault.clone())
        })
    });
    rules.collect()
}

fn assert_no_trace(rule: &FaultRule, reading: &Reading) {
    assert_eq!(reading.times(), 1, "{rule}");
    let scopes = reading.synced().scopes.iter();
    let scopes = scopes.filter(|scope| !matches!(scope.outcome, Outcome::Complete));
    assert_eq!(scopes.map(name).collect::<Vec<_>>(), [""; 0], "{rule}");
    assert!(reading.synced().summary.complete, "{rule}");
    assert_eq!(reading.wrongs(), Vec::<String>::new(), "{rule}");
}

#[test]
fn an_answer_that_passes_leaves_no_trace() {
    let connector = standing_still().block_on(connector());
    let rules = once(&answers());
    spread(&rules, |runtime, rule| {
        let reading = read_directly(connector, small(vec![rule.clone()]), |same| same);
        assert_no_trace(rule, &runtime.block_on(reading));
    });
    assert_eq!(rules.len(), 19 * (15 * 6 + 9));
}

/// The first answer of all is another matter: what is odd there was never the provider's.
#[test]
fn an_odd_answer_after_a_good_one_leaves_no_trace() {
    let connector = standing_still().block_on(connector());
    let mut rules = once(&odd_answers());
    for rule in &mut rules {
        if rule.path.as_deref() == Some("/me") {
            rule.when = FaultTiming::Nth(2);
        }
    }
    spread(&rules, |runtime, rule| {
        let reading = read_directly(connector, small(vec![rule.clone()]), |same| same);
        assert_no_trace(rule, &runtime.block_on(reading));
    });
    assert_eq!(rules.len(), 19 * 13);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_connection_that_passes_leaves_no_trace() {
    for rule in once(&CONNECTIONS) {
        assert_no_trace(&rule, &read(small(vec![rule.clone()])).await);
    }
}
