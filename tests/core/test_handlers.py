"""Refusals: one shape for all of them, and never a word of what the caller sent."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.house import Api, Clinic

MEMBERS = {"type", "code", "title", "status", "detail", "instance", "errors"}
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
ROBIN = {"given_name": "Robin", "family_name": "Example"}
pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""What a refusal looks like does not depend on the engine."""
CANARY = "Canary I slept with my brother's wife"
JSON = {"Content-Type": "application/json"}


def checked(response: httpx.Response, status: int, code: str, *members: str) -> Any:
    """Return the problem, after checking everything all problems have in common."""
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), response.text
    assert set(problem) == MEMBERS | set(members)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"] == f"/problems/{code.replace('_', '-')}"
    assert problem["instance"] == f"urn:stance:request:{response.headers['X-Request-Id']}"
    assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert CANARY not in response.text
    return problem


async def sent(api: Api, path: str, content: bytes, **headers: str) -> httpx.Response:
    return await api.request("POST", path, content=content, headers={**JSON, **headers})


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b"{'a': 1}",
        b'{"given_name": "\xff"}',
        b'{"given_name": "Robin", "family_name": "\xc3"}',
        b"[" * 100_000,
        b'{"limit": ' + b"9" * 5_000 + b"}",
        b"\xef\xbb\xbf{}",
        '{"given_name": "Robin", "family_name": "Example"}'.encode("utf-16"),
        '{"given_name": "Robin", "family_name": "Example"}'.encode("utf-16-le"),
        '{"given_name": "Robin", "family_name": "Example"}'.encode("utf-32"),
        b'{"given_name": "Robin\x00", "family_name": "Example"}',
        b"{}{}",
    ],
    ids=range(13),
)
async def test_a_body_that_is_not_json_in_utf8_is_a_400(clinic: Clinic, body: bytes):
    for path in ("/clients", "/auth/sign-in"):
        problem = checked(await sent(clinic["therapist"], path, body), 400, "bad_request")
        assert problem["errors"] == []


async def test_text_in_utf8_is_taken_however_it_is_cut_into_pieces(clinic: Clinic):
    body = '{"given_name": "Zoë", "family_name": "日本 🙂"}'.encode()

    async def in_pieces() -> AsyncIterator[bytes]:
        for position in range(len(body)):
            yield body[position : position + 1]

    made = await clinic["therapist"].request("POST", "/clients", content=in_pieces(), headers=JSON)
    assert (made.status_code, made.json()["family_name"]) == (201, "日本 🙂")


async def test_a_request_without_a_known_caller_is_a_401_with_a_challenge(clinic: Clinic):
    for header in (None, "Bearer", "Bearer ", "Bearer unknown", "Basic YTpi", "Bearer schlüssel", "unknown"):
        headers = {} if header is None else {"Authorization": header.encode()}
        response = await clinic.house.anonymous.get("/clients", headers=headers)
        checked(response, 401, "unauthorized")
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="stance"'


async def test_what_a_role_does_not_allow_is_a_403(clinic: Clinic):
    response = await clinic["therapist"].post("/service-accounts", {"name": CANARY, "scopes": ["clients:read"]})
    checked(response, 403, "permission_missing")


async def test_an_unknown_path_or_thing_is_a_404(clinic: Clinic):
    checked(await clinic["therapist"].get("/nothing-here"), 404, "not_found")
    checked(await clinic["therapist"].get(f"/clients/{clinic.id}"), 404, "not_found")
    checked(await clinic.house.client.get("/"), 404, "not_found")
    checked(await clinic["therapist"].get("/clients/"), 404, "not_found")


