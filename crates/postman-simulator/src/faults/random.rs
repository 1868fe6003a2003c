//! Rules drawn from a seed.

use super::Faults;
use super::fault::Fault;
use super::rule::{FaultRule, FaultTiming};
use crate::chance::RandomDraws;
use crate::route::SimulatedEndpoint;
use std::sync::LazyLock;

impl Faults {
    /// Returns one to four rules. The same seed gives the same rules.
    pub fn random_rules(seed: u64) -> Self {
        let draws = RandomDraws::new(seed, "faults");
        let count = 1 + draws.draw_below("rules", 4);
        Self {
            rules: (0..count)
                .map(|at| random_rule(draws.at_index(at)))
                .collect(),
            seed,
        }
    }

    /// Returns one to three moves of the team, each at one request, before up to two rules of any kind. The
    /// same seed gives the same rules.
    pub fn moving_rules(seed: u64) -> Self {
        let draws = RandomDraws::new(seed, "moves");
        let moves =
            (0..1 + draws.draw_below("rules", 3)).map(|at| random_movement(draws.at_index(at)));
        let mut rules: Vec<_> = moves.collect();
        let others =
            (0..draws.draw_below("others", 3)).map(|at| random_rule(draws.at_index(100 + at)));
        rules.extend(others);
        Self { rules, seed }
    }
}

/// Refusals, and all else: refusals are many, and each other kind comes as often as all of them.
static KINDS: LazyLock<(Vec<Fault>, Vec<Fault>)> = LazyLock::new(|| {
    let examples = Fault::example_faults().into_iter();
    examples.partition(|fault| matches!(fault, Fault::Status { .. }))
});

/// The endpoints at which a team can change, and the changes.
const MOVES: [(SimulatedEndpoint, Fault); 12] = [
    (SimulatedEndpoint::WorkspaceRoles, Fault::Vanish),
    (SimulatedEndpoint::WorkspaceRoles, Fault::RoleChange),
    (SimulatedEndpoint::WorkspaceRoles, Fault::Leave),
    (SimulatedEndpoint::CollectionRoles, Fault::Vanish),
    (SimulatedEndpoint::CollectionRoles, Fault::Leave),
    (SimulatedEndpoint::Group, Fault::Vanish),
    (SimulatedEndpoint::Groups, Fault::Leave),
    (SimulatedEndpoint::Users, Fault::Leave),
    (SimulatedEndpoint::Workspaces, Fault::Leave),
    (SimulatedEndpoint::Workspaces, Fault::Reorder(1)),
    (SimulatedEndpoint::Workspaces, Fault::Reorder(2)),
    (SimulatedEndpoint::AccessKeys, Fault::Reorder(1)),
];

fn random_movement(draws: RandomDraws) -> FaultRule {
    let moved = pick_choice(draws, "move", &MOVES);
    let (endpoint, fault) = moved.unwrap_or((SimulatedEndpoint::WorkspaceRoles, Fault::Vanish));
    let nth = 1 + draws.draw_below("nth", 4);
    FaultRule {
        when: FaultTiming::Nth(nth),
        ..FaultRule::at_path(endpoint.path_template(), fault)
    }
}

fn random_rule(draws: RandomDraws) -> FaultRule {
    let endpoint = pick_choice(draws, "endpoint", &SimulatedEndpoint::ALL)
        .unwrap_or(SimulatedEndpoint::Unknown);
    let (refusals, others) = &*KINDS;
    let fault = match draws.draw_below("kind", 3) {
        0 => pick_choice(draws, "fault", refusals),
        _ => pick_choice(draws, "fault", others),
    };
    let fault = fault.unwrap_or(Fault::Reset);
    let when = match draws.draw_below("when", 4) {
        0 => FaultTiming::Always,
        1 => FaultTiming::Nth(1 + draws.draw_below("nth", 5)),
        2 => FaultTiming::Every(2 + draws.draw_below("every", 3)),
        _ => FaultTiming::Chance(0.3),
    };
    // What costs the reader its patience comes seldom.
    let is_long = matches!(fault, Fault::NoAnswer | Fault::Slow(_) | Fault::GzipBomb);
    FaultRule {
        path: match (endpoint, draws.draw_below("anywhere", 4)) {
            (_, 0) | (SimulatedEndpoint::Unknown, _) => None,
            (endpoint, _) => Some(endpoint.path_template().to_owned()),
        },
        when,
        most: match draws.draw_below("most", 2) {
            _ if is_long => Some(1),
            0 => Some(1 + draws.draw_below("times", 3)),
            _ => None,
        },
        fault,
    }
}

fn pick_choice<T: Clone>(draws: RandomDraws, what: &str, from: &[T]) -> Option<T> {
    let length = u64::try_from(from.len()).unwrap_or_default();
    let at = usize::try_from(draws.draw_below(what, length)).ok()?;
    from.get(at).cloned()
}
