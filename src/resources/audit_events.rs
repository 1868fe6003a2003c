//! The audit log, from `/audit/logs` by cursor: the workspaces that an event may have changed.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::endpoints::PostmanRequest;
use crate::api::tree::{Fields, JsonNode};
use crate::api::wire::{AuditTrail, AuditTrails, ListAnswer};
use crate::resources::audit_actions::{ActionReach, reach};
use crate::resources::paging;
use connector_sdk::error::Error;
use connector_sdk::lenient::LenientList;
use connector_sdk::manifest::LogDeclaration;
use connector_sdk::model::{Details, EventExtent, Impact, Page, Resource, ResourceId};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::transport::Transport;

/// The log as the manifest declares it. Lists of users, groups and workspaces take a few requests and are
/// not covered.
pub const LOG: LogDeclaration = LogDeclaration {
    name: "audit-event",
    description: "Postman's audit log (Enterprise). Without it every sync asks for the roles of every workspace.",
    covers: &[ResourceKind::Workspace.name()],
};

/// Returns one page of the audit log, newest events first.
///
/// # Errors
/// Returns an error if Postman refuses, or the page token is not of this list.
pub fn list(transport: &impl Transport, page_token: Option<&str>) -> Result<Page, Error> {
    let mut place = page_token::resume(LOG.name, None, page_token)?;
    let sent = place.at().to_owned();
    let endpoint = PostmanRequest::AuditLogs { cursor: &sent };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let ListAnswer { list, rest } = answer.read_list::<AuditTrails<'_>>()?;
    let LenientList::Items(trails) = list.trails else {
        return Err(answer.lacks("no list in `trails`"));
    };
    let mut page = PageBuilder::new(PROVIDER);
    let items = trails.len();
    page.expect(items);
    page.each_object(LOG.name, trails, |page, index, trail| {
        add(page, index, &trail)
    });
    page.page.next_page_token = paging::follow(&mut page, &answer, place, (&rest, items))?;
    Ok(answer.finish(page))
}

fn add(page: &mut PageBuilder, index: usize, trail: &AuditTrail<'_>) {
    let id = trail.id.id();
    let Some(id) = id.and_then(|id| ResourceId::event(&LOG, id)) else {
        let message = format!("event {index} of the page has no usable id and is left out");
        page.notice("no-id", None, Impact::ItemOmitted, message);
        return;
    };
    let action = page.text("action", &trail.action, &id);
    let extent = extent(action.as_deref(), &trail.data);
    let name = action.unwrap_or_else(|| format!("Event {}", id.id));
    let mut event = Resource::listed(id.clone(), name);
    event.created_at = page.moment("timestamp", &trail.timestamp, &id);
    event.details = Details::Change(extent);
    page.page.resources.push(event);
}

/// Returns the workspaces that an event may have changed.
fn extent(action: Option<&str>, data: &JsonNode<'_>) -> EventExtent {
    match action.map(reach) {
        Some(ActionReach::NoWorkspace) => EventExtent::None,
        Some(ActionReach::NamedWorkspaces) => named(data),
        Some(ActionReach::Unknown) | None => EventExtent::Unknown,
    }
}

/// Returns the workspaces that an event names, each once. If one of them cannot be read, the extent
/// is unknown.
fn named(data: &JsonNode<'_>) -> EventExtent {
    let mut ids = Vec::new();
    match collect(data, &mut ids) {
        Some(()) if !ids.is_empty() => {
            ids.sort_unstable();
            ids.dedup();
            let workspace = |id: String| ResourceId::parse(ResourceKind::Workspace, id);
            let ids: Option<Vec<_>> = ids.into_iter().map(workspace).collect();
            ids.map_or(EventExtent::Unknown, EventExtent::Resources)
        }
        _ => EventExtent::Unknown,
    }
}

