//! What a simulator has answered, request by request, and how its team moved in between: what a test
//! holds a sync of a moving team against.

use super::request::SimulatedRequest;
use connector_types::lock;
use std::sync::{Mutex, MutexGuard};

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Path and query.
    pub target: String,
    /// Whether it shows what the team has, and was sent whole.
    pub good: bool,
    /// Of the team's moves, how many had happened: the answer shows the team as it was then.
    pub moves: usize,
}

/// How the team moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// What has this id is gone: somebody that left, or something that vanished.
    Gone(String),
    /// The viewers and the admins of this workspace have changed places.
    Changed(String),
    /// Lists that come in pages have shifted.
    Shifted,
}

/// The answers so far, where they are kept.
#[derive(Default)]
pub(super) struct History(Option<Mutex<Vec<Answered>>>);

impl History {
    /// Keeps answers only where asked to: there is no end to them.
    pub(super) fn new(kept: bool) -> Self {
        Self(kept.then(Mutex::default))
    }

    pub(super) fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn note(&self, request: &SimulatedRequest, good: bool, moves: usize) {
        if let Some(mut answers) = self.lock() {
            let target = request.target();
            answers.push(Answered {
                target,
                good,
                moves,
            });
        }
    }

    pub(super) fn answers(&self) -> Vec<Answered> {
        self.lock()
            .map(|answers| answers.clone())
            .unwrap_or_default()
    }

    fn lock(&self) -> Option<MutexGuard<'_, Vec<Answered>>> {
        let answers = self.0.as_ref()?;
        Some(lock(answers))
    }
}
