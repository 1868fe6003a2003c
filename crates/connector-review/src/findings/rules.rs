//! The rules as data.

use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// The severity of a finding. Sorts the gravest first.
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
    /// Returns its name in options and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// A text that names no severity.
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

/// An input that a rule must have read before an empty result means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleInput {
    /// The grants on each administered resource.
    ContainerGrants,
    /// The list of administered resources.
    Containers,
    /// The lists of accounts.
    Accounts,
    /// The list of keys.
    Secrets,
    /// The members of groups.
    Groups,
    /// The last use of accounts.
    LastUse,
    /// The list of pending invitations.
    Invitations,
    /// The seats that are paid for.
    Seats,
}

/// One rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ReviewRule {
    /// Its name in options and output.
    pub id: &'static str,
    /// The title of its findings.
    pub title: &'static str,
    /// The severity of its findings.
    pub severity: Severity,
    /// The risk.
    pub meaning: &'static str,
    /// The remedy.
    pub remedy: &'static str,
    /// Its inputs.
    pub needs: &'static [RuleInput],
    /// The query: rows of subject, evidence and a note.
    #[serde(skip)]
    pub(super) sql: &'static str,
}

/// Every rule, in the order of the output.
pub const RULES: [ReviewRule; 14] = [
    ReviewRule {
        id: "no-admin",
        title: "No administrator",
        severity: Severity::High,
        meaning: "No active account is an administrator, directly or through a group: only those who oversee everything by a rule of the provider can change who has access.",
        remedy: "Make at least two people administrators, or delete it.",
        needs: &[
            RuleInput::Containers,
            RuleInput::ContainerGrants,
            RuleInput::Groups,
        ],
        sql: include_str!("sql/no_admin.sql"),
    },
    ReviewRule {
        id: "single-admin",
        title: "Single administrator",
        severity: Severity::Low,
        meaning: "When this person leaves, only those who oversee everything by a rule of the provider can change who has access.",
        remedy: "Make a second person an administrator.",
        needs: &[
            RuleInput::Containers,
            RuleInput::ContainerGrants,
            RuleInput::Groups,
        ],
        sql: include_str!("sql/single_admin.sql"),
    },
    ReviewRule {
        id: "external-editor",
        title: "External account with edit access",
        severity: Severity::High,
        meaning: "An account from outside the tenant can change what others rely on.",
        remedy: "Ask who invited them and whether they still need it; reduce the access to read-only.",
        needs: &[RuleInput::ContainerGrants, RuleInput::Groups],
        sql: include_str!("sql/external_editor.sql"),
    },
    ReviewRule {
        id: "public",
        title: "Public resource",
        severity: Severity::High,
        meaning: "Anyone who has the address can open it, without an account in the tenant.",
        remedy: "Check that nothing secret stands in it, or narrow its visibility.",
        needs: &[RuleInput::Containers],
        sql: include_str!("sql/public.sql"),
    },
    ReviewRule {
        id: "disabled-account-with-access",
        title: "Disabled account with access",
        severity: Severity::High,
        meaning: "The access returns when the account is enabled again, and hides who really has access.",
        remedy: "Remove the account's access.",
        needs: &[RuleInput::Accounts, RuleInput::ContainerGrants],
        sql: include_str!("sql/disabled_account_with_access.sql"),
    },
    ReviewRule {
        id: "orphaned-account",
        title: "Orphaned account, or an unlisted service account, partner or guest, with access",
        severity: Severity::High,
        meaning: "It can be an account that was removed without its access, or one of a kind that the provider does not list, such as a service account, a partner or a guest.",
        remedy: "Find out which of these it is, from the provider or from the person who gave the access. Remove the access only if the account was removed.",
        needs: &[RuleInput::Accounts, RuleInput::ContainerGrants],
        sql: include_str!("sql/orphaned_account.sql"),
    },
    ReviewRule {
        id: "unused-key",
        title: "Unused key",
        severity: Severity::Medium,
        meaning: "The theft of a valid key that is not used goes unnoticed.",
        remedy: "Ask who issued it, and revoke it.",
        needs: &[RuleInput::Secrets],
        sql: include_str!("sql/unused_key.sql"),
    },
    ReviewRule {
        id: "expiring-key",
        title: "Key expires soon",
        severity: Severity::Low,
        meaning: "What uses the key stops working on that day.",
        remedy: "Issue a new one in time, or let it lapse if it is unused.",
        needs: &[RuleInput::Secrets],
        sql: include_str!("sql/expiring_key.sql"),
    },
    ReviewRule {
        id: "non-expiring-key",
        title: "Non-expiring key",
        severity: Severity::Medium,
        meaning: "A key that never expires works for anyone who finds it, however long ago it was lost.",
        remedy: "Replace it with one that expires.",
        needs: &[RuleInput::Secrets],
        sql: include_str!("sql/non_expiring_key.sql"),
    },
    ReviewRule {
        id: "many-admins",
        title: "Many administrators of the tenant",
        severity: Severity::Medium,
        meaning: "Each of them can change all access; each further account is one more to lose.",
        remedy: "Reduce the role to those who need it every week.",
        needs: &[RuleInput::Accounts, RuleInput::Groups],
        sql: include_str!("sql/many_admins.sql"),
    },
    ReviewRule {
        id: "single-principal",
        title: "Single principal with access",
        severity: Severity::Low,
        meaning: "What stands in it is lost to the others when this person leaves, but for those who oversee everything by a rule of the provider.",
        remedy: "Share it with a second person, or make it that person's own.",
        needs: &[
            RuleInput::Containers,
            RuleInput::ContainerGrants,
            RuleInput::Groups,
        ],
        sql: include_str!("sql/single_principal.sql"),
    },
    ReviewRule {
        id: "dormant-account",
        title: "Dormant account",
        severity: Severity::Medium,
        meaning: "Nobody notices when an attacker uses an account that works and that its owner does not use.",
        remedy: "Ask whose it is and if it is still needed; remove it, or disable it.",
        needs: &[RuleInput::LastUse],
        sql: include_str!("sql/dormant_account.sql"),
    },
    ReviewRule {
        id: "old-invitation",
        title: "Old invitation",
        severity: Severity::Medium,
        meaning: "Anyone who reads the mail of that address can still accept it.",
        remedy: "Ask who sent it, and withdraw it.",
        needs: &[RuleInput::Invitations],
        sql: include_str!("sql/old_invitation.sql"),
    },
    ReviewRule {
        id: "unused-seats",
        title: "Unused seats",
        severity: Severity::Low,
        meaning: "They are paid for, and an invitation fills one without a further decision.",
        remedy: "Give them back when the plan is renewed, or know what they are for.",
        needs: &[RuleInput::Seats],
        sql: include_str!("sql/unused_seats.sql"),
    },
];

/// The thresholds of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleLimits {
    /// Days without use after which a key is unused.
    pub unused_days: u32,
    /// Days within which an end is soon.
    pub expiry_days: u32,
    /// Administrators of the tenant that are not too many.
    pub tenant_admins: u32,
    /// Days without use after which an account is dormant.
    pub dormant_days: u32,
    /// Days after which an invitation is old.
    pub invitation_days: u32,
}

impl Default for RuleLimits {
    fn default() -> Self {
        Self {
            unused_days: 90,
            expiry_days: 30,
            tenant_admins: 5,
            dormant_days: 90,
            invitation_days: 30,
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
