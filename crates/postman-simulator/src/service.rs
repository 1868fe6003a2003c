//! From a request to its answer.

use super::answer::{JSON, PLAIN_JSON, PROBLEM, SimulatedResponse};
use super::audit::{AuditHistory, AuditedChange};
use super::chance::RandomDraws;
use super::endpoints;
use super::faults::{Delivery, FaultRegistry};
use super::generate;
use super::json::{Style, with_broken_texts};
use super::limits::Limiter;
use super::listing::{Ids, ListEntry, entries};
use super::oauth::IssuedTokens;
use super::options::{Options, SimulatedLimits};
use super::packing::pack_delivery;
use super::problem;
use super::request::SimulatedRequest;
use super::route::SimulatedEndpoint;
use super::team::{RolesAnswer, Team, Workspace};
use connector_types::lock;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::SystemTime;

/// A team and everything needed to answer for it.
pub(super) struct SimulatorService {
    pub(super) options: Options,
    pub(super) team: Team,
    pub(super) lists: TeamLists,
    /// Index of each workspace that can be seen.
    pub(super) workspaces: HashMap<String, usize>,
    /// Index of each collection that can be seen, by uid and by id.
    pub(super) collections: HashMap<String, usize>,
    /// The long lists, written once.
    pub(super) users_body: OnceLock<Arc<str>>,
    pub(super) groups_body: OnceLock<Arc<str>>,
    pub(super) faults: FaultRegistry,
    /// The audit log.
    pub(super) audit: AuditHistory,
    limiter: Mutex<Limiter>,
    tokens: Mutex<IssuedTokens>,
    counts: [AtomicU64; SimulatedEndpoint::ALL.len()],
}

/// The entries of the lists that every reader gets completely or in pages.
pub(super) struct TeamLists {
    pub(super) users: Vec<ListEntry>,
    pub(super) groups: Vec<ListEntry>,
    /// Of the workspaces that can be seen; indexes are those of the team.
    pub(super) workspaces: Vec<ListEntry>,
    pub(super) keys: Vec<ListEntry>,
    pub(super) scim: Vec<ListEntry>,
}

impl SimulatorService {
    /// Makes the team of these options.
    pub(super) fn new(options: Options) -> Self {
        let team = generate::generate_team(&options);
        let seen = |at: &usize| {
            team.workspaces
                .get(*at)
                .is_some_and(|workspace| team.can_see(workspace))
        };
        let visible: Vec<usize> = (0..team.workspaces.len()).filter(seen).collect();
        let id = |at: usize| {
            team.workspaces
                .get(at)
                .map(|workspace| (workspace.id.clone(), at))
        };
        Self {
            lists: TeamLists::new(&options, &team, &visible),
            workspaces: visible.iter().filter_map(|at| id(*at)).collect(),
            collections: collection_index(&team),
            users_body: OnceLock::new(),
            groups_body: OnceLock::new(),
            faults: FaultRegistry::new(&options.faults, options.history),
            audit: AuditHistory::new(options.limits.now()),
            limiter: Mutex::new(Limiter::new(&options)),
            tokens: Mutex::default(),
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
            team,
            options,
        }
    }

