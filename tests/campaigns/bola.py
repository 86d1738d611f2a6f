"""The object-level check: everything one person ever received, tried by others who may not have it.

`Harvest` listens to the answers of the person who owns the record. `attack` then sends every operation with the ids,
versions, cursors and keys of the harvest as somebody else: in paths, in bodies and in filters. Whatever is said there
must be 403, 404 or 422, or an answer without a word or an id of the owner's record.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.house import Api

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
REFUSED = (403, 404, 422)
REFUSED_ON_HER_OWN = (*REFUSED, 409, 412)
"""When the address is the attacker's own and only the body names the owner's, its state may be refused first."""
OPEN_TO_ALL = {"practitioner_id", "name", "number", "clinic_id"}
"""Path parameters and fields that name what every colleague may see."""
STRANGERS = 2
"""How many ids of another kind are tried in each place, besides those that fit."""
Json = dict[str, Any]


@dataclass
class Harvest:
    """What the owner received."""

    document: Json
    owners: set[str]
    words: tuple[str, ...]
    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cursors: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=lambda: {'"1"'})
    keys: set[str] = field(default_factory=set)

    async def take(self, answer: httpx.Response) -> None:
        """Keep what an answer to an owner holds; an event hook of httpx."""
        if answer.request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.owners:
            return
        await answer.aread()
        if key := answer.request.headers.get("Idempotency-Key"):
            self.keys.add(key)
        if answer.status_code >= 300:
            return
        if etag := answer.headers.get("ETag"):
            self.versions.add(etag)
        if location := answer.headers.get("Location"):
            self._take_path(location)
        self._take_path(answer.request.url.path)
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            self._take_value(answer.json(), self._kind_behind(answer.request.url.path))

    @property
    def secret_ids(self) -> set[str]:
        """The ids of the record itself, which nobody else may read anywhere."""
        people = set().union(*(self.ids[kind] for kind in NOT_OF_THE_RECORD))
        return set().union(*(ids for kind, ids in self.ids.items() if kind not in NOT_OF_THE_RECORD)) - people

    def _take_value(self, value: Any, kind: str) -> None:
        if isinstance(value, list):
            for one in value:
                self._take_value(one, kind)
        elif isinstance(value, dict):
            for name, inner in value.items():
                if name == "next_cursor" and inner:
                    self.cursors.add(inner)
                elif isinstance(inner, str) and UUID.fullmatch(inner):
                    self.ids[kind if name == "id" else name].add(inner)
                elif name in ("data", "items"):
                    self._take_value(inner, kind)
                else:
                    self._take_value(inner, "part_id")

    def _take_path(self, path: str) -> None:
        for template in self.document["paths"]:
            names, pattern = [], template
            for name in re.findall(r"{(\w+)}", template):
                names.append(name)
                pattern = pattern.replace(f"{{{name}}}", "([^/]+)")
            if found := re.fullmatch(pattern, path):
                for name, value in zip(names, found.groups(), strict=True):
                    if UUID.fullmatch(value):
                        self.ids[name].add(value)

    def _kind_behind(self, path: str) -> str:
        """Return what `id` means in an answer of this path: the parameter that follows its last plain word."""
        word = [part for part in path.split("/") if not UUID.fullmatch(part)][-1]
        for template in self.document["paths"]:
            if found := re.search(rf"/{re.escape(word)}/{{(\w+_id)}}", template):
                return found[1]
        return "part_id"


NOT_OF_THE_RECORD = OPEN_TO_ALL | {
    "author_id", "actor_id", "supervisor_id", "lead_practitioner_id", "cosigner_id", "service_account_id", "key_id",
    "recorded_by_id", "created_by_id", "shown_to_id", "returned_by_id", "part_id",
}  # fmt: skip
"""Ids of people, which stand beside the record in many answers to colleagues."""


@dataclass
class Attacker:
    """Somebody who may not see the owner's record, with a record of her own."""

    name: str
    api: Api
    ids: dict[str, str]
    bodies: Json
    is_colleague: bool


@dataclass
class Attempt:
    """One request of an attacker."""

    operation_id: str
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    names_a_secret: bool = True
    """Whether it names something of the owner's outright, so that only a refusal will do."""
    refusals: tuple[int, ...] = REFUSED


