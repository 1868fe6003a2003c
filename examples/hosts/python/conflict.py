"""Two listed records of one id with different facts: the first one counts, and notices say what that
costs."""

from collections.abc import Iterator
from dataclasses import dataclass

from records import Read

# The facts that two records can disagree on, beside the parent and the attributes.
FIELDS = ("display_name", "description", "status", "created_at", "updated_at", "details", "grants")


@dataclass
class Conflict:
    """A record that is left out because another one of its id was read before it."""

    first: Read
    lost: Read

    @property
    def is_one(self) -> bool:
        """Whether both are listed, and differ. What is only referenced contradicts nothing."""
        are_listed = self.first.one["evidence"] == self.lost.one["evidence"] == "listed"
        return are_listed and any(self.notices())

    def takes_along(self, resource: dict, read: Read) -> bool:
        """Whether an implied grant on a resource goes with the lost record. A second parent alone takes
        nothing away: what follows from it holds beside what follows from the first."""
        return (
            resource == self.lost.one["id"]
            and read.is_of_the_page_of(self.lost)
            and not self.first.is_of_the_page_of(self.lost)
            and bool(differences(self.first.one, self.lost.one))
        )

    def notices(self) -> Iterator[dict]:
        """What a reader should know."""
        about = self.lost.one["id"]
        name = in_words(about)
        first, lost = in_words(self.first.one["parent"]), in_words(self.lost.one["parent"])
        fields = ", ".join(differences(self.first.one, self.lost.one))
        if fields:
            text = (
                f"{name} was read under {lost} with other values of {fields} than before: "
                "the first record is used, and only what follows from it."
            )
            yield notice("conflicting-record", about, text, "item-omitted")
        if first != lost:
            text = f"{name} is listed under {first} and under {lost}, too: its record names {first} alone."
            yield notice("second-parent", about, text, "item-omitted")


def differences(one: dict, other: dict) -> list[str]:
    """The names of the facts that differ, but for the parent; attributes by their own names."""
    fields = {name.replace("_", "-") for name in FIELDS if one[name] != other[name]}
    attributes = set(map(tuple, one["attributes"])) ^ set(map(tuple, other["attributes"]))
    return sorted((fields | {name for name, _ in attributes}) - {"parent"})


def notice(code: str, about: dict | None, message: str, impact: str = "none") -> dict:
    return {"code": code, "about": about, "impact": impact, "message": message}


def in_words(one: dict | None) -> str:
    return "nothing" if one is None else f"{one['resource_type']} {one['id']}"