async def test_an_unknown_method_is_a_405_that_names_all_known_ones(clinic: Clinic):
    for method, path, allowed in (
        ("DELETE", "/clients", "GET, POST"),
        ("PUT", f"/clients/{clinic.id}", "GET, PATCH"),
        ("GET", "/auth/sign-in", "POST"),
        ("TRACE", "/practitioners", "GET, POST"),
    ):
        response = await clinic["therapist"].request(method, path)
        assert allowed in checked(response, 405, "method_not_allowed")["detail"]
        assert response.headers["Allow"] == allowed
    response = await clinic.house.client.delete("/openapi.json")
    checked(response, 405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


async def test_a_broken_rule_is_a_409(clinic: Clinic):
    robin = {**ROBIN, "identifiers": [{"system": "urn:clinic:mrn", "value": CANARY}]}
    await clinic["therapist"].made("/clients", robin)
    checked(await clinic["stranger"].post("/clients", robin), 409, "identifier_taken")


async def test_changes_need_the_right_version(clinic: Clinic):
    client = await clinic["therapist"].made("/clients", ROBIN)
    path = f"/clients/{client['id']}"
    stale = await clinic["therapist"].change(path, {"given_name": CANARY}, version=99)
    checked(stale, 412, "precondition_failed", "current_version")
    checked(await clinic["therapist"].request("PATCH", path, json={}), 428, "precondition_required")


async def test_a_large_body_is_a_413_whether_its_size_is_told_or_not(clinic: Clinic):
    async def chunked() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 32_768

    api = clinic["therapist"]
    checked(await sent(api, "/clients", b" " * 1_048_577), 413, "content_too_large")
    checked(await api.request("POST", "/clients", content=chunked(), headers=JSON), 413, "content_too_large")
    checked(await sent(api, "/clients", b" " * 1_048_576), 400, "bad_request")


async def test_a_body_of_another_media_type_is_a_415(clinic: Clinic):
    api, body = clinic["therapist"], b'{"given_name": "Robin", "family_name": "Example"}'
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/problem+json",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/jsonx",
        "json",
        "",
    ):
        checked(await sent(api, "/clients", body, **{"Content-Type": media_type}), 415, "unsupported_media_type")
    checked(await api.request("POST", "/clients", content=body), 415, "unsupported_media_type")
    for media_type in ("application/json", "Application/JSON; Charset=UTF-8", 'application/json;charset="utf-8"'):
        assert (await sent(api, "/clients", body, **{"Content-Type": media_type})).status_code == 201
    assert (await api.post("/auth/sign-out")).status_code == 204


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/family_name", "/given_name"]),
        ({**ROBIN, "given_name": [CANARY]}, ["/given_name"]),
        ({**ROBIN, "given_name": CANARY * 10}, ["/given_name"]),
        ({**ROBIN, "given_name": f"{CANARY}\x00"}, ["/given_name"]),
        ({**ROBIN, "birth_date": CANARY}, ["/birth_date"]),
        ({**ROBIN, "email": CANARY}, ["/email"]),
        ({**ROBIN, "email": f"{CANARY}@example.org"}, ["/email"]),
        ({**ROBIN, "phone": CANARY}, ["/phone"]),
        ({**ROBIN, "status": CANARY}, ["/status"]),
        ({**ROBIN, "delivery_preference": CANARY}, ["/delivery_preference"]),
        ({**ROBIN, "delivery_preference": "canary_code"}, ["/delivery_preference"]),
        ({**ROBIN, "presenting_concerns": ["canary_code"]}, ["/presenting_concerns/0"]),
        ({**ROBIN, "presenting_concerns": {CANARY: CANARY}}, ["/presenting_concerns"]),
        ({**ROBIN, "identifiers": [{"system": CANARY, "value": "1"}]}, ["/identifiers/0/system"]),
        ({**ROBIN, "support_people": [{CANARY: 1, "name": "A"}]}, None),
        ({**ROBIN, "favourite": CANARY}, ["/…"]),
        ({**ROBIN, CANARY: "x"}, ["/…"]),
        ({**ROBIN, "canary_code" * 9: "x"}, ["/…"]),
        ({**ROBIN, "\ud800": "x"}, None),
        ([CANARY], [""]),
        (CANARY, [""]),
        (None, [""]),
    ],
    ids=range(22),
)
async def test_a_422_names_every_wrong_place_and_never_what_stood_there(
    clinic: Clinic, body: Any, pointers: list[str] | None
):
    content = b"" if body is None else json.dumps(body).encode()
    response = await sent(clinic["therapist"], "/clients", content)
    problem = checked(response, 422, "validation_failed")
    assert "canary_code" not in response.text
    assert all(set(error) == {"pointer", "detail", "code"} for error in problem["errors"])
    assert pointers is None or sorted(error["pointer"] for error in problem["errors"]) == pointers


