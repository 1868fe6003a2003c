//! The meaning of the visibility `team`: `/teams` distinguishes an organization of several teams
//! from one team.
//!
//! In an organization a workspace belongs to one of its teams, and nothing that is read says to
//! which. Postman is asked once in a list of workspaces; page tokens carry the answer, as the
//! list's name.

use crate::ResourceKind;
use crate::api::client::{AcceptedResponse, get};
use crate::api::endpoints::PostmanRequest;
use crate::api::wire::{Data, SubTeam};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::lenient::{LenientList, LenientObject};
use connector_sdk::model::{Impact, ResourceId};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::page_token::PagePosition;
use connector_sdk::transport::Transport;

/// The principals that the visibility `team` gives access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No workspace so far has that visibility.
    NotAsked,
    /// Every member of the team.
    WholeTeam,
    /// The members of one team of the organization.
    OneOfSeveral,
    /// Postman did not say.
    Unknown,
}

const ALL: [Reach; 4] = [
    Reach::NotAsked,
    Reach::WholeTeam,
    Reach::OneOfSeveral,
    Reach::Unknown,
];

impl Reach {
    /// Returns the name of the list whose page tokens carry this.
    pub fn list(self) -> &'static str {
        match self {
            Self::NotAsked => ResourceKind::Workspace.name(),
            Self::WholeTeam => "workspace-of-team",
            Self::OneOfSeveral => "workspace-of-organization",
            Self::Unknown => "workspace-of-unknown",
        }
    }

    /// Returns the reason why the audience of the visibility is unknown.
    pub fn obstacle(self) -> Option<&'static str> {
        match self {
            Self::WholeTeam => None,
            Self::OneOfSeveral => Some(
                "visibility team: in an organization, members of the workspace's own team can open it, \
                 and which team that is was not read",
            ),
            Self::NotAsked | Self::Unknown => Some(
                "visibility team: Postman did not say whether the team is an organization, in which \
                 members of one of its teams alone can open the workspace",
            ),
        }
    }
}

/// Returns the position that a caller's page token stands for, and what the earlier pages have
/// learned.
pub fn resume(team: &ResourceId, cursor: Option<&str>) -> Result<(PagePosition, Reach), Error> {
    let mut refused = None;
    for reach in ALL {
        match page_token::resume(reach.list(), team, cursor) {
            Ok(place) => return Ok((place, reach)),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(refused
        .unwrap_or_else(|| Error::invalid_argument("page-token: it belongs to another list")))
}

/// The first teams are enough: no more are asked for.
const FIRST: PostmanRequest<'static> = PostmanRequest::Teams { cursor: "" };

/// Asks for the first teams of an organization. A passing fault should not cost what follows from them;
/// a silence is not waited for twice.
fn first_teams(transport: &impl Transport) -> Result<AcceptedResponse<'static>, Error> {
    get(transport, &FIRST).or_else(|error| {
        if error.kind == ErrorKind::Unavailable && error.problem.status.is_some() {
            get(transport, &FIRST)
        } else {
            Err(error)
        }
    })
}

/// Finds out if the team is an organization. A team that is none has no such list.
pub fn ask(
    transport: &impl Transport,
    page: &mut PageBuilder,
    team: &ResourceId,
) -> Result<Reach, Error> {
    match first_teams(transport) {
        Ok(answer) => Ok(count(&answer)),
        Err(error) => {
            let consequence = ", so that the visibility `team` lets in all of its members";
            match accept_refusal(page, team, error, consequence) {
                Ok(()) => Ok(Reach::WholeTeam),
                Err(error) if matches!(TeamsRefusal::of(&error), TeamsRefusal::Unclear) => {
                    Ok(Reach::Unknown)
                }
                Err(error) => Err(error),
            }
        }
    }
}

/// Returns the reach of visibility `team`: an organization without teams has none that a workspace could belong to.
fn count(answer: &AcceptedResponse<'_>) -> Reach {
    let teams: Result<Data<SubTeam<'_>>, Error> = answer.read();
    match teams.map(|teams| teams.data) {
        Ok(LenientList::Items(teams)) if teams.iter().any(is_team) => Reach::OneOfSeveral,
        Ok(LenientList::Items(teams)) if teams.is_empty() => Reach::WholeTeam,
        _ => Reach::Unknown,
    }
}

fn is_team(team: &LenientObject<SubTeam<'_>>) -> bool {
    matches!(team, LenientObject::Here(team) if team.id.id().is_some())
}

/// Accepts that the team is no organization, where Postman refuses its teams for good, and notes it;
/// any other error is returned.
pub fn accept_refusal(
    page: &mut PageBuilder,
    team: &ResourceId,
    error: Error,
    consequence: &str,
) -> Result<(), Error> {
    match TeamsRefusal::of(&error) {
        TeamsRefusal::NotOffered => Ok(()),
        TeamsRefusal::NoOrganization => {
            let (reason, assumption) = (
                &error.problem.message,
                TeamsRefusal::stated_assumption(&error),
            );
            let message = format!("{reason} {assumption}{consequence}.");
            page.notice("no-teams", Some(team), Impact::None, message);
            Ok(())
        }
        TeamsRefusal::Unclear | TeamsRefusal::OfEveryRequest => Err(error),
    }
}

/// The meaning of an error from `/teams`.
enum TeamsRefusal {
    /// The plan has no organizations.
    NotOffered,
    /// The team is taken to be none.
    NoOrganization,
    /// It says nothing about the team, as what stands before Postman does.
    Unclear,
    /// The next request fails as well.
    OfEveryRequest,
}

impl TeamsRefusal {
    /// Returns what is assumed of a team whose teams are refused. A missing permission is no answer.
    fn stated_assumption(error: &Error) -> &'static str {
        if error.kind == ErrorKind::Forbidden {
            "It could not be known whether the team is an organization of several teams: it is taken to be none"
        } else {
            "The team is taken to be no organization of several teams"
        }
    }

    /// Returns the meaning of an error.
    fn of(error: &Error) -> Self {
        match (error.kind, error.problem.status) {
            (ErrorKind::NotOffered, _) => Self::NotOffered,
            (
                ErrorKind::RateLimited | ErrorKind::QuotaExhausted | ErrorKind::Unauthenticated,
                _,
            )
            | (ErrorKind::Misconfigured, None) => Self::OfEveryRequest,
            (ErrorKind::Unavailable, _) => Self::Unclear,
            (ErrorKind::Forbidden, _) | (_, Some(400 | 402 | 404)) => Self::NoOrganization,
            _ => Self::Unclear,
        }
    }
}
