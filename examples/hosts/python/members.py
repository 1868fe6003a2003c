"""Sets of accounts whose members no list shows: any account may have their access."""

from close import unite
from conflict import notice
from records import Read, id_key


def mark_unknown_members(everything: dict[str, list[Read]], walks: list) -> None:
    """Marks each complete walk as partial that names such a set, and says so once for each set."""
    unknown = unknown_sets(everything, walks)
    for read in everything["grants"]:
        is_expanded = read.one["expands"] is not None
        if is_expanded and id_key(read.one["principal"]) in unknown and read.walk.outcome == "complete":
            read.walk.outcome = "partial"
    for one in unknown.values():
        text = (
            f"No list says who belongs to {one['resource_type']} {one['id']}: "
            "nothing is known of who has what it holds."
        )
        everything["notices"].append(Read(notice("unknown-members", one, text, "access-unknown")))
    unite(everything)


def unknown_sets(everything: dict[str, list[Read]], walks: list) -> dict[tuple, dict]:
    lists = {
        walk.resource_type
        for walk in walks
        if walk.call == "list-resources" and walk.outcome in ("complete", "partial")
    }
    resources = (read.one for read in everything["resources"])
    referenced = {id_key(one["id"]) for one in resources if one["evidence"] == "referenced"}
    grants = [read.one for read in everything["grants"]]
    held = {(id_key(grant["resource"]), grant["entitlement"]) for grant in grants}
    return {
        id_key(grant["principal"]): grant["principal"]
        for grant in grants
        if grant["expands"] is not None
        and grant["principal"]["resource_type"] in lists
        and id_key(grant["principal"]) in referenced
        and (id_key(grant["principal"]), grant["expands"]) not in held
    }
