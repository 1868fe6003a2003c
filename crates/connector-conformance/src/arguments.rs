//! Arguments that do not fit are refused, and nothing is asked for.

use super::bench::{ConformanceRun, is_refused};
use super::{Check, ConformanceReport, ContractCall};
use connector_types::ResourceId;

const REFUSED: Check = Check {
    name: "arguments-are-refused",
    rule: "A type that it does not have, a parent that is missing, needless or of another type, and a page token that it did not give are invalid-argument, without a request.",
};

/// Makes every call with arguments that do not fit.
pub(super) async fn check_arguments(bench: &ConformanceRun<'_>, verdict: &mut ConformanceReport) {
    let calls = unfit_calls(bench);
    let mut broken = Vec::new();
    for call in &calls {
        let made = bench.make_call(call, None).await;
        if !is_refused(&made) {
            broken.push(format!("{call:?}: {:?}", made.result));
        }
    }
    verdict.add(REFUSED, calls.len(), broken);
}

fn unfit_calls(bench: &ConformanceRun<'_>) -> Vec<ContractCall> {
    let unknown = "no-such-type".to_owned();
    let id = |resource_type: &str| ResourceId::new(resource_type, "1");
    let mut calls = vec![
        ContractCall::Entitlements(unknown.clone()),
        ContractCall::Resources(unknown.clone(), None, None),
        ContractCall::Grants(id(&unknown), None),
    ];
    let listed = bench.descriptor().resource_types.iter();
    for one in listed.filter(|one| !one.reference_only) {
        let own = one.id.clone();
        let parent = one.parent.as_deref().map(id);
        let wrong = match parent {
            None => Some(id(&own)),
            Some(_) => None,
        };
        calls.push(ContractCall::Resources(own.clone(), wrong, None));
        calls.push(ContractCall::Resources(
            own.clone(),
            Some(id(&unknown)),
            None,
        ));
        for page_token in ["", "x", "0", "\u{e9}", &"A".repeat(4_096)] {
            calls.push(ContractCall::Resources(
                own.clone(),
                parent.clone(),
                Some(page_token.to_owned()),
            ));
        }
    }
    for log in bench.descriptor().change_log.iter() {
        let name = &log.name;
        calls.push(ContractCall::Entitlements(name.clone()));
        calls.push(ContractCall::Grants(id(name), None));
        calls.push(ContractCall::Resources(
            name.clone(),
            Some(id(&unknown)),
            None,
        ));
        calls.push(ContractCall::Resources(
            name.clone(),
            None,
            Some("x".to_owned()),
        ));
    }
    calls
}
