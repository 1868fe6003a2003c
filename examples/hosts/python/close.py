"""One consistent result from what the scopes read: every id and every grant once, and nothing that
refers to something that is not there."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from conflict import Conflict, notice
from records import Pairs, Read, id_key

# By kind, what is one and the same, and which of those is better (the lesser).
KINDS = {
    "resources": (lambda one: id_key(one["id"]), lambda one: one["evidence"]),
    "entitlements": (lambda one: (one["resource_type"], one["slug"]), lambda one: 0),
    "grants": (
        lambda one: (id_key(one["resource"]), one["entitlement"], id_key(one["principal"])),
        lambda one: one["implied_by"] is not None,
    ),
    "notices": (
        lambda one: (one["code"], id_key(one["about"]), one["impact"], one["message"]),
        lambda one: 0,
    ),
}


def nothing() -> dict[str, list[Read]]:
    return {kind: [] for kind in KINDS}


def add(walk, page: dict) -> None:
    for kind in KINDS:
        walk.content[kind] += (Read(one, walk, walk.pages) for one in page.get(kind, []))


def close(walks: Iterable, notices: list[dict]) -> dict[str, list[Read]]:
    """Unites what walks read, in their order, and adds what they refer to."""
    everything = nothing()
    everything["notices"] += map(Read, notices)
    for walk in walks:
        for kind in KINDS:
            everything[kind] += walk.content[kind]
    resolve_conflicts(everything, unite(everything))
    refer(everything)
    describe(everything)
    unite(everything)
    return everything


def unite(everything: dict[str, list[Read]]) -> list[Conflict]:
    """Sorts, and keeps the first of what is the same: the better one, else that of the earlier scope.
    Returns the conflicts between resources."""
    conflicts = []
    for kind, (identity, rank) in KINDS.items():
        ordered = sorted(everything[kind], key=lambda read: (identity(read.one), rank(read.one)))
        everything[kind] = []
        for _, same in groupby(ordered, key=lambda read: identity(read.one)):
            first, *others = same
            everything[kind].append(first)
            if kind == "resources":
                conflicts += (Conflict(first, other) for other in others)
    return [conflict for conflict in conflicts if conflict.is_one]


def resolve_conflicts(everything: dict[str, list[Read]], conflicts: list[Conflict]) -> None:
    """Leaves out what follows from records that are left out, and says so."""
    gone, grants = set(), []
    for read in everything["grants"]:
        grant = read.one
        if grant["implied_by"] is not None and any(
            conflict.takes_along(grant["resource"], read) for conflict in conflicts
        ):
            gone.add(id_key(grant["principal"]))
        else:
            grants.append(read)
    everything["grants"] = grants
    gone -= {id_key(named) for named in references(everything)} if gone else set()
    everything["resources"] = [
        read
        for read in everything["resources"]
        if read.one["evidence"] == "listed" or id_key(read.one["id"]) not in gone
    ]
    for conflict in conflicts:
        everything["notices"] += map(Read, conflict.notices())
        if conflict.lost.walk.outcome == "complete":
            conflict.lost.walk.outcome = "partial"


def references(everything: dict[str, list[Read]]) -> Iterator[dict]:
    """Everything that grants and resources refer to."""
    for read in everything["grants"]:
        yield from (read.one["resource"], read.one["principal"])
    for read in everything["resources"]:
        details = read.one["details"]
        secret = details.get("secret", {}) if isinstance(details, dict) else {}
        named = (read.one["parent"], secret.get("created_by"), secret.get("access_to"))
        yield from (one for one in named if one is not None)


def refer(everything: dict[str, list[Read]]) -> None:
    """Gives a record to what is referred to and has none."""
    known = {id_key(read.one["id"]) for read in everything["resources"]}
    # What passes grants on is a set of accounts.
    groups = {
        id_key(read.one["principal"])
        for read in everything["grants"]
        if read.one["expands"] is not None
    }
    for named in list(references(everything)):
        if id_key(named) in known:
            continue
        known.add(id_key(named))
        text = f"{named['resource_type']} {named['id']} is referenced, and no list that was read has it."
        everything["notices"].append(Read(notice("unlisted", named, text)))
        kind = "group" if id_key(named) in groups else "other"
        everything["resources"].append(Read(referenced(named, kind)))


def referenced(named: dict, kind: str) -> dict:
    return {
        "id": named,
        "parent": None,
        "display_name": named["id"],
        "description": None,
        "evidence": "referenced",
        "status": "unknown",
        "created_at": None,
        "updated_at": None,
        "details": kind,
        "attributes": Pairs(),
        "grants": "complete",
    }


def describe(everything: dict[str, list[Read]]) -> None:
    """Gives a record to each entitlement that grants name and nothing describes."""
    entitlements = (read.one for read in everything["entitlements"])
    known = {(one["resource_type"], one["slug"]) for one in entitlements}
    for read in everything["grants"]:
        grant = read.one
        held = (grant["resource"]["resource_type"], grant["entitlement"])
        expanded = (grant["principal"]["resource_type"], grant["expands"])
        for resource_type, slug in (held, expanded):
            if slug is None or (resource_type, slug) in known:
                continue
            known.add((resource_type, slug))
            text = (
                f"Grants name the entitlement {slug} on {resource_type}, "
                "which the connector does not describe."
            )
            everything["notices"].append(Read(notice("undescribed-entitlement", None, text)))
            everything["entitlements"].append(Read(undescribed(resource_type, slug)))


def undescribed(resource_type: str, slug: str) -> dict:
    return {
        "resource_type": resource_type,
        "slug": slug,
        "display_name": slug,
        "description": "",
        "purpose": "other",
        "grantable_to": [],
        "exclusion_group": None,
        "rank": None,
    }
