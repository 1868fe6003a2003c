//! Which tenants start when. It has no clock and starts nothing itself: it is handed the time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Schedule;

/// A tenant that is to be synced on a schedule.
#[derive(Clone, Debug)]
pub struct PlannedTenant {
    /// The tenant's name.
    pub name: String,
    /// Its schedule.
    pub schedule: Schedule,
    /// The start of its latest sync, if known.
    pub latest: Option<Timestamp>,
    /// True if it starts at once, regardless of the schedule: a sync of it was interrupted, or
    /// failed for a reason that a reload may have removed.
    pub starts_at_once: bool,
}

/// The tenants of a process, when each is due, and which are running. A tenant is never started while
/// it runs: starts that fall into a run are left out.
#[derive(Debug, Default)]
pub struct Planner {
    entries: BTreeMap<String, PlannedEntry>,
    running: BTreeMap<String, Timestamp>,
    most: usize,
}

#[derive(Debug)]
struct PlannedEntry {
    schedule: Schedule,
    due: Option<Timestamp>,
    /// True if a start that falls into a run follows after it.
    is_asked_for: bool,
}

impl Planner {
    /// Returns a planner without tenants that has at most `most` of them running at once.
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            ..Self::default()
        }
    }

    /// Replaces the tenants. A tenant with the same schedule keeps its due time. The present run of a
    /// removed tenant continues to its end and is its last.
    pub fn replace_tenants(
        &mut self,
        tenants: impl IntoIterator<Item = PlannedTenant>,
        now: Timestamp,
    ) {
        let mut before = std::mem::take(&mut self.entries);
        for tenant in tenants {
            let PlannedTenant {
                name,
                schedule,
                latest,
                starts_at_once,
            } = tenant;
            let known = before.remove(&name);
            let known = known.filter(|known| known.schedule == schedule);
            let due = match (starts_at_once, known) {
                (true, _) => Some(now),
                (false, Some(known)) => known.due,
                (false, None) => {
                    let running = self.running.get(&name).copied();
                    schedule.first_after(latest.max(running), now, &name)
                }
            };
            let entry = PlannedEntry {
                schedule,
                due,
                is_asked_for: starts_at_once,
            };
            self.entries.insert(name, entry);
        }
    }

    /// Returns the tenants that start now, those that are due longest first, and takes note that they
    /// run.
    pub fn start_due(&mut self, now: Timestamp) -> Vec<String> {
        let room = self.most.saturating_sub(self.running.len());
        let mut due: Vec<_> = self
            .waiting_tenants()
            .filter(|(due, _)| *due <= now)
            .collect();
        due.sort();
        let starting = due.into_iter().take(room);
        let starting: Vec<String> = starting.map(|(_, name)| name.to_owned()).collect();
        for name in &starting {
            self.running.insert(name.clone(), now);
            if let Some(entry) = self.entries.get_mut(name) {
                entry.due = entry.schedule.next_after(now, name);
                entry.is_asked_for = false;
            }
        }
        starting
    }

    /// Takes note that a run has ended. A start that fell into the run is left out, one that a reload
    /// asked for is not.
    pub fn finish(&mut self, name: &str, now: Timestamp) {
        self.running.remove(name);
        if let Some(entry) = self.entries.get_mut(name)
            && !entry.is_asked_for
            && entry.due.is_some_and(|due| due <= now)
        {
            entry.due = entry.schedule.next_after(now, name);
        }
    }

    /// Returns the time of the next start, if there is one for which there is room.
    pub fn next_start(&self) -> Option<Timestamp> {
        let has_room = self.running.len() < self.most;
        let next = self.waiting_tenants().map(|(due, _)| due).min();
        next.filter(|_| has_room)
    }

    /// Returns when a tenant is due.
    pub fn due_at(&self, name: &str) -> Option<Timestamp> {
        self.entries.get(name).and_then(|entry| entry.due)
    }

    /// Returns the names of all tenants.
    pub fn tenant_names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    fn waiting_tenants(&self) -> impl Iterator<Item = (Timestamp, &str)> {
        let entries = self.entries.iter();
        let waiting = entries.filter(|(name, _)| !self.running.contains_key(*name));
        waiting.filter_map(|(name, entry)| entry.due.map(|due| (due, name.as_str())))
    }
}
