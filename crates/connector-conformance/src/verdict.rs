//! The results of the checks.

use serde::Serialize;

use super::CheckedConnector;
use super::bench::ConformanceRun;

/// One rule of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name, the same in every report.
    pub name: &'static str,
    /// The requirement of the rule.
    pub rule: &'static str,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckResult {
    /// The component fulfills the rule in every case that was tried.
    Passed {
        /// The number of tries.
        tried: usize,
    },
    /// It does not in every one.
    Failed {
        /// The number of tries.
        tried: usize,
        /// The number of cases that failed.
        failed: usize,
        /// The first of them, at most twenty.
        cases: Vec<String>,
    },
    /// It was not tried.
    NotChecked {
        /// The missing prerequisite.
        why: String,
    },
}

/// The most recorded violations of one rule.
const MOST: usize = 20;

/// Available cases that were not tried, because the kit tries a part of a large recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UntriedCases {
    /// The kind of cases, such as `page tokens`.
    pub what: &'static str,
    /// The number that was tried.
    pub tried: usize,
    /// The number that was left out, as far as known.
    pub left_out: usize,
    /// Names of the checks that did not see them.
    pub checks: Vec<&'static str>,
}

/// Everything that was found out about a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConformanceReport {
    /// Name of the connector.
    pub connector: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component.
    pub component_sha256: String,
    /// Each check with what it found, in the order in which they were made.
    pub checks: Vec<(Check, CheckResult)>,
    /// The cases that the checks did not see. A fulfilled rule is fulfilled as far as it was tried.
    pub left_out: Vec<UntriedCases>,
}

impl ConformanceReport {
    pub(super) fn new(subject: &dyn CheckedConnector) -> Self {
        let descriptor = subject.descriptor();
        let mut verdict = Self {
            connector: descriptor.name.clone(),
            version: descriptor.version.clone(),
            component_sha256: subject.sha256().to_owned(),
            checks: Vec::new(),
            left_out: Vec::new(),
        };
        let loads = Check {
            name: "loads",
            rule: "It imports http-client alone, exports description and inventory, and its description can be followed.",
        };
        // A component that breaks this rule is refused before there is a connector.
        verdict
            .checks
            .push((loads, CheckResult::Passed { tried: 1 }));
        verdict
    }

    /// Returns whether no check failed.
    pub fn has_passed(&self) -> bool {
        let mut checks = self.checks.iter();
        !checks.any(|(_, finding)| matches!(finding, CheckResult::Failed { .. }))
    }

    /// Writes down what a check found: `cases` are those in which the check failed.
    pub(super) fn add(&mut self, check: Check, tried: usize, mut cases: Vec<String>) {
        let finding = match (tried, cases.is_empty()) {
            (0, _) => CheckResult::NotChecked {
                why: "the answers have nothing that it could be tried on".to_owned(),
            },
            (tried, true) => CheckResult::Passed { tried },
            (tried, false) => {
                cases.dedup();
                let failed = cases.len();
                cases.truncate(MOST);
                CheckResult::Failed {
                    tried,
                    failed,
                    cases,
                }
            }
        };
        self.checks.push((check, finding));
    }

    /// Writes down what checks did not see, if there is such.
    pub(super) fn left_out(
        &mut self,
        what: &'static str,
        tried: usize,
        left_out: usize,
        checks: &[Check],
    ) {
        if left_out > 0 {
            self.left_out.push(UntriedCases {
                what,
                tried,
                left_out,
                checks: checks.iter().map(|check| check.name).collect(),
            });
        }
    }

    pub(super) fn not_checked(&mut self, groups: &[&[Check]]) {
        for check in groups.iter().copied().flatten() {
            let why = "it needs answers of the provider: give a recording".to_owned();
            self.checks.push((*check, CheckResult::NotChecked { why }));
        }
    }

    /// Adds the check of every request that was made.
    pub(super) fn count_requests(&mut self, bench: &ConformanceRun<'_>) {
        let check = Check {
            name: "requests-are-declared",
            rule: "It asks for nothing that its description does not declare.",
        };
        let (tried, cases) = bench.request_list();
        self.add(check, tried, cases);
    }
}
