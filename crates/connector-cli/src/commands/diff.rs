//! `diff`: what changed between two syncs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::provenance::{Provenance, StoredSync};
use super::rows::{FormatArgs, Report, TableRow, record_value, table};
use super::stored_sync;
use super::{CliError, Exit};
use crate::report::{Table, terminal_width};
use connector_review::diff::{
    Change, ChangeSubject, ChangeVerdict, Diff, DiffOptions, compare_runs, latest_two,
};
use connector_review::{MissingScope, Named, ReviewError, SharedNames};
use connector_store::{RunId, RunName, Store};

/// Options of `diff`.
#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// The database of `sync --db`, or the NDJSON of `sync --ndjson`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A second file: FILE has the older sync and FILE2 the newer one [default: the latest two syncs of FILE]
    #[arg(value_name = "FILE2")]
    newer_file: Option<PathBuf>,
    /// The older sync: a number, a date or time by which it began, latest, previous or last-complete
    /// [default: the one before the newer, or with FILE2 the latest of FILE]
    #[arg(long, value_name = "RUN")]
    from: Option<RunName>,
    /// The newer sync [default: the latest one that ended]
    #[arg(long, value_name = "RUN")]
    to: Option<RunName>,
    /// Leave out a field that changes by itself, such as last_login; may be given more than once
    #[arg(long, value_name = "FIELD")]
    ignore: Vec<String>,
    /// End with exit code 3 if the syncs differ
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    format: FormatArgs,
}

pub(super) fn run(args: &DiffArgs) -> Result<Exit, CliError> {
    let options = DiffOptions {
        ignore: args.ignore.iter().cloned().collect::<BTreeSet<_>>(),
    };
    let older_store = stored_sync::open(&args.file)?;
    let (from, to) = (args.from.as_ref(), args.to.as_ref());
    let found = match &args.newer_file {
        None => {
            let (from, to) = select_two(&older_store, &args.file, (from, to))?;
            compare_runs((&older_store, from), (&older_store, to), &options)?
        }
        Some(newer_file) => {
            let newer_store = stored_sync::open(newer_file)?;
            let from = stored_sync::select_run(&older_store, &args.file, from)?;
            let to = stored_sync::select_run(&newer_store, newer_file, to)?;
            compare_runs((&older_store, from), (&newer_store, to), &options)?
        }
    };
    let [older, newer] = [&found.older, &found.newer].map(StoredSync::from);
    let provenance = Provenance::of_diff(&older, &newer);
    let heading = provenance.heading.clone();
    let report = Report::<_, MissingScope> {
        header: &[
            ("older", record_value(&found.older)?),
            ("newer", record_value(&found.newer)?),
        ],
        provenance,
        // Each change is named with its type and id.
        names: SharedNames::default(),
        rows: &found.changes,
        // Each row says itself what was not read.
        gaps: ("unread", &[]),
    };
    report.write_or(&args.format, || in_words(&found, &heading))?;
    Ok(if args.exit_code && !found.changes.is_empty() {
        Exit::Different
    } else {
        Exit::Done
    })
}

/// Returns the two syncs of one file that are compared. `previous` and `last-complete` are among those
/// before the newer one.
fn select_two(
    store: &Store,
    file: &Path,
    (from, to): (Option<&RunName>, Option<&RunName>),
) -> Result<(RunId, RunId), CliError> {
    let select = |name| stored_sync::select_run(store, file, Some(name));
    let to = to.map(select).transpose()?;
    let from = match from {
        Some(name @ (RunName::Previous | RunName::LastComplete)) => {
            let newer = to.map_or_else(|| stored_sync::select_run(store, file, None), Ok)?;
            Some(stored_sync::earlier_run(
                store,
                file,
                "--from",
                (newer, name),
            )?)
        }
        from => from.map(select).transpose()?,
    };
    let (older, newer) = latest_two(store, from, to).map_err(|error| in_file(file, error))?;
    if older >= newer {
        return Err(CliError::Usage(format!(
            "sync {} is not older than sync {}: --from names the older one, --to the newer one",
            older.0, newer.0
        )));
    }
    Ok((older, newer))
}

fn in_file(file: &Path, error: ReviewError) -> CliError {
    match error {
        ReviewError::Unfit(reason) => CliError::Usage(format!("{}: {reason}", file.display())),
        ReviewError::Store(error) => error.into(),
    }
}

