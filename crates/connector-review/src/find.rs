//! Finds a resource or an entitlement by id, `type:id`, address, login or name.

use super::{Named, ReviewError};
use connector_store::{FormerNames, NamedRow, RunId, Store, collect_named, each_row};
use connector_types::AUDIENCES;
use connector_types::fold;
use connector_types::plain;

/// So many candidates are named where several fit.
const SHOWN: usize = 20;

/// The quality of a match, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MatchQuality {
    /// Its `type:id`, so that no name can be mistaken for it.
    Identity,
    Exact,
    Prefix,
    Within,
}

/// A resource that may be meant.
struct Candidate {
    named: Named,
    email: Option<String>,
    login: Option<String>,
    /// True if it can be a person: an account, an unlisted principal, an audience.
    is_account: bool,
    /// True if it holds something, and is not the invitation of an account.
    holds: bool,
}

const SQL: &str = "SELECT resource_type, id, display_name, email, login, kind,
        EXISTS (SELECT 1 FROM grant_facts g WHERE g.run = r.run AND g.principal = r.resource) AS holds,
        resource_type IN (SELECT resource_type FROM types_about_accounts WHERE run = ?1) AS is_about_accounts
    FROM resources r WHERE run = ?1 ORDER BY resource_type, id";

/// Finds the resource that `text` names, in any case: a whole match ranks before a prefix, and a
/// prefix before a part.
///
/// # Errors
/// Returns an error if none matches, if several do, which it names, or if the store cannot
/// be read.
pub fn find_resource(store: &Store, run: RunId, text: &str) -> Result<Named, ReviewError> {
    let ranked = rank_candidates(read_candidates(store, run)?, text, |_| false);
    single_candidate(&ranked, text, "resource")
}

/// Finds the account that `text` names, by the rules of [`find_resource`]. Of several that fit equally
/// well, accounts with grants come before those without.
///
/// # Errors
/// As [`find_resource`].
pub fn find_account(store: &Store, run: RunId, text: &str) -> Result<Named, ReviewError> {
    let mut accounts = read_candidates(store, run)?;
    accounts.retain(|one| one.is_account);
    let ranked = rank_candidates(accounts, text, |one| !one.holds);
    single_candidate(&ranked, text, "account")
}

/// Finds the principal that `text` names, a person or a group, by the rules of [`find_account`].
///
/// # Errors
/// As [`find_resource`].
pub fn find_principal(store: &Store, run: RunId, text: &str) -> Result<Named, ReviewError> {
    let ranked = rank_candidates(read_candidates(store, run)?, text, |one| !one.holds);
    single_candidate(&ranked, text, "resource")
}

/// Returns the slug of the one entitlement on a type that `text` names, by the rules of [`find_entitlements`].
///
/// # Errors
/// Returns an error if none fits or several do, which it names, or if the store cannot be read.
pub fn find_entitlement(
    store: &Store,
    run: RunId,
    on: &str,
    text: &str,
) -> Result<String, ReviewError> {
    let keys = find_entitlements(store, run, Some(on), text)?;
    let sql = "SELECT slug FROM entitlements WHERE run = ? AND entitlement = ?";
    let mut query = store.connection().prepare_cached(sql)?;
    let mut slugs = Vec::new();
    for key in keys {
        slugs.push(query.query_row((run.0, key), |row| row.get::<_, String>(0))?);
    }
    match slugs.as_slice() {
        [only] => Ok(only.clone()),
        several => Err(ReviewError::Unfit(format!(
            "`{}` may be any of the entitlements {}: name one by its slug",
            plain(text),
            plain(&several.join(", "))
        ))),
    }
}

/// Returns the entitlements that `text` names by slug or `type:slug`, else by name: on every type, or on `on`.
///
/// # Errors
/// Returns an error if none fits, with the known ones, or if the store cannot be read.
pub fn find_entitlements(
    store: &Store,
    run: RunId,
    on: Option<&str>,
    text: &str,
) -> Result<Vec<i64>, ReviewError> {
    let sql = "SELECT entitlement, resource_type, slug, display_name FROM entitlements
        WHERE run = ?1 AND (?2 IS NULL OR resource_type = ?2) ORDER BY resource_type, slug";
    let wanted = fold(text);
    let (mut by_slug, mut by_name, mut known) = (Vec::new(), Vec::new(), Vec::new());
    each_row::<ReviewError>(store.connection(), sql, (run.0, on), |row| {
        let (resource_type, slug): (String, String) = (row.get("resource_type")?, row.get("slug")?);
        let name: String = row.get("display_name")?;
        let full = format!("{resource_type}:{slug}");
        if [&slug, &full].map(|one| fold(one)).contains(&wanted) {
            by_slug.push(row.get("entitlement")?);
        } else if fold(&name) == wanted {
            by_name.push(row.get("entitlement")?);
        }
        known.push(full);
        Ok(())
    })?;
    match (by_slug.is_empty(), by_name.is_empty()) {
        (false, _) => Ok(by_slug),
        (true, false) => Ok(by_name),
        (true, true) => Err(ReviewError::Unfit(format!(
            "no entitlement is called `{}`; there are {}",
            plain(text),
            plain(&known.join(", "))
        ))),
    }
}

