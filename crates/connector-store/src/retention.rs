//! Which runs of a tenant stay in the file: all of late, then one a day, a week, a month.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use thiserror::Error;

use super::runs::RunRow;

/// A retention policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// So many runs stay, the latest ones.
    latest: u32,
    /// All runs stay that began within so many hours.
    all: Option<i64>,
    /// Of each period, the last run stays of those that began within so many hours.
    periods: [Option<i64>; 3],
}

/// A period of which one run stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Day,
    Week,
    Month,
}

const PERIODS: [(Period, &str); 3] = [
    (Period::Day, "daily"),
    (Period::Week, "weekly"),
    (Period::Month, "monthly"),
];
const DAY: i64 = 24;
/// The units of a time, in hours.
const UNITS: [(char, i64); 4] = [('h', 1), ('d', DAY), ('w', 7 * DAY), ('y', 366 * DAY)];
/// A time that never ends.
const FOREVER: &str = "forever";

/// A text that is no retention policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no part of a retention policy: give a number of runs, a time in which all stay (48h, 7d), and one of each period with daily=, weekly= or monthly= and a time (30d, 26w, 5y, forever), joined by commas"
)]
pub struct RetentionError(String);

impl Retention {
    /// Keeps so many runs, the latest ones.
    pub fn latest(runs: u32) -> Self {
        Self {
            latest: runs,
            all: None,
            periods: [None; 3],
        }
    }

    /// Returns those of a tenant's runs that are pruned. They come with the latest first, whose
    /// time is the present. A run on hold stays, and so does the latest complete one.
    pub(super) fn select_outdated(&self, runs: Vec<RunRow>) -> Vec<RunRow> {
        let Some(now) = runs.first().and_then(RunRow::time) else {
            return Vec::new();
        };
        let complete = runs.iter().find(|one| one.complete).map(|one| one.run);
        let mut seen = BTreeSet::new();
        let mut place = 0;
        let outdated = runs.into_iter().filter(|one| {
            place += 1;
            let is_latest = place <= self.latest.max(1);
            let stays = one.on_hold || Some(one.run) == complete || is_latest;
            // Each period is taken note of, also where its run stays for another reason.
            let of_period = self.is_of_period(one, now, &mut seen);
            !stays && !of_period
        });
        outdated.collect()
    }

    fn is_of_period(
        &self,
        run: &RunRow,
        now: Timestamp,
        seen: &mut BTreeSet<(usize, Date)>,
    ) -> bool {
        // A run whose time cannot be read is not deleted for its age.
        let Some(began) = run.time() else {
            return true;
        };
        let hours = now.duration_since(began).as_hours();
        let mut stays = self.all.is_some_and(|most| hours < most);
        for (at, (window, (period, _))) in self.periods.iter().zip(PERIODS).enumerate() {
            if window.is_some_and(|most| hours < most) {
                stays |= seen.insert((at, period.start(began)));
            }
        }
        stays
    }
}

impl Period {
    /// Returns the first day of the period in UTC.
    fn start(self, time: Timestamp) -> Date {
        let date = time.to_zoned(TimeZone::UTC).date();
        let days = match self {
            Self::Day => 0,
            Self::Week => date.weekday().to_monday_zero_offset(),
            Self::Month => date.day() - 1,
        };
        let start = jiff::Span::new().try_days(i64::from(days));
        let start = start.and_then(|days| date.checked_sub(days));
        start.unwrap_or(date)
    }
}

impl FromStr for Retention {
    type Err = RetentionError;

    fn from_str(text: &str) -> Result<Self, RetentionError> {
        let mut policy = Self::latest(1);
        for part in text.split(',').map(str::trim) {
            let fault = || RetentionError(part.to_owned());
            if let Some((name, time)) = part.split_once('=') {
                let at = PERIODS.iter().position(|(_, known)| *known == name.trim());
                let period = at.and_then(|at| policy.periods.get_mut(at));
                *period.ok_or_else(fault)? = Some(hours(time.trim()).ok_or_else(fault)?);
            } else if let Ok(latest @ 1..) = part.parse() {
                policy.latest = latest;
            } else {
                policy.all = Some(hours(part).ok_or_else(fault)?);
            }
        }
        Ok(policy)
    }
}

