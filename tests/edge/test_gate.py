"""The gate in front of every route: limits, other origins, media types, and what leaves room for guesses."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.core.test_handlers import checked
from tests.support.house import PASSWORD, Clinic, House, open_house

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
ORIGIN = "https://notes.example"
ROBIN = b'{"given_name": "Robin", "family_name": "Example"}'
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def strict_house(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)  # 40 seconds into a minute
    limits = {"rate_limit_caller": 3, "rate_limit_address": 5, "rate_limit_sign_in": 2}
    strict = Settings(**settings.model_dump() | limits | {"cors_origins": (ORIGIN,)})
    async with open_house(strict.model_copy(update={"allowed_hosts": ("stance.test",)})) as house:
        yield house


async def test_a_caller_over_the_limit_gets_429_until_the_minute_is_over(
    strict_house: House, monkeypatch: pytest.MonkeyPatch
):
    clinic = await strict_house.clinic()
    for left in (2, 1, 0):
        answer = await clinic["therapist"].get("/me")
        assert answer.status_code == 200
        assert answer.headers["RateLimit"] == f'"caller";r={left};t=20'
        assert answer.headers["RateLimit-Policy"] == '"caller";q=3;w=60'
    refused = await clinic["therapist"].get("/clients")
    checked(refused, 429, "too_many_requests")
    assert (refused.headers["Retry-After"], refused.headers["RateLimit"]) == ("20", '"caller";r=0;t=20')
    assert (await clinic["stranger"].get("/me")).status_code == 200, "a limit is each caller's own"
    monkeypatch.setattr(time, "time", lambda: 1_000_000_020.0)
    assert (await clinic["therapist"].get("/me")).status_code == 200


async def test_who_guesses_tokens_gets_429_and_the_neighbours_go_on(strict_house: House):
    clinic = await strict_house.clinic()
    for number in range(8):
        headers = {"Authorization": f"Bearer guess-{number}"} if number % 2 else {}
        answer = await strict_house.anonymous.get("/clients", headers=headers)
        if number < 5:
            checked(answer, 401, "unauthorized")
            assert answer.headers["RateLimit"] == f'"address";r={4 - number};t=20'
        else:
            checked(answer, 429, "too_many_requests")
    checked(await strict_house.anonymous.get("/nothing"), 429, "too_many_requests")
    assert (await clinic["therapist"].get("/me")).status_code == 200
    assert (await strict_house.client.get("/healthz")).status_code == 200


async def test_sign_ins_are_counted_for_the_address_and_for_the_login(strict_house: House):
    bodies = [{"login": login, "password": PASSWORD} for login in ("a@example", "b@example", "c@example")]
    codes = [(await strict_house.anonymous.post("/auth/sign-in", body)).json()["code"] for body in bodies]
    assert codes == ["sign_in_refused", "sign_in_refused", "too_many_requests"]


async def test_an_allowed_page_may_read_answers_and_no_other_page(strict_house: House):
    clinic = await strict_house.clinic()
    answer = await clinic["therapist"].get("/me", headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer.headers
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"ETag", "Location", "Link", "X-Request-Id", "RateLimit", "Idempotency-Replayed"} <= exposed
    for origin in ("https://evil.example", "https://notes.example.evil", "http://notes.example", "null"):
        answer = await clinic["stranger"].get("/nothing", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
    unfit = await strict_house.anonymous.post("/clients", content=b"x", headers={"Origin": ORIGIN})
    checked(unfit, 415, "unsupported_media_type")
    assert unfit.headers["Access-Control-Allow-Origin"] == ORIGIN, "a page may read why it was refused"


async def test_a_preflight_names_what_is_allowed(strict_house: House):
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization, if-match"}
    # A preflight is the browser's own question, not an operation of the contract.
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(strict_house.app), base_url="http://stance.test")
    allowed = await browser.options("/v1/clients", headers={"Origin": ORIGIN, **asked})
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert "If-Match" in allowed.headers["Access-Control-Allow-Headers"]
    for wrong in (
        {"Origin": "https://evil.example"},
        {"Access-Control-Request-Method": "TRACE"},
        {"Access-Control-Request-Headers": "x-anything"},
    ):
        refused = await browser.options("/v1/clients", headers={"Origin": ORIGIN, **asked, **wrong})
        checked(refused, 400, "bad_request")
    wrong_host = {"Origin": ORIGIN, "Host": "evil.example", **asked}
    checked(await browser.options("/v1/clients", headers=wrong_host), 400, "bad_request")
    await browser.aclose()


async def test_no_page_may_call_by_default(clinic: Clinic):
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    checked(await clinic.house.client.options("/v1/clients", headers=asked), 405, "method_not_allowed")
    answer = await clinic["therapist"].get("/me", headers={"Origin": ORIGIN})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    ("accepted", "status"),
    [
        ("*/*", 200),
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/*;q=0.2", 200),
        ("text/html, */*;q=0.1", 200),
        ("", 406),
        ("text/html", 406),
        ("application/xml", 406),
        ("application/json;q=0", 406),
        ("*/*, application/json; q=0.000", 406),
        ("image/svg+xml", 406),
        (";;;,,,", 406),
    ],
)
async def test_an_answer_in_another_media_type_than_accepted_is_a_406(clinic: Clinic, accepted: str, status: int):
    answer = await clinic["therapist"].get("/clients", headers={"Accept": accepted})
    assert answer.status_code == status
    if status == 406:
        assert "application/json" in checked(answer, 406, "not_acceptable")["detail"]


async def test_nothing_is_written_for_who_cannot_take_the_answer(clinic: Clinic):
    refused = await clinic["therapist"].post("/clients", json.loads(ROBIN), headers={"Accept": "text/html"})
    checked(refused, 406, "not_acceptable")
    assert (await clinic["therapist"].read("/clients"))["data"] == []


async def test_the_picture_is_a_picture(clinic: Clinic):
    path = f"/treatments/{clinic.id}/timeline.svg"
    for accepted, status in (("image/svg+xml", 404), ("image/*", 404), ("*/*", 404), ("application/json", 406)):
        assert (await clinic["therapist"].get(path, headers={"Accept": accepted})).status_code == status


@pytest.mark.parametrize("query", ["limit=1&limit=2", "status=active&status=discharged", "limit=1&x=2&limit=1"])
async def test_a_query_says_each_thing_once(clinic: Clinic, query: str):
    problem = checked(await clinic["therapist"].get(f"/clients?{query}"), 422, "validation_failed")
    assert problem["errors"][0]["code"] == "repeated"


@pytest.mark.parametrize(
    "body",
    [
        b'{"given_name": "Robin", "given_name": "Eve", "family_name": "Example"}',
        b'{"given_name": "Robin", "family_name": "Example", "given\\u005fname": "Eve"}',
        b'{"given_name": "Robin", "family_name": "Example", "identifiers": [{"system": "a:b", "system": "c:d"}]}',
        b'{"given_name": NaN, "family_name": "Example"}',
        b'{"given_name": -Infinity, "family_name": "Example"}',
        b'{"given_name": "Robin", "family_name": "Example"} {"given_name": "Eve"}',
        b'{"given_name": ' + b"9" * 10_000 + b', "family_name": "Example"}',
    ],
    ids=range(7),
)
async def test_a_body_that_leaves_room_for_guesses_is_a_400(clinic: Clinic, body: bytes):
    answer = await clinic["therapist"].request("POST", "/clients", content=body, headers=JSON)
    assert "Eve" not in str(checked(answer, 400, "bad_request"))
    assert (await clinic["therapist"].read("/clients"))["data"] == []


async def test_sixty_four_levels_are_read_and_one_more_is_refused(clinic: Clinic):
    for depth, status in ((64, 422), (65, 400), (100_000, 400)):
        nested = b"[" * (depth - 1) + b"]" * (depth - 1)
        body = b'{"given_name": "Robin", "family_name": ' + nested + b"}"
        answer = await clinic["therapist"].request("POST", "/clients", content=body, headers=JSON)
        assert answer.status_code == status, depth


async def test_brackets_in_a_text_are_no_depth(clinic: Clinic):
    body = {"given_name": "[" * 90, "family_name": '"\\{' * 40}
    made = await clinic["therapist"].post("/clients", body)
    assert (made.status_code, made.json()["family_name"]) == (201, body["family_name"])


async def test_a_compressed_body_is_refused(clinic: Clinic):
    for encoding in ("gzip", "br", "deflate", "gzip, identity", "x"):
        headers = {**JSON, "Content-Encoding": encoding}
        answer = await clinic["therapist"].request("POST", "/clients", content=b"\x1f\x8b", headers=headers)
        checked(answer, 415, "unsupported_media_type")
    headers = {**JSON, "Content-Encoding": "identity"}
    assert (await clinic["therapist"].request("POST", "/clients", content=ROBIN, headers=headers)).status_code == 201


async def test_a_draining_process_says_so(clinic: Clinic):
    ready: httpx.Response = await clinic.house.client.get("/readyz")
    assert (ready.status_code, ready.headers.get("Connection")) == (200, None)
    draining: Any = clinic.house.app.state.draining
    draining.set()
    checked(await clinic.house.client.get("/readyz"), 503, "not_ready")
    answer = await clinic["therapist"].get("/me")
    assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
