//! Which rule fires, how often each has, and what it does to an answer.

use super::Faults;
use super::delivery::{Delivery, Manner};
use super::fault::Fault;
use super::lists::{ReaderHistory, lead_astray};
use super::rule::{FaultRule, FaultTiming};
use super::world::World;
use crate::answer::SimulatedResponse;
use crate::chance::RandomDraws;
use crate::dialect::{self, Dialect};
use crate::history::{History, LoggedAnswer, TeamChange};
use crate::json::with_broken_texts;
use crate::request::SimulatedRequest;
use crate::route::SimulatedEndpoint;
use crate::service::SimulatorService;
use connector_types::lock;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

/// White space in a gzip bomb, in bytes: more than a reader of answers will take.
const BOMB: usize = 96 << 20;
/// Lists within lists, more than a parser will follow.
const DEPTH: usize = 100_000;

/// The number of times that one rule fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFirings {
    /// The rule, as text.
    pub rule: String,
    /// The number of times.
    pub times: u64,
    /// Paths whose answers it spoilt; of a moving team, the ids of what moved.
    pub subjects: BTreeSet<String>,
    /// Requests with the same credential that came before a wait was over that it had asked for.
    pub early: u64,
}

/// The rules of one simulator while it runs.
pub(in super::super) struct FaultRegistry {
    rules: Vec<(FaultRule, Mutex<FaultCount>)>,
    seed: u64,
    world: World,
    history: History,
    /// Locked while a request is answered.
    turn: Mutex<()>,
}

#[derive(Default)]
struct FaultCount {
    met: u64,
    fired: u64,
    subjects: BTreeSet<String>,
    walked: ReaderHistory,
    wait: Option<RequestedWait>,
    early: u64,
}

/// A wait that was asked for.
struct RequestedWait {
    /// True if it applies to SCIM's key, and not to the other one.
    of_scim: bool,
    until: SystemTime,
}

impl FaultRegistry {
    pub(in super::super) fn new(faults: &Faults, history: bool) -> Self {
        let rules = faults.rules.iter().cloned();
        Self {
            rules: rules.map(|rule| (rule, Mutex::default())).collect(),
            seed: faults.seed,
            world: World::default(),
            history: History::new(history),
            turn: Mutex::default(),
        }
    }

    /// Returns the count of each rule, in order.
    pub(in super::super) fn fired_faults(&self) -> Vec<RuleFirings> {
        let rules = self.rules.iter().map(|(rule, count)| {
            let count = lock(count);
            RuleFirings {
                rule: rule.to_string(),
                times: count.fired,
                subjects: count.subjects.clone(),
                early: count.early,
            }
        });
        rules.collect()
    }

    /// Returns the answers, if they are stored.
    pub(in super::super) fn answered_requests(&self) -> Vec<LoggedAnswer> {
        self.history.answered_requests()
    }

    /// Returns the changes of the team.
    pub(in super::super) fn team_moves(&self) -> Vec<TeamChange> {
        self.world.team_moves()
    }

    /// Swaps the viewers and the admins of a workspace.
    pub(in super::super) fn change_roles(&self, service: &SimulatorService, workspace: &str) {
        let _turn = self.take_turn();
        self.world.change_roles(service, workspace);
    }