    /// Returns the notation for the values of one item.
    pub(super) fn item_style(&self, item: &str) -> Style<'_> {
        Style {
            quirks: &self.options.quirks,
            draws: self.item_draws(item),
        }
    }

    /// Returns the random draws of one item.
    pub(super) fn item_draws(&self, item: &str) -> RandomDraws {
        RandomDraws::new(self.options.seed, item)
    }

    /// Returns the workspace of this id, if it can be seen.
    pub(super) fn find_workspace(&self, id: &str) -> Option<&Workspace> {
        self.workspaces
            .get(id)
            .and_then(|at| self.team.workspaces.get(*at))
    }

    /// Adds an event to the audit log.
    pub(super) fn note_event(&self, change: &AuditedChange<'_>) {
        self.audit.log_change(self.now(), change);
    }

    /// Returns the ids of all visible workspaces that have roles.
    pub(super) fn workspaces_with_roles(&self) -> Vec<String> {
        let workspaces = self.workspaces.values();
        let workspaces = workspaces.filter_map(|at| self.team.workspaces.get(*at));
        let with_roles = workspaces
            .filter(|workspace| workspace.answer == RolesAnswer::Given && !workspace.is_personal());
        let mut ids: Vec<_> = with_roles.map(|workspace| workspace.id.clone()).collect();
        ids.sort();
        ids
    }

    /// Returns the requests so far by endpoint template, without endpoints that were never
    /// requested.
    pub(super) fn request_counts(&self) -> BTreeMap<String, u64> {
        let counted = SimulatedEndpoint::ALL.iter().zip(&self.counts);
        let counted = counted.map(|(endpoint, count)| {
            (
                endpoint.path_template().to_owned(),
                count.load(Ordering::SeqCst),
            )
        });
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// Returns the time by the clock that the limits go by.
    pub(super) fn now(&self) -> SystemTime {
        self.options.limits.now()
    }

    /// Returns the requests of this month, as `/me` reports them.
    pub(super) fn month_used(&self) -> u64 {
        self.lock_limiter().month_used()
    }

    /// Answers a request and counts it; a fault may spoil the answer.
    pub(super) fn answer_request(&self, request: &SimulatedRequest) -> Delivery {
        let turn = self.faults.take_turn();
        let answer = self.good_answer(request);
        let mut delivery = self.faults.deliver_answer(self, request, answer);
        drop(turn);
        if self.options.quirks.broken_texts && delivery.bytes.is_none() {
            delivery.bytes = with_broken_texts(&delivery.answer.body);
        }
        pack_delivery(self, request, delivery)
    }

    fn good_answer(&self, request: &SimulatedRequest) -> SimulatedResponse {
        let (endpoint, id) = SimulatedEndpoint::match_segments(&request.path_segments());
        self.count(endpoint);
        let answer = match self.admit_request(endpoint, request) {
            Ok(headers) => {
                let mut answer = self.dispatch_request(endpoint, &id, request);
                answer.headers.extend(headers);
                answer
            }
            Err(refusal) => refusal,
        };
        self.with_content_type(answer, request)
    }

    fn count(&self, endpoint: SimulatedEndpoint) {
        let counted = SimulatedEndpoint::ALL.iter().zip(&self.counts);
        for (_, count) in counted.filter(|(known, _)| **known == endpoint) {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Checks path, method, key and limits before an answer.
    fn admit_request(
        &self,
        endpoint: SimulatedEndpoint,
        request: &SimulatedRequest,
    ) -> Result<Vec<(&'static str, String)>, SimulatedResponse> {
        if endpoint == SimulatedEndpoint::Unknown {
            return Err(problem::unknown_path());
        }
        let is_token = endpoint == SimulatedEndpoint::Token;
        let method = if is_token { "POST" } else { "GET" };
        if request.method != method {
            return Err(problem::method_not_allowed(method));
        }
        if is_token {
            return Ok(Vec::new());
        }
        self.check_key(endpoint, request)?;
        match &self.options.limits {
            SimulatedLimits::Off => Ok(Vec::new()),
            SimulatedLimits::On(clock) => self.lock_limiter().admit_request(endpoint, clock.now()),
        }
    }

    fn check_key(
        &self,
        endpoint: SimulatedEndpoint,
        request: &SimulatedRequest,
    ) -> Result<(), SimulatedResponse> {
        let authorization = request.header("authorization").map(str::trim);
        let bearer =
            authorization.map(|value| value.strip_prefix("Bearer ").unwrap_or(value).trim());
        if endpoint.is_scim() {
            let accepted =
                self.options.scim_key.is_some() && bearer == self.options.scim_key.as_deref();
            return accepted
                .then_some(())
                .ok_or_else(endpoints::scim::wrong_key);
        }
        if let Some(key) = request.header("x-api-key") {
            return (key.trim() == self.options.api_key)
                .then_some(())
                .ok_or_else(problem::wrong_key);
        }
        match (&self.options.access_token, bearer) {
            (Some(token), Some(given)) if given == token => Ok(()),
            (_, Some(given)) if self.accepts_token(given) => Ok(()),
            (_, Some(_)) => Err(problem::wrong_key()),
            (_, None) => Err(problem::no_key()),
        }
    }

    /// Issues an access token.
    pub(super) fn issue_token(&self) -> String {
        lock(&self.tokens).issue_token(self.now())
    }

    fn accepts_token(&self, given: &str) -> bool {
        let client = self.options.oauth.as_ref();
        client
            .is_some_and(|client| lock(&self.tokens).accepts_token(given, self.now(), client.valid))
    }

    fn dispatch_request(
        &self,
        endpoint: SimulatedEndpoint,
        id: &str,
        request: &SimulatedRequest,
    ) -> SimulatedResponse {
        match endpoint {
            SimulatedEndpoint::Me => endpoints::me::get(self),
            SimulatedEndpoint::Users => endpoints::users::list_users(self, request),
            SimulatedEndpoint::User => endpoints::users::get_user(self, id),
            SimulatedEndpoint::Groups => endpoints::groups::list_groups(self),
            SimulatedEndpoint::Group => endpoints::groups::get_group(self, id),
            SimulatedEndpoint::Workspaces => endpoints::workspaces::list_workspaces(self, request),
            SimulatedEndpoint::Workspace => endpoints::workspaces::get_workspace(self, id, request),
            SimulatedEndpoint::WorkspaceRoles => endpoints::roles::of_workspace(self, id, request),
            SimulatedEndpoint::RoleCatalogue => endpoints::roles::role_catalog(self),
            SimulatedEndpoint::Collections => {
                endpoints::collections::list_collections(self, request)
            }
            SimulatedEndpoint::CollectionRoles => {
                endpoints::collections::collection_roles(self, id)
            }
            SimulatedEndpoint::AccessKeys => endpoints::keys::list_keys(self, request),
            SimulatedEndpoint::Teams => endpoints::teams::list_teams(self, request),
            SimulatedEndpoint::Team => endpoints::teams::get_team(self, id, request),
            SimulatedEndpoint::AuditLogs => endpoints::audit::list_events(self, request),
            SimulatedEndpoint::ScimUsers => endpoints::scim::list_users(self, request),
            SimulatedEndpoint::ScimGroups => endpoints::scim::list_groups(self, request),
            SimulatedEndpoint::Analytics => endpoints::analytics::metric(self, request),
            SimulatedEndpoint::Accounts => endpoints::analytics::accounts(self),
            SimulatedEndpoint::Token => endpoints::token::issue_token(self, request),
            SimulatedEndpoint::Unknown => problem::unknown_path(),
        }
    }

    /// Swaps the content types of errors, which says nothing of their shape.
    fn with_content_type(
        &self,
        mut answer: SimulatedResponse,
        request: &SimulatedRequest,
    ) -> SimulatedResponse {
        let swapped = self.options.quirks.content_types
            && self.item_draws(&request.path).draw_below("content type", 2) == 0;
        answer.content_type = match answer.content_type {
            PROBLEM if swapped => PLAIN_JSON,
            PLAIN_JSON if swapped => PROBLEM,
            JSON if swapped => PLAIN_JSON,
            same => same,
        };
        answer
    }

    fn lock_limiter(&self) -> MutexGuard<'_, Limiter> {
        lock(&self.limiter)
    }
}

impl TeamLists {
    fn new(options: &Options, team: &Team, visible: &[usize]) -> Self {
        let draws = |list| RandomDraws::new(options.seed, list);
        let of = |list, count, ids| entries(count, draws(list), &options.quirks, ids);
        let workspaces = of("workspaces", visible.len(), Ids::InPaths).into_iter();
        let renumbered = workspaces.filter_map(|entry| match entry {
            ListEntry::Item(at) => visible.get(at).copied().map(ListEntry::Item),
            ListEntry::Changed(at) => visible.get(at).copied().map(ListEntry::Changed),
            junk @ ListEntry::Junk(_) => Some(junk),
        });
        let is_deleted = |at: usize| team.keys.get(at).is_some_and(|key| key.deleted.is_some());
        let mut keys = of("keys", team.keys.len(), Ids::Opaque);
        // Of a key that is gone, no record is reported: nothing contradicts it.
        keys.retain(|entry| !matches!(entry, ListEntry::Changed(at) if is_deleted(*at)));
        Self {
            workspaces: renumbered.collect(),
            users: of("users", team.users.len(), Ids::InPaths),
            groups: of("groups", team.groups.len(), Ids::InPaths),
            keys,
            scim: of("scim", team.scim.len(), Ids::Opaque),
        }
    }
}

fn collection_index(team: &Team) -> HashMap<String, usize> {
    let mut index = HashMap::new();
    for at in team.visible_collections() {
        if let Some(collection) = team.collections.get(at) {
            index.insert(collection.uid(), at);
            index.insert(collection.id.clone(), at);
        }
    }
    index
}
