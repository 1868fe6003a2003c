//! `findings`: one sync held to the rules of an access review.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use super::diff::split;
use super::kept::KeptArgs;
use super::output::tell;
use super::provenance::{Provenance, StoredSync};
use super::rows::{FormatArgs, Line, Records, RowFormat, record, table};
use super::{CliError, Exit};
use crate::report::plain;
use connector_review::findings::{
    Evidence, Finding, Findings, Limits, NotJudged, RULES, Rule, RuleChoice, judge,
};
use connector_review::{Named, Namesakes, Origin};
use connector_store::{RunId, RunName, Store};

/// Evidence that is shown of one finding before the rest is only counted.
const SHOWN: usize = 5;

/// Options of `findings`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The database of `sync --db`, or the NDJSON of `sync --ndjson`
    #[arg(value_name = "FILE", required_unless_present = "rules")]
    file: Option<PathBuf>,
    /// Which sync of the database: its number, a date or time by which it began, latest, previous or
    /// last-complete [default: latest]
    #[arg(long, value_name = "RUN")]
    run: Option<RunName>,
    /// Hold the sync to this rule alone; may stand several times [default: all]
    #[arg(long, value_name = "RULE", conflicts_with = "skip")]
    rule: Vec<RuleChoice>,
    /// Leave this rule out; may stand several times
    #[arg(long, value_name = "RULE")]
    skip: Vec<RuleChoice>,
    /// List the rules, with what each means and what to do
    #[arg(long)]
    rules: bool,
    /// Days without use after which a key is unused
    #[arg(long, value_name = "DAYS", default_value_t = Limits::default().unused_days)]
    unused_days: u32,
    /// Days within which a key's end is soon
    #[arg(long, value_name = "DAYS", default_value_t = Limits::default().expiry_days)]
    expiry_days: u32,
    /// Administrators of the tenant that are not too many
    #[arg(long, value_name = "NUMBER", default_value_t = Limits::default().tenant_admins)]
    tenant_admins: u32,
    /// End with exit code 3 where something is found
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    format: FormatArgs,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let rules = args.chosen();
    let Some(file) = args.file.clone().filter(|_| !args.rules) else {
        let records = Records::<_, NotJudged> {
            about: &[],
            provenance: Provenance::default(),
            names: Namesakes::default(),
            rows: &rules,
            lacks: ("not_judged", &[]),
        };
        records.write(&args.format, || explained(&rules))?;
        return Ok(Exit::Done);
    };
    let kept = KeptArgs {
        file,
        run: args.run.clone(),
    };
    let (store, run) = kept.open()?;
    let limits = Limits {
        unused_days: args.unused_days,
        expiry_days: args.expiry_days,
        tenant_admins: args.tenant_admins,
    };
    let found = judge(&store, run, &rules, &limits)?;
    write(&found, &rules, (&store, run), &args.format)?;
    Ok(match args.exit_code && !found.findings.is_empty() {
        true => Exit::Different,
        false => Exit::Done,
    })
}

fn write(
    found: &Findings,
    rules: &[&'static Rule],
    (store, run): (&Store, RunId),
    format: &FormatArgs,
) -> Result<(), CliError> {
    let sync = StoredSync::read(store, run)?;
    let records = Records {
        about: &[("run", record(&sync)?), ("rules", record(&found.rules)?)],
        provenance: Provenance::of_sync(&sync),
        names: Namesakes::read(store, run)?,
        rows: &found.findings,
        lacks: ("not_judged", &found.not_judged),
    };
    records.write(format, || in_words(found, rules, &records))?;
    if format.format == RowFormat::Csv {
        let not_judged = rules.iter().filter_map(|rule| {
            let reasons = not_judged(found, rule);
            (!reasons.is_empty()).then(|| format!("{}\n{reasons}", rule.id))
        });
        tell(&not_judged.collect::<String>());
    }
    Ok(())
}

impl Args {
    fn chosen(&self) -> Vec<&'static Rule> {
        let among = |choices: &[RuleChoice], rule: &Rule| {
            choices.iter().any(|choice| choice.0.id == rule.id)
        };
        let wanted = |rule: &&Rule| {
            (self.rule.is_empty() || among(&self.rule, rule)) && !among(&self.skip, rule)
        };
        RULES.iter().filter(wanted).collect()
    }
}

fn explained(rules: &[&Rule]) -> String {
    let mut text = String::new();
    for rule in rules {
        let (id, severity) = (rule.id, rule.severity.name());
        let _ = writeln!(text, "{id} ({severity}): {}", rule.title);
        let _ = writeln!(text, "  {}\n  {}\n", rule.meaning, rule.remedy);
    }
    text
}

