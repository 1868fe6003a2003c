//! A rule: at which endpoint, for which of its requests, which fault.

use super::body::ErrorBody;
use super::fault::{Fault, WORDS};
use crate::dialect::Dialect;
use crate::request::SimulatedRequest;
use crate::route::SimulatedEndpoint;
use std::fmt;
use std::str::FromStr;

/// For which of an endpoint's requests a rule fires.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultTiming {
    /// For each.
    Always,
    /// For this one alone, the first being 1.
    Nth(u64),
    /// For this one and all after it.
    From(u64),
    /// For each that is a multiple of this.
    Every(u64),
    /// For each with this probability, by the seed.
    Chance(f64),
}

/// The endpoint, the occasions, and the fault. As text: `PATH:FAULT[,KEY=VALUE…]`, such as
/// `/workspaces/{id}/roles:status=503,body=html,every=3` or `*:reset,chance=0.1,most=4`.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// The endpoint's path with `{…}` for what varies, and parameters that the query must have, such as
    /// `/analytics?metrics=members`; `None` is every endpoint.
    pub path: Option<String>,
    /// For which requests.
    pub when: FaultTiming,
    /// The most times that it fires; `None` is unlimited.
    pub most: Option<u64>,
    /// The fault.
    pub fault: Fault,
}

/// A text that is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no rule: {1}. A rule is PATH:FAULT[,nth=N|from=N|every=N|chance=0.N][,most=N], with * for every path, such as `/users:reset,nth=1`"
)]
pub struct RuleError(String, String);

impl FaultRule {
    /// Returns a rule for every request at a path.
    pub fn at_path(path: &str, fault: Fault) -> Self {
        Self {
            path: Some(path.to_owned()),
            when: FaultTiming::Always,
            most: None,
            fault,
        }
    }

    /// Returns the same, firing at most so often.
    #[must_use]
    pub fn at_most(mut self, times: u64) -> Self {
        self.most = Some(times);
        self
    }

    /// Returns whether it applies to this request of an endpoint.
    pub(super) fn is_about(&self, endpoint: SimulatedEndpoint, request: &SimulatedRequest) -> bool {
        let query = self.path.as_deref().and_then(|path| path.split_once('?'));
        let pairs = query.map_or("", |(_, query)| query).split('&');
        let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
        self.names_endpoint(endpoint)
            && pairs.all(|(name, value)| request.query_value(name) == Some(value))
    }

    fn names_endpoint(&self, endpoint: SimulatedEndpoint) -> bool {
        let path = self.path.as_ref();
        path.is_none_or(|path| {
            let path = path.split_once('?').map_or(path.as_str(), |(path, _)| path);
            nameless_template(path) == nameless_template(endpoint.path_template())
        })
    }
}

/// Returns a template without the names of its variables.
fn nameless_template(template: &str) -> String {
    let segments = template.split('/');
    let segments = segments.map(|one| if one.starts_with('{') { "{}" } else { one });
    segments.collect::<Vec<_>>().join("/")
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or("*");
        write!(f, "{path}:{}", self.fault)?;
        match self.when {
            FaultTiming::Always => {}
            FaultTiming::Nth(nth) => write!(f, ",nth={nth}")?,
            FaultTiming::From(from) => write!(f, ",from={from}")?,
            FaultTiming::Every(every) => write!(f, ",every={every}")?,
            FaultTiming::Chance(chance) => write!(f, ",chance={chance}")?,
        }
        match self.most {
            None => Ok(()),
            Some(most) => write!(f, ",most={most}"),
        }
    }
}

impl FromStr for FaultRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        read(text).map_err(|why| RuleError(text.to_owned(), why))
    }
}

fn read(text: &str) -> Result<FaultRule, String> {
    let (path, rest) = text.split_once(':').ok_or("it has no colon")?;
    let mut words = rest.split(',').map(|word| word.trim());
    let mut rule = FaultRule {
        path: (path != "*").then(|| path.to_owned()),
        when: FaultTiming::Always,
        most: None,
        fault: parse_fault(words.next().unwrap_or_default())?,
    };
    if !SimulatedEndpoint::ALL
        .iter()
        .any(|one| rule.names_endpoint(*one))
    {
        let known = SimulatedEndpoint::ALL
            .map(|one| one.path_template())
            .join(", ");
        return Err(format!("`{path}` is none of the paths {known}"));
    }
    for word in words {
        let (key, value) = word
            .split_once('=')
            .ok_or_else(|| format!("`{word}` has no value"))?;
        set_field(&mut rule, key, value)?;
    }
    Ok(rule)
}

