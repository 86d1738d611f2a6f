"""Erasure over HTTP: one asks, another decides, and then nobody finds anything of the client again."""

from typing import Any

from app.core.ids import new_id
from tests.record.erasures.conftest import TwoPeople
from tests.support.house import Api, House
from tests.support.owner import ask
from tests.support.world import ERASURE, discharged, one_of_everything

HOLD = {"reason": "A complaint is before the ombudsman."}
OVER = {"reason_code": "retention_over"}


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_one_asks_and_another_decides(two: TwoPeople, robin: str) -> None:
    asked = await two.admin.made(f"/clients/{robin}/erasures", ERASURE)
    assert (asked["status"], asked["requested_by"], asked["statement"]) == (
        "pending",
        two.admin.id,
        ERASURE["statement"],
    )
    path = f"/erasures/{asked['id']}"
    for step in ("approve", "refuse"):
        own = await two.admin.change(f"{path}/{step}", {} if step == "refuse" else None, version=1, method="POST")
        assert refusal(own) == (403, "own_erasure_request")
    assert (await two.admin.read(f"/clients/{robin}"))["given_name"] == "Robin"
    done = await two.officer.changed(f"{path}/approve", version=1, method="POST")
    assert (done["status"], done["decided_by"]) == ("erased", two.officer.id)
    assert done["erased_at"] is not None
    assert await two.admin.read(path) == done
    again = await two.officer.change(f"{path}/approve", version=done["version"], method="POST")
    assert refusal(again) == (409, "erasure_decided")


async def test_nobody_finds_anything_of_her_again(house: House, two: TwoPeople) -> None:
    world = await one_of_everything(two.clinic)
    therapist, client_id = two.clinic["therapist"], world.ids["client_id"]
    path = f"/clients/{client_id}"
    hour = two.clinic["trainee"]
    now = await therapist.read(path)
    await therapist.changed(f"{path}/discharge", {"discharged_on": "2026-03-02"}, version=now["version"], method="POST")
    hold = await two.admin.read(f"/legal-holds/{world.ids['legal_hold_id']}")
    await two.admin.changed(f"/legal-holds/{hold['id']}/lift", version=1, method="POST")
    shown = (
        *(path, f"{path}/care-team", f"{path}/treatments", f"/treatments/{world.ids['treatment_id']}"),
        *(f"/goals/{world.ids['goal_id']}", f"/sessions/{world.ids['session_id']}", f"/notes/{world.ids['note_id']}"),
        *(f"/notes/{world.ids['note_id']}/addenda", f"/private-notes/{world.ids['private_note_id']}"),
        *(f"/legal-holds/{hold['id']}", f"/emergency-accesses/{world.ids['emergency_access_id']}"),
    )
    before = {one: [(await person.get(one)).status_code for person in (therapist, two.admin, hour)] for one in shown}
    assert all(200 in statuses for statuses in before.values()), before
    await two.erase(client_id)
    for one in shown:
        for person in (therapist, two.admin, two.officer, hour):
            assert (await person.get(one)).status_code in (403, 404), one
    lists = ("/clients", "/sessions", "/notes", "/note-register", "/mentalizing-failures", "/emergency-accesses")
    for one in (*lists, "/legal-holds", "/private-notes", "/retention/due"):
        for person in (therapist, two.admin, two.officer, hour):
            answer = await person.get(f"{one}?limit=100")
            assert answer.status_code == 403 or client_id not in answer.text, one
    found = await two.admin.made("/clients/search", {"name": "Robin"})
    assert found["data"] == []
    emergency = {"client_id": client_id, "reason_code": "safeguarding", "justification": "She may be in danger today."}
    assert refusal(await two.clinic["stranger"].post("/emergency-accesses", emergency)) == (404, "not_found")
    member = {"practitioner_id": therapist.id, "care_role": "therapist"}
    assert refusal(await two.admin.post(f"{path}/care-team", member)) == (404, "not_found")


async def test_her_keys_names_and_identifiers_are_gone_from_the_database(
    house: House, two: TwoPeople, robin: str
) -> None:
    other = await discharged(two.clinic["therapist"], given_name="Kim")
    await two.erase(robin)
    keys = await ask(house.settings, "SELECT owner_id FROM data_keys WHERE kind IN ('client', 'private')")
    assert robin.replace("-", "") not in str(keys).replace("-", "")
    assert other.replace("-", "") in str(keys).replace("-", "")
    for table in ("client_identifiers", "care_team_members", "idempotency_records"):
        rows = await ask(house.settings, f"SELECT client_id FROM {table}")
        assert robin.replace("-", "") not in str(rows).replace("-", ""), table
    details = await ask(house.settings, "SELECT length(details) FROM clients ORDER BY length(details)")
    assert details[0][0] == 0
    assert (await two.admin.read(f"/clients/{other}"))["given_name"] == "Kim"


