//! `findings`: evaluates the rules of an access review on one sync.

mod words;

use std::path::PathBuf;

use clap::ValueEnum;

use self::words::{explain_rules, in_words, not_evaluated};
use super::accept::{AcceptArgs, apply_accept_list};
use super::output::{print_json, print_note};
use super::provenance::{Provenance, StoredSync};
use super::rows::{FormatArgs, Report, RowFormat, record_value};
use super::stored_sync::{StoredSyncArgs, earlier_run};
use super::{CliError, Exit};
use crate::report::sarif_log;
use connector_review::SharedNames;
use connector_review::findings::{
    AcceptNote, Findings, NotEvaluated, RULES, ReviewRule, RuleChoice, RuleLimits, Severity,
    evaluate_rules,
};
use connector_store::{RunId, RunName, Store};

/// The output formats of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FindingsFormat {
    /// People; within the terminal's width, where it goes to one.
    Table,
    /// Programs: one object, with the sync, the rows and the rules that were not evaluated.
    Json,
    /// Programs: one object a line.
    Ndjson,
    /// Spreadsheets: every cell quoted, none runs as a formula; each row names tenant, sync, date and completeness.
    Csv,
    /// Systems that collect alerts: SARIF 2.1.0.
    Sarif,
}

impl FindingsFormat {
    /// Returns the format of other answers; `None` where they do not have it.
    fn of_rows(self) -> Option<RowFormat> {
        match self {
            Self::Table => Some(RowFormat::Table),
            Self::Json => Some(RowFormat::Json),
            Self::Ndjson => Some(RowFormat::Ndjson),
            Self::Csv => Some(RowFormat::Csv),
            Self::Sarif => None,
        }
    }
}

/// Options of `findings`.
#[derive(Debug, clap::Args)]
pub(super) struct FindingsArgs {
    /// The database of `sync --db`, or the NDJSON of `sync --ndjson`
    #[arg(value_name = "FILE", required_unless_present = "rules")]
    file: Option<PathBuf>,
    /// Which sync of the database: its number, a date or time by which it began, latest, previous or
    /// last-complete [default: latest]
    #[arg(long, value_name = "RUN")]
    run: Option<RunName>,
    /// Evaluate only this rule; may be given more than once [default: all]
    #[arg(long, value_name = "RULE", conflicts_with = "skip")]
    rule: Vec<RuleChoice>,
    /// Leave this rule out; may be given more than once
    #[arg(long, value_name = "RULE")]
    skip: Vec<RuleChoice>,
    /// Leave out rules of a lower severity
    #[arg(long, value_name = "high|medium|low")]
    minimum_severity: Option<Severity>,
    /// Leave out what an earlier sync of the tenant had too: its number, a date or time by which it
    /// began, previous or last-complete
    #[arg(long, value_name = "RUN")]
    new_since: Option<RunName>,
    #[command(flatten)]
    accept: AcceptArgs,
    /// List the rules, with what each means and what to do
    #[arg(long, conflicts_with_all = ["accept", "new_since"])]
    rules: bool,
    /// Days without use after which a key is unused
    #[arg(long, value_name = "DAYS", default_value_t = RuleLimits::default().unused_days)]
    unused_days: u32,
    /// Days within which a key's end is soon
    #[arg(long, value_name = "DAYS", default_value_t = RuleLimits::default().expiry_days)]
    expiry_days: u32,
    /// Administrators of the tenant that are not too many
    #[arg(long, value_name = "NUMBER", default_value_t = RuleLimits::default().tenant_admins)]
    tenant_admins: u32,
    /// Days without use after which an account is dormant
    #[arg(long, value_name = "DAYS", default_value_t = RuleLimits::default().dormant_days)]
    dormant_days: u32,
    /// Days after which a pending invitation is old
    #[arg(long, value_name = "DAYS", default_value_t = RuleLimits::default().invitation_days)]
    invitation_days: u32,
    /// End with exit code 3 if a finding is not accepted
    #[arg(long)]
    exit_code: bool,
    /// Format of the answer
    #[arg(long, value_enum, default_value_t = FindingsFormat::Table)]
    format: FindingsFormat,
    /// Begin CSV with a byte order mark, without which Excel does not read it as UTF-8
    #[arg(long)]
    bom: bool,
}

