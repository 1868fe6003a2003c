//! A notice that two scopes show stays as long as one of them shows it.

use std::sync::Arc;

use super::{WEEKLY, assert_same, file, read, reason};
use crate::support::scripted::{Scripted, asked, grants, id, listed, page};
use connector_host::records::{ChangeExtent, ChangeLog, Details, Impact, Notice, Page, Resource};
use connector_host::sync::SyncOptions;

/// An event that names a resource, so many hours ago.
fn event(own: &str, hours: i64, changed: &str) -> Resource {
    let time = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours);
    let extent = ChangeExtent::Resources(vec![id("thing", changed)]);
    Resource {
        created_at: Some(time.to_string()),
        details: Details::Change(extent),
        ..listed("event", own, "")
    }
}

fn with_notice() -> Page {
    let notice = Notice {
        code: "odd".to_owned(),
        about: Some(id("user", "1")),
        impact: Impact::AttributeUnknown,
        message: "an odd account".to_owned(),
    };
    Page {
        notices: vec![notice],
        ..grants([])
    }
}

/// A tenant with two things, of which `odd` show one notice; the first of them was changed.
fn source(odd: &[&str]) -> Arc<Scripted> {
    let things = ["a", "b"].map(|own| asked("thing", own, "team 1"));
    let mut source = Scripted::new()
        .page("list thing under team 1", page(things))
        .page("list event", page([event("1", 0, "a"), event("0", 9, "a")]));
    for own in odd {
        source = source.page(&format!("grants thing {own}"), with_notice());
    }
    source.descriptor.change_log = Some(ChangeLog {
        name: "event".to_owned(),
        description: String::new(),
        covers: vec!["thing".to_owned()],
    });
    Arc::new(source)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_of_two_scopes_outlives_one_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let options = SyncOptions::default();
    let stored = file(&dir, "stored.db");
    let first = read(&source(&["a", "b"]), &options, &stored, None).await;
    assert_eq!(first.notices.len(), 1);
    let now = source(&["b"]);
    let since = read(&now, &options, &stored, Some(WEEKLY)).await;
    assert_eq!(reason(&since), None);
    assert_eq!(since.summary.carried, 1);
    let full = read(&now, &options, &file(&dir, "full.db"), None).await;
    assert_same(&since, &full);
    assert_eq!(since.notices.len(), 1);
}
