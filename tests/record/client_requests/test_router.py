"""What clients ask of their record, through the API: written down, due, put off, answered and disagreed with."""

from typing import Any

import httpx
import pytest

from app.access.practitioners.domain import Role
from tests.support.house import Api, Clinic
from tests.support.world import SECTIONS

ACCESS = {"kind": "access", "asked_by": "client", "details": "Wants a copy on paper."}
AMENDMENT = {"kind": "amendment", "asked_by": "representative", "details": "The note is wrong about the call."}
DENIAL = {"denial_reason": "accurate_and_complete", "answer": "It says what you told us."}


@pytest.fixture
async def officer(clinic: Clinic) -> Api:
    return await clinic.join("officer", Role.PRIVACY_OFFICER)


@pytest.fixture
async def client_id(clinic: Clinic, officer: Api) -> str:
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    return str(client["id"])


async def asked(person: Api, client_id: str, wanted: dict[str, Any], **other: Any) -> Any:
    return await person.made(f"/clients/{client_id}/requests", wanted | other)


async def step(person: Api, request: Any, name: str, body: dict[str, Any]) -> httpx.Response:
    path = f"/client-requests/{request['id']}/{name}"
    return await person.change(path, body, version=request["version"], method="POST")


async def done(person: Api, request: Any, name: str, body: dict[str, Any]) -> Any:
    answer = await step(person, request, name, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["errors"][0]
    return answer.status_code, error["pointer"], error["code"]


async def signed_note(
    person: Api, client_id: str, starts_at: str = "2026-03-01T10:00:00Z", *, sign: bool = True
) -> Any:
    session = await person.made(
        "/sessions",
        {
            "format": "individual",
            "delivery": "in_person",
            "kind": "therapy",
            "starts_at": starts_at,
            "duration_minutes": 50,
            "status": "held",
            "participants": [{"client_id": client_id, "attendance": "attended"}],
        },
    )
    wanted = {"client_id": client_id, "template": "mbt", "sections": SECTIONS}
    note = await person.made(f"/sessions/{session['id']}/notes", wanted)
    return await person.changed(f"/notes/{note['id']}/sign", {}, version=1, method="POST") if sign else note


async def test_a_request_is_written_down_and_due(clinic: Clinic, client_id: str) -> None:
    answer = await clinic["therapist"].post(f"/clients/{client_id}/requests", ACCESS | {"received_on": "2026-02-27"})
    request = answer.json()
    assert answer.status_code == 201
    assert (request["state"], request["received_on"], request["due_on"]) == ("open", "2026-02-27", "2026-03-29")
    assert (request["details"], request["recorded_by"]) == (ACCESS["details"], clinic["therapist"].id)
    assert await clinic["therapist"].read(answer.headers["Location"]) == request
    amendment = await asked(clinic["therapist"], client_id, AMENDMENT)
    assert (amendment["received_on"], amendment["due_on"]) == ("2026-03-02", "2026-05-01")


async def test_today_is_the_clinics_day(house: Any) -> None:
    clinic = await house.clinic("Pacific/Auckland")
    house.clock.advance(hours=3)  # noon of the second of March in UTC is the third there
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    request = await asked(clinic["therapist"], client["id"], ACCESS)
    assert (request["received_on"], request["due_on"]) == ("2026-03-03", "2026-04-02")
    path = f"/clients/{client['id']}/requests"
    tomorrow = await clinic["therapist"].post(path, ACCESS | {"received_on": "2026-03-04"})
    assert refusal(tomorrow) == (422, "/received_on", "in_future")


async def test_the_clinic_says_how_many_days_an_answer_may_take(clinic: Clinic, officer: Api, client_id: str) -> None:
    admin = clinic["admin"]
    days = {"access_request_days": 28, "amendment_request_days": 28, "request_extension_days": 59}
    settings = await admin.read("/clinic")
    assert [settings[name] for name in days] == [30, 60, 30]
    await admin.changed("/clinic", days, version=settings["version"])
    request = await asked(clinic["therapist"], client_id, ACCESS)
    assert request["due_on"] == "2026-03-30"
    extended = await done(officer, request, "extend", {"reason": "Much of it is on paper."})
    assert extended["due_on"] == "2026-05-28"


async def test_a_request_that_waits_too_long_is_overdue(clinic: Clinic, officer: Api, client_id: str) -> None:
    request = await asked(clinic["therapist"], client_id, ACCESS)
    clinic.house.clock.advance(days=30)
    assert (await officer.read(f"/client-requests/{request['id']}"))["is_overdue"] is False, "the due day is in time"
    clinic.house.clock.advance(days=1)
    assert (await officer.read("/client-requests?state=overdue"))["data"][0]["is_overdue"] is True
    late = await step(officer, request, "extend", {"reason": "Too late."})
    assert (late.status_code, late.json()["code"]) == (409, "extension_too_late")
    fulfilled = await done(officer, request, "fulfil", {"answer": "A copy on paper."})
    assert fulfilled["is_overdue"] is False
    assert (await officer.read("/client-requests?state=overdue"))["data"] == []


async def test_what_is_due_first_comes_first_over_the_whole_clinic(
    clinic: Clinic, officer: Api, client_id: str
) -> None:
    trainee = clinic["trainee"]
    other = (await trainee.made("/clients", {"given_name": "Kim", "family_name": "Example"}))["id"]
    later = await asked(clinic["therapist"], client_id, AMENDMENT)
    first = await asked(trainee, other, ACCESS, received_on="2026-02-20")
    second = await asked(clinic["therapist"], client_id, ACCESS)
    page = await officer.read("/client-requests?state=open&limit=2")
    assert [one["id"] for one in page["data"]] == [first["id"], second["id"]]
    rest = await officer.read(f"/client-requests?state=open&limit=2&after={page['next_cursor']}")
    assert [one["id"] for one in rest["data"]] == [later["id"]]
    await done(officer, second, "extend", {"reason": "Much of it is on paper."})
    await done(officer, first, "withdraw", {})
    for query, found in {
        "state=open": [second, later],  # both are due on the first of May; the extended one still waits
        "state=extended": [second],
        "state=withdrawn": [first],
        "state=fulfilled": [],
        "kind=amendment": [later],
    }.items():
        listed = {one["id"] for one in (await officer.read(f"/client-requests?{query}"))["data"]}
        assert listed == {one["id"] for one in found}, query
    hers = await trainee.read("/client-requests")
    assert [one["id"] for one in hers["data"]] == [first["id"]], "who is on one care team sees that client's"
    own = await officer.read(f"/clients/{client_id}/requests")
    assert {one["id"] for one in own["data"]} == {second["id"], later["id"]}


async def test_the_amendment_of_a_note_is_its_authors_addendum(clinic: Clinic, officer: Api, client_id: str) -> None:
    therapist = clinic["therapist"]
    note, other = (
        await signed_note(therapist, client_id),
        await signed_note(therapist, client_id, "2026-03-01T15:00:00Z"),
    )
    correction = {
        "field": "plan",
        "old": "I called.",
        "new": "The client called.",
        "reason": "Asked for by the client.",
    }
    before = await therapist.made(f"/notes/{note['id']}/addenda", {"kind": "correction", "correction": correction})
    clinic.house.clock.advance(days=1)
    request = await asked(therapist, client_id, AMENDMENT, note_id=note["id"])
    assert [one["id"] for one in (await therapist.read(f"/clients/{client_id}/requests?note_id={note['id']}"))["data"]]
    assert (await therapist.read(f"/clients/{client_id}/requests?note_id={other['id']}"))["data"] == []
    elsewhere = await therapist.made(f"/notes/{other['id']}/addenda", {"kind": "addendum", "text": "More."})
    addendum = await therapist.made(f"/notes/{note['id']}/addenda", {"kind": "correction", "correction": correction})
    for wrong in (before, elsewhere, note):
        refused = await step(officer, request, "fulfil", {"addendum_id": wrong["id"]})
        assert refusal(refused) == (422, "/addendum_id", "unknown_addendum")
    assert refusal(await step(officer, request, "fulfil", {})) == (422, "/addendum_id", "missing")
    amended = await done(officer, request, "fulfil", {"addendum_id": addendum["id"]})
    assert (amended["state"], amended["addendum_id"], amended["closed_by"]) == ("fulfilled", addendum["id"], officer.id)
    assert (await therapist.read(f"/notes/{note['id']}"))["sections"] == note["sections"]


async def test_only_the_amendment_of_a_note_names_an_addendum(clinic: Clinic, officer: Api, client_id: str) -> None:
    request = await asked(clinic["therapist"], client_id, ACCESS)
    refused = await step(officer, request, "fulfil", {"addendum_id": request["id"]})
    assert refusal(refused) == (422, "/addendum_id", "not_allowed")


async def test_an_amendment_names_a_signed_note_on_the_client_and_no_other(clinic: Clinic, client_id: str) -> None:
    therapist = clinic["therapist"]
    another = (await therapist.made("/clients", {"given_name": "Kim", "family_name": "Example"}))["id"]
    signed = await signed_note(therapist, client_id)
    draft = await signed_note(therapist, client_id, "2026-03-01T15:00:00Z", sign=False)
    of_another = await signed_note(therapist, another, "2026-03-01T17:00:00Z")
    private = {"session_id": signed["session_id"], "client_id": client_id, "text": "What went on."}
    process_note = await therapist.made("/private-notes", private)
    path = f"/clients/{client_id}/requests"
    for wrong in (draft, of_another, process_note):
        refused = await therapist.post(path, AMENDMENT | {"note_id": wrong["id"]})
        assert refusal(refused) == (422, "/note_id", "unknown_note")
    refused = await therapist.post(path, ACCESS | {"note_id": signed["id"]})
    assert refusal(refused) == (422, "/note_id", "not_allowed")


async def test_a_denied_amendment_takes_one_statement_of_disagreement(
    clinic: Clinic, officer: Api, client_id: str
) -> None:
    therapist = clinic["therapist"]
    request = await asked(therapist, client_id, AMENDMENT)
    early = await step(therapist, request, "disagreement", {"statement": "But it is not so."})
    assert (early.status_code, early.json()["code"]) == (409, "request_step_not_possible")
    clinic.house.clock.advance(days=3)
    denied = await done(officer, request, "deny", DENIAL | {"closed_on": "2026-03-04"})
    assert (denied["state"], denied["denial_reason"], denied["closed_on"]) == (
        "denied",
        "accurate_and_complete",
        "2026-03-04",
    )
    too_early = await step(therapist, denied, "disagreement", {"statement": "No.", "statement_on": "2026-03-03"})
    assert refusal(too_early) == (422, "/statement_on", "before_request")
    stated = await done(therapist, denied, "disagreement", {"statement": "But it is not so."})
    assert (stated["statement"], stated["statement_on"]) == ("But it is not so.", "2026-03-05")
    again = await step(therapist, stated, "disagreement", {"statement": "And another thing."})
    assert again.json()["code"] == "request_step_not_possible"
    access = await done(
        officer, await asked(therapist, client_id, ACCESS), "deny", DENIAL | {"denial_reason": "not_held"}
    )
    assert (await step(therapist, access, "disagreement", {"statement": "No."})).status_code == 409


async def test_a_denial_has_a_reason_of_the_list_of_its_kind(clinic: Clinic, officer: Api, client_id: str) -> None:
    for wanted, foreign in ((ACCESS, "accurate_and_complete"), (AMENDMENT, "danger_to_life")):
        request = await asked(clinic["therapist"], client_id, wanted)
        refused = await step(officer, request, "deny", DENIAL | {"denial_reason": foreign})
        assert refusal(refused) == (422, "/denial_reason", "unknown_code")


async def test_danger_and_harm_are_a_health_professionals_judgement(
    clinic: Clinic, officer: Api, client_id: str
) -> None:
    therapist = clinic["therapist"]
    request = await asked(therapist, client_id, ACCESS)
    danger = {"denial_reason": "danger_to_life", "answer": "Your therapist will talk with you about it."}
    assert refusal(await step(officer, request, "deny", danger)) == (422, "/determined_by", "missing")
    for nobody in (officer.id, clinic["admin"].id, client_id):
        refused = await step(officer, request, "deny", danger | {"determined_by": nobody})
        assert refusal(refused) == (422, "/determined_by", "unknown_practitioner")
    plain = {"denial_reason": "not_held", "answer": "We have no such tapes.", "determined_by": therapist.id}
    assert refusal(await step(officer, request, "deny", plain)) == (422, "/determined_by", "not_allowed")
    denied = await done(officer, request, "deny", danger | {"determined_by": therapist.id})
    assert denied["determined_by"] == therapist.id


async def test_an_answer_stands(clinic: Clinic, officer: Api, client_id: str) -> None:
    request = await asked(clinic["therapist"], client_id, ACCESS)
    fulfilled = await done(officer, request, "fulfil", {"answer": "A copy on paper."})
    for name, body in (
        ("extend", {"reason": "More time."}),
        ("fulfil", {}),
        ("deny", DENIAL | {"denial_reason": "not_held"}),
        ("withdraw", {}),
    ):
        answer = await step(officer, fulfilled, name, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "request_step_not_possible"), name
    stale = await step(officer, request, "withdraw", {})
    assert stale.status_code == 412


async def test_the_day_of_an_answer_lies_between_the_request_and_today(
    clinic: Clinic, officer: Api, client_id: str
) -> None:
    request = await asked(clinic["therapist"], client_id, ACCESS)
    for name, body in (("fulfil", {}), ("deny", DENIAL | {"denial_reason": "not_held"}), ("withdraw", {})):
        for day, code in (("2026-03-01", "before_request"), ("2026-03-03", "in_future")):
            refused = await step(officer, request, name, body | {"closed_on": day})
            assert refusal(refused) == (422, "/closed_on", code)


async def test_therapists_write_down_and_read_and_do_not_decide(clinic: Clinic, officer: Api, client_id: str) -> None:
    therapist = clinic["therapist"]
    request = await asked(therapist, client_id, ACCESS)
    for name, body in (("extend", {"reason": "Time."}), ("fulfil", {}), ("deny", DENIAL), ("withdraw", {})):
        answer = await step(therapist, request, name, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing"), name
    assert (await clinic["stranger"].get(f"/client-requests/{request['id']}")).status_code == 404
    assert (await clinic["admin"].read(f"/client-requests/{request['id']}"))["details"] == ACCESS["details"]


async def test_care_team_and_privacy_officers_are_told_and_who_wrote_it_down_is_not(
    clinic: Clinic, officer: Api, client_id: str
) -> None:
    therapist, doctor = clinic["therapist"], await clinic.join("doctor", Role.DOCTOR)
    for person, dates in ((doctor, {}), (clinic["trainee"], {"starts_on": "2026-01-01", "ends_on": "2026-03-01"})):
        member = {"practitioner_id": person.id, "care_role": "doctor", **dates}
        await therapist.made(f"/clients/{client_id}/care-team", member)
    request = await asked(therapist, client_id, ACCESS)
    for person in (officer, doctor):
        (notice,) = (await person.read("/notices"))["data"]
        assert (notice["kind"], notice["about"], notice["about_id"]) == (
            "client_request_received",
            "client_request",
            request["id"],
        )
    for person in (therapist, clinic["trainee"], clinic["admin"]):
        assert (await person.read("/notices"))["data"] == []


async def test_the_same_request_sent_twice_is_one(clinic: Clinic, client_id: str) -> None:
    key = {"headers": {"Idempotency-Key": "a-letter-of-march"}}
    path = f"/clients/{client_id}/requests"
    answers = [(await clinic["therapist"].post(path, ACCESS, **key)).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len((await clinic["therapist"].read(path))["data"]) == 1


async def test_every_look_and_step_is_in_the_clients_access_log(clinic: Clinic, officer: Api, client_id: str) -> None:
    request = await asked(clinic["therapist"], client_id, ACCESS)
    await officer.read("/client-requests")
    await officer.read(f"/clients/{client_id}/requests")
    await officer.read(f"/client-requests/{request['id']}")
    extended = await done(officer, request, "extend", {"reason": "Time."})
    await done(officer, extended, "deny", DENIAL | {"denial_reason": "not_held"})
    log = (await clinic["therapist"].read(f"/clients/{client_id}/access-log"))["data"]
    told = [(entry["type"], entry["actor_id"]) for entry in log if entry["type"].startswith("client_request")]
    assert told == [
        ("client_request.denied", officer.id),
        ("client_request.extended", officer.id),
        ("client_request.viewed", officer.id),
        ("client_request.listed", officer.id),
        ("client_request.listed", officer.id),
        ("client_request.received", clinic["therapist"].id),
    ]
    assert not any(words in str(log) for words in (ACCESS["details"], DENIAL["answer"], "Time."))
