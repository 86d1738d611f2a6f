"""Signatures over HTTP: sign, late entries, co-signature, return, and entries in error."""

from datetime import timedelta

from app.access.practitioners.domain import Role
from tests.record.notes.writing import CONTENT, draft, errors, ids, meeting, signed, step, tried
from tests.support.house import Api, Clinic


async def test_signing_freezes_the_note_and_its_session(therapist: Api, robin: str):
    note = await draft(therapist, robin)
    done = await step(therapist, note, "sign")
    assert (done["status"], done["signed_by"], done["signed_at"]) == ("signed", therapist.id, "2026-03-02T09:00:00Z")
    assert (done["cosigner_id"], done["is_late_entry"]) == (None, False)
    assert len(done["content_hash"]) == 64
    assert (await therapist.read(f"/sessions/{note['session_id']}"))["has_signed_note"]
    assert await therapist.read(f"/notes/{note['id']}") == done
    assert {**done, **{name: note[name] for name in CHANGED_BY_SIGNING}} == note


CHANGED_BY_SIGNING = ("status", "signed_at", "signed_by", "content_hash", "version")


async def test_a_signed_note_is_not_saved_signed_or_returned_again(clinic: Clinic, therapist: Api, robin: str):
    note = await signed(therapist, robin)
    saved = await therapist.change(f"/notes/{note['id']}", {"bond": 1}, version=note["version"])
    assert (saved.status_code, saved.json()["code"]) == (409, "note_not_draft")
    assert "addendum" in saved.json()["detail"]
    assert await tried(therapist, note, "sign") == (409, "note_not_draft")
    assert await tried(therapist, note, "cosign") == (403, "permission_missing")


async def test_only_the_author_writes_and_signs(colleague: Api, therapist: Api, robin: str):
    note = await signed(therapist, robin)
    saved = await colleague.change(f"/notes/{note['id']}", {"bond": 1}, version=note["version"])
    assert (saved.status_code, saved.json()["code"]) == (403, "not_note_author")
    assert await tried(colleague, note, "sign") == (403, "not_note_author")
    assert await tried(colleague, note, "entered-in-error", {"reason": "wrong"}) == (403, "not_note_author")
    mine = await draft(therapist, robin)
    assert await tried(colleague, mine, "sign") == (404, "not_found")


async def test_a_stale_signature_is_refused(therapist: Api, robin: str):
    note = await draft(therapist, robin)
    await therapist.changed(f"/notes/{note['id']}", {"bond": 2}, version=note["version"])
    assert await tried(therapist, note, "sign") == (412, "precondition_failed")
    unconditional = await therapist.post(f"/notes/{note['id']}/sign", {})
    assert unconditional.status_code == 428


async def test_an_empty_note_is_not_signed(therapist: Api, robin: str):
    note = await draft(therapist, robin, sections=[{"code": "plan", "text": " \n"}])
    assert await tried(therapist, note, "sign") == (409, "note_is_empty")
    assert (await therapist.read(f"/notes/{note['id']}"))["version"] == note["version"]


async def test_a_note_is_not_signed_before_its_session_begins(clinic: Clinic, therapist: Api, robin: str):
    session = await therapist.made("/sessions", meeting(robin, starts_at="2026-03-02T10:00:00Z"))
    note = await draft(therapist, robin, session["id"])
    assert await tried(therapist, note, "sign") == (409, "session_not_begun")
    clinic.house.clock.advance(hours=2)
    assert (await step(therapist, note, "sign"))["status"] == "signed"


async def test_the_note_of_a_cancelled_session_is_not_signed(therapist: Api, robin: str):
    session = await therapist.made("/sessions", meeting(robin))
    note = await draft(therapist, robin, session["id"])
    cancel = f"/sessions/{session['id']}/cancel"
    await therapist.changed(cancel, {"by": "client"}, version=session["version"], method="POST")
    assert await tried(therapist, note, "sign") == (409, "session_was_cancelled")


async def test_a_note_takes_the_time_its_session_has_when_it_is_signed(therapist: Api, robin: str):
    session = await therapist.made("/sessions", meeting(robin))
    note = await draft(therapist, robin, session["id"])
    moved = {"starts_at": "2026-03-02T07:30:00Z"}
    await therapist.changed(f"/sessions/{session['id']}", moved, version=session["version"])
    done = await step(therapist, note, "sign")
    assert done["occurred_at"] == "2026-03-02T07:30:00Z"
    found = (await therapist.read("/mentalizing-failures"))["data"]
    assert {one["occurred_at"] for one in found} == {"2026-03-02T07:30:00Z"}