async def test_her_identifier_is_free_for_somebody_else(two: TwoPeople, robin: str) -> None:
    await two.erase(robin)
    path, person = "/clients/by-identifier?system=urn:clinic:mrn&value=77", {"given_name": "N", "family_name": "N"}
    made = await two.admin.put(path, person)
    assert (made.status_code, made.json()["id"] != robin) == (201, True)


async def test_an_answer_that_was_kept_for_repetition_is_not_repeated(two: TwoPeople, therapist: Api) -> None:
    wanted, key = {"given_name": "Robin", "family_name": "Example"}, {"Idempotency-Key": "kept-answer"}
    client = await two.admin.made("/clients", wanted, headers=key)
    discharge = {"discharged_on": "2026-03-02"}
    await two.admin.changed(f"/clients/{client['id']}/discharge", discharge, version=1, method="POST")
    await two.erase(client["id"])
    assert (await two.admin.made("/clients", wanted, headers=key))["id"] != client["id"]


async def test_the_others_of_a_group_keep_their_session(two: TwoPeople, therapist: Api) -> None:
    ids = [(await therapist.made("/clients", {"given_name": name, "family_name": "E"}))["id"] for name in "ABC"]
    session = await therapist.made(
        "/sessions",
        {
            "format": "group",
            "delivery": "in_person",
            "kind": "therapy",
            "starts_at": "2026-03-01T10:00:00Z",
            "duration_minutes": 75,
            "status": "held",
            "participants": [{"client_id": one, "attendance": "attended"} for one in ids],
        },
    )
    discharge = {"discharged_on": "2026-03-02"}
    await therapist.changed(f"/clients/{ids[0]}/discharge", discharge, version=1, method="POST")
    await two.erase(ids[0])
    left = await therapist.read(f"/sessions/{session['id']}")
    assert sorted(one["client_id"] for one in left["participants"]) == sorted(ids[1:])


async def test_the_audit_log_stays(two: TwoPeople, robin: str) -> None:
    erasure_id = await two.erase(robin)
    entries = (await two.officer.read(f"/audit-events?client_id={robin}&limit=100"))["data"]
    types = [one["type"] for one in reversed(entries)]
    assert [one for one in types if one.startswith("erasure.")] == [
        "erasure.requested",
        "erasure.approved",
        "erasure.completed",
    ]
    assert "client.created" in types
    completed = next(one for one in entries if one["type"] == "erasure.completed")
    assert (completed["entity_id"], completed["details"]) == (
        erasure_id,
        {"ledger_number": 1, "after_restore": False},
    )


async def test_a_legal_hold_stops_it_at_both_steps(two: TwoPeople, robin: str) -> None:
    for path in (f"/clients/{robin}/legal-holds", "/legal-holds"):
        hold = await two.admin.made(path, HOLD)
        assert refusal(await two.admin.post(f"/clients/{robin}/erasures", ERASURE)) == (409, "record_on_hold")
        await two.admin.changed(f"/legal-holds/{hold['id']}/lift", version=1, method="POST")
    erasure_id = await two.ask(robin)
    hold = await two.officer.made(f"/clients/{robin}/legal-holds", HOLD)
    held = await two.officer.change(f"/erasures/{erasure_id}/approve", version=1, method="POST")
    assert refusal(held) == (409, "record_on_hold")
    assert (await two.admin.read(f"/clients/{robin}"))["given_name"] == "Robin"
    await two.admin.changed(f"/legal-holds/{hold['id']}/lift", version=1, method="POST")
    await two.officer.changed(f"/erasures/{erasure_id}/approve", version=1, method="POST")


async def test_before_the_period_is_over_the_law_has_to_say_so(two: TwoPeople, robin: str) -> None:
    early = await two.admin.post(f"/clients/{robin}/erasures", OVER)
    assert refusal(early) == (409, "retention_not_over")
    assert "2046-03-02" in early.json()["detail"]
    unsaid = await two.admin.post(f"/clients/{robin}/erasures", {"reason_code": "court_order"})
    assert refusal(unsaid) == (422, "validation_failed")
    await two.admin.changed("/clinic", {"retention_years": 1}, version=1)
    two.clinic.house.clock.advance(days=365)
    asked = await two.admin.made(f"/clients/{robin}/erasures", OVER)
    await two.admin.changed("/clinic", {"retention_years": 5}, version=2)
    late = await two.officer.change(f"/erasures/{asked['id']}/approve", version=1, method="POST")
    assert refusal(late) == (409, "retention_not_over")