fn in_words(
    found: &Findings,
    rules: &[&Rule],
    records: &Records<'_, Finding, NotJudged>,
) -> String {
    let mut text = format!("{}\n", records.provenance.heading);
    for rule in rules {
        let findings = found.findings.iter().filter(|one| one.rule == rule.id);
        let findings: Vec<_> = findings.collect();
        let not_judged = not_judged(found, rule);
        if findings.is_empty() && not_judged.is_empty() {
            continue;
        }
        let (count, severity) = (findings.len(), rule.severity.name());
        let _ = writeln!(text, "\n{count} {} ({severity}): {}", rule.id, rule.title);
        if !findings.is_empty() {
            let table = table(findings, &[], &records.names);
            let _ = writeln!(text, "{table}  {}", rule.remedy);
        }
        text.push_str(&not_judged);
    }
    if found.findings.is_empty() {
        text.push_str("\nNothing was found.\n");
    }
    text
}

impl Line for Finding {
    const NAME: &'static str = "finding";
    const TABLE: &'static [&'static str] = &["What", "Evidence", "Read by"];
    const CSV: &'static [&'static str] = &[
        "rule",
        "severity",
        "resource_type",
        "resource_id",
        "resource_name",
        "summary",
        "evidence",
        "read_by",
    ];

    fn cells(&self, names: &Namesakes) -> Vec<String> {
        let evidence = self.evidence.iter().take(SHOWN);
        let mut shown: Vec<_> = evidence.map(|one| in_short(one, names)).collect();
        let more = self.evidence.len().saturating_sub(SHOWN);
        if more > 0 {
            shown.push(format!("… {more} more"));
        }
        let read_by = self.origins.first().map(place).unwrap_or_default();
        vec![self.subject.to_string(), shown.join(", "), read_by]
    }

    fn fields(&self, names: &Namesakes) -> Vec<String> {
        let evidence = self.evidence.iter().map(|one| in_short(one, names));
        let evidence: Vec<_> = evidence.collect();
        let read_by: Vec<_> = self.origins.iter().map(place).collect();
        let rule = [self.rule, self.severity.name()].map(str::to_owned);
        let mut cells: Vec<String> = rule.into();
        cells.extend(split(Some(&self.subject)));
        cells.extend([
            self.summary.clone(),
            evidence.join("; "),
            read_by.join("; "),
        ]);
        cells
    }
}

/// The rules themselves, in the words of `--rules`.
impl Line for &Rule {
    const NAME: &'static str = "rule";
    const TABLE: &'static [&'static str] = &["Rule", "Severity", "Title", "Meaning", "What to do"];
    const CSV: &'static [&'static str] = &["rule", "severity", "title", "meaning", "remedy"];

    fn cells(&self, names: &Namesakes) -> Vec<String> {
        self.fields(names)
    }

    fn fields(&self, _names: &Namesakes) -> Vec<String> {
        let words = [self.title, self.meaning, self.remedy];
        let cells = [self.id, self.severity.name()].into_iter().chain(words);
        cells.map(str::to_owned).collect()
    }
}

/// The first request that read it, else the scope.
fn place(origin: &Origin) -> String {
    match origin.requests.first() {
        Some(request) => request.clone(),
        None => origin.scope.to_string(),
    }
}

fn in_short(evidence: &Evidence, names: &Namesakes) -> String {
    let name = |one: &Option<Named>| {
        let label = |one: &Named| names.label(&one.id, &one.display_name);
        one.as_ref().map(label).unwrap_or_default()
    };
    let note = evidence.note.as_ref();
    match &evidence.entitlement {
        None => note.cloned().unwrap_or_default(),
        Some(slug) => format!(
            "{}: {slug} on {}",
            name(&evidence.principal),
            name(&evidence.resource)
        ),
    }
}

/// What a rule could not judge; what has one reason is counted.
fn not_judged(found: &Findings, rule: &Rule) -> String {
    let mut reasons: BTreeMap<(String, &str, bool), (u64, String)> = BTreeMap::new();
    for one in found.not_judged.iter().filter(|one| one.rule == rule.id) {
        let scope = &one.because.scope;
        let word = one.because.notice.as_ref().unwrap_or(&one.because.outcome);
        let key = (
            format!("{} {}", scope.call, scope.resource_type),
            word.as_str(),
            one.subject.is_some(),
        );
        let first = || (0, one.because.to_string());
        reasons.entry(key).or_insert_with(first).0 += 1;
    }
    let mut text = String::new();
    for ((scopes, word, single), (count, first)) in reasons {
        let what = match (single, count) {
            (_, 1) => plain(&first),
            (true, _) => format!("{count} resources, {}: {}", plain(&scopes), plain(word)),
            (false, _) => format!("{count} scopes, {}: {}", plain(&scopes), plain(word)),
        };
        let _ = writeln!(text, "  not judged: {what}");
    }
    text
}
