"""The contract's values as the JSON of its NDJSON: keys in snake_case, absent is null, a variant with
a value is an object with one key, pairs of names and texts are an object."""

import json
from dataclasses import dataclass
from typing import Any

from wasmtime.component import Record, Variant


class Pairs(list):
    """Names and texts, written as an object in the given order."""


@dataclass
class Read:
    """A record, and the walk and the page that it was read by; none of a record that a host adds."""

    one: dict
    walk: Any = None
    page: int = 0

    def is_of_the_page_of(self, other: "Read") -> bool:
        return self.walk is other.walk and self.page == other.page


def plain(value: Any) -> Any:
    """What the wheel lifts, made of dictionaries, lists, texts and numbers."""
    if isinstance(value, Record):
        return {name.replace("-", "_"): member(name, field) for name, field in vars(value).items()}
    if isinstance(value, Variant):
        return value.tag if value.payload is None else {value.tag: plain(value.payload)}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def member(name: str, field: Any) -> Any:
    return Pairs(field) if name == "attributes" else plain(field)


def to_json(value: Any) -> str:
    """Compact JSON, as every host of the contract writes it."""
    if isinstance(value, Pairs):
        return "{%s}" % ",".join(f"{to_json(name)}:{to_json(text)}" for name, text in value)
    if isinstance(value, dict):
        return "{%s}" % ",".join(f"{to_json(name)}:{to_json(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return "[%s]" % ",".join(to_json(one) for one in value)
    return json.dumps(value, ensure_ascii=False)


def id_key(one: dict | None) -> tuple:
    """An identity as a key to sort by; absent comes first. Python orders texts by code point."""
    return () if one is None else (one["resource_type"], one["id"])
