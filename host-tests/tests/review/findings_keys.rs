//! The rules about keys compare dates to the second, and not what could not be read.

use connector_host::records::{Resource, Status};

use crate::findings::{evaluated, found, not_evaluated, sound, with_resources};
use crate::made::{self, id, key, notice};

/// Which of the rules about keys find a key; the sync began on 1 June 2026 at noon.
fn of_key(one: Resource) -> Vec<&'static str> {
    let found = evaluated(&with_resources(sound(), vec![one])).findings;
    found.into_iter().map(|one| one.rule).collect()
}

#[test]
fn keys_are_evaluated_by_their_dates_to_the_second() {
    let far = Some("2027-01-01T00:00:00Z");
    let now = Some(made::NOW);
    assert_eq!(of_key(key("k", far, now)), Vec::<&str>::new());
    assert_eq!(of_key(key("k", None, now)), ["non-expiring-key"]);
    // 90 days before the sync, and a second less.
    assert_eq!(
        of_key(key("k", far, Some("2026-03-03T12:00:00Z"))),
        ["unused-key"]
    );
    assert_eq!(
        of_key(key("k", far, Some("2026-03-03T12:00:01Z"))),
        Vec::<&str>::new()
    );
    // 30 days after it, and a second more.
    assert_eq!(
        of_key(key("k", Some("2026-07-01T12:00:00Z"), now)),
        ["expiring-key"]
    );
    assert_eq!(
        of_key(key("k", Some("2026-07-01T12:00:01Z"), now)),
        Vec::<&str>::new()
    );
    // What has expired no longer works.
    assert_eq!(
        of_key(key("k", Some("2026-06-01T11:59:59Z"), None)),
        Vec::<&str>::new()
    );
    assert_eq!(of_key(key("k", far, None)), ["unused-key"]);
    let young = Resource {
        created_at: Some("2026-05-01T00:00:00Z".to_owned()),
        ..key("k", far, None)
    };
    assert_eq!(of_key(young), Vec::<&str>::new());
    let off = Resource {
        status: Status::Disabled,
        ..key("k", None, None)
    };
    assert_eq!(of_key(off), Vec::<&str>::new());
}

#[test]
fn a_key_whose_dates_could_not_be_read_is_not_evaluated() {
    let mut synced = with_resources(sound(), vec![key("k", None, None)]);
    assert_eq!(found(&synced, "non-expiring-key"), ["access-key k"]);
    synced
        .notices
        .push(notice("unreadable-field", &id("access-key", "k")));
    assert_eq!(evaluated(&synced).findings, []);
    let expected = ["access-key k: list-resources access-key under team 1: unreadable-field"];
    assert_eq!(not_evaluated(&synced, "non-expiring-key"), expected);
}