pub(super) fn run(args: &FindingsArgs) -> Result<Exit, CliError> {
    let rules = args.chosen_rules();
    let Some(file) = args.file.clone().filter(|_| !args.rules) else {
        list_rules(args, &rules)?;
        return Ok(Exit::Done);
    };
    let stored = StoredSyncArgs {
        file,
        run: args.run.clone(),
    };
    let (store, run) = stored.open()?;
    let limits = RuleLimits {
        unused_days: args.unused_days,
        expiry_days: args.expiry_days,
        tenant_admins: args.tenant_admins,
        dormant_days: args.dormant_days,
        invitation_days: args.invitation_days,
    };
    let mut found = evaluate_rules(&store, run, &rules, &limits)?;
    let notes = apply_accept_list(args.accept.accept.as_deref(), &mut found)?;
    if let Some(since) = &args.new_since {
        let earlier = earlier_run(&store, &stored.file, "--new-since", (run, since))?;
        found.retain_new(&evaluate_rules(&store, earlier, &rules, &limits)?);
    }
    match args.row_format()? {
        Some(format) => write(&found, &rules, (&store, run), (&format, &notes))?,
        None => print_json(&sarif_log(&found, &rules, &notes))?,
    }
    let is_open = found.open().next().is_some();
    Ok(if args.exit_code && is_open {
        Exit::Different
    } else {
        Exit::Done
    })
}

fn list_rules(args: &FindingsArgs, rules: &[&'static ReviewRule]) -> Result<(), CliError> {
    let without = || {
        let text = "--format sarif has the findings of a sync: leave out --rules, or choose another format";
        CliError::Usage(text.to_owned())
    };
    let format = args.row_format()?.ok_or_else(without)?;
    let report = Report::<_, NotEvaluated> {
        header: &[],
        provenance: Provenance::default(),
        names: SharedNames::default(),
        rows: rules,
        gaps: ("not_evaluated", &[]),
    };
    report.write_or(&format, || explain_rules(rules))
}

fn write(
    found: &Findings,
    rules: &[&'static ReviewRule],
    (store, run): (&Store, RunId),
    (format, notes): (&FormatArgs, &[AcceptNote]),
) -> Result<(), CliError> {
    let sync = StoredSync::read(store, run)?;
    let report = Report {
        header: &[
            ("run", record_value(&sync)?),
            ("rules", record_value(&found.rules)?),
            ("new_since", record_value(&found.new_since)?),
            ("accept_notes", record_value(&notes)?),
        ],
        provenance: Provenance::of_sync(&sync),
        names: SharedNames::read(store, run)?,
        rows: &found.findings,
        gaps: ("not_evaluated", &found.not_evaluated),
    };
    report.write_or(format, || in_words(found, rules, &report))?;
    if format.format == RowFormat::Csv {
        let not_evaluated = rules.iter().filter_map(|rule| {
            let reasons = not_evaluated(found, rule);
            (!reasons.is_empty()).then(|| format!("{}\n{reasons}", rule.id))
        });
        print_note(&not_evaluated.collect::<String>());
    }
    Ok(())
}

impl FindingsArgs {
    fn chosen_rules(&self) -> Vec<&'static ReviewRule> {
        let among = |choices: &[RuleChoice], rule: &ReviewRule| {
            choices.iter().any(|choice| choice.0.id == rule.id)
        };
        let is_grave =
            |rule: &ReviewRule| self.minimum_severity.is_none_or(|low| rule.severity <= low);
        let wanted = |rule: &&ReviewRule| {
            let is_named = self.rule.is_empty() || among(&self.rule, rule);
            is_named && !among(&self.skip, rule) && is_grave(rule)
        };
        RULES.iter().filter(wanted).collect()
    }

    /// Returns the format of other answers; `None` where they do not have it.
    ///
    /// # Errors
    /// Returns an error if a byte order mark is asked for that the format cannot have.
    fn row_format(&self) -> Result<Option<FormatArgs>, CliError> {
        let format = self.format.of_rows();
        match (format, self.bom) {
            (None, true) => FormatArgs::new(RowFormat::Json, true)
                .checked_format()
                .map(|_| None),
            (None, false) => Ok(None),
            (Some(format), bom) => Ok(Some(FormatArgs::new(format, bom))),
        }
    }
}
