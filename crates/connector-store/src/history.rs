//! History at the price of change: a run that has ended keeps, of its rows, those that its tenant's run
//! before has not.
//!
//! While a sync runs, its rows are an epoch of their own. At its end they are compared with those that
//! hold in the tenant's latest run. Where few differ, these go into that run's epoch, and the others
//! are dropped. Where many do, the epoch stays: so the rows of a run are found among at most about
//! twice as many, and the file grows with what changes.

use rusqlite::{Connection, OptionalExtension};

use super::{RunId, StoreError};

/// A table of versions.
pub(super) struct VersionTable {
    pub(super) name: &'static str,
    /// The columns that identify a row within one run.
    keys: &'static [&'static str],
    /// The columns of two records of one identity that are compared to count changes.
    facts: &'static [&'static str],
    /// The other columns of each.
    others: &'static [&'static str],
}

const RESOURCES: VersionTable = VersionTable {
    name: "resource_versions",
    keys: &["resource"],
    facts: &[
        "parent_type",
        "parent_id",
        "display_name",
        "description",
        "evidence",
        "status",
        "created_at",
        "updated_at",
        "kind",
        "email",
        "login",
        "account_type",
        "last_login",
        "created_by_type",
        "created_by_id",
        "access_to_type",
        "access_to_id",
        "expires_at",
        "last_used",
        "attributes",
    ],
    others: &["grants", "scope", "page"],
};

const GRANTS: VersionTable = VersionTable {
    name: "grant_versions",
    keys: &["resource", "entitlement", "principal"],
    facts: &["implied_by", "expands"],
    others: &["scope", "page"],
};

/// Tables of which changes are not counted.
const UNCOUNTED: [VersionTable; 5] = [
    VersionTable {
        name: "entitlement_versions",
        keys: &["entitlement"],
        facts: &[],
        others: &[
            "display_name",
            "description",
            "purpose",
            "grantable_to",
            "exclusion_group",
            "rank",
            "scope",
        ],
    },
    VersionTable {
        name: "scope_versions",
        keys: &["scope"],
        facts: &[],
        others: &[
            "outcome",
            "pages",
            "requests",
            "restarts",
            "problem",
            "type_order",
            "read_at",
            "shared",
        ],
    },
    VersionTable {
        name: "page_versions",
        keys: &["scope", "page"],
        facts: &[],
        others: &["requests"],
    },
    VersionTable {
        name: "notice_versions",
        keys: &["notice", "scope"],
        facts: &[],
        others: &[],
    },
    VersionTable {
        name: "expansion_versions",
        keys: &["group_like", "slug", "principal", "path"],
        facts: &[],
        others: &[],
    },
];

/// Returns the columns of a resource that contain its facts.
pub(super) fn resource_facts() -> &'static [&'static str] {
    RESOURCES.facts
}

/// Returns every table of versions.
pub(super) fn tables() -> impl Iterator<Item = &'static VersionTable> {
    [&RESOURCES, &GRANTS].into_iter().chain(&UNCOUNTED)
}

/// A run that has ended, and the tenant's run before it.
#[derive(Clone, Copy)]
struct ConsecutiveRuns {
    run: i64,
    former: i64,
    /// The epoch of the run before.
    epoch: i64,
}

/// Has a run that has ended share what it has in common with the tenant's run before it, and keeps the
/// count of resources and grants that were added, removed or changed. The first run of a tenant has
/// none.
pub(super) fn join_history(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let sql = "SELECT n.run AS run, o.run AS former, o.epoch AS epoch FROM runs n JOIN runs o ON o.state = 'ended'
            AND o.run < n.run AND o.connector = n.connector AND o.tenant_type = n.tenant_type
            AND o.tenant_id = n.tenant_id
        WHERE n.run = ? ORDER BY o.run DESC LIMIT 1";
    let neighbors = connection.query_row(sql, [run.0], |row| {
        Ok(ConsecutiveRuns {
            run: row.get("run")?,
            former: row.get("former")?,
            epoch: row.get("epoch")?,
        })
    });
    let Some(neighbors) = neighbors.optional()? else {
        return Ok(());
    };
    let mut all = Difference::default();
    let mut changes = 0;
    let mut removed = Vec::new();
    for (place, table) in tables().enumerate() {
        let one = table.compare(connection, neighbors)?;
        if place < 2 {
            changes += one.removed() + one.changed + one.new;
        }
        removed.push((table, one.removed() > 0));
        all.add(&one);
    }
    let sql = "UPDATE runs SET changes = ? WHERE run = ?";
    connection.execute(sql, (changes, run.0))?;
    let is_long = all.stored + all.differing > 2 * all.rows;
    if !is_long {
        for (table, removed) in removed {
            table.absorb(connection, neighbors, removed)?;
        }
        let sql = "UPDATE runs SET epoch = ? WHERE run = ?";
        connection.execute(sql, (neighbors.epoch, run.0))?;
    }
    for table in tables() {
        connection.execute_batch(&format!("DROP TABLE temp.differing_{}", table.name))?;
    }
    Ok(())
}