/// Collects the ids in every field that is named after a workspace; returns none if one cannot be
/// read.
fn collect(node: &JsonNode<'_>, ids: &mut Vec<String>) -> Option<()> {
    match node {
        JsonNode::Absent | JsonNode::Value(_) => Some(()),
        JsonNode::List(items) => items.iter().try_for_each(|item| collect(item, ids)),
        JsonNode::Object(fields) => collect_fields(fields, ids),
    }
}

fn collect_fields(fields: &Fields<'_>, ids: &mut Vec<String>) -> Option<()> {
    let mut entries = fields.entries();
    entries.try_for_each(|(name, value)| match kind_of_field(name) {
        Some(FieldKind::Workspace) => collect_ids(value, ids),
        Some(FieldKind::Fact) => Some(()),
        None => collect(value, ids),
    })
}

/// The contents of a field that is named after a workspace.
enum FieldKind {
    /// A workspace or several, as ids or as objects.
    Workspace,
    /// A fact of one, such as its name.
    Fact,
}

fn kind_of_field(name: &str) -> Option<FieldKind> {
    let name = name.to_ascii_lowercase();
    let (_, rest) = name.split_once("workspace")?;
    match rest {
        "" | "s" | "id" | "ids" | "_id" | "_ids" => Some(FieldKind::Workspace),
        _ => Some(FieldKind::Fact),
    }
}

fn collect_ids(node: &JsonNode<'_>, ids: &mut Vec<String>) -> Option<()> {
    match node {
        JsonNode::Absent => Some(()),
        JsonNode::List(items) => items.iter().try_for_each(|item| collect_ids(item, ids)),
        JsonNode::Value(_) | JsonNode::Object(_) => {
            ids.push(node.id_in(&["id"])?);
            Some(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_sdk::json::read;

    fn extent_of(action: &str, data: &str) -> EventExtent {
        let mut node = JsonNode::Absent;
        read(data.as_bytes(), &mut node).unwrap();
        extent(Some(action), &node)
    }

    fn workspaces(ids: &[&'static str]) -> EventExtent {
        let id = |id: &&'static str| ResourceId::fixed(ResourceKind::Workspace, id);
        EventExtent::Resources(ids.iter().map(id).collect())
    }

    #[test]
    fn an_event_names_its_workspaces_in_any_form() {
        for (data, ids) in [
            (
                r#"{"variables":{"workspace":{"id":"a","name":"A"}}}"#,
                &["a"][..],
            ),
            (
                r#"{"variables":{"workspaceId":"a","workspaceName":"A"}}"#,
                &["a"],
            ),
            (r#"{"workspace":7,"variables":{}}"#, &["7"]),
            (
                r#"{"variables":{"fromWorkspace":{"id":"b"},"workspaces":["a",{"id":"c"},"a"]}}"#,
                &["a", "b", "c"],
            ),
        ] {
            assert_eq!(
                extent_of("workspace.update_roles", data),
                workspaces(ids),
                "{data}"
            );
        }
    }

    #[test]
    fn an_event_without_its_workspace_is_of_unknown_extent() {
        for data in [
            "{}",
            r#"{"variables":null}"#,
            r#"{"variables":{"workspaceName":"A"}}"#,
            r#"{"variables":{"workspace":{"name":"A"}}}"#,
            r#"{"variables":{"workspace":null}}"#,
            r#"{"variables":{"workspace":{"id":["a"]}}}"#,
            r#"{"variables":{"workspace":"a/b"}}"#,
            r#"{"variables":{"workspaces":["a",true]}}"#,
            r#"["workspace"]"#,
        ] {
            let extent = extent_of("workspace.update_roles", data);
            assert_eq!(extent, EventExtent::Unknown, "{data}");
        }
        let named = r#"{"workspace":{"id":"a"}}"#;
        assert_eq!(extent_of("team.add_member", named), EventExtent::Unknown);
        assert_eq!(
            extent_of("user.login_google_success", named),
            EventExtent::None
        );
        assert_eq!(extent(None, &JsonNode::Absent), EventExtent::Unknown);
    }
}