async def test_a_wrong_query_path_or_header_is_a_422_that_repeats_nothing(clinic: Clinic):
    api = clinic["therapist"]
    for path, pointer in (
        (f"/clients?limit={CANARY}", "?limit"),
        (f"/clients?after={CANARY}", "?after"),
        (f"/clients?status={CANARY}", "?status"),
        (f"/clients?practitioner_id={CANARY}", "?practitioner_id"),
        ("/clients?favourite=1", "?…"),
        (f"/clients?{CANARY}=1", "?…"),
        (f"/clients?{'canarycode' * 9}=1", "?…"),
        (f"/clients/{CANARY}", "client_id"),
    ):
        problem = checked(await api.get(path), 422, "validation_failed")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
        assert not re.search("canary|slept", str(problem), re.IGNORECASE)
    response = await api.post("/clients", ROBIN, headers={"Idempotency-Key": CANARY})
    checked(response, 422, "validation_failed")


async def test_many_wrong_places_are_cut_off(clinic: Clinic):
    body = {**ROBIN, **{f"field_{number}": 1 for number in range(300)}}
    assert len(checked(await clinic["therapist"].post("/clients", body), 422, "validation_failed")["errors"]) == 50


async def test_what_nobody_expected_is_a_500_without_details(capsys: pytest.CaptureFixture[str], clinic: Clinic):
    @clinic.house.app.get("/v1/broken")
    async def broken() -> None:
        raise RuntimeError(CANARY)

    request_id = "0f8fad5b-d9cb-469f-a165-70867728950e"
    response = await clinic.house.anonymous.get("/broken", headers={"X-Request-Id": request_id})
    checked(response, 500, "internal_error")
    logged = capsys.readouterr().err
    failure = next(json.loads(line) for line in logged.splitlines() if '"failure"' in line)
    assert (failure["error_type"], failure["request_id"]) == ("RuntimeError", request_id)
    assert CANARY not in logged


async def test_a_sane_request_id_is_kept_and_any_other_replaced(clinic: Clinic):
    for offered in ("0f8fad5b-d9cb-469f-a165-70867728950e", "0F8FAD5BD9CB469FA16570867728950E"):
        response = await clinic["therapist"].get("/me", headers={"X-Request-Id": offered})
        assert response.headers["X-Request-Id"] == offered
        assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    wrong = ("short", "robin.example", "0042-0042", "x" * 65, "with space", 'quote"quote', "<script>alert", "ключключ")
    for offered in (*wrong, "", "a" * 32 + "\t"):
        response = await clinic["therapist"].get("/nothing", headers={"X-Request-Id": offered.encode()})
        assert re.fullmatch("[0-9a-f-]{36}", response.headers["X-Request-Id"])
        checked(response, 404, "not_found")


async def test_a_misspelt_name_is_put_right_without_being_repeated(therapist: Api):
    person = {"given_name": "Robin", "family_name": "Example"}
    for wrong, pointer, hint in (
        ("given_nam", "/…", "Did you mean `given_name`?"),
        ("starts_at", "/starts_at", "check its spelling."),
        (CANARY, "/…", "check its spelling."),
    ):
        answer = await therapist.post("/clients", {**person, wrong: 1})
        [error] = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == (pointer, "extra_forbidden")
        assert error["detail"].endswith(hint)
