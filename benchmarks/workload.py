"""The requests, ready to send: for each kind of server and endpoint a list of complete HTTP requests.

Making them beforehand keeps the load generators dumb and cheap. What a request uses up (a session that lacks a note,
a draft's version, a signature) is dealt out once.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

from benchmarks import facts
from benchmarks.dataset import CLIENTS_OF_THERAPIST, NOTES_OF_CLIENT, Client, Note, clients, readers, text, writers

COMMON = ("note", "page", "write", "months")
MIXED = "mixed"
"""All day at once; measured only when asked for, with many connections and for longer."""
CROWD = 50
"""From so many connections on the report says how they were answered, and not only what that cost."""
OURS_ONLY = ("autosave", "sign", "timeline", "clients", "me", MIXED)
TITLES = {
    "note": "GET a note with its failures",
    "page": "GET a page of 50 notes",
    "write": "POST a note with 3 failures",
    "months": "GET failures per month",
    "autosave": "PATCH a draft (autosave)",
    "sign": "POST a signature",
    "timeline": "GET the timeline of 18 months",
    "clients": "GET the client list",
    "me": "GET who am I (token check)",
    MIXED: "reads and writes, mixed",
}
PAGE = 50
READS = 400
"""How many different requests of one kind there are to choose from."""
DRAFTS_AT_ONCE = 256
"""Far more than connections, so that a draft is saved again only when its last save was answered."""
PASSES = 24


@dataclass(frozen=True)
class Check:
    """A request with what its answer must say."""

    request: bytes
    expected: Any
    read: Callable[[Any], Any]


class Workload:
    """What one kind of server is asked; this class asks as the peers are asked."""

    endpoints: Sequence[str] = COMMON

    def __init__(self, notes: int, port: int) -> None:
        """Take how many notes there are and where the server listens."""
        everyone = clients(notes)
        self.port, self._readers, self._writers = port, readers(everyone), writers(everyone)
        self._to_write = [one.note(random.Random(f"write {one.number}"), _SOON) for one in self._writers]

    def requests(self, endpoint: str, most: int) -> list[bytes]:
        """Return requests to one endpoint; `most` is how many can be sent at most, for what is used up."""
        made: Iterator[bytes] = getattr(self, f"_{endpoint}")(most)
        return list(islice(made, READS if endpoint in self._repeatable() else most))

    def checks(self) -> Iterator[tuple[str, Check]]:
        """Yield a few requests to each common endpoint with what must be said."""
        for one in (self._readers[0], self._readers[-1]):
            note = list(one.notes())[NOTES_OF_CLIENT // 2]
            yield "note", Check(self._get(one, self._note_path(note)), facts.expected_note(note), facts.note_facts)
            yield "page", Check(self._get(one, self._page_path(one)), facts.expected_page(one, PAGE), facts.page_facts)
            yield (
                "months",
                Check(self._get(one, self._months_path(one)), facts.expected_months(one), facts.month_facts),
            )
        yield "write", self._write_check()

    def _repeatable(self) -> Sequence[str]:
        return COMMON

    def _note(self, most: int) -> Iterator[bytes]:
        for place in range(READS):
            one = self._readers[place % len(self._readers)]
            note = _nth_note(one, place // len(self._readers) * 7)
            yield self._get(one, self._note_path(note))

    def _page(self, most: int) -> Iterator[bytes]:
        return (self._get(one, self._page_path(one)) for one in self._readers)

    def _months(self, most: int) -> Iterator[bytes]:
        return (self._get(one, self._months_path(one)) for one in self._readers)

    def _write(self, most: int) -> Iterator[bytes]:
        return (self._write_request(note) for note in self._to_write)

    def _write_request(self, note: Note) -> bytes:
        body = facts.expected_note(note, with_ids=False)
        return self._raw("POST", "/notes", body=body)

    def _write_check(self) -> Check:
        note = self._to_write[0]
        return Check(self._write_request(note), facts.expected_note(note, with_ids=False), _without_ids)

    def _note_path(self, note: Note) -> str:
        return f"/notes/{note.id}"

    def _page_path(self, one: Client) -> str:
        return f"/notes?client_id={one.id}&limit={PAGE}"

    def _months_path(self, one: Client) -> str:
        return f"/treatments/{one.treatment_id}/failures-by-month"

    def _get(self, _about: Client, path: str) -> bytes:
        return self._raw("GET", path)

    def _raw(self, method: str, path: str, *, body: Any = None, headers: str = "") -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{headers}"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
        return f"{head}\r\n".encode() + content


class Ours(Workload):
    """What the service is asked: with a therapist's sign-in, about her own clients."""

    endpoints = COMMON + OURS_ONLY

    def __init__(
        self,
        notes: int,
        port: int,
        *,
        tokens: list[str],
        spare: list[tuple[int, str, str]],
        drafts: list[tuple[int, str]],
    ) -> None:
        """Take what the loading left to be used up."""
        super().__init__(notes, port)
        self._tokens, self._spare, self._drafts = tokens, spare, drafts
        self._bodies = {one.number: note for one, note in zip(self._writers, self._to_write, strict=True)}

    def _repeatable(self) -> Sequence[str]:
        return ("note", "page", "months", "timeline", "clients", "me")

    def _write(self, most: int) -> Iterator[bytes]:
        while self._spare:
            number, session_id, _ = self._spare.pop()
            yield self._note_in(number, session_id)

    def _write_check(self) -> Check:
        number, session_id, began = self._spare.pop()
        expected = facts.expected_note(self._bodies[number], with_ids=False) | {"occurred_at": began}
        return Check(self._note_in(number, session_id), expected, _without_ids)

    def _autosave(self, most: int) -> Iterator[bytes]:
        taken = [self._drafts.pop() for _ in range(min(DRAFTS_AT_ONCE, most, len(self._drafts)))]
        dice = random.Random(len(self._drafts))
        for version in range(1, PASSES + 1):
            body = {"sections": [{"code": "presentation", "text": text(dice, 2_000)}]}
            for number, note_id in taken:
                yield self._ask(number, "PATCH", f"/v1/notes/{note_id}", body=body, version=version)

    def _sign(self, most: int) -> Iterator[bytes]:
        while self._drafts:
            number, note_id = self._drafts.pop()
            body = {"late_entry_reason": "Written down from the benchmark."}
            yield self._ask(number, "POST", f"/v1/notes/{note_id}/sign", body=body, version=1)

    def _timeline(self, most: int) -> Iterator[bytes]:
        return (self._get(one, f"/v1/treatments/{one.treatment_id}/timeline?bucket=week") for one in self._readers)

    def _clients(self, most: int) -> Iterator[bytes]:
        return (self._get(one, "/v1/clients?limit=20") for one in self._readers)

    def _me(self, most: int) -> Iterator[bytes]:
        return (self._get(one, "/v1/me") for one in self._readers)

    def _mixed(self, most: int) -> Iterator[bytes]:
        """Read much, write some: seven reads of five kinds, then a new note."""
        reads = [
            cycle(self.requests(name, most)) for name in ("note", "me", "note", "months", "clients", "note", "page")
        ]
        for written in self._write(most):
            yield from (next(one) for one in reads)
            yield written

    def _note_in(self, number: int, session_id: str) -> bytes:
        note = self._bodies[number]
        said = facts.expected_note(note, with_ids=False)
        body = {
            "client_id": said["client_id"],
            "template": "mbt",
            "sections": [{"code": "presentation", "text": said["body"]}],
            "mentalizing_failures": [
                {name: value for name, value in failure.items() if name != "place"} | {"where": failure["place"]}
                for failure in said["failures"]
            ],
            "felt_understood": said["felt_understood"],
            "bond": said["bond"],
        }
        return self._ask(number, "POST", f"/v1/sessions/{session_id}/notes", body=body)

    def _note_path(self, note: Note) -> str:
        return f"/v1/notes/{note.id}"

    def _page_path(self, one: Client) -> str:
        return f"/v1/notes?client_id={one.id}&limit={PAGE}"

    def _months_path(self, one: Client) -> str:
        return f"/v1/treatments/{one.treatment_id}/mentalizing-failures-by-month"

    def _get(self, about: Client, path: str) -> bytes:
        return self._ask(about.number, "GET", path)

    def _ask(self, number: int, method: str, path: str, *, body: Any = None, version: int | None = None) -> bytes:
        headers = f"Authorization: Bearer {self._tokens[number // CLIENTS_OF_THERAPIST]}\r\n"
        if version is not None:
            headers += f'If-Match: "{version}"\r\n'
        return self._raw(method, path, body=body, headers=headers)


_SOON = datetime(2026, 1, 5, 8, tzinfo=UTC)


def _without_ids(answer: Any) -> Any:
    return facts.note_facts(answer, with_ids=False)


def _nth_note(one: Client, number: int) -> Note:
    return next(islice(cycle(one.notes()), number % NOTES_OF_CLIENT, None))