async def test_a_client_who_left_the_session_gets_no_signed_note(therapist: Api, robin: str):
    kim, lee = [(await therapist.made("/clients", {"given_name": n, "family_name": "E"}))["id"] for n in ("Kim", "Lee")]
    session = await therapist.made("/sessions", meeting(robin, kim, lee))
    note = await draft(therapist, lee, session["id"])
    staying = {"participants": [{"client_id": robin}, {"client_id": kim}]}
    await therapist.changed(f"/sessions/{session['id']}", staying, version=session["version"])
    assert await tried(therapist, note, "sign") == (409, "client_not_in_session")


async def test_a_late_entry_needs_a_reason_and_is_labelled(clinic: Clinic, therapist: Api, robin: str):
    note = await draft(therapist, robin)
    clinic.house.clock.now += timedelta(hours=47, minutes=51)
    path = f"/notes/{note['id']}"
    missing = await therapist.change(f"{path}/sign", {}, version=note["version"], method="POST")
    assert errors(missing) == [("/late_entry_reason", "late_entry_reason_required")]
    done = await step(therapist, note, "sign", {"late_entry_reason": "The power was out."})
    assert (done["is_late_entry"], done["late_entry_reason"]) == (True, "The power was out.")
    assert done["occurred_at"] == note["occurred_at"]
    assert done["signed_at"] > note["occurred_at"]


async def test_what_is_signed_within_the_clinics_hours_is_not_late(clinic: Clinic, therapist: Api, robin: str):
    note = await draft(therapist, robin)
    clinic.house.clock.now += timedelta(hours=47, minutes=50)
    done = await step(therapist, note, "sign", {"late_entry_reason": "Not needed."})
    assert (done["is_late_entry"], done["late_entry_reason"]) == (False, None)


async def test_a_trainees_note_waits_for_her_supervisor(trainee: Api, supervisor: Api, clinic: Clinic, sam: str):
    joining = {"practitioner_id": clinic["stranger"].id, "care_role": "co_therapist"}
    await trainee.made(f"/clients/{sam}/care-team", joining)
    waiting = await signed(trainee, sam)
    path = f"/notes/{waiting['id']}"
    assert (waiting["status"], waiting["cosigner_id"]) == ("pending_cosign", supervisor.id)
    assert waiting["signed_by"] == trainee.id
    assert not (await trainee.read(f"/sessions/{waiting['session_id']}"))["has_signed_note"]
    assert (await clinic["stranger"].get(path)).status_code == 404
    saved = await trainee.change(path, {"bond": 1}, version=waiting["version"])
    assert (saved.status_code, saved.json()["code"]) == (409, "note_not_draft")
    assert await tried(trainee, waiting, "cosign") == (403, "permission_missing")
    assert await ids(supervisor, "/notes?status=pending_cosign") == [waiting["id"]]
    done = await step(supervisor, waiting, "cosign")
    assert (done["status"], done["cosigned_by"], done["signed_by"]) == ("signed", supervisor.id, trainee.id)
    assert done["content_hash"] == waiting["content_hash"]
    assert (await trainee.read(f"/sessions/{waiting['session_id']}"))["has_signed_note"]
    assert (await clinic["stranger"].read(path)) == done
    assert await tried(supervisor, done, "cosign") == (409, "not_pending_cosign")
    assert await tried(supervisor, done, "return", {"comment": "x"}) == (409, "not_pending_cosign")


async def test_a_returned_note_is_a_draft_again_with_a_comment(trainee: Api, supervisor: Api, sam: str):
    waiting = await signed(trainee, sam)
    path = f"/notes/{waiting['id']}"
    back = await step(supervisor, waiting, "return", {"comment": "Say more about the plan."})
    assert (back["status"], back["return_comment"]) == ("draft", "Say more about the plan.")
    assert (back["signed_at"], back["signed_by"], back["content_hash"], back["cosigner_id"]) == (None,) * 4
    assert (await supervisor.get(path)).status_code == 404
    assert (await trainee.read(path))["return_comment"] == "Say more about the plan."
    longer = {"sections": [{"code": "plan", "text": "Meet again on Monday, with the partner."}]}
    saved = await trainee.changed(path, longer, version=back["version"])
    again = await step(trainee, saved, "sign")
    assert (again["status"], again["return_comment"]) == ("pending_cosign", None)
    assert again["content_hash"] != waiting["content_hash"]
    assert (await step(supervisor, again, "cosign"))["status"] == "signed"


