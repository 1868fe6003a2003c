//! The rules as data.

use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// How much a finding matters. Sorts the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Act on it now.
    High,
    /// Look at it in this review.
    Medium,
    /// Know of it.
    Low,
}

impl Severity {
    /// The word as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// A word that is no severity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no severity {0:?}: there are high, medium and low")]
pub struct UnknownSeverity(String);

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(word: &str) -> Result<Self, UnknownSeverity> {
        let found = [Self::High, Self::Medium, Self::Low]
            .into_iter()
            .find(|one| one.name() == word);
        found.ok_or_else(|| UnknownSeverity(word.to_owned()))
    }
}

/// What a rule has to have read before its silence means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The rights on each place that is administered.
    PlaceGrants,
    /// The list of such places.
    Places,
    /// The lists of accounts.
    Accounts,
    /// The list of keys.
    Secrets,
    /// Who is in groups.
    Groups,
}

/// One rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ReviewRule {
    /// Its name in options and output.
    pub id: &'static str,
    /// What it finds, for people.
    pub title: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Why that is a risk.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// What it has to have read.
    pub needs: &'static [Need],
    /// The query: rows of subject, evidence and a note.
    #[serde(skip)]
    pub(super) sql: &'static str,
}

/// Every rule, in the order of the output.
pub const RULES: [ReviewRule; 11] = [
    ReviewRule {
        id: "no-admin",
        title: "Nobody administers it",
        severity: Severity::High,
        meaning: "No account that is in use holds the right to administer it, alone or through a group: nobody can change who has access, but for those who oversee everything by a rule of the provider.",
        remedy: "Give at least two people the right to administer it, or delete it.",
        needs: &[Need::Places, Need::PlaceGrants, Need::Groups],
        sql: include_str!("sql/no_admin.sql"),
    },
    ReviewRule {
        id: "single-admin",
        title: "A single person administers it",
        severity: Severity::Low,
        meaning: "When this person leaves, nobody can change who has access, but for those who oversee everything by a rule of the provider.",
        remedy: "Give a second person the right to administer it.",
        needs: &[Need::Places, Need::PlaceGrants, Need::Groups],
        sql: include_str!("sql/single_admin.sql"),
    },
    ReviewRule {
        id: "external-editor",
        title: "People from outside can edit",
        severity: Severity::High,
        meaning: "Somebody who does not belong to the tenant can change what others rely on.",
        remedy: "Ask who invited them and whether they still need it; give them a right to read only.",
        needs: &[Need::PlaceGrants, Need::Groups],
        sql: include_str!("sql/external_editor.sql"),
    },
    ReviewRule {
        id: "public",
        title: "Open to everyone",
        severity: Severity::High,
        meaning: "Whoever has the address can open it, without an account in the tenant.",
        remedy: "Check that nothing secret stands in it, or narrow its visibility.",
        needs: &[Need::Places],
        sql: include_str!("sql/public.sql"),
    },
    ReviewRule {
        id: "disabled-holder",
        title: "A switched-off account still holds rights",
        severity: Severity::High,
        meaning: "The rights come back with the account when somebody switches it on, and hide who really has access.",
        remedy: "Take the rights away from the account.",
        needs: &[Need::Accounts, Need::PlaceGrants],
        sql: include_str!("sql/disabled_holder.sql"),
    },
    ReviewRule {
        id: "unlisted-holder",
        title: "An unlisted account (removed, service account, partner or guest) holds rights",
        severity: Severity::High,
        meaning: "It can be an account that was removed and left its rights behind, or one of a kind that the provider does not list, such as a service account, a partner or a guest.",
        remedy: "Find out which of these it is, from the provider or from who gave the rights. Take the rights away only if the account was removed.",
        needs: &[Need::Accounts, Need::PlaceGrants],
        sql: include_str!("sql/unlisted_holder.sql"),
    },
    ReviewRule {
        id: "unused-key",
        title: "A key that nobody uses",
        severity: Severity::Medium,
        meaning: "A key that works and is not used is noticed by nobody when it is stolen.",
        remedy: "Ask who issued it, and revoke it.",
        needs: &[Need::Secrets],
        sql: include_str!("sql/unused_key.sql"),
    },
    ReviewRule {
        id: "expiring-key",
        title: "A key that soon expires",
        severity: Severity::Low,
        meaning: "What uses the key stops working on that day.",
        remedy: "Issue a new one in time, or let it lapse if nobody uses it.",
        needs: &[Need::Secrets],
        sql: include_str!("sql/expiring_key.sql"),
    },
    ReviewRule {
        id: "endless-key",
        title: "A key without an end",
        severity: Severity::Medium,
        meaning: "A key that never expires works for whoever finds it, however long ago it was lost.",
        remedy: "Replace it with one that expires.",
        needs: &[Need::Secrets],
        sql: include_str!("sql/endless_key.sql"),
    },
    ReviewRule {
        id: "many-admins",
        title: "Many administrators of the tenant",
        severity: Severity::Medium,
        meaning: "Each of them can change everybody's access; each account more is one more to lose.",
        remedy: "Leave the right to those who need it every week.",
        needs: &[Need::Accounts, Need::Groups],
        sql: include_str!("sql/many_admins.sql"),
    },
    ReviewRule {
        id: "one-person",
        title: "Only one person can open it",
        severity: Severity::Low,
        meaning: "What stands in it is lost to the others when this person leaves, but for those who oversee everything by a rule of the provider.",
        remedy: "Share it with a second person, or make it that person's own.",
        needs: &[Need::Places, Need::PlaceGrants, Need::Groups],
        sql: include_str!("sql/one_person.sql"),
    },
];

/// Where numbers decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleLimits {
    /// Days without use after which a key is unused.
    pub unused_days: u32,
    /// Days within which an end is soon.
    pub expiry_days: u32,
    /// Administrators of the tenant that are not too many.
    pub tenant_admins: u32,
}

impl Default for RuleLimits {
    fn default() -> Self {
        Self {
            unused_days: 90,
            expiry_days: 30,
            tenant_admins: 5,
        }
    }
}

/// A rule by its id.
#[derive(Clone, Copy, Debug)]
pub struct RuleChoice(pub &'static ReviewRule);

/// An id that no rule has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no rule {0:?}: there are {1}")]
pub struct UnknownRule(String, String);

impl FromStr for RuleChoice {
    type Err = UnknownRule;

    fn from_str(id: &str) -> Result<Self, UnknownRule> {
        let found = RULES.iter().find(|rule| rule.id == id);
        found.map(Self).ok_or_else(|| {
            let ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
            UnknownRule(id.to_owned(), ids.join(", "))
        })
    }
}