/// Checks that a run knows a resource type.
///
/// # Errors
/// Returns an error that names the known types if it does not, or if the store cannot be read.
pub fn check_type(store: &Store, run: RunId, text: &str) -> Result<(), ReviewError> {
    let sql = "SELECT resource_type AS known FROM resource_types WHERE run = ?1
        UNION SELECT resource_type FROM resources WHERE run = ?1 ORDER BY 1";
    check_known(store, run, (sql, "resource type", text))
}

/// Checks that a run knows an entitlement of this slug.
///
/// # Errors
/// Returns an error that names the known slugs if it does not, or if the store cannot be read.
pub fn check_slug(store: &Store, run: RunId, text: &str) -> Result<(), ReviewError> {
    let sql = "SELECT DISTINCT slug AS known FROM entitlements WHERE run = ?1 ORDER BY 1";
    check_known(store, run, (sql, "entitlement", text))
}

fn check_known(
    store: &Store,
    run: RunId,
    (sql, what, text): (&str, &str, &str),
) -> Result<(), ReviewError> {
    let known = collect_named(store.connection(), sql, [run.0], |row| row.get("known"))?;
    if known.iter().any(|one: &String| one == text) {
        return Ok(());
    }
    let (text, known) = (plain(text), plain(&known.join(", ")));
    Err(ReviewError::Unfit(format!(
        "no {what} is called `{text}`; there are {known}"
    )))
}

fn read_candidates(store: &Store, run: RunId) -> Result<Vec<Candidate>, ReviewError> {
    let candidates = collect_named(store.connection(), SQL, [run.0], read_candidate)?;
    let names = store.former_names(run)?;
    let named = candidates.into_iter();
    Ok(named.map(|one| one.with_former_name(&names)).collect())
}

fn read_candidate(row: NamedRow<'_>) -> rusqlite::Result<Candidate> {
    let named = Named::read(row)?;
    let (kind, holds): (String, _) = (row.get("kind")?, row.get("holds")?);
    let is_own = !row.get::<bool>("is_about_accounts")?;
    Ok(Candidate {
        is_account: (kind == "user" && (is_own || holds))
            || (kind == "other" && holds)
            || AUDIENCES.contains(&&*kind),
        named,
        email: row.get("email")?,
        login: row.get("login")?,
        holds: holds && is_own,
    })
}

impl Candidate {
    /// Adds what the last run that listed the resource calls it, where this one does not list it.
    fn with_former_name(self, names: &FormerNames) -> Self {
        let former = names.get(&self.named.id);
        Self {
            email: self.email.or_else(|| former?.email.clone()),
            login: self.login.or_else(|| former?.login.clone()),
            named: self.named.with_former_name(names),
            ..self
        }
    }

    fn best_fit(&self, wanted: &str) -> Option<MatchQuality> {
        let Named {
            id, display_name, ..
        } = &self.named;
        let full = fold(&format!("{}:{}", id.resource_type, id.id));
        if full == wanted {
            return Some(MatchQuality::Identity);
        }
        let names = [
            Some(&*id.id),
            Some(&*full),
            Some(&**display_name),
            self.email.as_deref(),
            self.login.as_deref(),
        ];
        let fits = names.into_iter().flatten().map(fold);
        fits.filter_map(|name| fit(&name, wanted)).min()
    }
}

fn fit(name: &str, wanted: &str) -> Option<MatchQuality> {
    match name {
        _ if name == wanted => Some(MatchQuality::Exact),
        _ if name.starts_with(wanted) => Some(MatchQuality::Prefix),
        _ if name.contains(wanted) => Some(MatchQuality::Within),
        _ => None,
    }
}

/// Returns the best matches. Among equal matches, those that are `behind` count only if there is no
/// other.
fn rank_candidates(all: Vec<Candidate>, text: &str, behind: fn(&Candidate) -> bool) -> Vec<Named> {
    let wanted = fold(text.trim());
    if wanted.is_empty() {
        return Vec::new();
    }
    let ranks = all.into_iter().filter_map(|one| {
        let fit = one.best_fit(&wanted)?;
        Some(((fit, behind(&one)), one.named))
    });
    let ranks: Vec<_> = ranks.collect();
    let best = ranks.iter().map(|(rank, _)| *rank).min();
    let best = ranks.into_iter().filter(|(rank, _)| Some(*rank) == best);
    best.map(|(_, named)| named).collect()
}

fn single_candidate(ranked: &[Named], text: &str, what: &str) -> Result<Named, ReviewError> {
    match ranked {
        [only] => Ok(only.clone()),
        [] => Err(ReviewError::Unfit(format!(
            "no {what} has `{}` as its id, e-mail address or name, or as a part of one: `resources FILE` lists them",
            plain(text)
        ))),
        several => Err(ambiguous_error(several, text, what)),
    }
}

fn ambiguous_error(found: &[Named], text: &str, what: &str) -> ReviewError {
    let text = plain(text);
    let mut message = format!(
        "`{text}` may be any of {} {what}s: name one by its type:id",
        found.len()
    );
    for one in found.iter().take(SHOWN) {
        let (id, name) = (&one.id, &one.display_name);
        let full = format!("{}:{}", id.resource_type, id.id);
        message.push_str(&format!("\n  {}  {}", plain(&full), plain(name)));
    }
    if let Some(more @ 1..) = found.len().checked_sub(SHOWN) {
        message.push_str(&format!("\n  … and {more} more"));
    }
    ReviewError::Unfit(message)
}
