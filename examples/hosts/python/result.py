"""What a sync says in the end: its NDJSON, with the counts and the digest."""

import hashlib
from collections import Counter

from close import close
from members import mark_unknown_members
from records import id_key, to_json

CONTRACT = "0.2.0"
# In the order in which a sync makes them.
CALLS = ("list-entitlements", "list-resources", "list-grants")


def lines(connector, reading, tenant: dict, started: str) -> tuple[list[str], bool]:
    """The lines, and whether the sync is complete."""
    read = close(reading.in_order(), tenant["notices"])
    mark_unknown_members(read, reading.walks)
    everything = {kind: [one.one for one in reads] for kind, reads in read.items()}
    scopes = sorted((scope(walk) for walk in reading.walks), key=scope_key)
    descriptor = connector.descriptor
    run = {
        "contract": CONTRACT,
        "connector": descriptor["name"],
        "version": descriptor["version"],
        "component_sha256": connector.sha256,
        "manifest_sha256": sha(to_json(descriptor)),
        "base_url": connector.base_url,
        "started_at": started,
        "tenant": tenant,
        "resource_types": [
            {name: one[name] for name in ("id", "parent", "kind")} for one in descriptor["resource_types"]
        ],
    }
    summary = summed(everything, scopes, tenant["credential_owner"]["resource_type"], reading.requests)
    records = [{"run": run}]
    for kind in ("resource", "entitlement", "grant", "notice"):
        records += ({kind: one} for one in everything[f"{kind}s"])
    records += ({"scope": one} for one in scopes)
    records.append({"summary": summary})
    return [to_json(record) for record in records], summary["complete"]


def scope(walk) -> dict:
    of_grants = walk.call == "list-grants"
    return {
        "call": walk.call,
        "resource_type": walk.resource_type,
        "id": walk.at["id"] if of_grants else None,
        "parent": None if of_grants else walk.at,
        "outcome": walk.outcome,
        "pages": walk.pages,
        "requests": walk.requests,
        "problem": walk.problem,
    }


def scope_key(one: dict) -> tuple:
    call = CALLS.index(one["call"])
    return call, one["resource_type"], one["id"] or "", id_key(one["parent"])


def summed(everything: dict, scopes: list[dict], owner: str, requests: int | None) -> dict:
    referenced = {
        one["id"]["resource_type"]
        for one in everything["resources"]
        if one["evidence"] == "referenced"
    }

    def is_whole(one: dict) -> bool:
        needless = one["call"] != "list-resources" or (
            one["resource_type"] != owner and one["resource_type"] not in referenced
        )
        return one["outcome"] in ("complete", "not-asked") or (
            one["outcome"] == "not-offered" and needless
        )

    ends = Counter(one["outcome"] for one in scopes)
    return {
        **{kind: len(all_of_it) for kind, all_of_it in everything.items()},
        "scopes": dict(sorted(ends.items())),
        "requests": requests,
        "digest": digest(everything, scopes),
        "complete": all(is_whole(one) for one in scopes),
    }


def digest(everything: dict, scopes: list[dict]) -> str:
    """Over what was read and how each scope ended, not over when and by how many requests."""
    parts = [everything[kind] for kind in ("resources", "entitlements", "grants")]
    for one in scopes:
        identity = [one["call"], one["resource_type"], one["id"], one["parent"]]
        parts.append([identity, one["outcome"]])
    return sha("".join(f"{to_json(part)}\n" for part in parts))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
