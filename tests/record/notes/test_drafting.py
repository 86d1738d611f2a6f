"""Drafts over HTTP: how they are begun, saved and read, and that nobody but the author sees them."""

import asyncio
from typing import Any

from app.access.practitioners.domain import Role
from tests.record.notes.writing import CONTENT, draft, errors, ids, meeting, signed, step
from tests.support.house import Api, Clinic


def failures(*tags: dict[str, Any]) -> dict[str, Any]:
    return {"mentalizing_failures": list(tags)}


async def test_a_draft_can_be_read_back_with_its_sections_in_the_order_of_the_template(therapist: Api, robin: str):
    session = await therapist.made("/sessions", meeting(robin))
    answer = await therapist.post(f"/sessions/{session['id']}/notes", {"client_id": robin, **CONTENT})
    assert answer.status_code == 201
    note = answer.json()
    assert answer.headers["Location"] == f"/v1/notes/{note['id']}"
    read = await therapist.get(f"/notes/{note['id']}")
    assert read.json() == note
    assert [(section["code"], section["title"]) for section in note["sections"]] == [
        ("presentation", "Presentation"),
        ("plan", "Plan"),
    ]
    tags = [{k: v for k, v in one.items() if k != "id"} for one in note["mentalizing_failures"]]
    assert tags[0] == CONTENT["mentalizing_failures"][0]
    assert (tags[1]["pattern"], tags[1]["signs"], tags[1]["excerpt"]) == ("mixed", [], None)
    assert {name: note[name] for name in ("risk", "bond", "felt_understood", "interventions")} == {
        name: CONTENT[name] for name in ("risk", "bond", "felt_understood", "interventions")
    }
    assert (note["status"], note["author_id"], note["occurred_at"]) == (
        "draft",
        therapist.id,
        "2026-03-02T08:00:00Z",
    )
    assert (note["content_hash"], note["signed_at"]) == (None, None)
    held = await therapist.get(f"/notes/{note['id']}", headers={"If-None-Match": read.headers["ETag"]})
    assert held.status_code == 304


async def test_a_note_takes_the_treatment_of_its_session(therapist: Api, robin: str):
    treatment = await therapist.made(
        f"/clients/{robin}/treatments", {"started_on": "2026-02-01", "lead_practitioner_id": therapist.id}
    )
    note = await draft(therapist, robin)
    assert note["treatment_id"] == treatment["id"]
    assert await ids(therapist, f"/notes?treatment_id={treatment['id']}") == [note["id"]]


async def test_a_draft_is_seen_by_its_author_alone(colleague: Api, therapist: Api, admin: Api, robin: str):
    note = await draft(therapist, robin)
    path = f"/notes/{note['id']}"
    assert await ids(therapist, "/notes") == [note["id"]]
    for listing in ("/notes", f"/sessions/{note['session_id']}/notes", "/mentalizing-failures"):
        assert await ids(colleague, listing) == []
    for hidden in (path, f"{path}/versions", f"{path}/versions/1", f"{path}/addenda"):
        assert (await colleague.get(hidden)).status_code == 404
    assert (await colleague.change(path, {"bond": 1}, version=99)).status_code == 404
    assert (await admin.get(path)).status_code == 403


async def test_a_trainees_draft_is_not_seen_by_her_supervisor(trainee: Api, supervisor: Api, sam: str):
    note = await draft(trainee, sam)
    assert (await supervisor.get(f"/notes/{note['id']}")).status_code == 404
    assert await ids(supervisor, f"/notes?client_id={sam}") == []


async def test_a_signed_note_is_seen_by_the_whole_circle_and_by_nobody_else(
    clinic: Clinic, colleague: Api, therapist: Api, admin: Api, robin: str
):
    note = await signed(therapist, robin)
    path = f"/notes/{note['id']}"
    assert await colleague.read(path) == await therapist.read(path)
    assert await ids(colleague, f"/sessions/{note['session_id']}/notes") == [note["id"]]
    assert (await clinic["trainee"].get(path)).status_code == 404
    assert await ids(clinic["trainee"], "/notes") == []
    assert (await admin.get(path)).status_code == 403
    assert (await admin.get("/notes")).status_code == 403
    assert (await admin.get("/mentalizing-failures")).status_code == 403


