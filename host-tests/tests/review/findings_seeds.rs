//! The findings of fifty odd teams, as another program counts them: record by record, without SQL.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::{Asked, start, sync};
use connector_host::records::{
    AccountType, Details, Evidence, Grant, Impact, LastUse, Operation, Outcome, Resource,
    ResourceId, SecretDetails, Status,
};
use connector_host::review::findings::{RULES, RuleLimits, evaluate_rules};
use connector_host::store::Store;
use connector_host::sync::SyncInventory;
use jiff::Timestamp;
use postman_simulator::{ApiQuirks, Options};

/// The findings of each rule, by its id.
type Found = BTreeMap<&'static str, BTreeSet<ResourceId>>;

struct Slow<'a> {
    synced: &'a SyncInventory,
    by_id: BTreeMap<&'a ResourceId, &'a Resource>,
}

impl<'a> Slow<'a> {
    fn new(synced: &'a SyncInventory) -> Self {
        let by_id = synced.resources.iter().map(|one| (&one.id, one)).collect();
        Self { synced, by_id }
    }

    fn on(&self, resource: &'a ResourceId) -> impl Iterator<Item = &'a Grant> {
        let grants = self.synced.grants.iter();
        grants.filter(move |one| one.resource == *resource)
    }

    /// Returns whether every list of a type ended complete; `None` where there is none.
    fn listed_whole(&self, of: &str) -> Option<bool> {
        let scopes = self.synced.scopes.iter();
        let mut lists = scopes
            .filter(|one| one.call == Operation::ListResources && one.resource_type == of)
            .peekable();
        lists.peek()?;
        Some(lists.all(|one| one.outcome == Outcome::Complete))
    }

    /// The principals behind a grant: its own, or the members of it; itself if no member is known.
    fn people(&self, grant: &'a Grant) -> BTreeSet<&'a ResourceId> {
        let mut found = BTreeSet::new();
        self.follow(grant, &mut BTreeSet::new(), &mut found);
        if found.is_empty() {
            found.insert(&grant.principal);
        }
        found
    }

    fn follow(
        &self,
        grant: &'a Grant,
        seen: &mut BTreeSet<&'a ResourceId>,
        found: &mut BTreeSet<&'a ResourceId>,
    ) {
        let set = &grant.principal;
        match &grant.expands {
            None if set.resource_type == "everyone" => found.extend(
                self.by_id
                    .values()
                    .filter(|one| matches!(one.details, Details::User(_)))
                    .filter(|one| one.evidence == Evidence::Listed)
                    .map(|one| &one.id),
            ),
            None => drop(found.insert(set)),
            Some(slug) if seen.insert(set) => {
                for member in self.on(set).filter(|one| one.entitlement == *slug) {
                    self.follow(member, seen, found);
                }
                seen.remove(set);
            }
            Some(_) => {}
        }
    }

    fn off(&self, of: &Resource) -> bool {
        let address = |one: &Resource| {
            let address = one.details.user()?.email.as_ref()?;
            Some(address.to_ascii_lowercase())
        };
        if !matches!(of.details, Details::User(_)) {
            return false;
        }
        if of.status == Status::Disabled {
            return true;
        }
        let Some(wanted) = address(of) else {
            return false;
        };
        let all = self.by_id.values();
        let same: Vec<_> = all
            .filter(|one| one.id != of.id && address(one).as_ref() == Some(&wanted))
            .collect();
        let of_type = |wanted: &str| {
            let same = same.iter();
            same.filter(|one| one.id.resource_type == *wanted)
                .collect::<Vec<_>>()
        };
        of_type(&of.id.resource_type).is_empty()
            && same.iter().any(|one| {
                let list = of_type(&one.id.resource_type);
                list.iter().all(|one| one.status == Status::Disabled)
            })
    }

    /// Users that a complete list does not have.
    fn unlisted(&self, of: &Resource) -> bool {
        let account = ["user", "scim-account"].contains(&&*of.id.resource_type);
        let whole = self.listed_whole(&of.id.resource_type) == Some(true);
        let known =
            matches!(&of.details, Details::User(user) if user.account_type != AccountType::Unknown);
        account && whole && of.evidence == Evidence::Referenced && !known
    }

    fn in_use(&self, id: &ResourceId) -> bool {
        let one = self.by_id[id];
        let nobody = one.details == Details::Group
            && one.evidence == Evidence::Listed
            && self.listed_whole(&id.resource_type) == Some(true);
        !nobody && !self.off(one) && !self.unlisted(one)
    }

    /// Returns whether it is known who has access to a workspace.
    fn known(&self, place: &Resource) -> bool {
        let refused = self.synced.scopes.iter().any(|one| {
            one.call == Operation::ListGrants
                && one.resource_type == "workspace"
                && one.id.as_deref() == Some(&place.id.id)
                && one.outcome != Outcome::Complete
        });
        let silent = self.synced.notices.iter().any(|one| {
            one.about.as_ref() == Some(&place.id)
                && !one.is_partial()
                && ["missing-field", "unknown-visibility", "unknown-access"].contains(&&*one.code)
        });
        let unknown_group = self.on(&place.id).any(|one| {
            let group = self.by_id[&one.principal];
            group.details == Details::Group
                && group.id.resource_type != "everyone"
                && self.listed_whole(&group.id.resource_type) == Some(false)
        });
        !refused && !silent && !unknown_group
    }

    fn found(&self, limits: &RuleLimits) -> Found {
        let mut found = Found::new();
        for resource in self.by_id.values() {
            for rule in self.rules(resource, limits) {
                found.entry(rule).or_default().insert(resource.id.clone());
            }
        }
        found
    }

    fn rules(&self, one: &'a Resource, limits: &RuleLimits) -> Vec<&'static str> {
        let mut rules = Vec::new();
        if one.id.resource_type == "workspace" && one.evidence == Evidence::Listed {
            rules.extend(self.of_place(one));
        }
        if self
            .on(&one.id)
            .any(|grant| grant.principal.resource_type == "everyone")
        {
            rules.push("public");
        }
        if self.is_external(one) && self.edits(&one.id) {
            rules.push("external-editor");
        }
        if self.holds(&one.id) {
            let states = [
                (self.off(one), "disabled-account-with-access"),
                (self.unlisted(one), "orphaned-account"),
            ];
            rules.extend(states.iter().filter(|(is, _)| *is).map(|(_, rule)| *rule));
        }
        if let (Details::Secret(key), Evidence::Listed) = (&one.details, one.evidence) {
            rules.extend(self.of_key(one, key, limits));
        }
        if one.details == Details::Tenant {
            let admins = ["admin", "super-admin", "organization-manager"];
            let admins: BTreeSet<_> = admins
                .iter()
                .flat_map(|entitlement| self.principals(&one.id, entitlement))
                .collect();
            let count = admins.iter().filter(|id| self.in_use(id)).count();
            rules.extend((count > limits.tenant_admins as usize).then_some("many-admins"));
        }
        rules
    }

    /// The principals of an entitlement on a resource, without those that have it on every resource.
    fn principals(&self, on: &'a ResourceId, entitlement: &str) -> BTreeSet<&'a ResourceId> {
        let grants = self.on(on).filter(|one| one.entitlement == entitlement);
        let grants = grants.filter(|one| !is_of_overseers(one));
        grants.flat_map(|one| self.people(one)).collect()
    }

    fn of_place(&self, place: &'a Resource) -> Vec<&'static str> {
        let by_rule = |one: &Grant| {
            one.entitlement == "admin" && one.implied_by.is_some() && !is_of_overseers(one)
        };
        if !self.known(place) || self.on(&place.id).any(by_rule) {
            return Vec::new();
        }
        let admins = self.principals(&place.id, "admin");
        let mut rules = match admins.iter().filter(|id| self.in_use(id)).count() {
            0 => vec!["no-admin"],
            1 => vec!["single-admin"],
            _ => Vec::new(),
        };
        let open = |one: &Grant| ["team", "everyone"].contains(&&*one.principal.resource_type);
        let tenant = &self.synced.run.tenant.id;
        let own = || self.on(&place.id).filter(|one| !is_of_overseers(one));
        let open = own().any(|one| {
            open(one) && (one.principal == *tenant || one.principal.resource_type == "everyone")
        });
        let everybody: BTreeSet<_> = own().flat_map(|one| self.people(one)).collect();
        if !open && everybody.iter().filter(|id| self.in_use(id)).count() == 1 {
            rules.push("single-principal");
        }
        rules
    }

    fn is_external(&self, one: &Resource) -> bool {
        let said = matches!(&one.details, Details::User(user) if user.account_type == AccountType::External);
        said || one.id.resource_type == "partner"
    }

    fn edits(&self, who: &ResourceId) -> bool {
        let edits = ["editor", "admin", "partner-editor", "partner-editor-lead"];
        self.synced.grants.iter().any(|grant| {
            edits.contains(&&*grant.entitlement)
                && ["workspace", "collection"].contains(&&*grant.resource.resource_type)
                && self.people(grant).contains(who)
        })
    }

    fn holds(&self, who: &ResourceId) -> bool {
        self.synced.grants.iter().any(|grant| {
            let on_group = self.by_id[&grant.resource].details == Details::Group;
            grant.principal == *who && (grant.entitlement != "member" || on_group)
        })
    }

    fn of_key(
        &self,
        one: &Resource,
        key: &SecretDetails,
        limits: &RuleLimits,
    ) -> Vec<&'static str> {
        let now: Timestamp = self.synced.run.started_at.parse().unwrap();
        let days = |text: &String| {
            let then: Timestamp = text.parse().unwrap();
            now.duration_since(then).as_secs_f64() / 86_400.0
        };
        let unclear =
            self.synced.notices.iter().any(|notice| {
                notice.impact != Impact::None && notice.about.as_ref() == Some(&one.id)
            });
        let left = key.expires_at.as_ref().map(|end| -days(end));
        let last_used = match &key.last_used {
            LastUse::At(time) => Some(time),
            LastUse::Never | LastUse::NotStated => None,
        };
        let idle = last_used.or(one.created_at.as_ref()).map(days);
        if one.status == Status::Disabled {
            return Vec::new();
        }
        let mut rules = Vec::new();
        let unused = idle.is_none_or(|idle| idle >= f64::from(limits.unused_days));
        let unused = unused && key.last_used != LastUse::NotStated;
        if unused && left.is_none_or(|left| left >= 0.0) && (last_used.is_some() || !unclear) {
            rules.push("unused-key");
        }
        if left.is_some_and(|left| (0.0..=f64::from(limits.expiry_days)).contains(&left)) {
            rules.push("expiring-key");
        }
        if left.is_none() && !unclear {
            rules.push("non-expiring-key");
        }
        rules
    }
}

/// Says if a grant is that of Super Admins, who administer everything, or of Partner Managers, who manage
/// every Partner Workspace.
fn is_of_overseers(one: &Grant) -> bool {
    matches!(
        one.expands.as_deref(),
        Some("super-admin" | "partner-manager")
    )
}

/// Changes that no simulated team makes by itself: revokes most grants on workspaces, disables accounts,
/// lets keys end soon.
fn disturb_sync(synced: &mut SyncInventory, seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    synced.grants.retain(|one| {
        one.resource.resource_type != "workspace" || one.implied_by.is_some() || chance.u8(..10) < 2
    });
    let start: Timestamp = synced.run.started_at.parse().unwrap();
    for resource in &mut synced.resources {
        match &mut resource.details {
            Details::User(_) if chance.u8(..5) == 0 => resource.status = Status::Disabled,
            Details::Secret(key) if chance.bool() => {
                let end = start + jiff::SignedDuration::from_hours(chance.i64(-48..2_000));
                key.expires_at = Some(end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
            }
            Details::User(_)
            | Details::Group
            | Details::Tenant
            | Details::Audience(_)
            | Details::Secret(_)
            | Details::Other
            | Details::Change(_) => {}
        }
    }
}

/// Returns the findings of the rules, and those of the slow count.
fn both(synced: &SyncInventory) -> (Found, Found) {
    let limits = RuleLimits {
        tenant_admins: 2,
        ..RuleLimits::default()
    };
    let rules: Vec<_> = RULES.iter().collect();
    let mut store = Store::temporary().unwrap();
    let run = store.save(synced, "{}").unwrap();
    let mut found = Found::new();
    for one in evaluate_rules(&store, run, &rules, &limits)
        .unwrap()
        .findings
    {
        found.entry(one.rule).or_default().insert(one.subject.id);
    }
    (found, Slow::new(synced).found(&limits))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_equal_a_slow_count_in_fifty_teams() {
    let mut met = BTreeSet::new();
    for seed in 0..50 {
        let options = Options {
            seed,
            users: 5 + usize::try_from(seed).unwrap() % 20,
            workspaces: 20,
            quirks: ApiQuirks::all(),
            ..Options::default()
        };
        let running = start(options).await;
        let mut synced = sync(&running, &Asked::everything()).await.unwrap();
        for disturbed in [false, true] {
            if disturbed {
                disturb_sync(&mut synced, seed);
            }
            let (found, slow) = both(&synced);
            assert_eq!(found, slow, "seed {seed}, disturbed: {disturbed}");
            met.extend(found.into_keys());
        }
    }
    // Those that need analytics, which these teams are not asked for, have tests of their own.
    let on_analytics = ["dormant-account", "old-invitation", "unused-seats"];
    let ids = RULES.iter().map(|rule| rule.id);
    let all: BTreeSet<_> = ids.filter(|id| !on_analytics.contains(id)).collect();
    assert_eq!(met, all, "every rule finds something in some team");
}
