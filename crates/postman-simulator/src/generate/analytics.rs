//! Analytics of a team's use: activity, invitations, and seats.

use super::super::chance::{RandomDraws, Stream, TeamPart};
use super::super::options::{Options, TeamPlan};
use super::super::team::{Analytics, EpochSeconds, Invitation, MemberUse, PartnerUse, User};

/// The first day with activity: 1 January 2025.
const FIRST_DAY: EpochSeconds = 1_735_689_600;
const DAY: EpochSeconds = 86_400;
/// Days from the first to the last one.
const DAYS: u64 = 680;
/// Forms in which the whole of it can be refused.
const REFUSALS: u64 = 5;

/// Draws the analytics of a team with these users and partners.
pub(super) fn analytics(options: &Options, users: &[User], partners: &[u64]) -> Analytics {
    if options.plan != TeamPlan::Enterprise || options.teamless {
        return Analytics::default();
    }
    let roll = RandomDraws::new(options.seed, "analytics").draw_below("refusal", 10);
    let unused = RandomDraws::new(options.seed, "seats").draw_below("unused", 9);
    let senders: Vec<&String> = users
        .iter()
        .filter_map(|user| user.email.as_ref())
        .collect();
    let mut stream = Stream::new(options.seed, TeamPart::Analytics);
    let is_refused = options.quirks.analytics_refusals && roll < REFUSALS;
    Analytics {
        refusal: is_refused.then_some(roll),
        members: users
            .iter()
            .filter_map(|user| member(options, user, &senders))
            .collect(),
        strangers: usize::from(options.quirks.analytics_strangers) * 2,
        partners: partners.iter().map(|id| partner(options, *id)).collect(),
        invitations: (0..options.invitations)
            .map(|at| invitation(&mut stream, at, &senders))
            .collect(),
        seats: u64::try_from(users.len()).unwrap_or_default() + unused,
        unused,
    }
}

fn day(draws: RandomDraws, what: &str) -> EpochSeconds {
    FIRST_DAY + DAY * EpochSeconds::try_from(draws.draw_below(what, DAYS)).unwrap_or_default()
}

/// Returns the analytics of a user with an address.
fn member(options: &Options, user: &User, senders: &[&String]) -> Option<MemberUse> {
    user.email.as_ref()?;
    let draws = RandomDraws::new(options.seed, "member use").at_index(user.id);
    let sender = usize::try_from(draws.draw_below("sender", 1 << 20)).unwrap_or_default();
    let sender = senders.get(sender % senders.len().max(1));
    Some(MemberUse {
        user: user.id,
        added: day(draws, "added") - 800 * DAY,
        active: (draws.draw_below("never", 12) > 0).then(|| day(draws, "active")),
        invited_by: sender
            .filter(|_| draws.draw_below("invited", 4) > 0)
            .map(|sender| (*sender).clone()),
    })
}

/// Returns a partner: invited first, then perhaps further.
fn partner(options: &Options, id: u64) -> PartnerUse {
    let draws = RandomDraws::new(options.seed, "partner use").at_index(id);
    let first = day(draws, "first");
    let stages = 1 + draws.draw_below("stages", 5);
    PartnerUse {
        id,
        times: (0..stages)
            .map(|stage| first + DAY * EpochSeconds::try_from(stage).unwrap_or_default())
            .collect(),
    }
}

fn invitation(stream: &mut Stream, at: usize, senders: &[&String]) -> Invitation {
    let day = EpochSeconds::try_from(stream.below_u64(DAYS)).unwrap_or_default();
    Invitation {
        id: stream.draw_hex(1),
        email: format!("invited.{at}@elsewhere.example"),
        created: FIRST_DAY + DAY * day + 3_600,
        sender: stream.pick_item(senders).map(|sender| (*sender).clone()),
    }
}