async def test_a_therapist_who_also_administers_reads_the_notes_of_her_own_circle_only(
    clinic: Clinic, therapist: Api, robin: str
):
    both = await clinic.join("both", Role.CLINIC_ADMIN, Role.THERAPIST)
    note = await signed(therapist, robin)
    assert (await both.get(f"/notes/{note['id']}")).status_code == 404
    assert await ids(both, "/notes") == []
    assert await ids(both, "/mentalizing-failures") == []
    assert await ids(both, "/note-register") == [note["id"]]
    await therapist.made(f"/clients/{robin}/care-team", {"practitioner_id": both.id, "care_role": "co_therapist"})
    assert await ids(both, "/notes") == [note["id"]]


async def test_another_clinic_finds_nothing(clinic: Clinic, therapist: Api, robin: str):
    note = await signed(therapist, robin)
    other = (await clinic.house.clinic())["therapist"]
    path = f"/notes/{note['id']}"
    for hidden in (path, f"{path}/versions", f"{path}/addenda", f"/sessions/{note['session_id']}/notes"):
        assert (await other.get(hidden)).status_code == 404
    for change in ("sign", "entered-in-error"):
        body = {"reason": "wrong"} if change == "entered-in-error" else {}
        assert (await other.change(f"{path}/{change}", body, version=1, method="POST")).status_code == 404
    assert (await other.post(f"{path}/addenda", {"kind": "addendum", "text": "x"})).status_code == 404
    for listing in ("/notes", "/note-register", "/mentalizing-failures"):
        assert await ids(other, listing) == []
    begun = await other.post(f"/sessions/{note['session_id']}/notes", {"client_id": robin, "template": "dap"})
    assert begun.status_code == 404


async def test_autosave_changes_what_is_sent_and_keeps_the_rest(therapist: Api, robin: str):
    note = await draft(therapist, robin)
    path = f"/notes/{note['id']}"
    saved = await therapist.changed(path, {"felt_understood": None, "bond": 3}, version=note["version"])
    assert saved["version"] == note["version"] + 1
    assert (saved["felt_understood"], saved["bond"]) == (None, 3)
    assert saved["sections"] == note["sections"]
    assert saved["mentalizing_failures"] == note["mentalizing_failures"]
    cleared = await therapist.changed(
        path,
        {"sections": None, "risk": None, "interventions": None, "positive_mentalizing": None},
        version=saved["version"],
    )
    assert (cleared["sections"], cleared["risk"]) == ([], None)
    assert (cleared["interventions"], cleared["positive_mentalizing"]) == ([], [])
    assert await therapist.read(path) == cleared


async def test_a_failure_keeps_its_id_while_the_draft_is_saved(therapist: Api, robin: str):
    note = await draft(therapist, robin)
    first, second = (one["id"] for one in note["mentalizing_failures"])
    path = f"/notes/{note['id']}"
    three = [{"pattern": "deactivation", "signs": ["numbing"]}, {"pattern": "mixed"}, {"pattern": "mixed"}]
    grown = await therapist.changed(path, {"mentalizing_failures": three}, version=note["version"])
    assert [one["id"] for one in grown["mentalizing_failures"]][:2] == [first, second]
    assert grown["mentalizing_failures"][0]["excerpt"] is None
    shrunk = await therapist.changed(path, {"mentalizing_failures": three[:1]}, version=grown["version"])
    assert [one["id"] for one in shrunk["mentalizing_failures"]] == [first]
    assert await therapist.read(path) == shrunk
    cleared = await therapist.changed(path, {"mentalizing_failures": None}, version=shrunk["version"])
    assert cleared["mentalizing_failures"] == []


async def test_a_stale_autosave_keeps_the_stored_text_and_names_the_current_version(therapist: Api, robin: str):
    note = await draft(therapist, robin)
    path = f"/notes/{note['id']}"
    first = {"sections": [{"code": "plan", "text": "from one tab"}]}
    saved = await therapist.changed(path, first, version=note["version"])
    second = {"sections": [{"code": "plan", "text": "from another tab"}]}
    stale = await therapist.change(path, second, version=note["version"])
    assert (stale.status_code, stale.json()["current_version"]) == (412, saved["version"])
    assert (await therapist.read(path))["sections"][0]["text"] == "from one tab"
    assert (await therapist.request("PATCH", path, json=second)).status_code == 428
    assert (await therapist.changed(path, second, version=saved["version"]))["sections"][0]["text"] == (
        "from another tab"
    )


