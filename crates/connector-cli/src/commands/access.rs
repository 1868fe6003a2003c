//! `access`: who can do what in the end, and how.

use clap::ArgGroup;

use super::rows::{FormatArgs, ReviewTable, TableRow};
use super::stored_sync::StoredSyncArgs;
use super::{CliError, Exit};
use connector_review::{
    self as review, AccessFilters, EffectiveAccess, MorePaths, NamedResource, Path, SharedNames,
    find_account, find_resource,
};
use connector_types::counted;

/// Options of `access`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("asked").required(true).multiple(true).args(["principal", "on", "entitlement"]))]
pub(super) struct AccessArgs {
    #[command(flatten)]
    stored: StoredSyncArgs,
    /// Only the access of this principal: an id, type:id, e-mail or name
    #[arg(long, alias = "user", value_name = "PRINCIPAL")]
    principal: Option<String>,
    /// Only access to this resource: an id, type:id or name
    #[arg(long, value_name = "RESOURCE")]
    on: Option<String>,
    /// Only this entitlement: its slug or type:slug, else its name
    #[arg(long, alias = "who-can", value_name = "ENTITLEMENT")]
    entitlement: Option<String>,
    /// Include entitlements of a higher rank that replace it
    #[arg(long, requires = "entitlement")]
    at_least: bool,
    #[command(flatten)]
    format: FormatArgs,
}

pub(super) fn run(args: &AccessArgs) -> Result<Exit, CliError> {
    let (store, run) = args.stored.open()?;
    let find = |text: &String| find_account(&store, run, text);
    let principal = args.principal.as_ref().map(find).transpose()?;
    let find = |text: &String| find_resource(&store, run, text);
    let on = args.on.as_ref().map(find).transpose()?;
    let question = AccessFilters {
        principal,
        on,
        who_can: args.entitlement.clone(),
        at_least: args.at_least,
    };
    let (rows, unread) = review::effective_access(&store, run, &question)?;
    let answer = ReviewTable {
        title: question_title(&question, &rows),
        without: omitted_columns(&question),
        rows: &rows,
        unread: &unread,
    };
    answer.write(&args.format, (&store, run))?;
    Ok(Exit::Done)
}

fn question_title(question: &AccessFilters, rows: &[EffectiveAccess]) -> String {
    let mut title = match (&question.who_can, question.at_least) {
        (None, _) => "Access".to_owned(),
        (Some(entitlement), false) => format!("`{entitlement}`"),
        (Some(entitlement), true) => format!("`{entitlement}` or more"),
    };
    if let Some(principal) = &question.principal {
        title.push_str(&format!(" of {principal}"));
        let marks = rows.first().map(|row| row.principal.marks_in_words());
        let marks = marks.filter(|marks| !marks.is_empty());
        title.extend(marks.map(|marks| format!(" [{marks}]")));
    }
    if let Some(on) = &question.on {
        title.push_str(&format!(" on {on}"));
    }
    format!("{title}: {}", rows.len())
}

/// Columns that hold the same in every row, because that is what was asked for.
fn omitted_columns(question: &AccessFilters) -> Vec<&'static str> {
    let mut without = Vec::new();
    if question.principal.is_some() {
        without.extend(["Principal", "Account", "Note"]);
    }
    if question.on.is_some() {
        without.extend(["Type", "On"]);
    }
    without
}

impl TableRow for EffectiveAccess {
    const NAME: &'static str = "access";
    const TABLE: &'static [&'static str] = &[
        "Type",
        "On",
        "Entitlement",
        "Principal",
        "Account",
        "Note",
        "Access path",
    ];
    const CSV: &'static [&'static str] = &[
        "resource_type",
        "resource_id",
        "resource_name",
        "entitlement",
        "rank",
        "principal_type",
        "principal_id",
        "principal_name",
        "principal_email",
        "marks",
        "paths",
    ];

    fn table_cells(&self, names: &SharedNames) -> Vec<String> {
        vec![
            self.resource.id.resource_type.to_string(),
            subject_label(&self.resource, names),
            self.entitlement.slug.clone(),
            subject_label(&self.principal, names),
            account_cell(&self.principal),
            self.principal.marks_in_words(),
            access_reason(self, names),
        ]
    }

    fn record_fields(&self, names: &SharedNames) -> Vec<String> {
        let (on, principal) = (&self.resource, &self.principal);
        let rank = self.entitlement.rank;
        vec![
            on.id.resource_type.to_string(),
            on.id.id.to_string(),
            on.display_name.clone(),
            self.entitlement.slug.clone(),
            rank.map(|rank| rank.to_string()).unwrap_or_default(),
            principal.id.resource_type.to_string(),
            principal.id.id.to_string(),
            principal.display_name.clone(),
            principal.email.clone().unwrap_or_default(),
            principal.marks_in_words(),
            access_reason(self, names),
        ]
    }
}

/// Returns the address by which people know an account, else its identity.
pub(super) fn account_cell(subject: &NamedResource) -> String {
    let email = subject.email.clone();
    email.unwrap_or_else(|| subject.id.to_string())
}

/// Returns the name of a resource, with its id where others look the same.
pub(super) fn subject_label(subject: &NamedResource, names: &SharedNames) -> String {
    names.unique_label(&subject.id, &subject.display_name)
}

/// Returns every access path as text, and states that there are more.
fn access_reason(access: &EffectiveAccess, names: &SharedNames) -> String {
    let paths = access.paths.iter().map(|one| path(one, names));
    let mut paths: Vec<String> = paths.collect();
    match access.more_paths {
        MorePaths::Counted(0) => {}
        MorePaths::Counted(count) => paths.push(format!("and {count} more")),
        MorePaths::Some => paths.push("and more".to_owned()),
    }
    paths.join("; ")
}

fn path(path: &Path, names: &SharedNames) -> String {
    let sets = path.via.iter().map(|set| match &*set.id.resource_type {
        // One of a kind is called by its kind.
        kind if kind == set.id.id => quote_ambiguous(kind),
        kind => format!(
            "{} {}",
            quote_ambiguous(kind),
            quote_ambiguous(&names.unique_label(&set.id, &set.display_name))
        ),
    });
    let mut sets: Vec<String> = sets.collect();
    if path.more_groups > 0 {
        sets.push(format!("… {}", counted(path.more_groups, "more group")));
    }
    let groups = if sets.is_empty() {
        "direct".to_owned()
    } else {
        sets.join(" > ")
    };
    match &path.implied_by {
        Some(rule) => format!("{groups} ({rule})"),
        None => groups,
    }
}

/// Returns a group's name or type as it stands in a path: in quotes where it has a character that separates
/// the parts of a path, so that one group never reads as two.
fn quote_ambiguous(name: &str) -> String {
    if name.contains(['>', ';', '(', ')', '"']) {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        name.to_owned()
    }
}
