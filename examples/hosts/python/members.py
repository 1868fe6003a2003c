"""Sets of accounts of which no list says who is in them: what they hold, anybody may hold."""

from close import notice, unite
from records import id_key


def mark_unknown_members(everything: dict[str, list], walks: list) -> None:
    """Marks each complete walk as partial that names such a set, and says so once for each set."""
    unknown = unknown_sets(everything, walks)
    kept = {id(grant) for grant in everything["grants"]}
    for walk in walks:
        if walk.outcome == "complete" and any(
            id(grant) in kept
            and grant["expands"] is not None
            and id_key(grant["principal"]) in unknown
            for grant in walk.content["grants"]
        ):
            walk.outcome = "partial"
    for one in unknown.values():
        text = (
            f"No list says who belongs to {one['resource_type']} {one['id']}: "
            "nothing is known of who has what it holds."
        )
        everything["notices"].append(notice("unknown-members", one, text))
    unite(everything)


def unknown_sets(everything: dict[str, list], walks: list) -> dict[tuple, dict]:
    lists = {
        walk.resource_type
        for walk in walks
        if walk.call == "list-resources" and walk.outcome in ("complete", "partial")
    }
    mentioned = {
        id_key(one["id"]) for one in everything["resources"] if one["evidence"] == "mentioned"
    }
    grants = everything["grants"]
    held = {(id_key(grant["resource"]), grant["entitlement"]) for grant in grants}
    return {
        id_key(grant["principal"]): grant["principal"]
        for grant in grants
        if grant["expands"] is not None
        and grant["principal"]["resource_type"] in lists
        and id_key(grant["principal"]) in mentioned
        and (id_key(grant["principal"]), grant["expands"]) not in held
    }