    /// Lets a stored history show one state in each answer: the team does not move while the guard lives.
    pub(in super::super) fn take_turn(&self) -> Option<MutexGuard<'_, ()>> {
        self.history.is_enabled().then(|| lock(&self.turn))
    }

    /// Returns a list in its present order.
    pub(in super::super) fn reorder_list<'a, T: Clone>(&self, list: &'a [T]) -> Cow<'a, [T]> {
        self.world.reorder_list(list)
    }

    /// Applies the faults to a request and returns the resulting delivery.
    pub(in super::super) fn deliver_answer(
        &self,
        service: &SimulatorService,
        request: &SimulatedRequest,
        answer: SimulatedResponse,
    ) -> Delivery {
        if self.rules.is_empty() && !self.history.is_enabled() && !self.world.has_moved() {
            return Delivery::whole_answer(answer);
        }
        let (delivery, good, moves) = self.spoil_delivery(service, request, &answer);
        self.history.note_request(request, good, moves);
        delivery
    }

    /// Returns the delivery, whether it shows what the team has, and after how many of the team's moves.
    fn spoil_delivery(
        &self,
        service: &SimulatorService,
        request: &SimulatedRequest,
        answer: &SimulatedResponse,
    ) -> (Delivery, bool, usize) {
        let (endpoint, id) = SimulatedEndpoint::match_segments(&request.path_segments());
        let (mut shown, mut moves) = self.world.show_change(endpoint, &id, answer.clone());
        let now = service.now();
        for (_, count) in &self.rules {
            lock(count).note_arrival(endpoint, now);
        }
        for (rule, count) in self
            .rules
            .iter()
            .filter(|(rule, _)| rule.is_about(endpoint, request))
        {
            let mut count = lock(count);
            if !count.is_due(rule, self.seed) {
                continue;
            }
            if rule.fault.moves_the_team() {
                let moved = self.world.apply_move(&rule.fault, service, endpoint, &id);
                let Some(subject) = moved else {
                    continue;
                };
                count.note_subject(subject);
                if matches!(rule.fault, Fault::Vanish | Fault::RoleChange) {
                    (shown, moves) = self.world.show_change(endpoint, &id, answer.clone());
                }
            } else if let Some(spoilt) =
                spoil_answer(rule, service, request, &shown, &mut count.walked)
            {
                count.note_subject(request.path.clone());
                count.ask_to_wait(&rule.fault, endpoint, now);
                let good = rule.fault.keeps_items() && spoilt.answer.status == 200;
                return (spoilt, good, moves);
            }
        }
        let good = shown.status == 200;
        (Delivery::whole_answer(shown), good, moves)
    }
}

impl FaultCount {
    fn is_due(&mut self, rule: &FaultRule, seed: u64) -> bool {
        self.met += 1;
        let by_chance = |chance: f64| {
            let draws = RandomDraws::new(seed, &rule.to_string()).at_index(self.met);
            let roll = u32::try_from(draws.draw_below("chance", 1_000_000)).unwrap_or_default();
            f64::from(roll) < chance * 1e6
        };
        let is_due = match rule.when {
            FaultTiming::Always => true,
            FaultTiming::Nth(nth) => self.met == nth,
            FaultTiming::From(from) => self.met >= from,
            FaultTiming::Every(every) => self.met.is_multiple_of(every),
            FaultTiming::Chance(chance) => by_chance(chance),
        };
        is_due && rule.most.is_none_or(|most| self.fired < most)
    }

    /// Takes note of a request that comes while it should wait.
    fn note_arrival(&mut self, endpoint: SimulatedEndpoint, now: SystemTime) {
        let waits = |wait: &RequestedWait| wait.of_scim == endpoint.is_scim() && now < wait.until;
        self.early += u64::from(self.wait.as_ref().is_some_and(waits));
    }

    /// Takes note of the wait that a refusal asks for, where it says so in a header.
    fn ask_to_wait(&mut self, fault: &Fault, endpoint: SimulatedEndpoint, now: SystemTime) {
        if let Fault::RateLimited { dialect, seconds } = fault
            && *dialect != Dialect::Body
        {
            self.wait = Some(RequestedWait {
                of_scim: endpoint.is_scim(),
                until: now + Duration::from_secs(*seconds),
            });
        }
    }

    fn note_subject(&mut self, subject: String) {
        self.fired += 1;
        self.subjects.insert(subject);
    }
}

