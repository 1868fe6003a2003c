//! `resources` and `grants`: what was read, as it was read.

use clap::ValueEnum;

use super::access::{account_cell, subject_label};
use super::diff::split;
use super::rows::{FormatArgs, ReviewTable, TableRow};
use super::stored_sync::StoredSyncArgs;
use super::{CliError, Exit};
use connector_review::{
    GrantFilter, GrantRow, Named, ResourceFilter, ResourceRow, ReviewError, SharedNames,
    check_slug, check_type, find_resource, list_grants, list_resources,
};
use connector_store::{RunId, Store};

/// Options of `resources`.
#[derive(Debug, clap::Args)]
pub(super) struct ResourcesArgs {
    #[command(flatten)]
    stored: StoredSyncArgs,
    /// Only resources of this type
    #[arg(long = "type", value_name = "TYPE")]
    resource_type: Option<String>,
    /// Only resources with this text in their name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Only resources of this status
    #[arg(long, value_enum)]
    status: Option<StatusArg>,
    /// Only resources in this one: an id, type:id or name
    #[arg(long, value_name = "RESOURCE")]
    parent: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StatusArg {
    Enabled,
    Disabled,
    Unknown,
}

impl StatusArg {
    fn type_word(self) -> String {
        let word = match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Unknown => "unknown",
        };
        word.to_owned()
    }
}

/// Options of `grants`.
#[derive(Debug, clap::Args)]
pub(super) struct GrantsArgs {
    #[command(flatten)]
    stored: StoredSyncArgs,
    /// Only grants on resources of this type
    #[arg(long = "type", value_name = "TYPE")]
    resource_type: Option<String>,
    /// Only grants on this resource: an id, type:id or name
    #[arg(long, value_name = "RESOURCE")]
    on: Option<String>,
    /// Only grants to this principal: an id, type:id, e-mail or name
    #[arg(long, alias = "to", value_name = "PRINCIPAL")]
    principal: Option<String>,
    /// Only grants of this entitlement: its slug
    #[arg(long, value_name = "SLUG")]
    entitlement: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
}

pub(super) fn print_resources(args: &ResourcesArgs) -> Result<Exit, CliError> {
    let (store, run) = args.stored.open()?;
    if let Some(resource_type) = &args.resource_type {
        check_type(&store, run, resource_type)?;
    }
    let filter = ResourceFilter {
        resource_type: args.resource_type.clone(),
        name: args.name.clone(),
        status: args.status.map(StatusArg::type_word),
        parent: find_named(&store, run, args.parent.as_ref())?,
    };
    let (rows, unread) = list_resources(&store, run, &filter)?;
    let answer = ReviewTable {
        title: format!("Resources: {}", rows.len()),
        without: Vec::new(),
        rows: &rows,
        unread: &unread,
    };
    answer.write(&args.format, (&store, run))?;
    Ok(Exit::Done)
}

pub(super) fn print_grants(args: &GrantsArgs) -> Result<Exit, CliError> {
    let (store, run) = args.stored.open()?;
    if let Some(resource_type) = &args.resource_type {
        check_type(&store, run, resource_type)?;
    }
    if let Some(slug) = &args.entitlement {
        check_slug(&store, run, slug)?;
    }
    let filter = GrantFilter {
        resource_type: args.resource_type.clone(),
        on: find_named(&store, run, args.on.as_ref())?,
        to: find_named(&store, run, args.principal.as_ref())?,
        entitlement: args.entitlement.clone(),
    };
    let (rows, unread) = list_grants(&store, run, &filter)?;
    let answer = ReviewTable {
        title: format!("Grants: {}", rows.len()),
        without: Vec::new(),
        rows: &rows,
        unread: &unread,
    };
    answer.write(&args.format, (&store, run))?;
    Ok(Exit::Done)
}

fn find_named(
    store: &Store,
    run: RunId,
    text: Option<&String>,
) -> Result<Option<Named>, ReviewError> {
    text.map(|text| find_resource(store, run, text)).transpose()
}

impl TableRow for ResourceRow {
    const NAME: &'static str = "resource";
    const TABLE: &'static [&'static str] =
        &["Type", "Id", "Name", "Address", "Status", "In", "Note"];
    const CSV: &'static [&'static str] = &[
        "resource_type",
        "id",
        "display_name",
        "email",
        "status",
        "evidence",
        "marks",
        "parent_type",
        "parent_id",
        "created_at",
    ];

    fn table_cells(&self, names: &SharedNames) -> Vec<String> {
        let parent = self.parent.as_ref();
        let parent = parent.map(|one| names.unique_label(&one.id, &one.display_name));
        vec![
            self.subject.id.resource_type.to_string(),
            self.subject.id.id.to_string(),
            self.subject.display_name.clone(),
            self.subject.email.clone().unwrap_or_default(),
            self.status.clone(),
            parent.unwrap_or_default(),
            self.subject.marks_in_words(),
        ]
    }

    fn record_fields(&self, _names: &SharedNames) -> Vec<String> {
        let [parent_type, parent_id, _] = split(self.parent.as_ref());
        vec![
            self.subject.id.resource_type.to_string(),
            self.subject.id.id.to_string(),
            self.subject.display_name.clone(),
            self.subject.email.clone().unwrap_or_default(),
            self.status.clone(),
            self.evidence.clone(),
            self.subject.marks_in_words(),
            parent_type,
            parent_id,
            self.created_at.clone().unwrap_or_default(),
        ]
    }
}

impl TableRow for GrantRow {
    const NAME: &'static str = "grant";
    const TABLE: &'static [&'static str] = &[
        "Type",
        "On",
        "Entitlement",
        "To",
        "Account",
        "Passed to",
        "Rule",
        "Note",
    ];
    const CSV: &'static [&'static str] = &[
        "resource_type",
        "resource_id",
        "resource_name",
        "entitlement",
        "principal_type",
        "principal_id",
        "principal_name",
        "expands",
        "implied_by",
        "marks",
    ];

    fn table_cells(&self, names: &SharedNames) -> Vec<String> {
        vec![
            self.resource.id.resource_type.to_string(),
            subject_label(&self.resource, names),
            self.entitlement.clone(),
            subject_label(&self.principal, names),
            account_cell(&self.principal),
            self.expands.clone().unwrap_or_default(),
            self.implied_by.clone().unwrap_or_default(),
            self.principal.marks_in_words(),
        ]
    }

    fn record_fields(&self, _names: &SharedNames) -> Vec<String> {
        let (on, to) = (&self.resource, &self.principal);
        vec![
            on.id.resource_type.to_string(),
            on.id.id.to_string(),
            on.display_name.clone(),
            self.entitlement.clone(),
            to.id.resource_type.to_string(),
            to.id.id.to_string(),
            to.display_name.clone(),
            self.expands.clone().unwrap_or_default(),
            self.implied_by.clone().unwrap_or_default(),
            to.marks_in_words(),
        ]
    }
}