fn parse_fault(word: &str) -> Result<Fault, String> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    if name == "status" {
        let status = parse_number(name, value.unwrap_or_default(), 200, 599)?;
        let status = u16::try_from(status).unwrap_or_default();
        return Ok(Fault::status(status, ErrorBody::Problem));
    }
    let known = WORDS.iter().find(|(known, _)| *known == name);
    let Some((_, known)) = known else {
        let names = WORDS.map(|(name, _)| name).join(", ");
        return Err(format!("`{name}` is no fault: there are status=N, {names}"));
    };
    let size = |value| parse_number(name, value, 1, 100_000);
    let count = |value| Ok::<_, String>(usize::try_from(size(value)?).unwrap_or_default());
    Ok(match (known.clone(), value) {
        (same, None) => same,
        (Fault::RateLimited { seconds, .. }, Some(value)) => Fault::RateLimited {
            dialect: parse_dialect(value)?,
            seconds,
        },
        (Fault::Slow(_), Some(value)) => Fault::Slow(size(value)?),
        (Fault::Circle(_), Some(value)) => Fault::Circle(count(value)?),
        (Fault::SamePages(_), Some(value)) => Fault::SamePages(count(value)?),
        (Fault::Overlap(_), Some(value)) => Fault::Overlap(count(value)?),
        (Fault::Reorder(_), Some(value)) => Fault::Reorder(count(value)?),
        (Fault::PageLimit(_), Some(value)) => Fault::PageLimit(count(value)?),
        _ => return Err(format!("`{name}` takes no value")),
    })
}

fn parse_dialect(name: &str) -> Result<Dialect, String> {
    let mut all = Dialect::ALL.into_iter();
    all.find(|known| known.name() == name).ok_or_else(|| {
        let names = Dialect::ALL.map(Dialect::name).join(", ");
        format!("`{name}` is no form of a wait: there are {names}")
    })
}

fn set_field(rule: &mut FaultRule, key: &str, value: &str) -> Result<(), String> {
    match (key, &mut rule.fault) {
        ("nth", _) => rule.when = FaultTiming::Nth(parse_number(key, value, 1, u64::MAX)?),
        ("from", _) => rule.when = FaultTiming::From(parse_number(key, value, 1, u64::MAX)?),
        ("every", _) => rule.when = FaultTiming::Every(parse_number(key, value, 1, u64::MAX)?),
        ("chance", _) => rule.when = FaultTiming::Chance(parse_chance(value)?),
        ("most", _) => rule.most = Some(parse_number(key, value, 0, u64::MAX)?),
        ("body", Fault::Status { body, .. }) => *body = parse_shape(value)?,
        ("says", Fault::Status { says, .. }) => value.clone_into(says),
        ("seconds", Fault::RateLimited { seconds, .. }) => {
            *seconds = parse_number(key, value, 0, 1_000_000)?;
        }
        _ => return Err(format!("`{key}` says nothing about this fault")),
    }
    Ok(())
}

fn parse_shape(name: &str) -> Result<ErrorBody, String> {
    let mut all = ErrorBody::ALL.into_iter();
    let found = all.find(|(known, _)| *known == name);
    found.map(|(_, body)| body).ok_or_else(|| {
        let names = ErrorBody::ALL.map(|(name, _)| name).join(", ");
        format!("`{name}` is no shape of a body: there are {names}")
    })
}

fn parse_chance(text: &str) -> Result<f64, String> {
    let chance = text.parse().ok().filter(|it| (0.0..=1.0).contains(it));
    chance.ok_or_else(|| format!("chance={text} is not between 0 and 1"))
}

fn parse_number(key: &str, text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = text.parse().ok();
    let number = number.filter(|it| (least..=most).contains(it));
    number.ok_or_else(|| format!("{key}={text} is not a number from {least} to {most}"))
}