async def test_a_client_in_care_is_not_erased(two: TwoPeople, therapist: Api, robin: str) -> None:
    client = await therapist.made("/clients", {"given_name": "Kim", "family_name": "Example"})
    assert refusal(await two.admin.post(f"/clients/{client['id']}/erasures", ERASURE)) == (
        409,
        "client_still_in_care",
    )
    erasure_id = await two.ask(robin)
    now = await therapist.read(f"/clients/{robin}")
    await therapist.changed(f"/clients/{robin}", {"status": "active"}, version=now["version"])
    back = await two.officer.change(f"/erasures/{erasure_id}/approve", version=1, method="POST")
    assert refusal(back) == (409, "client_still_in_care")
    assert refusal(await two.admin.post(f"/clients/{new_id()}/erasures", ERASURE)) == (404, "not_found")


async def test_what_is_withdrawn_or_refused_may_be_asked_for_again(two: TwoPeople, robin: str) -> None:
    first = await two.ask(robin)
    assert refusal(await two.officer.post(f"/clients/{robin}/erasures", ERASURE)) == (
        409,
        "erasure_already_requested",
    )
    withdrawn = await two.officer.changed(f"/erasures/{first}/withdraw", version=1, method="POST")
    assert (withdrawn["status"], withdrawn["decided_by"]) == ("withdrawn", two.officer.id)
    second = await two.ask(robin)
    comment = {"comment": "The complaint is still open."}
    refused = await two.officer.changed(f"/erasures/{second}/refuse", comment, version=1, method="POST")
    assert (refused["status"], refused["decision_comment"]) == ("refused", comment["comment"])
    for one in (first, second):
        for step in ("withdraw", "approve"):
            answer = await two.officer.change(f"/erasures/{one}/{step}", version=2, method="POST")
            assert refusal(answer) == (409, "erasure_decided")
    third = await two.erase(robin)
    listed = (await two.admin.read(f"/erasures?client_id={robin}"))["data"]
    assert [(one["id"], one["status"]) for one in listed] == [
        (third, "erased"),
        (second, "refused"),
        (first, "withdrawn"),
    ]
    assert [one["id"] for one in (await two.admin.read("/erasures?status=erased"))["data"]] == [third]


async def test_the_certificate_says_what_happened_and_until_when_backups_hold_it(two: TwoPeople, robin: str) -> None:
    erasure_id = await two.ask(robin)
    path = f"/erasures/{erasure_id}/certificate"
    assert refusal(await two.admin.get(path)) == (409, "not_erased_yet")
    await two.officer.changed(f"/erasures/{erasure_id}/approve", version=1, method="POST")
    certificate = await two.officer.read(path)
    ledger = two.clinic.house.app.state.erasure_ledger
    (entry,) = ledger.entries()
    assert (certificate["ledger_number"], certificate["ledger_hash"]) == (1, entry.hash)
    assert (certificate["requested_by_name"], certificate["approved_by_name"]) == ("Admin", "Officer")
    assert (certificate["client_id"], certificate["statement"]) == (robin, ERASURE["statement"])
    assert certificate["backups_gone_on"] == "2026-04-06"
    assert "35 days" in certificate["statement_on_backups"]
    types = [(await two.officer.read(f"/audit-events?entity_id={erasure_id}"))["data"]]
    named = {one["id"]: one["type"] for one in types[0]}
    assert [named[one] for one in certificate["audit_event_ids"]] == [
        "erasure.requested",
        "erasure.approved",
        "erasure.completed",
    ]


async def test_without_a_ledger_nothing_is_erased(two: TwoPeople, robin: str) -> None:
    erasure_id = await two.ask(robin)
    state = two.clinic.house.app.state
    kept, state.erasure_ledger = state.erasure_ledger, None
    answer = await two.officer.change(f"/erasures/{erasure_id}/approve", version=1, method="POST")
    assert refusal(answer) == (409, "erasure_ledger_missing")
    state.erasure_ledger = kept
    kept.path.write_text("something else\n")
    answer = await two.officer.change(f"/erasures/{erasure_id}/approve", version=1, method="POST")
    assert refusal(answer) == (409, "erasure_ledger_missing")
    assert (await two.admin.read(f"/clients/{robin}"))["given_name"] == "Robin"
    assert (await two.admin.read(f"/erasures/{erasure_id}"))["status"] == "pending"