async def test_of_two_autosaves_at_once_one_wins_and_the_other_is_told(therapist: Api, robin: str):
    note = await draft(therapist, robin)
    answers = await asyncio.gather(
        *(therapist.change(f"/notes/{note['id']}", {"bond": bond}, version=note["version"]) for bond in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_another_template_needs_sections_that_fit(therapist: Api, robin: str):
    note = await draft(therapist, robin)
    path = f"/notes/{note['id']}"
    refused = await therapist.change(path, {"template": "dap"}, version=note["version"])
    assert errors(refused) == [("/template", "section_not_in_template")]
    body = {"template": "dap", "sections": [{"code": "data", "text": "Told about the week."}]}
    changed = await therapist.changed(path, body, version=note["version"])
    assert (changed["template"], [one["code"] for one in changed["sections"]]) == ("dap", ["data"])


WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"sections": [{"code": "subjective", "text": ""}]}, "/sections/0/code", "section_not_in_template"),
    ({"sections": [{"code": "plan", "text": ""}] * 2}, "/sections/1/code", "duplicate_section"),
    ({"interventions": ["slow_down", "hypnosis"]}, "/interventions/1", "unknown_code"),
    ({"positive_mentalizing": ["luck"]}, "/positive_mentalizing/0", "unknown_code"),
    ({"risk": {"flags": ["gloom"]}}, "/risk/flags/0", "unknown_code"),
    ({"risk": {"flags": ["none_identified", "self_harm"]}}, "/risk/flags", "risk_flags_contradict"),
    (failures({"pattern": "mixed", "where": "moon"}), "/mentalizing_failures/0/where", "unknown_code"),
    (failures({"pattern": "mixed", "trigger": "moon"}), "/mentalizing_failures/0/trigger", "unknown_code"),
    (failures({"pattern": "mixed", "affect": "moon"}), "/mentalizing_failures/0/affect", "unknown_code"),
    (failures({"pattern": "mixed", "intervention": "moon"}), "/mentalizing_failures/0/intervention", "unknown_code"),
    (
        failures({"pattern": "mixed"}, {"pattern": "mixed", "signs": ["x"]}),
        "/mentalizing_failures/1/signs/0",
        "unknown_code",
    ),
    (
        failures({"pattern": "deactivation", "signs": ["numbing", "clinging"]}),
        "/mentalizing_failures/0/signs/1",
        "sign_of_another_pattern",
    ),
    (failures({"pattern": "mixed", "arousal": 11}), "/mentalizing_failures/0/arousal", "less_than_equal"),
    (failures({"where": "partner"}), "/mentalizing_failures/0/pattern", "missing"),
)


async def test_what_the_lists_do_not_have_is_refused_by_place_and_list(therapist: Api, robin: str):
    session = await therapist.made("/sessions", meeting(robin))
    note = await draft(therapist, robin, session["id"], sections=[], mentalizing_failures=[])
    for content, pointer, code in WRONG:
        body = {"client_id": robin, "template": "mbt", **content}
        other = await therapist.made("/sessions", meeting(robin))
        for refused in (
            await therapist.post(f"/sessions/{other['id']}/notes", body),
            await therapist.change(f"/notes/{note['id']}", content, version=note["version"]),
        ):
            assert errors(refused) == [(pointer, code)]
            if code == "unknown_code":
                assert "/v1/vocabularies/" in refused.json()["errors"][0]["detail"]


async def test_a_client_has_one_note_for_a_session(colleague: Api, therapist: Api, robin: str):
    note = await draft(therapist, robin)
    for author in (therapist, colleague):
        again = await author.post(
            f"/sessions/{note['session_id']}/notes", {"client_id": robin, "template": "narrative"}
        )
        assert (again.status_code, again.json()["code"]) == (409, "live_note_exists")


