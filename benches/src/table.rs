//! Rows of figures, each with its target where it has one.

use std::collections::HashMap;
use std::fmt;

use serde_json::{Value, json};

/// The variable with the results of another state of this project, to print them beside these.
const BEFORE: &str = "CONNECTOR_BENCH_BEFORE";

/// Everything that was measured.
pub struct Table {
    rows: Vec<Row>,
    /// Figures of an earlier state, by what they are.
    before: HashMap<String, f64>,
}

struct Row {
    what: String,
    figure: f64,
    unit: &'static str,
    target: Option<Target>,
    samples: Vec<f64>,
}

/// The target of a figure.
#[derive(Clone, Copy)]
pub enum Target {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

impl Target {
    fn is_met(self, figure: f64) -> bool {
        match self {
            Self::AtMost(most) => figure <= most,
            Self::AtLeast(least) => figure >= least,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {}", short(*most)),
            Self::AtLeast(least) => write!(f, "≥ {}", short(*least)),
        }
    }
}

impl Table {
    /// Returns an empty table, beside the results of another state where the environment names them.
    pub fn new() -> Self {
        let before = std::env::var(BEFORE).map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
            let figure =
                |row: &Value| Some((row["what"].as_str()?.to_owned(), row["figure"].as_f64()?));
            rows.iter().filter_map(figure).collect()
        });
        Self {
            rows: Vec::new(),
            before: before.unwrap_or_default(),
        }
    }

    /// A figure without a target.
    pub fn note(&mut self, what: impl Into<String>, figure: f64, unit: &'static str) {
        self.add(what, figure, unit, None, vec![figure]);
    }

    /// A figure and its target.
    pub fn hold(&mut self, what: impl Into<String>, figure: f64, unit: &'static str, to: Target) {
        self.add(what, figure, unit, Some(to), vec![figure]);
    }

    /// A figure that is taken from samples.
    pub fn add(
        &mut self,
        what: impl Into<String>,
        figure: f64,
        unit: &'static str,
        target: Option<Target>,
        samples: Vec<f64>,
    ) {
        let what = what.into();
        self.rows.push(Row {
            what,
            figure,
            unit,
            target,
            samples,
        });
    }

    /// Keeps the raw results.
    pub fn save(&self) {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench");
        std::fs::create_dir_all(folder).unwrap();
        let text = serde_json::to_string_pretty(&rows).unwrap();
        std::fs::write(format!("{folder}/results.json"), text).unwrap();
    }
}

impl Row {
    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "figure": self.figure,
            "unit": self.unit,
            "target": self.target.map(|target| target.to_string()),
            "met": self.target.map(|target| target.is_met(self.figure)),
            "samples": self.samples,
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| figure | measured | target | met | before | ratio |\n|---|---|---|---|---|---|"
        )?;
        for row in &self.rows {
            let Row {
                what,
                figure,
                unit,
                target,
                ..
            } = row;
            let (wanted, met) = match target {
                None => (String::new(), ""),
                Some(target) if target.is_met(*figure) => (target.to_string(), "yes"),
                Some(target) => (target.to_string(), "no"),
            };
            let (before, ratio) = self
                .before
                .get(what)
                .map_or_else(Default::default, |before| {
                    (short(*before), short(*figure / *before))
                });
            writeln!(
                f,
                "| {what} | {} {unit} | {wanted} | {met} | {before} | {ratio} |",
                short(*figure)
            )?;
        }
        Ok(())
    }
}

/// Three digits that count, and thousands apart.
fn short(figure: f64) -> String {
    let decimals = match figure.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{figure:.decimals$}");
    let (whole, rest) = text
        .split_once('.')
        .map_or((&*text, ""), |(whole, rest)| (whole, rest));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if rest.is_empty() {
        grouped
    } else {
        format!("{grouped}.{rest}")
    }
}