fn in_words(diff: &Diff, heading: &str) -> String {
    let mut text = format!("{heading}\n");
    if diff.changes.is_empty() {
        text.push_str("Nothing differs.\n");
        return text;
    }
    let _ = write!(text, "\n{}", count_table(&diff.changes));
    // What both syncs could have shown.
    let seen = diff.changes.iter().filter(|one| one.because.is_none());
    let _ = write!(text, "\n{}", table(seen, &SharedNames::default()));
    let unread = unread_table(&diff.changes);
    if !unread.is_empty() {
        let _ = write!(
            text,
            "\n{unread}\nWhat is not readable may still be there; what is newly readable may have been there before.\n"
        );
    }
    text
}

fn count_table(changes: &[Change]) -> Table {
    let mut table = Table::new(["", "resources", "entitlements", "grants"]);
    for verdict in ChangeVerdict::ALL {
        let of = |kind| {
            let found = changes.iter();
            let found = found.filter(|one| one.verdict == verdict && one.subject.kind() == kind);
            found.count().to_string()
        };
        let [resources, entitlements, grants] = ["resource", "entitlement", "grant"].map(of);
        table.add_row([verdict.name().to_owned(), resources, entitlements, grants]);
    }
    table
}

impl TableRow for Change {
    const NAME: &'static str = "change";
    const TABLE: &'static [&'static str] = &["Change", "What", "How"];
    const CSV: &'static [&'static str] = &[
        "verdict",
        "kind",
        "resource_type",
        "resource_id",
        "resource_name",
        "entitlement",
        "principal_type",
        "principal_id",
        "principal_name",
        "fields",
        "because",
    ];

    fn table_cells(&self, _names: &SharedNames) -> Vec<String> {
        vec![
            self.verdict.name().to_owned(),
            subject_cell(&self.subject),
            changed_fields(self),
        ]
    }

    fn record_fields(&self, _names: &SharedNames) -> Vec<String> {
        let (on, entitlement, principal) = match &self.subject {
            ChangeSubject::Resource(named) => (split(Some(named)), "", split(None)),
            ChangeSubject::Entitlement {
                resource_type,
                slug,
            } => {
                let on = [resource_type.clone(), String::new(), String::new()];
                (on, slug.as_str(), split(None))
            }
            ChangeSubject::Grant {
                resource,
                entitlement,
                principal,
            } => (
                split(Some(resource)),
                entitlement.as_str(),
                split(Some(principal)),
            ),
        };
        let because = self.because.as_ref().map(MissingScope::to_string);
        let kind = [self.verdict.name(), self.subject.kind()].map(str::to_owned);
        let mut cells: Vec<String> = kind.into();
        cells.extend(on);
        cells.push(entitlement.to_owned());
        cells.extend(principal);
        cells.extend([changed_fields(self), because.unwrap_or_default()]);
        cells
    }
}

/// Returns type, id and name, each as a cell.
pub(super) fn split(named: Option<&Named>) -> [String; 3] {
    named.map_or_else(Default::default, |named| {
        [
            named.id.resource_type.to_string(),
            named.id.id.to_string(),
            named.display_name.clone(),
        ]
    })
}

fn subject_cell(subject: &ChangeSubject) -> String {
    match subject {
        ChangeSubject::Resource(named) => named.to_string(),
        ChangeSubject::Entitlement {
            resource_type,
            slug,
        } => format!("the entitlement {slug} on {resource_type}"),
        ChangeSubject::Grant {
            resource,
            entitlement,
            principal,
        } => format!("{principal}: {entitlement} on {resource}"),
    }
}

fn changed_fields(change: &Change) -> String {
    let value = |text: &Option<String>| match text {
        Some(text) => format!("{text:?}"),
        None => "absent".to_owned(),
    };
    let fields = change.fields.iter();
    let fields =
        fields.map(|one| format!("{}: {} → {}", one.field, value(&one.old), value(&one.new)));
    fields.collect::<Vec<_>>().join("; ")
}

/// Returns the parts that one sync could not read, counted by scope.
fn unread_table(changes: &[Change]) -> Table {
    let mut counted: BTreeMap<(ChangeVerdict, &MissingScope, &str), u64> = BTreeMap::new();
    for change in changes {
        if let Some(because) = &change.because {
            let key = (change.verdict, because, change.subject.kind());
            *counted.entry(key).or_default() += 1;
        }
    }
    let mut table =
        Table::new(["Not compared", "What", "Number", "Because of"]).within_width(terminal_width());
    for ((verdict, because, kind), count) in counted {
        table.add_row([
            verdict.name().to_owned(),
            format!("{kind}s"),
            count.to_string(),
            because.to_string(),
        ]);
    }
    table
}
