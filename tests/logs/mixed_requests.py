"""Requests as a clinic's day and its worst visitors would send them, with secrets wherever text fits."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

MARK = "qzx7canary"
"""A part of every secret below; no code, path or name of ours contains it."""
PASSWORD = f"{MARK} sat by the window"
LOGIN = f"{MARK}.login@example.org"
PERSON = {
    "given_name": f"{MARK}-given",
    "family_name": f"{MARK}-family",
    "preferred_name": f"{MARK}-preferred",
    "email": f"{MARK}@example.org",
    "identifiers": [],
}
HOSTILE_HEADERS = (
    "User-Agent", "Referer", "X-Request-Id", "Idempotency-Key", "If-Match", "If-None-Match", "Cookie", "Accept",
    "Origin", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "traceparent", "tracestate", "baggage", "Via",
)  # fmt: skip
MALFORMED = (
    f"GET /{MARK} HTTP/9.9\r\nHost: {MARK}\r\n\r\n",
    f"{MARK} / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    f"GET /v1/me HTTP/1.1\r\nHost: localhost\r\nBad Header {MARK}\r\n\r\n",
    f"POST /v1/clients HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MARK}\r\n\r\n",
    f"GET /v1/{MARK} HTTP/1.1\r\nHost: {MARK}.example\r\nConnection: close\r\n\r\n",
    f"GET /v1/me HTTP/1.1\r\nHost: localhost\r\nUpgrade: {MARK}\r\nConnection: Upgrade, close\r\n\r\n",
)
"""What no HTTP library would send."""


@dataclass
class Visit:
    """What is sent, and how."""

    method: str
    path: str
    body: Any = None
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class MixedRequests:
    """Makes visits in an order that is the same each time."""

    token: str
    ids: dict[str, str]
    count: int
    seed: int = 7

    def __iter__(self) -> Iterator[Visit]:
        """Yield every visit once, then more of them at random, some with secrets in their headers."""
        chance = random.Random(self.seed)
        kinds = [*self._day(), *self._mistakes(), *self._attacks()]
        for number in range(self.count):
            visit = kinds[number] if number < len(kinds) else chance.choice(kinds)
            headers = dict(visit.headers)
            if number % 3 == 0:
                headers |= {name: f"{MARK}-{name}" for name in chance.sample(HOSTILE_HEADERS, 3)}
            if chance.random() < 0.85:
                headers.setdefault("Authorization", f"Bearer {self.token}")
            yield Visit(visit.method, visit.path, visit.body, visit.content, headers)

    def _day(self) -> Iterator[Visit]:
        client, note, session = self.ids["client_id"], self.ids["note_id"], self.ids["session_id"]
        yield Visit("POST", "/v1/clients", PERSON)
        yield Visit("POST", "/v1/clients/search", {"name": MARK})
        yield Visit("PUT", f"/v1/clients/by-identifier?system=urn:clinic:mrn&value={MARK}-mrn", PERSON)
        yield Visit("PATCH", f"/v1/clients/{client}", {"preferred_name": f"{MARK}-x"}, headers={"If-Match": '"1"'})
        yield Visit("GET", "/v1/clients")
        yield Visit("GET", f"/v1/clients/{client}")
        yield Visit("GET", f"/v1/notes?client_id={client}")
        yield Visit("GET", f"/v1/notes/{note}")
        draft = {"client_id": client, "template": "mbt", "sections": [{"code": "plan", "text": f"{MARK} plan"}]}
        yield Visit("POST", f"/v1/sessions/{session}/notes", draft)
        yield Visit("POST", f"/v1/notes/{note}/addenda", {"kind": "addendum", "text": f"{MARK} more"})
        yield Visit("GET", f"/v1/treatments/{self.ids['treatment_id']}/timeline")
        yield Visit("GET", "/v1/me")
        yield Visit("GET", "/healthz")
        yield Visit("GET", "/openapi.json")

    def _mistakes(self) -> Iterator[Visit]:
        client, note = self.ids["client_id"], self.ids["note_id"]
        yield Visit("POST", "/v1/clients", {**PERSON, "status": MARK})
        yield Visit("POST", "/v1/clients", {**PERSON, f"a story about {MARK}": MARK})
        yield Visit("POST", "/v1/clients", {**PERSON, MARK: MARK, "birth_date": MARK})
        yield Visit("POST", "/v1/clients", content=f'{{"given_name": "{MARK}'.encode())
        yield Visit("PATCH", f"/v1/notes/{note}", {"sections": [{"code": MARK, "text": MARK}]})
        yield Visit("PATCH", f"/v1/clients/{client}", PERSON, headers={"If-Match": MARK})
        yield Visit("PUT", f"/v1/clients/by-identifier?system={MARK}&value=%00{MARK}", PERSON)
        yield Visit("GET", f"/v1/clients?status={MARK}&after={MARK}&{MARK}={MARK}")
        yield Visit("GET", f"/v1/vocabularies/{MARK}")
        yield Visit("GET", f"/v1/clients/{MARK}")
        yield Visit("GET", f"/nowhere/{MARK}/{MARK}?{MARK}")
        yield Visit("DELETE", f"/v1/clients/{client}?{MARK}")
        yield Visit("POST", "/v1/auth/sign-in", {"login": LOGIN, "password": f"{PASSWORD}, no"})
        yield Visit("POST", "/v1/auth/sign-in", {"login": MARK, "password": MARK, MARK: MARK})

    def _attacks(self) -> Iterator[Visit]:
        yield Visit("POST", "/v1/clients", content=MARK.encode("utf-16"))
        yield Visit("POST", "/v1/clients", content=b'{"a":' * 900 + f'"{MARK}"'.encode() + b"}" * 900)
        yield Visit("POST", "/v1/clients", content=b"\xff\xfe" + MARK.encode())
        yield Visit("POST", "/v1/clients", content=f"name={MARK}".encode(), headers={"Content-Type": f"text/{MARK}"})
        broken = f"{MARK}\x00'; DROP TABLE clients; --\ud800"
        yield Visit("POST", "/v1/clients", content=json.dumps({**PERSON, "given_name": broken}).encode())
        yield Visit("GET", f"/v1/clients/1' OR '{MARK}'='{MARK}")
        yield Visit("GET", f"/%2e%2e/%2e%2e/etc/{MARK}")
        yield Visit("GET", "/v1/me", headers={"Authorization": f"Bearer stance_session_{MARK}"})
        yield Visit("GET", "/v1/me", headers={"Authorization": f"Basic {MARK}"})
        yield Visit("GET", "/v1/me", headers={"Host": f"{MARK}.example"})
        yield Visit("QUERY", f"/v1/{MARK}", {"login": MARK})
        yield Visit("TRACE", "/v1/me", headers={"Max-Forwards": MARK})


async def send(client: httpx.AsyncClient, visit: Visit) -> httpx.Response:
    """Send a visit."""
    if visit.content is not None:
        headers = {"Content-Type": "application/json", **visit.headers}
        return await client.request(visit.method, visit.path, content=visit.content, headers=headers)
    return await client.request(visit.method, visit.path, json=visit.body, headers=visit.headers)
