"""Bad input gets a 4xx problem that points to the place, and nothing is written."""

import json
from typing import Any

import pytest

from tests.support.house import Api, Clinic

CANARY = "CANARY-4711"
PERSON = {"given_name": "Robin", "family_name": "Example"}


async def test_refused_bodies_write_nothing(clinic: Clinic) -> None:
    therapist = clinic["therapist"]
    before = await clinic["admin"].read("/audit-events?limit=100")
    values: list[Any] = ["a\x00b", "\ud800", " ", "", "x" * 201, 5, None, [], {}, True]
    for value in values:
        raw = json.dumps({**PERSON, "given_name": value})
        answer = await therapist.request("POST", "/clients", content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), repr(value)
        if answer.status_code == 422:
            assert answer.json()["errors"][0]["pointer"] == "/given_name", repr(value)
    assert (await therapist.read("/clients"))["data"] == []
    after = await clinic["admin"].read("/audit-events?limit=100")
    assert [entry["type"] for entry in after["data"] if entry["type"].startswith("client.c")] == []
    assert len(before["data"]) <= len(after["data"])


@pytest.mark.parametrize("day", ["0001-01-01", "2200-01-01", "1899-12-31", "2026-02-30", "0.5", "1", 20260101, "today"])
async def test_days_outside_the_calendar_of_a_life_are_refused(therapist: Api, day: Any) -> None:
    answer = await therapist.post("/clients", {**PERSON, "birth_date": day})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/birth_date"


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+12:00",
        "2026-03-01T10:00:00",
        "2026-03-01",
        "1",
        0.5,
        1e999,
        "2026-13-01T10:00:00Z",
        "2026-03-01T10:00:00+99:00",
    ],
)
async def test_moments_without_sense_are_refused(clinic: Clinic, moment: Any) -> None:
    client = await clinic["therapist"].made("/clients", PERSON)
    wanted = {
        "format": "individual",
        "delivery": "in_person",
        "kind": "therapy",
        "starts_at": moment,
        "duration_minutes": 50,
        "status": "scheduled",
        "participants": [{"client_id": client["id"]}],
    }
    raw = json.dumps(wanted)
    answer = await clinic["therapist"].request(
        "POST", "/sessions", content=raw, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert (await clinic["therapist"].read("/sessions"))["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe{\x00}\x00",
        '{"given_name": "Robin"}'.encode("utf-16"),
        b"{" * 100_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"given_name":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"given_name": NaN, "family_name": 1e999}',
        b'{"given_name": 123456789012345678901234567890, "family_name": "x"}',
    ],
    ids=range(12),
)
async def test_bodies_that_are_no_clients_are_refused(therapist: Api, body: bytes) -> None:
    answer = await therapist.request("POST", "/clients", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "12345678"}], ids=["plain", "idempotent"])
async def test_no_depth_of_nesting_is_too_deep_to_be_refused(therapist: Api, headers: dict[str, str]) -> None:
    for depth in (*range(100, 900, 100), *range(930, 1000), 3_000, 100_000):
        body = b'{"a":' * depth + b"1" + b"}" * depth
        answer = await therapist.request(
            "POST", "/clients", content=body, headers={"Content-Type": "application/json", **headers}
        )
        assert answer.status_code in (400, 422), depth


async def test_bodies_of_ten_megabytes_are_refused_sized_and_chunked(therapist: Api) -> None:
    async def chunks() -> Any:
        for _ in range(160):
            yield b" " * 65_536

    for content in (b" " * 10_485_760, chunks()):
        answer = await therapist.request(
            "POST", "/clients", content=content, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
async def test_bodies_of_another_media_type_are_refused(therapist: Api, media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    answer = await therapist.request("POST", "/clients", content=json.dumps(PERSON).encode(), headers=headers)
    assert answer.status_code == 415


async def test_no_refusal_repeats_what_was_sent(therapist: Api) -> None:
    wrong: list[tuple[str, str, Any]] = [
        ("POST", "/clients", {**PERSON, "birth_date": CANARY}),
        ("POST", "/clients", {**PERSON, "status": CANARY}),
        ("POST", "/clients", {**PERSON, "email": CANARY}),
        ("POST", "/clients", {**PERSON, "phone": CANARY}),
        ("POST", "/clients", {**PERSON, "presenting_concerns": [CANARY.lower().replace("-", "_")]}),
        ("POST", "/clients", {**PERSON, "identifiers": [{"system": "urn:x", "value": "1", "extra": CANARY}]}),
        ("POST", "/clients", {**PERSON, f"a long story about {CANARY}": 1}),
        ("POST", "/clients", {**PERSON, "diagnoses": [{"code": f"{CANARY} {CANARY}"}]}),
        ("GET", f"/clients?status={CANARY}", None),
        ("GET", f"/clients?after={CANARY}", None),
        ("GET", f"/clients/{CANARY}", None),
        ("PUT", f"/clients/by-identifier?system={CANARY} {CANARY}&value=", PERSON),
        ("GET", f"/nowhere/{CANARY}", None),
    ]
    for method, path, body in wrong:
        answer = await therapist.request(method, path, json=body)
        assert 400 <= answer.status_code < 500, path
        assert CANARY.lower() not in answer.text.lower().replace("_", "-"), (path, body)


async def test_an_unknown_code_names_its_list(therapist: Api) -> None:
    answer = await therapist.post("/clients", {**PERSON, "presenting_concerns": ["mood_instability", "not_a_code"]})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/presenting_concerns/1", "unknown_code")
    assert "/v1/vocabularies/presenting_concern" in error["detail"]


async def test_nul_bytes_in_queries_are_refused(therapist: Api) -> None:
    for query in ("system=urn:x&value=%00", "system=%00&value=1"):
        answer = await therapist.put(f"/clients/by-identifier?{query}", PERSON)
        assert answer.status_code == 422, query