fn hours(time: &str) -> Option<i64> {
    if time == FOREVER {
        return Some(i64::MAX);
    }
    let (unit, hours) = UNITS.iter().find(|(unit, _)| time.ends_with(*unit))?;
    let number: i64 = time.strip_suffix(*unit)?.parse().ok()?;
    (number > 0).then(|| number.saturating_mul(*hours))
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = vec![self.latest.to_string()];
        parts.extend(self.all.map(in_units));
        for (window, (_, name)) in self.periods.iter().zip(PERIODS) {
            parts.extend(window.map(|hours| format!("{name}={}", in_units(hours))));
        }
        f.write_str(&parts.join(","))
    }
}

fn in_units(hours: i64) -> String {
    let whole = UNITS.iter().rev().find(|(_, unit)| hours % unit == 0);
    match (hours, whole) {
        (i64::MAX, _) | (_, None) => FOREVER.to_owned(),
        (_, Some((unit, of))) => format!("{}{unit}", hours / of),
    }
}

#[cfg(test)]
mod tests {
    use super::super::RunId;
    use super::*;
    use connector_types::ResourceId;

    /// Hourly runs, the latest first.
    fn hourly(hours: i64) -> Vec<RunRow> {
        let now: Timestamp = "2026-03-15T12:30:00Z".parse().unwrap();
        let runs = (0..hours).map(|ago| RunRow {
            run: RunId(hours - ago),
            tenant: ResourceId::new("team", "1"),
            tenant_name: "Team".to_owned(),
            started_at: (now - jiff::SignedDuration::from_hours(ago)).to_string(),
            complete: true,
            digest: String::new(),
            on_hold: false,
        });
        runs.collect()
    }

    fn retained(policy: &str, runs: &[RunRow]) -> Vec<String> {
        let policy: Retention = policy.parse().unwrap();
        let gone = policy.select_outdated(runs.to_vec());
        let stay = runs.iter().filter(|one| !gone.contains(one));
        stay.map(|one| one.started_at.clone()).collect()
    }

    #[test]
    fn all_of_late_stay_then_one_of_each_period() {
        let runs = hourly(24 * 100);
        assert_eq!(retained("12", &runs).len(), 12);
        assert_eq!(retained("48h", &runs).len(), 48);
        let days = retained("6h,daily=4d", &runs);
        assert_eq!(days.len(), 6 + 4);
        assert_eq!(days[6], "2026-03-14T23:30:00Z");
        // Weeks begin on Mondays, and the present week and month count.
        let weeks = retained("1h,weekly=3w", &runs);
        assert_eq!(
            weeks[1..],
            [
                "2026-03-08T23:30:00Z",
                "2026-03-01T23:30:00Z",
                "2026-02-22T23:30:00Z"
            ]
        );
        let months = retained("1h,monthly=forever", &runs);
        assert_eq!(
            months,
            [
                "2026-03-15T12:30:00Z",
                "2026-02-28T23:30:00Z",
                "2026-01-31T23:30:00Z",
                "2025-12-31T23:30:00Z"
            ]
        );
    }

    #[test]
    fn runs_on_hold_and_the_latest_complete_run_stay() {
        let mut runs = hourly(50);
        for run in &mut runs[..30] {
            run.complete = false;
        }
        runs[40].on_hold = true;
        let stay = retained("2", &runs);
        let expected = [0, 1, 30, 40].map(|at: usize| runs[at].started_at.clone());
        assert_eq!(stay, expected);
    }

    #[test]
    fn a_policy_reads_as_it_is_written() {
        for text in [
            "12",
            "1,2d",
            "1,7d,daily=30d,weekly=26w,monthly=5y",
            "3,monthly=forever",
        ] {
            let policy: Retention = text.parse().unwrap();
            assert_eq!(policy.to_string().parse(), Ok(policy), "{text}");
        }
        for text in [
            "",
            "0",
            "x",
            "7",
            "-1d",
            "0d",
            "daily",
            "daily=",
            "hourly=3d",
            "1d,,2d",
        ] {
            let read = text.parse::<Retention>();
            assert_eq!(read.is_err(), text != "7", "{text}");
        }
    }
}
