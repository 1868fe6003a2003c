//! Rules drawn from a seed.

use super::Faults;
use super::fault::Fault;
use super::rule::{FaultRule, When};
use crate::chance::Dice;
use crate::route::SimulatedEndpoint;
use std::sync::LazyLock;

impl Faults {
    /// One to four rules. The same seed gives the same rules.
    pub fn random(seed: u64) -> Self {
        let dice = Dice::new(seed, "faults");
        let count = 1 + dice.roll("rules", 4);
        Self {
            rules: (0..count).map(|at| rule(dice.at(at))).collect(),
            seed,
        }
    }

    /// One to three moves of the team, each at one request, before up to two rules of any kind. The
    /// same seed gives the same rules.
    pub fn moving(seed: u64) -> Self {
        let dice = Dice::new(seed, "moves");
        let moves = (0..1 + dice.roll("rules", 3)).map(|at| movement(dice.at(at)));
        let mut rules: Vec<_> = moves.collect();
        let others = (0..dice.roll("others", 3)).map(|at| rule(dice.at(100 + at)));
        rules.extend(others);
        Self { rules, seed }
    }
}

/// Refusals, and all else: refusals are many, and each other kind comes as often as all of them.
static KINDS: LazyLock<(Vec<Fault>, Vec<Fault>)> = LazyLock::new(|| {
    let examples = Fault::examples().into_iter();
    examples.partition(|fault| matches!(fault, Fault::Status { .. }))
});

/// Where a team can move, and how.
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

fn movement(dice: Dice) -> FaultRule {
    let moved = pick(dice, "move", &MOVES);
    let (endpoint, fault) = moved.unwrap_or((SimulatedEndpoint::WorkspaceRoles, Fault::Vanish));
    let nth = 1 + dice.roll("nth", 4);
    FaultRule {
        when: When::Nth(nth),
        ..FaultRule::at(endpoint.template(), fault)
    }
}

fn rule(dice: Dice) -> FaultRule {
    let endpoint =
        pick(dice, "endpoint", &SimulatedEndpoint::ALL).unwrap_or(SimulatedEndpoint::Unknown);
    let (refusals, others) = &*KINDS;
    let fault = match dice.roll("kind", 3) {
        0 => pick(dice, "fault", refusals),
        _ => pick(dice, "fault", others),
    };
    let fault = fault.unwrap_or(Fault::Reset);
    let when = match dice.roll("when", 4) {
        0 => When::Always,
        1 => When::Nth(1 + dice.roll("nth", 5)),
        2 => When::Every(2 + dice.roll("every", 3)),
        _ => When::Chance(0.3),
    };
    // What costs the reader its patience comes seldom.
    let is_long = matches!(fault, Fault::NoAnswer | Fault::Slow(_) | Fault::GzipBomb);
    FaultRule {
        path: match (endpoint, dice.roll("anywhere", 4)) {
            (_, 0) | (SimulatedEndpoint::Unknown, _) => None,
            (endpoint, _) => Some(endpoint.template().to_owned()),
        },
        when,
        most: match dice.roll("most", 2) {
            _ if is_long => Some(1),
            0 => Some(1 + dice.roll("times", 3)),
            _ => None,
        },
        fault,
    }
}

fn pick<T: Clone>(dice: Dice, what: &str, from: &[T]) -> Option<T> {
    let length = u64::try_from(from.len()).unwrap_or_default();
    let at = usize::try_from(dice.roll(what, length)).ok()?;
    from.get(at).cloned()
}
