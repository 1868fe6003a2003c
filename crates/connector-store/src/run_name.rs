//! A run by what people call it.

use std::fmt;
use std::str::FromStr;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use thiserror::Error;

use super::runs::{RunId, RunRow};
use super::{Store, StoreError};

/// The name of a run that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunName {
    /// The run of this number.
    Number(RunId),
    /// The last run that began by this time, or by the end of this day in UTC.
    By {
        /// As it was written.
        text: String,
        /// The first moment after it.
        before: Timestamp,
    },
    /// The latest run.
    Latest,
    /// The run of the same tenant before the latest one.
    Previous,
    /// The latest run that is complete.
    LastComplete,
}

/// A text that names no run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} names no run: give a number, a date (2026-03-15), a time (2026-03-15T12:00:00Z), latest, previous or last-complete"
)]
pub struct RunNameError(String);

impl FromStr for RunName {
    type Err = RunNameError;

    fn from_str(text: &str) -> Result<Self, RunNameError> {
        match text {
            "latest" => return Ok(Self::Latest),
            "previous" => return Ok(Self::Previous),
            "last-complete" => return Ok(Self::LastComplete),
            _ => {}
        }
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(RunId(number)));
        }
        let before = end_of_day(text).or_else(|| {
            let time: Timestamp = text.parse().ok()?;
            time.checked_add(jiff::SignedDuration::from_nanos(1)).ok()
        });
        let before = before.ok_or_else(|| RunNameError(text.to_owned()))?;
        Ok(Self::By {
            text: text.to_owned(),
            before,
        })
    }
}

fn end_of_day(text: &str) -> Option<Timestamp> {
    let date: Date = text.parse().ok().filter(|_| !text.contains(':'))?;
    let next = date.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(next.timestamp())
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(RunId(number)) => write!(f, "{number}"),
            Self::By { text, .. } => f.write_str(text),
            Self::Latest => f.write_str("latest"),
            Self::Previous => f.write_str("previous"),
            Self::LastComplete => f.write_str("last-complete"),
        }
    }
}

impl Store {
    /// Returns the run of this name among those that have ended; `None` where there is none.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn find_run(&self, name: &RunName) -> Result<Option<RunRow>, StoreError> {
        if let RunName::Number(run) = name {
            return self.run(*run);
        }
        let mut runs = self.runs()?.into_iter();
        Ok(match name {
            RunName::Number(_) | RunName::Latest => runs.next(),
            RunName::Previous => {
                let latest = runs.next();
                runs.find(|one| latest.as_ref().is_some_and(|it| it.tenant == one.tenant))
            }
            RunName::LastComplete => runs.find(|one| one.complete),
            RunName::By { before, .. } => runs.find(|one| one.began_before(*before)),
        })
    }

    /// Returns the run of this name among those of a run's tenant that ended before it; `None` where
    /// there is none. `latest` and `previous` are the one just before it.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn find_earlier_run(
        &self,
        later: &RunRow,
        name: &RunName,
    ) -> Result<Option<RunRow>, StoreError> {
        let runs = self.runs()?.into_iter();
        let mut runs = runs.filter(|one| one.run < later.run && one.tenant == later.tenant);
        Ok(match name {
            RunName::Number(run) => runs.find(|one| one.run == *run),
            RunName::Latest | RunName::Previous => runs.next(),
            RunName::LastComplete => runs.find(|one| one.complete),
            RunName::By { before, .. } => runs.find(|one| one.began_before(*before)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_by_number_time_or_word() {
        assert_eq!("12".parse(), Ok(RunName::Number(RunId(12))));
        assert_eq!("last-complete".parse(), Ok(RunName::LastComplete));
        let by = |text: &str| match text.parse() {
            Ok(RunName::By { before, .. }) => before.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(by("2026-02-28"), "2026-03-01T00:00:00Z");
        assert_eq!(by("2026-02-28T12:00:00Z"), "2026-02-28T12:00:00.000000001Z");
        for text in ["", "first", "2026-13-01", "12:00"] {
            assert!(text.parse::<RunName>().is_err(), "{text}");
        }
    }
}
