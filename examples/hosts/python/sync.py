"""A whole tenant: the credential, the entitlements, the lists level by level, the grants. One call after
the other."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from close import add, nothing
from connector import Connector, End, resource_id
from page import records_of
from plan import plan
from records import id_key, to_json
from result import CALLS, lines
from retry import LONGEST_WAIT, Retry

RESTARTS = 2
MAX_PAGES = 100_000


class SyncFailed(Exception):
    """A sync without a result: nothing may be concluded from what it read."""

    def __init__(self, end: End):
        super().__init__(f"{end.outcome}: {end.problem['message']}")


def sync(connector: Connector, include: list[str], retries: int) -> tuple[list[str], bool]:
    """Reads a tenant: the lines of its NDJSON, and whether it is complete."""
    planned = plan(connector.descriptor, include, connector.has)
    started = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    reading = Reading(connector, retries)
    tenant = reading.validate()
    for kind in planned.described:
        reading.walk("list-entitlements", kind)
    for kinds in planned.levels:
        for kind in kinds:
            parents = [None] if kind["parent"] is None else reading.listed(kind["parent"])
            for parent in parents:
                reading.walk("list-resources", kind["id"], parent and parent["id"])
    for resource in filter(planned.reads_grants, reading.listed()):
        reading.walk("list-grants", resource["id"]["resource_type"], resource["id"])
    for kind in planned.not_asked:
        reading.leave_out(kind)
    return lines(connector, reading, tenant, started)


@dataclass
class Walk:
    """One scope, and what it read."""

    call: str
    resource_type: str
    at: dict | None
    content: dict = field(default_factory=nothing)
    pages: int = 0
    requests: int | None = 0
    outcome: str | None = None
    problem: dict | None = None


class Reading:
    """What was read so far."""

    def __init__(self, connector: Connector, retries: int):
        self._connector = connector
        self._retry = Retry(retries)
        # By credential, the failure that each further call with it would meet again.
        self._ended: dict[str, End] = {}
        # By credential, until when the provider asked to wait, and the end that said so.
        self._held: dict[str, tuple[float, End]] = {}
        self.walks: list[Walk] = []
        self.requests: int | None = 0

    def validate(self) -> dict:
        end = self._call_to_end(Walk("validate", "", None), "validate")
        if end.answer is None:
            raise SyncFailed(end)
        return end.answer

    def listed(self, resource_type: str | None = None) -> list[dict]:
        """The resources that lists have shown, each id once, by id."""
        by_id: dict = {}
        reads = (read for walk in self.in_order() for read in walk.content["resources"])
        for one in (read.one for read in reads):
            wanted = resource_type in (None, one["id"]["resource_type"])
            if wanted and one["evidence"] == "listed":
                by_id.setdefault(id_key(one["id"]), one)
        return [by_id[key] for key in sorted(by_id)]

    def walk(self, call: str, resource_type: str, at: dict | None = None) -> None:
        """One scope, from its first page to its last, or to the error that ends it."""
        walk = self._begin(call, resource_type, at)
        failure = self._pages(walk)
        for _ in range(RESTARTS):
            if failure is None or failure.outcome != "expired":
                break
            walk.content = nothing()
            failure = self._pages(walk)
        if failure is None:
            is_partial = any(omits(read.one) for read in walk.content["notices"])
            walk.outcome = "partial" if is_partial else "complete"
            return
        if self._is_fatal(failure, walk):
            raise SyncFailed(failure)
        walk.outcome, walk.problem = failure.outcome, failure.problem

    def leave_out(self, resource_type: str) -> None:
        self._begin("list-resources", resource_type, None).outcome = "not-asked"

    def in_order(self) -> list[Walk]:
        """The walks, in the order of the contract."""
        kinds = [kind["id"] for kind in self._connector.descriptor["resource_types"]]

        def order(walk: Walk) -> tuple:
            return CALLS.index(walk.call), kinds.index(walk.resource_type), id_key(walk.at)

        return sorted(self.walks, key=order)

    def _begin(self, call: str, resource_type: str, at: dict | None) -> Walk:
        walk = Walk(call, resource_type, at)
        self.walks.append(walk)
        return walk

    def _pages(self, walk: Walk) -> End | None:
        seen: set[str] = set()
        shown: set[str] = set()
        page_token = None
        while True:
            end = self._page(walk, page_token)
            if end.answer is None:
                return end
            walk.pages += 1
            add(walk, end.answer)
            page_token = end.answer.get("next_page_token")
            if page_token is None:
                return None
            page = fingerprint(end.answer)
            if page_token in seen or page in shown or walk.pages >= MAX_PAGES:
                return circle()
            seen.add(page_token)
            # A page may be empty, and so may the next one.
            if page is not None:
                shown.add(page)

    def _page(self, walk: Walk, page_token: str | None) -> End:
        if walk.call == "list-entitlements":
            return self._call_to_end(walk, walk.call, walk.resource_type)
        is_list = walk.call == "list-resources"
        args = (resource_id(walk.at), page_token)
        end = self._call_to_end(walk, walk.call, *([walk.resource_type] if is_list else []), *args)
        if end.answer is None:
            return end
        parent = walk.at if is_list else None
        return replace(end, answer=records_of(end.answer, walk.resource_type, parent))

    def _call_to_end(self, walk: Walk, *call) -> End:
        """One call, made again as long as that may help."""
        credential = self._credential_for(walk.resource_type)
        failed = 0
        while True:
            known = self._ended.get(credential) or self._held_back(credential)
            if known is not None:
                return known
            end = self._connector.call(*call)
            walk.requests = summed(walk.requests, end.requests)
            self.requests = summed(self.requests, end.requests)
            if end.answer is not None:
                self._retry.success()
                return end
            failed += 1
            self._hold(end, credential)
            wait = self._retry.wait(end.outcome, end.problem["retry_after"], failed)
            if wait is None:
                self._note(end, credential)
                return end
            time.sleep(wait)

    def _hold(self, end: End, credential: str | None) -> None:
        """A wait holds for every call with the credential, whether or not this one is made again."""
        asked = end.problem["retry_after"]
        if end.outcome == "rate-limited" and asked is not None:
            until = time.monotonic() + asked
            self._held[end.problem["credential"] or credential] = until, replace(end, requests=0)

    def _held_back(self, credential: str | None) -> End | None:
        """Waits until the credential may be used; returns the failure if that takes too long."""
        until, end = self._held.get(credential, (0.0, None))
        left = until - time.monotonic()
        if left > LONGEST_WAIT:
            return end
        time.sleep(max(left, 0))
        return None

    def _note(self, end: End, credential: str | None) -> None:
        name = end.problem["credential"] or credential
        if end.outcome in ("quota-exhausted", "unauthenticated"):
            self._ended.setdefault(name, replace(end, requests=0))

    def _is_fatal(self, end: End, walk: Walk) -> bool:
        name = end.problem["credential"] or self._credential_for(walk.resource_type)
        known = [one for one in self._connector.descriptor["credentials"] if one["name"] == name]
        required = all(one["required"] for one in known)
        return end.outcome == "misconfigured" or (end.outcome == "unauthenticated" and required)

    def _credential_for(self, resource_type: str) -> str | None:
        descriptor = self._connector.descriptor
        kinds = (one for one in descriptor["resource_types"] if one["id"] == resource_type)
        needs = next(kinds, {}).get("needs")
        required = (one["name"] for one in descriptor["credentials"] if one["required"])
        return needs or next(required, None)


def omits(notice: dict) -> bool:
    """Whether nothing follows from what is absent in the list of a notice."""
    impact = notice["impact"]
    return impact == "item-omitted" or (impact == "access-unknown" and notice["about"] is None)


def summed(so_far: int | None, more: int | None) -> int | None:
    return None if so_far is None or more is None else so_far + more


def fingerprint(page: dict) -> str | None:
    """What a page shows, by its identities; nothing where it shows nothing."""
    lists = (
        [one["id"] for one in page.get("resources", [])],
        [(one["resource"], one["entitlement"], one["principal"]) for one in page.get("grants", [])],
        [(one["resource_type"], one["slug"]) for one in page.get("entitlements", [])],
    )
    return to_json(lists) if any(lists) else None


def circle() -> End:
    problem = {
        "message": "The list came back to a page that it had already shown, so that it would never "
        "end. The items read so far are stored; report it.",
        "detail": "a page token, or the content of a page, came twice in one scope, or the walk had too many pages",
        "credential": None,
        "status": None,
        "retry_after": None,
    }
    return End(None, "unexpected-response", problem)
