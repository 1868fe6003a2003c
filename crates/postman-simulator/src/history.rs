//! The answers of a simulator, request by request, and the changes of its team in between: a test
//! compares a sync of a changing team with it.

use super::request::SimulatedRequest;
use connector_types::lock;
use std::sync::{Mutex, MutexGuard};

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedAnswer {
    /// Path and query.
    pub target: String,
    /// True if it shows the actual team, and was sent completely.
    pub good: bool,
    /// Of the team's moves, how many had happened: the answer shows the team as it was then.
    pub moves: usize,
}

/// A change of the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamChange {
    /// The item with this id is removed: a user who left, or something that vanished.
    Gone(String),
    /// The viewers and the admins of this workspace have been swapped.
    Changed(String),
    /// Lists that come in pages have shifted.
    Shifted,
}

/// The answers so far, if they are stored.
#[derive(Default)]
pub(super) struct History(Option<Mutex<Vec<LoggedAnswer>>>);

impl History {
    /// Keeps answers only where asked to: there is no end to them.
    pub(super) fn new(is_on: bool) -> Self {
        Self(is_on.then(Mutex::default))
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn note_request(&self, request: &SimulatedRequest, good: bool, moves: usize) {
        if let Some(mut answers) = self.lock() {
            let target = request.request_target();
            answers.push(LoggedAnswer {
                target,
                good,
                moves,
            });
        }
    }

    pub(super) fn answered_requests(&self) -> Vec<LoggedAnswer> {
        self.lock()
            .map(|answers| answers.clone())
            .unwrap_or_default()
    }

    fn lock(&self) -> Option<MutexGuard<'_, Vec<LoggedAnswer>>> {
        let answers = self.0.as_ref()?;
        Some(lock(answers))
    }
}
