"""A page of the contract as records that stand for themselves: type and parent of a resource are those
of the call, a reference is a resource that no list has, a grant set is as many grants as it has pairs."""

from collections.abc import Iterator

FACTS = ("status", "created_at", "updated_at", "details", "attributes")


def records_of(page: dict, resource_type: str, parent: dict | None) -> dict:
    """The records of a page, and the token of the next one."""
    listed = [resource(one, resource_type, parent) for one in page["resources"]]
    return {
        **page,
        "resources": listed + [referenced(one) for one in page["references"]],
        "grants": [grant for one in page["grants"] for grant in expanded(one)],
    }


def resource(one: dict, resource_type: str, parent: dict | None) -> dict:
    return {
        "id": {"resource_type": resource_type, "id": one["id"]},
        "parent": parent,
        "display_name": one["display_name"],
        "description": one["description"],
        "evidence": "listed",
        **{name: one[name] for name in FACTS},
        "grants": one["grants"],
    }


def referenced(one: dict) -> dict:
    name = one["display_name"]
    return {
        "id": one["id"],
        "parent": one["parent"],
        "display_name": one["id"]["id"] if name is None else name,
        "description": one["description"],
        "evidence": "referenced",
        **{name: one[name] for name in FACTS},
        "grants": "complete",
    }


def expanded(grants: dict) -> Iterator[dict]:
    for name in grants["principal_ids"]:
        for entitlement in grants["entitlements"]:
            yield {
                "resource": grants["resource"],
                "entitlement": entitlement,
                "principal": {"resource_type": grants["principal_type"], "id": name},
                "implied_by": grants["implied_by"],
                "expands": grants["expands"],
            }