async def attack(attacker: Attacker, harvest: Harvest, *, seed: int = 1, spared: frozenset[str] = frozenset()) -> int:
    """Send every attempt and return how many there were; the first leak fails."""
    sent = 0
    for attempt in attempts(attacker, harvest, random.Random(seed)):
        if attempt.operation_id in spared:
            continue
        answer = await attacker.api.request(
            attempt.method, attempt.path, params=attempt.query, json=attempt.body, headers=attempt.headers
        )
        sent += 1
        where = f"{attacker.name}: {attempt.operation_id} {attempt.path} {attempt.query} -> {answer.status_code}"
        told = answer.text + json.dumps(dict(answer.headers))
        assert not any(word in told.lower() for word in harvest.words), f"{where} tells a word of the record"
        assert answer.status_code < 500, where
        if attempt.names_a_secret:
            assert answer.status_code in attempt.refusals, f"{where}: {answer.text[:300]}"
        asked = set(UUID.findall(attempt.path + json.dumps(attempt.query) + json.dumps(attempt.body)))
        leaked = (set(UUID.findall(told)) & harvest.secret_ids) - asked
        assert not leaked, f"{where} tells an id of the record"
    return sent


def attempts(attacker: Attacker, harvest: Harvest, chance: random.Random) -> Iterator[Attempt]:
    """Yield every operation with something of the owner's in each place that takes an id."""
    everything = sorted(harvest.secret_ids)
    for template, item in harvest.document["paths"].items():
        for method, operation in item.items():
            name = operation["operationId"]
            body = attacker.bodies.get(name)
            versions = [*sorted(harvest.versions), '"1"']
            headers = {"If-Match": chance.choice(versions)}
            yield from _in_paths(attacker, harvest, Attempt(name, method, template, {}, body, headers), chance)
            own = template.format(**attacker.ids)
            for parameter in operation.get("parameters", []):
                field_name = parameter.get("name", "")
                if parameter.get("in") == "query" and (field_name.endswith("_id") or field_name == "after"):
                    values = harvest.cursors if field_name == "after" else harvest.ids[field_name] or everything[:3]
                    for value in sorted(values)[:3]:
                        yield Attempt(name, method, own, {field_name: value}, body, headers, names_a_secret=False)
                if field_name == "Idempotency-Key":
                    for key in sorted(harvest.keys)[:3]:
                        replay = {**headers, "Idempotency-Key": key}
                        yield Attempt(name, method, own, {}, body, replay, names_a_secret=False)
            for swapped in _bodies_naming(body, harvest):
                yield Attempt(name, method, own, {}, swapped, {"If-Match": '"1"'}, refusals=REFUSED_ON_HER_OWN)


def _in_paths(attacker: Attacker, harvest: Harvest, plain: Attempt, chance: random.Random) -> Iterator[Attempt]:
    """Put the owner's ids into the path: those that fit, some that do not, all at once and one among own ids."""
    parameters = re.findall(r"{(\w+)}", plain.path)
    secret = [name for name in parameters if name not in (OPEN_TO_ALL if attacker.is_colleague else {"name", "number"})]
    if not secret:
        return
    everything = sorted(harvest.secret_ids)
    for fitting in range(3):
        ids = {name: _nth(harvest.ids[name] or harvest.secret_ids, fitting) for name in secret}
        yield _with_path(plain, {**attacker.ids, **ids})
    for name in secret:
        yield _with_path(plain, {**attacker.ids, name: _nth(harvest.ids[name] or harvest.secret_ids, 0)})
        for foreign in chance.sample(everything, STRANGERS):
            yield _with_path(plain, {**attacker.ids, name: foreign})


def _with_path(plain: Attempt, ids: dict[str, str]) -> Attempt:
    path = plain.path.format(**ids)
    query = {"system": "urn:clinic:mrn", "value": "1"} if path.endswith("/by-identifier") else {}
    return Attempt(plain.operation_id, plain.method, path, query, plain.body, plain.headers)


def _bodies_naming(body: Any, harvest: Harvest) -> Iterator[Any]:
    """Yield the body with each of its ids, one after the other, replaced by the owner's."""
    written = json.dumps(body)
    for found in re.finditer(rf'"(\w+_id)": "({UUID.pattern})"', written):
        name = found[1]
        if name not in NOT_OF_THE_RECORD:
            theirs = _nth(harvest.ids[name] or harvest.secret_ids, 0)
            yield json.loads(written[: found.start(2)] + theirs + written[found.end(2) :])


def _nth(ids: set[str], number: int) -> str:
    ordered = sorted(ids)
    return ordered[number % len(ordered)]
