//! The quirks: each contradiction or quirk of the real API, one flag, switched on or off.

use std::str::FromStr;

macro_rules! quirks {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// The behavior of the simulated Postman that a reader may not expect. A flag that is off
        /// gives the form that Postman's published description shows.
        ///
        /// "Published" is Postman's own description, "seen live" is a report of a real answer,
        /// "contradictory" means that Postman's own texts disagree, and "guessed" means that
        /// nothing is published and a reader has to be ready for it.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct ApiQuirks {
            $($(#[doc = $doc])+ pub $name: bool,)+
        }

        impl ApiQuirks {
            /// Name of each quirk, and what it does.
            pub const NAMES: &'static [(&'static str, &'static str)] =
                &[$((stringify!($name), concat!($($doc),+))),+];

            /// Returns every quirk on.
            pub fn all() -> Self {
                Self { $($name: true),+ }
            }

            /// Returns every quirk off: a team as Postman describes it.
            pub fn none() -> Self {
                Self { $($name: false),+ }
            }

            fn flag(&mut self, name: &str) -> Option<&mut bool> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)+
                    _ => None,
                }
            }
        }
    };
}

quirks! {
    /// Roles name groups under `group`, under `usergroup`, or under both with an overlap (contradictory).
    group_keys,
    /// The last page's `nextCursor` is absent, null, `""` or the cursor that was sent (contradictory).
    last_cursor,
    /// Lists show some items twice, next to each other or a page apart (published example).
    duplicates,
    /// Lists show some items a second time with another name, visibility or status (published example).
    conflicting_records,
    /// The paging object is called `metadata` instead of `meta`, or vice versa (contradictory).
    metadata_key,
    /// `/workspaces/{id}` answers without its `workspace` wrapper, and `team` is called `teamId` (contradictory).
    unwrapped,
    /// Optional fields have no value: absent, null or `""` (no field is published as required).
    null_fields,
    /// Ids that are published as numbers come as text, and vice versa (contradictory).
    id_forms,
    /// Undocumented fields and values, everywhere (published as to be expected).
    unknown_fields,
    /// Times with fractions, with an offset, or unreadable (guessed).
    odd_times,
    /// Names with control characters, of nothing but such, or longer than 1,024 characters (guessed).
    odd_names,
    /// Names and ids with half a surrogate pair, a byte that is no UTF-8, or a raw control character (guessed).
    broken_texts,
    /// Errors of one shape come as `application/json` or `application/problem+json` (published).
    content_types,
    /// Team roles beyond those that are known, one of them called `member` (published as to be expected).
    unknown_team_roles,
    /// Workspace roles beyond 1 to 7, with a `displayName` (published as to be expected).
    unknown_workspace_roles,
    /// Workspaces with a visibility that is not documented, or none (published as to be expected).
    unknown_visibility,
    /// Partners under roles 1 to 3, users under roles 4 to 7, several roles for one user (published example).
    crossed_roles,
    /// Workspace roles name sub-teams under `team` (guessed from collection roles).
    sub_team_roles,
    /// Workspace roles name sub-teams under `group`, and no list of groups has them (inferred).
    sub_team_groups,
    /// Slugs of documented team roles have capitals and other separators (guessed).
    role_spellings,
    /// People that no list shows still hold roles, are in groups, own workspaces (seen live).
    former_users,
    /// Some workspaces and collections are listed, and their roles answer 404 or 403 (seen live).
    refused_roles,
    /// Roles of a personal workspace answer 422 (published for the write, guessed for the read).
    personal_roles_refused,
    /// Items whose id cannot stand in a path: slashes, dots only, too long (guessed).
    hostile_ids,
    /// Items that are no objects, or have no id (guessed).
    broken_items,
    /// A workspace's `about` is `""` (seen live).
    empty_about,
    /// Access keys never used (`lastUsedAt` is `""`), `INACTIVE`, of unknown status, or deleted (published).
    key_states,
    /// Collections that several workspaces list (guessed).
    shared_collections,
    /// SCIM accounts of one address in different case, and without `active` (guessed).
    scim_conflicts,
    /// Bodies come packed for those who take them so, under any name of gzip and in several members
    /// (guessed).
    packed_bodies,
    /// The team is an organisation with sub-teams, one of which each workspace belongs to; without it
    /// `/teams` answers 400 (published).
    organisation,
    /// `/teams/{id}` shows members as ids, under other names, by kind or by role, or counts them alone, or is
    /// refused (the shape of members is published nowhere).
    sub_team_forms,
    /// Workspaces in a list say which team of an organisation they belong to (published of one workspace).
    workspace_teams,
    /// The user list has accounts of programs, which have neither login nor address (guessed).
    listed_services,
    /// If the team is no organization, `/teams` answers 400 with another text, 403 or 404 (seen
    /// live).
    teams_refusals,
    /// Tables of analytics come under another name or none, with columns as names, or rows as objects (guessed).
    analytics_forms,
    /// `/analytics` answers 403 about the key, 401, 404, 400 or 200 with an error (published, and guessed).
    analytics_refusals,
    /// Analytics have rows of addresses that no user has (guessed).
    analytics_strangers,
    /// Pending invitations say who sent them (guessed: the published columns do not).
    invitation_senders,
}

impl Default for ApiQuirks {
    /// Returns those of the demo: everything can be read, and people who left have left their roles behind.
    fn default() -> Self {
        Self {
            former_users: true,
            ..Self::none()
        }
    }
}

/// A name that is no quirk.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is no quirk: give `all`, `none`, or names separated by commas, `-name` to leave one out ({1})"
)]
pub struct UnknownQuirk(String, String);

impl FromStr for ApiQuirks {
    type Err = UnknownQuirk;

    /// Reads `all`, `none`, `name,name` or `all,-name`; `-` and `_` within names are one.
    fn from_str(text: &str) -> Result<Self, UnknownQuirk> {
        let mut quirks = Self::none();
        for word in text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
        {
            match word {
                "all" => quirks = Self::all(),
                "none" => quirks = Self::none(),
                name => quirks.set_quirk(name)?,
            }
        }
        Ok(quirks)
    }
}

impl ApiQuirks {
    fn set_quirk(&mut self, word: &str) -> Result<(), UnknownQuirk> {
        let (name, on) = match word.strip_prefix('-') {
            Some(name) => (name, false),
            None => (word, true),
        };
        match self.flag(&name.replace('-', "_")) {
            Some(flag) => *flag = on,
            None => return Err(UnknownQuirk(name.to_owned(), Self::list_quirks())),
        }
        Ok(())
    }

    fn list_quirks() -> String {
        let names = Self::NAMES.iter().map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(", ").replace('_', "-")
    }
}
