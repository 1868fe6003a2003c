"""What is asked and what is not, decided before anything is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field

from settings import UsageError


@dataclass
class Plan:
    """The types of a description, sorted into what a sync asks for."""

    levels: list[list[dict]] = field(default_factory=list)
    described: list[str] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)
    grants_on_request: set[str] = field(default_factory=set)

    def reads_grants(self, resource: dict) -> bool:
        """Whether the grants on a resource are read by a call of their own."""
        on_request = resource["id"]["resource_type"] in self.grants_on_request
        return resource["grants"] == "list-grants-required" or (
            resource["grants"] == "list-grants-optional" and on_request
        )

    def level_of(self, parent: str | None) -> int | None:
        """The level below a parent's, where that is listed."""
        if parent is None:
            return 0
        above = (n for n, types in enumerate(self.levels) if any(t["id"] == parent for t in types))
        level = next(above, None)
        return None if level is None else level + 1


def plan(descriptor: dict, include: list[str], has: Callable[[str], bool]) -> Plan:
    known = [kind["id"] for kind in descriptor["resource_types"]]
    made = Plan()
    wanted = set()
    for text in include:
        name, colon, grants = text.partition(":")
        if colon and grants != "grants":
            raise UsageError(f"{text} is neither TYPE nor TYPE:grants")
        if name not in known:
            raise UsageError(
                f"{descriptor['name']} has no resource type {name}: it has {', '.join(known)}"
            )
        wanted.add(name)
        if colon:
            made.grants_on_request.add(name)
    for kind in descriptor["resource_types"]:
        place(made, kind, kind["id"] in wanted, has)
    return made


def place(made: Plan, kind: dict, wanted: bool, has: Callable[[str], bool]) -> None:
    name = kind["id"]
    if kind["reference_only"]:
        made.described.append(name)
        return
    level = made.level_of(kind["parent"])
    possible = level is not None and (kind["needs"] is None or has(kind["needs"]))
    if wanted and not possible:
        raise UsageError(f"{name} cannot be included: it takes {kind['needs'] or kind['parent']}")
    if not possible or (kind["opt_in"] and not wanted):
        made.not_asked.append(name)
        return
    while len(made.levels) <= level:
        made.levels.append([])
    made.levels[level].append(kind)
    made.described.append(name)