/// Numbers of rows of one table or of all.
#[derive(Debug, Default)]
struct Difference {
    /// Those of the run.
    rows: i64,
    /// Those of the epoch of the run before.
    stored: i64,
    /// Those that hold in the run before.
    former: i64,
    /// Those of the run that the run before has not as they are.
    differing: i64,
    /// Those of them whose keys the run before has not.
    new: i64,
    /// Those of them whose facts differ.
    changed: i64,
}

impl Difference {
    /// Returns the number of rows of the run before whose keys the run has not.
    fn removed(&self) -> i64 {
        self.former - (self.rows - self.new)
    }

    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.stored += other.stored;
        self.differing += other.differing;
    }
}

impl VersionTable {
    /// Returns a list of columns, each with this before it.
    fn list<'a>(columns: impl IntoIterator<Item = &'a &'a str>, before: &str) -> String {
        let columns = columns
            .into_iter()
            .map(|column| format!("{before}{column}"));
        columns.collect::<Vec<_>>().join(", ")
    }

    /// Returns the condition that two rows are of one identity.
    fn same_keys(&self, one: &str, other: &str) -> String {
        let keys = self
            .keys
            .iter()
            .map(|key| format!("{one}.{key} = {other}.{key}"));
        keys.collect::<Vec<_>>().join(" AND ")
    }

    /// Returns the condition that some columns of two rows differ.
    fn differ<'a>(columns: impl Iterator<Item = &'a &'a str>) -> String {
        let columns: Vec<_> = columns
            .map(|one| format!("o.{one} IS NOT n.{one}"))
            .collect();
        match columns.as_slice() {
            [] => "0".to_owned(),
            some => format!("({})", some.join(" OR ")),
        }
    }

    /// Writes the keys of the rows that differ into a temporary table, and counts them.
    fn compare(
        &self,
        connection: &Connection,
        of: ConsecutiveRuns,
    ) -> Result<Difference, StoreError> {
        let ConsecutiveRuns { run, epoch, .. } = of;
        let name = self.name;
        connection.execute_batch(&format!(
            "CREATE TEMP TABLE differing_{name} AS
            SELECT {keys}, o.epoch IS NULL AS is_new, o.epoch IS NOT NULL AND {facts} AS is_changed
            FROM {name} n LEFT JOIN {name} o
                ON o.epoch = {epoch} AND {same} AND o.last IS NULL
            WHERE n.epoch = {run} AND (o.epoch IS NULL OR {any})",
            keys = Self::list(self.keys, "n."),
            facts = Self::differ(self.facts.iter()),
            same = self.same_keys("o", "n"),
            any = Self::differ(self.facts.iter().chain(self.others)),
        ))?;
        let sql = format!(
            "SELECT (SELECT count(*) FROM {name} WHERE epoch = {run}) AS rows, count(*) AS stored,
                count(*) - count(last) AS former,
                (SELECT count(*) FROM temp.differing_{name}) AS differing,
                (SELECT count(*) FROM temp.differing_{name} WHERE is_new) AS new,
                (SELECT count(*) FROM temp.differing_{name} WHERE is_changed) AS changed
            FROM {name} WHERE epoch = {epoch}"
        );
        let difference = connection.query_row(&sql, [], |row| {
            Ok(Difference {
                rows: row.get("rows")?,
                stored: row.get("stored")?,
                former: row.get("former")?,
                differing: row.get("differing")?,
                new: row.get("new")?,
                changed: row.get("changed")?,
            })
        });
        Ok(difference?)
    }

    /// Ends the versions that do not hold in the run, adds its own, and drops what both have.
    fn absorb(
        &self,
        connection: &Connection,
        of: ConsecutiveRuns,
        removed: bool,
    ) -> Result<(), StoreError> {
        let ConsecutiveRuns { run, former, epoch } = of;
        let name = self.name;
        connection.execute_batch(&format!(
            "UPDATE {name} AS v SET last = {former} FROM temp.differing_{name} d
            WHERE v.epoch = {epoch} AND {} AND v.last IS NULL AND NOT d.is_new",
            self.same_keys("v", "d"),
        ))?;
        if removed {
            connection.execute_batch(&format!(
                "UPDATE {name} AS v SET last = {former}
                WHERE v.epoch = {epoch} AND v.last IS NULL AND NOT EXISTS (
                    SELECT 1 FROM {name} n WHERE n.epoch = {run} AND {})",
                self.same_keys("n", "v"),
            ))?;
        }
        let columns = || self.keys.iter().chain(self.facts).chain(self.others);
        connection.execute_batch(&format!(
            "INSERT INTO {name} (epoch, first, {columns}) SELECT {epoch}, {run}, {values}
            FROM temp.differing_{name} d CROSS JOIN {name} n ON n.epoch = {run} AND {same};
            DELETE FROM {name} WHERE epoch = {run}",
            columns = Self::list(columns(), ""),
            values = Self::list(columns(), "n."),
            same = self.same_keys("n", "d"),
        ))?;
        Ok(())
    }
}
