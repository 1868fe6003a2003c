//! The due times of one tenant: at an interval or by a cron expression, spread by a jitter.

use cronexpr::{Crontab, parse_crontab};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Seconds of a day, the longest jitter.
const DAY: i64 = 86_400;
/// Seconds of the longest interval.
const LONGEST: i64 = 366 * DAY;

/// A schedule as a tenants file states it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScheduleFields {
    /// An interval, such as `1h` or `90m`.
    pub every: Option<String>,
    /// A cron expression of five fields.
    pub cron: Option<String>,
    /// The IANA time zone of the cron expression (UTC).
    pub time_zone: Option<String>,
    /// The longest delay by which starts are spread (none).
    pub jitter: Option<String>,
    /// Starts after a restart if a start was missed while the process was stopped (true).
    pub catch_up: Option<bool>,
}

/// A schedule that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ScheduleError(String);

/// The times at which a tenant is due.
#[derive(Clone, Debug)]
pub struct Schedule {
    rule: ScheduleRule,
    /// Seconds.
    jitter: i64,
    catches_up: bool,
    fields: ScheduleFields,
}

#[derive(Clone, Debug)]
enum ScheduleRule {
    /// Multiples of so many seconds since 1970: a restart does not move them.
    Every(i64),
    Cron(Box<Crontab>),
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl Schedule {
    /// Checks a schedule.
    ///
    /// # Errors
    /// Returns an error if a field cannot be used, contradicts another one or has no effect.
    pub fn new(fields: &ScheduleFields) -> Result<Self, ScheduleError> {
        let rule = match (&fields.every, &fields.cron) {
            (Some(every), None) => ScheduleRule::Every(parse_interval(every, fields)?),
            (None, Some(cron)) => ScheduleRule::Cron(Box::new(read_cron(cron, fields)?)),
            (None, None) => return Err(schedule_fault("say when, with every or with cron")),
            (Some(_), Some(_)) => {
                return Err(schedule_fault("every and cron are both there: keep one"));
            }
        };
        let jitter = fields
            .jitter
            .as_deref()
            .map(|text| parse_seconds("jitter", text));
        let jitter = jitter.transpose()?.unwrap_or(0);
        let longest = match rule {
            ScheduleRule::Every(every) => every - 1,
            ScheduleRule::Cron(_) => DAY,
        };
        if jitter > longest {
            let text = "jitter is at most a day, and shorter than the interval: make it shorter";
            return Err(schedule_fault(text));
        }
        Ok(Self {
            rule,
            jitter,
            catches_up: fields.catch_up.unwrap_or(true),
            fields: fields.clone(),
        })
    }

    /// Returns the first start of a tenant after `time`; `None` if there is none any more. The
    /// jitter depends on the tenant's name and the time alone, so that it survives a restart.
    pub fn next_after(&self, time: Timestamp, tenant: &str) -> Option<Timestamp> {
        let earlier = time.checked_sub(SignedDuration::from_secs(self.jitter));
        let mut occurrence = self.occurrence_after(earlier.unwrap_or(time))?;
        loop {
            let start = self.spread_start(occurrence, tenant)?;
            if start > time {
                return Some(start);
            }
            occurrence = self.occurrence_after(occurrence)?;
        }
    }

    /// Returns the first start of a tenant whose latest sync began at `latest`: at once if a start was
    /// missed meanwhile or there was no sync yet, and missed starts are made up for.
    pub fn first_after(
        &self,
        latest: Option<Timestamp>,
        now: Timestamp,
        tenant: &str,
    ) -> Option<Timestamp> {
        let missed = latest.is_none_or(|latest| {
            let next = self.next_after(latest, tenant);
            next.is_some_and(|next| next <= now)
        });
        if self.catches_up && missed {
            Some(now)
        } else {
            self.next_after(now, tenant)
        }
    }

    fn occurrence_after(&self, time: Timestamp) -> Option<Timestamp> {
        match &self.rule {
            ScheduleRule::Every(every) => {
                let count = time.as_second().div_euclid(*every).checked_add(1)?;
                Timestamp::from_second(count.checked_mul(*every)?).ok()
            }
            ScheduleRule::Cron(crontab) => {
                crontab.find_next(time).ok().map(|next| next.timestamp())
            }
        }
    }

    fn spread_start(&self, occurrence: Timestamp, tenant: &str) -> Option<Timestamp> {
        let mut hash = Sha256::new();
        hash.update(occurrence.as_second().to_be_bytes());
        hash.update(tenant);
        let first = hash.finalize().first_chunk::<4>().copied();
        let drawn = i64::from(u32::from_be_bytes(first.unwrap_or_default()));
        let delay = SignedDuration::from_secs(drawn % (self.jitter + 1));
        occurrence.checked_add(delay).ok()
    }
}

fn schedule_fault(text: impl Into<String>) -> ScheduleError {
    ScheduleError(text.into())
}

fn parse_interval(text: &str, fields: &ScheduleFields) -> Result<i64, ScheduleError> {
    if fields.time_zone.is_some() {
        let text = "time-zone has no effect on every: leave it out, or use cron";
        return Err(schedule_fault(text));
    }
    match parse_seconds("every", text)? {
        every @ 1..=LONGEST => Ok(every),
        _ => Err(schedule_fault("every goes from 1s to 366 days")),
    }
}

fn parse_seconds(field: &str, text: &str) -> Result<i64, ScheduleError> {
    let parsed: Option<SignedDuration> = text.parse().ok();
    let whole = parsed.filter(|parsed| parsed.subsec_nanos() == 0 && !parsed.is_negative());
    let whole = whole.map(|parsed| parsed.as_secs());
    let reason = || format!("{field} is a time in whole seconds, such as 30s, 15m or 1h30m");
    whole.ok_or_else(|| schedule_fault(reason()))
}

fn read_cron(text: &str, fields: &ScheduleFields) -> Result<Crontab, ScheduleError> {
    if text.split_whitespace().count() != 5 {
        let text = "cron has five fields: minute, hour, day of month, month, day of week";
        return Err(schedule_fault(text));
    }
    let zone = fields.time_zone.as_deref().unwrap_or("UTC");
    if jiff::tz::TimeZone::get(zone).is_err() {
        let text = "time-zone is not in the system's time zone database: use an IANA name such as Europe/Berlin, and install tzdata";
        return Err(schedule_fault(text));
    }
    let parsed = parse_crontab(&format!("{text} {zone}"));
    let parsed = parsed.map_err(|error| {
        let first = error.to_string();
        let first = first.lines().next_back().unwrap_or_default();
        let first = first.trim_start_matches([' ', '^']);
        schedule_fault(format!("cron cannot be used: {first}"))
    })?;
    // Such as 30 February.
    match parsed.find_next(Timestamp::UNIX_EPOCH) {
        Ok(_) => Ok(parsed),
        Err(_) => Err(schedule_fault("cron names a date that never comes")),
    }
}