async def test_only_the_named_supervisor_cosigns(clinic: Clinic, trainee: Api, sam: str):
    other = await clinic.join("other", Role.SUPERVISOR)
    await trainee.made(f"/clients/{sam}/care-team", {"practitioner_id": other.id, "care_role": "psychiatrist"})
    waiting = await signed(trainee, sam)
    assert await tried(other, waiting, "cosign") == (404, "not_found")
    done = await step(clinic["supervisor"], waiting, "cosign")
    assert await tried(other, done, "cosign") == (403, "not_note_cosigner")
    assert await tried(other, done, "return", {"comment": "x"}) == (403, "not_note_cosigner")


async def test_a_note_whose_session_was_moved_meanwhile_is_not_cosigned(trainee: Api, supervisor: Api, sam: str):
    session = await trainee.made("/sessions", meeting(sam))
    waiting = await step(trainee, await draft(trainee, sam, session["id"]), "sign")
    moved = {"starts_at": "2026-03-02T07:30:00Z"}
    await trainee.changed(f"/sessions/{session['id']}", moved, version=session["version"])
    assert await tried(supervisor, waiting, "cosign") == (409, "session_moved")
    back = await step(supervisor, waiting, "return", {"comment": "The time is wrong."})
    again = await step(trainee, back, "sign")
    assert (await step(supervisor, again, "cosign"))["occurred_at"] == moved["starts_at"]


async def test_a_note_entered_in_error_frees_the_session(colleague: Api, therapist: Api, robin: str):
    note = await signed(therapist, robin)
    wrong = await step(therapist, note, "entered-in-error", {"reason": "Wrong session."})
    assert (wrong["status"], wrong["entered_in_error_by"]) == ("entered_in_error", therapist.id)
    assert wrong["entered_in_error_reason"] == "Wrong session."
    assert wrong["content_hash"] == note["content_hash"]
    new = await draft(therapist, robin, note["session_id"])
    assert await ids(therapist, "/notes") == [new["id"]]
    assert await ids(colleague, "/notes?status=entered_in_error") == [note["id"]]
    assert (await colleague.read(f"/notes/{note['id']}")) == wrong
    assert len(await ids(therapist, "/mentalizing-failures")) == len(new["mentalizing_failures"])
    assert await tried(therapist, wrong, "entered-in-error", {"reason": "x"}) == (409, "note_already_in_error")
    assert await tried(therapist, wrong, "sign") == (409, "note_not_draft")


async def test_a_draft_entered_in_error_stays_private(colleague: Api, therapist: Api, robin: str):
    wrong = await step(therapist, await draft(therapist, robin), "entered-in-error", {"reason": "Wrong client."})
    assert (await therapist.read(f"/notes/{wrong['id']}"))["status"] == "entered_in_error"
    assert (await colleague.get(f"/notes/{wrong['id']}")).status_code == 404
    assert await ids(colleague, "/notes?status=entered_in_error") == []


async def test_the_cosigner_may_mark_a_note_as_entered_in_error(trainee: Api, supervisor: Api, sam: str):
    waiting = await signed(trainee, sam)
    wrong = await step(supervisor, waiting, "entered-in-error", {"reason": "Not her client."})
    assert wrong["entered_in_error_by"] == supervisor.id
    assert await tried(supervisor, wrong, "cosign") == (409, "not_pending_cosign")


async def test_an_entry_in_error_needs_a_reason(therapist: Api, robin: str):
    note = await signed(therapist, robin)
    path = f"/notes/{note['id']}/entered-in-error"
    for body in ({}, {"reason": "  "}):
        refused = await therapist.change(path, body, version=note["version"], method="POST")
        assert errors(refused)[0][0] == "/reason"


async def test_every_step_is_in_the_access_log(trainee: Api, supervisor: Api, sam: str):
    waiting = await signed(trainee, sam, **CONTENT)
    back = await step(supervisor, waiting, "return", {"comment": "More."})
    done = await step(supervisor, await step(trainee, back, "sign"), "cosign")
    await trainee.made(f"/notes/{done['id']}/addenda", {"kind": "addendum", "text": "More."})
    await step(trainee, await trainee.read(f"/notes/{done['id']}"), "entered-in-error", {"reason": "Wrong."})
    log = (await trainee.read(f"/clients/{sam}/access-log"))["data"]
    assert [entry["type"] for entry in log if entry["entity"] == "note"] == [
        "note.entered_in_error",
        "note.viewed",
        "note.addendum_added",
        "note.cosigned",
        "note.submitted",
        "note.returned",
        "note.submitted",
        "note.created",
    ]
