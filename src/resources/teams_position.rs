//! A position in the list of an organization's teams, as page tokens carry it.

use crate::ResourceKind;
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::model::ResourceId;
use connector_sdk::page_token::PagePosition;

/// The longest position that a page token has room for, in bytes.
const MAX_POSITION: usize = 1024;

/// A position in the list of an organization's teams.
pub struct TeamsPosition {
    /// The team that the others belong to.
    pub root: ResourceId,
    /// Teams whose members are still to be read.
    pub waiting: Vec<PendingTeam>,
    /// Postman's cursor of the teams after them; empty at the end.
    pub cursor: String,
}

/// A team whose members are still to be read.
pub struct PendingTeam {
    /// The team.
    pub id: ResourceId,
    /// No group has the same id, so that a group of that id in roles is this team.
    pub is_only_one: bool,
}

/// Marks a team that shares its id with a group, in page tokens.
const SHARED: char = '!';

impl TeamsPosition {
    /// Returns the position that a page token has.
    pub fn parse(at: &str) -> Option<Self> {
        let mut parts = at.splitn(3, ' ');
        let root = ResourceId::parse(ResourceKind::Team, parts.next()?)?;
        // The token of the first page of teams has the root alone.
        let waiting = parts.next().unwrap_or_default();
        let waiting = waiting.split(',').filter(|id| !id.is_empty());
        Some(Self {
            root,
            waiting: waiting.map(PendingTeam::parse).collect::<Option<_>>()?,
            cursor: parts.next().unwrap_or_default().to_owned(),
        })
    }

    /// Returns the text that a page token has, or none where nothing is left to read.
    fn text(&self) -> Option<String> {
        let waiting: Vec<String> = self.waiting.iter().map(PendingTeam::text).collect();
        let is_end = waiting.is_empty() && self.cursor.is_empty();
        (!is_end).then(|| format!("{} {} {}", self.root.id, waiting.join(","), self.cursor))
    }

    /// Returns true if a page token has no room for the position.
    pub fn is_too_long(&self) -> bool {
        self.text().is_some_and(|text| text.len() > MAX_POSITION)
    }

    /// Returns the token of what follows, where anything does.
    pub fn next(&self, place: PagePosition) -> Result<Option<String>, Error> {
        let next = self.text().map(|text| place.then(&text)).transpose();
        next.map_err(|_| endless())
    }
}

/// Returns the token of the first page of teams, which follows the root.
pub fn first_page(root: &ResourceId, place: PagePosition) -> Result<Option<String>, Error> {
    place.then(&root.id).map(Some).map_err(|_| endless())
}

fn endless() -> Error {
    Error::new(
        ErrorKind::UnexpectedResponse,
        "Postman's list of the organization's teams does not come to an end, or its cursor is too long.".to_owned(),
        "GET /teams: 200, the list cannot go on".to_owned(),
    )
}

impl PendingTeam {
    fn parse(text: &str) -> Option<Self> {
        let id = text.trim_end_matches(SHARED);
        Some(Self {
            id: ResourceId::parse(ResourceKind::Team, id)?,
            is_only_one: id.len() == text.len(),
        })
    }

    fn text(&self) -> String {
        let mut text = self.id.id.clone();
        text.extend((!self.is_only_one).then_some(SHARED));
        text
    }
}