async def test_ten_notes_begun_at_once_make_one(therapist: Api, robin: str):
    session = await therapist.made("/sessions", meeting(robin))
    body = {"client_id": robin, "template": "narrative"}
    answers = await asyncio.gather(*(therapist.post(f"/sessions/{session['id']}/notes", body) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_a_note_sent_twice_with_one_key_is_begun_once(therapist: Api, robin: str):
    session = await therapist.made("/sessions", meeting(robin))
    path, headers = f"/sessions/{session['id']}/notes", {"Idempotency-Key": "note-0001"}
    first = await therapist.post(path, {"client_id": robin, **CONTENT}, headers=headers)
    second = await therapist.post(path, {"client_id": robin, **CONTENT}, headers=headers)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_a_note_is_about_a_participant(therapist: Api, robin: str):
    other = await therapist.made("/clients", {"given_name": "Kim", "family_name": "Example"})
    session = await therapist.made("/sessions", meeting(robin))
    refused = await therapist.post(f"/sessions/{session['id']}/notes", {"client_id": other["id"], **CONTENT})
    assert errors(refused) == [("/client_id", "not_a_participant")]


async def test_each_participant_of_a_group_has_a_note(therapist: Api, robin: str):
    kim = (await therapist.made("/clients", {"given_name": "Kim", "family_name": "Example"}))["id"]
    session = (await therapist.made("/sessions", meeting(robin, kim)))["id"]
    notes = [await draft(therapist, client, session) for client in (robin, kim)]
    assert await ids(therapist, f"/sessions/{session}/notes") == [notes[1]["id"], notes[0]["id"]]
    first = await therapist.read(f"/sessions/{session}/notes?limit=1")
    rest = await therapist.read(f"/sessions/{session}/notes?limit=1&after={first['next_cursor']}")
    assert [first["data"][0]["id"], rest["data"][0]["id"]] == [notes[1]["id"], notes[0]["id"]]


async def test_notes_are_listed_newest_first_and_filtered(clinic: Clinic, therapist: Api, robin: str):
    notes = []
    for day in (26, 28, 27):
        session = await therapist.made("/sessions", meeting(robin, starts_at=f"2026-02-{day}T08:00:00Z"))
        notes.append(await draft(therapist, robin, session["id"]))
    early, late, middle = (note["id"] for note in notes)
    assert await ids(therapist, "/notes") == [late, middle, early]
    assert await ids(therapist, "/notes?occurred_from=2026-02-27T08:00:00Z") == [late, middle]
    assert await ids(therapist, "/notes?occurred_to=2026-02-27T08:00:00Z") == [early]
    assert await ids(therapist, f"/notes?session_id={notes[0]['session_id']}") == [early]
    assert await ids(therapist, f"/notes?author_id={clinic['stranger'].id}") == []
    await step(therapist, notes[1], "sign", {"late_entry_reason": "Was ill."})
    assert await ids(therapist, "/notes?status=signed") == [late]
    assert await ids(therapist, f"/notes?status=draft&client_id={robin}") == [middle, early]


async def test_a_program_writes_no_notes(admin: Api, robin: str, therapist: Api):
    account = await admin.made(
        "/service-accounts", {"name": "EHR", "scopes": ["notes:write", "notes:read", "sessions:read"]}
    )
    key = await admin.made(f"/service-accounts/{account['id']}/keys", {"expires_at": "2026-06-01T00:00:00Z"})
    program = Api(admin.client, key["secret"])
    session = await therapist.made("/sessions", meeting(robin))
    refused = await program.post(f"/sessions/{session['id']}/notes", {"client_id": robin, "template": "mbt"})
    assert (refused.status_code, refused.json()["code"]) == (403, "author_not_practitioner")
    note = await draft(therapist, robin, session["id"])
    assert await ids(program, "/notes") == []
    await step(therapist, note, "sign")
    assert await ids(program, "/notes") == [note["id"]]


async def test_who_read_and_saved_a_note_is_in_the_access_log(colleague: Api, therapist: Api, robin: str):
    note = await draft(therapist, robin)
    saved = await therapist.changed(f"/notes/{note['id']}", {"bond": 4}, version=note["version"])
    await step(therapist, saved, "sign")
    await colleague.read(f"/notes/{note['id']}")
    await colleague.read("/notes")
    await colleague.read("/mentalizing-failures")
    log = (await therapist.read(f"/clients/{robin}/access-log"))["data"]
    assert [entry["type"] for entry in log][:6] == [
        "mentalizing_failure.listed",
        "note.listed",
        "note.viewed",
        "note.signed",
        "note.autosaved",
        "note.created",
    ]
    assert log[4]["details"] == {"fields": ["bond"]}
