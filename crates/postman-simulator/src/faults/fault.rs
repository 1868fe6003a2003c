//! What can go wrong with an answer.

use super::body::Body;
use crate::dialect::Dialect;
use std::fmt;

/// What becomes of an answer, or of the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another status and body, such as 503 with a page of HTML, or 200 with nothing.
    Status {
        /// 200 to 599.
        status: u16,
        /// The shape of its body.
        body: Body,
        /// What the body says, where its shape says anything.
        says: String,
    },
    /// 429 for the minute, with a wait.
    RateLimited {
        /// How the wait is told.
        dialect: Dialect,
        /// How long the wait is, in seconds.
        seconds: u64,
    },
    /// 429 for the month.
    MonthSpent,
    /// The connection stays open, and nothing comes.
    NoAnswer,
    /// The connection is reset before anything comes.
    Reset,
    /// The connection is reset after the headers and half of the body.
    ResetWithin,
    /// The connection ends in the middle of the body: the stated length is right, and not reached.
    Truncated,
    /// The stated length is half of what comes.
    ShortLength,
    /// The body comes byte by byte, so many milliseconds apart.
    Slow(u64),
    /// After the body, white space comes without end.
    Endless,
    /// The body is packed, and followed by 96 MiB of white space in some hundred kilobytes.
    GzipBomb,
    /// A byte that is no UTF-8 stands in the first text of the body.
    InvalidUtf8,
    /// The body's first field is 100,000 lists within each other, and there is no other.
    DeepJson,
    /// A page that is not the last says that the list goes on where this page began.
    SameCursor,
    /// After so many pages beyond the first, the list goes on at the second page again.
    Circle(usize),
    /// The next page begins so many items too early.
    Overlap(usize),
    /// The cursor is no longer known: 400.
    ExpiredCursor,
    /// Pages of more items than this are no longer served: 400, which names the number.
    PageLimit(usize),
    /// The list of users has nobody.
    NoUsers,
    /// The list of users lacks the key's owner.
    OwnerUnlisted,
    /// What the path names is gone from here on: not found, and in no list.
    Vanish,
    /// Somebody leaves the team after this answer: in no list and no role from then on.
    Leave,
    /// From here on, the viewers of this workspace are its admins, and the other way round.
    RoleChange,
    /// After this answer, lists that come in pages begin so many items later; what was first is last.
    Reorder(usize),
}

/// Names of faults that have no parameter, or one that can be left out.
pub(super) const WORDS: [(&str, Fault); 23] = [
    ("month-spent", Fault::MonthSpent),
    ("no-answer", Fault::NoAnswer),
    ("reset", Fault::Reset),
    ("reset-within", Fault::ResetWithin),
    ("truncated", Fault::Truncated),
    ("short-length", Fault::ShortLength),
    ("slow", Fault::Slow(1000)),
    ("endless", Fault::Endless),
    ("gzip-bomb", Fault::GzipBomb),
    ("invalid-utf8", Fault::InvalidUtf8),
    ("deep-json", Fault::DeepJson),
    ("same-cursor", Fault::SameCursor),
    ("circle", Fault::Circle(2)),
    ("overlap", Fault::Overlap(1)),
    ("expired-cursor", Fault::ExpiredCursor),
    ("page-limit", Fault::PageLimit(40)),
    ("no-users", Fault::NoUsers),
    ("owner-unlisted", Fault::OwnerUnlisted),
    ("vanish", Fault::Vanish),
    ("leave", Fault::Leave),
    ("role-change", Fault::RoleChange),
    ("reorder", Fault::Reorder(1)),
    (
        "rate-limited",
        Fault::RateLimited {
            dialect: Dialect::RetryAfter,
            seconds: 1,
        },
    ),
];

/// What a body says that is told nothing else.
pub(super) const SAYS: &str = "Something went wrong.";

impl Fault {
    /// A refusal with this status and shape of body.
    pub fn status(status: u16, body: Body) -> Self {
        Self::Status {
            status,
            body,
            says: SAYS.to_owned(),
        }
    }

    /// One of each kind: each status class with each body, each dialect of waits, and all the rest.
    pub fn examples() -> Vec<Self> {
        let statuses = [200, 302, 400, 401, 403, 404, 408, 422, 500, 503, 504];
        let bodies = Body::ALL.iter();
        let refusals = bodies.flat_map(|(_, body)| statuses.map(|it| Self::status(it, *body)));
        let waits = Dialect::ALL.map(|dialect| Self::RateLimited {
            dialect,
            seconds: 0,
        });
        let words = WORDS.into_iter().map(|(_, fault)| fault);
        refusals.chain(waits).chain(words).collect()
    }

    /// Whether it moves the team instead of spoiling an answer.
    pub fn moves_the_team(&self) -> bool {
        matches!(
            self,
            Self::Vanish | Self::Leave | Self::RoleChange | Self::Reorder(_)
        )
    }

    /// Whether the items of the answer that it spoils are still the team's.
    pub(super) fn keeps_items(&self) -> bool {
        matches!(
            self,
            Self::SameCursor
                | Self::Circle(_)
                | Self::Overlap(_)
                | Self::Slow(_)
                | Self::NoUsers
                | Self::OwnerUnlisted
        )
    }

    fn word(&self) -> &'static str {
        let same = |known: &Self| std::mem::discriminant(known) == std::mem::discriminant(self);
        let mut words = WORDS.iter();
        let found = words.find(|(_, known)| same(known));
        found.map_or("status", |(word, _)| word)
    }
}

impl fmt::Display for Fault {
    /// As a rule says it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status, body, says } => {
                write!(f, "status={status},body={}", body.name())?;
                match says == SAYS {
                    true => Ok(()),
                    false => write!(f, ",says={says}"),
                }
            }
            Self::RateLimited { dialect, seconds } => {
                write!(f, "rate-limited={},seconds={seconds}", dialect.name())
            }
            Self::Slow(number) => write!(f, "slow={number}"),
            Self::Circle(number)
            | Self::Overlap(number)
            | Self::Reorder(number)
            | Self::PageLimit(number) => {
                write!(f, "{}={number}", self.word())
            }
            _ => f.write_str(self.word()),
        }
    }
}