/// Returns the answer with the rule's fault; `None` where it cannot show in this one.
fn spoil_answer(
    rule: &FaultRule,
    service: &SimulatorService,
    request: &SimulatedRequest,
    answer: &SimulatedResponse,
    walked: &mut ReaderHistory,
) -> Option<Delivery> {
    let by = |manner| Some(Delivery::delivered_by(answer.clone(), manner));
    let whole = |answer| Some(Delivery::whole_answer(answer));
    match &rule.fault {
        Fault::Status { status, body, says } => whole(body.error_answer(*status, says)),
        Fault::RateLimited { dialect, seconds } => {
            whole(dialect::limit_refusal(*dialect, *seconds, service.now()))
        }
        Fault::MonthSpent => whole(dialect::quota_exhausted()),
        Fault::NoAnswer => by(Manner::Never),
        Fault::Reset => by(Manner::Reset),
        Fault::ResetWithin => by(Manner::ResetWithin),
        Fault::Truncated => by(Manner::Truncated),
        Fault::ShortLength => by(Manner::ShortLength),
        Fault::CutOff => {
            let half = answer.body.floor_char_boundary(answer.body.len() / 2);
            whole(answer.with_body(answer.body.get(..half)?))
        }
        Fault::Slow(pause) => by(Manner::Slow(Duration::from_millis(*pause))),
        Fault::Endless => by(Manner::Endless),
        Fault::GzipBomb => compression_bomb(answer).ok(),
        Fault::InvalidUtf8 => {
            let (before, after) = answer.body.split_once('"')?;
            let sent = |text: &str| with_broken_texts(text).unwrap_or_else(|| text.into());
            replace_body(answer, [&sent(before), b"\"\xff", &sent(after)])
        }
        Fault::DeepJson => {
            let (first, _) = answer.body.split_once(':')?;
            let (open, close) = ("[".repeat(DEPTH), "]".repeat(DEPTH));
            whole(answer.with_body(format!("{first}:{open}{close}}}")))
        }
        Fault::SameCursor
        | Fault::Circle(_)
        | Fault::SamePages(_)
        | Fault::Overlap(_)
        | Fault::ExpiredCursor
        | Fault::PageLimit(_)
        | Fault::NoUsers
        | Fault::OwnerUnlisted
        | Fault::Vanish
        | Fault::Leave
        | Fault::RoleChange
        | Fault::Reorder(_) => whole(lead_astray(&rule.fault, service, request, answer, walked)?),
    }
}

fn replace_body<const N: usize>(answer: &SimulatedResponse, parts: [&[u8]; N]) -> Option<Delivery> {
    Some(Delivery {
        answer: answer.clone(),
        bytes: Some(parts.concat()),
        manner: Manner::Whole,
    })
}

/// White space as it ends a deflated stream, and its checksum: packed once, for it takes a while.
static SPACES: LazyLock<(Vec<u8>, Crc)> = LazyLock::new(|| {
    let piece = [b' '; 1 << 16];
    let (mut packed, mut sum) = (
        DeflateEncoder::new(Vec::new(), Compression::fast()),
        Crc::new(),
    );
    for _ in 0..BOMB / piece.len() {
        // Writing into memory cannot fail.
        let _ = packed.write_all(&piece);
        sum.update(&piece);
    }
    (packed.finish().unwrap_or_default(), sum)
});

/// Returns a body and white space as one gzip stream (RFC 1952).
fn packed_with_spaces(body: &[u8]) -> io::Result<Vec<u8>> {
    let (spaces, sum_of_spaces) = &*SPACES;
    let mut first = DeflateEncoder::new(Vec::new(), Compression::fast());
    first.write_all(body)?;
    first.flush()?;
    let mut sum = Crc::new();
    sum.update(body);
    sum.combine(sum_of_spaces);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let (crc, length) = (sum.sum().to_le_bytes(), sum.amount().to_le_bytes());
    let parts: [&[u8]; 5] = [&head, first.get_ref(), spaces, &crc, &length];
    Ok(parts.concat())
}

fn compression_bomb(answer: &SimulatedResponse) -> io::Result<Delivery> {
    let packed = packed_with_spaces(answer.body.as_bytes())?;
    let mut answer = answer.clone();
    let header = ("Content-Encoding", "gzip".to_owned());
    answer.headers.push(header);
    Ok(Delivery {
        answer,
        bytes: Some(packed),
        manner: Manner::Whole,
    })
}
