"""One consistent result from what the scopes read: every id and every triple once, and nothing that
refers to something that is not there."""

from collections.abc import Iterable, Iterator

from records import Pairs, id_key

# By kind, what is one and the same, and which of those is better (the lesser).
KINDS = {
    "resources": (lambda one: id_key(one["id"]), lambda one: one["evidence"]),
    "entitlements": (lambda one: (one["resource_type"], one["slug"]), lambda one: 0),
    "grants": (
        lambda one: (id_key(one["resource"]), one["entitlement"], id_key(one["principal"])),
        lambda one: one["implied_by"] is not None,
    ),
    "notices": (
        lambda one: (one["code"], id_key(one["about"]), one["omits"], one["message"]),
        lambda one: 0,
    ),
}


def nothing() -> dict[str, list]:
    return {kind: [] for kind in KINDS}


def add(everything: dict[str, list], more: dict) -> None:
    for kind in KINDS:
        everything[kind] += more.get(kind, [])


def close(contents: Iterable[dict], notices: list[dict]) -> dict[str, list]:
    """Unites what scopes read, in their order, and adds what they refer to."""
    everything = nothing()
    add(everything, {"notices": notices})
    for content in contents:
        add(everything, content)
    unite(everything)
    mention(everything)
    describe(everything)
    unite(everything)
    return everything


def unite(everything: dict[str, list]) -> None:
    """Sorts, and keeps the first of what is the same: the better one, else that of the earlier scope."""
    for kind, (identity, rank) in KINDS.items():
        by_identity: dict = {}
        for one in sorted(everything[kind], key=lambda one: (identity(one), rank(one))):
            by_identity.setdefault(identity(one), one)
        everything[kind] = list(by_identity.values())


def mention(everything: dict[str, list]) -> None:
    known = {id_key(one["id"]) for one in everything["resources"]}
    # What passes grants on is a set of accounts.
    sets = {
        id_key(grant["principal"])
        for grant in everything["grants"]
        if grant["expands"] is not None
    }
    for named in list(references(everything)):
        if named is None or id_key(named) in known:
            continue
        known.add(id_key(named))
        text = f"{named['resource_type']} {named['id']} is referred to, and no list that was read has it."
        everything["notices"].append(notice("unlisted", named, text))
        kind = "group" if id_key(named) in sets else "other"
        everything["resources"].append(mentioned(named, kind))


def references(everything: dict[str, list]) -> Iterator[dict | None]:
    for grant in everything["grants"]:
        yield from (grant["resource"], grant["principal"])
    for one in everything["resources"]:
        yield one["parent"]
        details = one["details"]
        if isinstance(details, dict) and "secret" in details:
            yield from (details["secret"]["created_by"], details["secret"]["opens"])


def notice(code: str, about: dict | None, message: str) -> dict:
    return {"code": code, "about": about, "omits": False, "message": message}


def mentioned(named: dict, kind: str) -> dict:
    return {
        "id": named,
        "parent": None,
        "display_name": named["id"],
        "description": None,
        "evidence": "mentioned",
        "status": "unknown",
        "created_at": None,
        "updated_at": None,
        "details": kind,
        "profile": Pairs(),
        "grants": "lists",
    }


def describe(everything: dict[str, list]) -> None:
    known = {(one["resource_type"], one["slug"]) for one in everything["entitlements"]}
    for grant in everything["grants"]:
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
            everything["notices"].append(notice("undescribed-entitlement", None, text))
            everything["entitlements"].append(undescribed(resource_type, slug))


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
