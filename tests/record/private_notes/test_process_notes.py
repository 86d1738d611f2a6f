"""Process notes: an analysis of what was said, beside the progress note, without what belongs in the chart."""

import asyncio

import pytest

from app.record.private_notes.schemas import PrivateNote, PrivateNoteUpdate, ProcessNoteCreate, Reflection
from tests.record.notes.writing import draft, signed
from tests.record.notes.writing import step as note_step
from tests.record.private_notes.writing import errors, process_note, refusal, session_with, statuses
from tests.support.house import Api

CHART_WORDS = (
    "medic", "drug", "start", "stop", "duration", "minutes", "modality", "frequency", "test", "result", "measure",
    "diagnos", "function", "plan", "symptom", "prognos", "progress", "risk", "goal", "attendance", "delivery",
)  # fmt: skip
"""What 45 CFR 164.501 leaves to the chart, as field names would say it."""


async def test_a_process_note_is_written_read_and_changed(therapist: Api, robin: str) -> None:
    chart = await draft(therapist, robin)
    wanted = {"session_id": chart["session_id"], "client_id": robin, "text": "She tests whether I stay."}
    created = await therapist.post("/private-notes", wanted)
    assert created.status_code == 201
    note = created.json()
    path = f"/private-notes/{note['id']}"
    assert created.headers["Location"] == f"/v1{path}"
    assert (note["kind"], note["text"], note["reflection"]) == ("process", wanted["text"], None)
    assert await therapist.read(path) == note
    changed = await therapist.changed(path, {"text": "And I stayed."}, version=1)
    assert (changed["text"], changed["version"]) == ("And I stayed.", 2)
    assert (await therapist.read("/private-notes?kind=process"))["data"] == [changed]
    assert errors(await therapist.change(path, {"text": ""}, version=2)) == [("/text", "blank")]
    assert errors(await therapist.change(path, {"reflection": {}}, version=2)) == [("/reflection", "other_kind")]
    assert (await therapist.change(path, {"text": "Stale."}, version=1)).status_code == 412
    assert (await therapist.change(path, version=2, method="DELETE")).status_code == 204


async def test_a_process_note_is_never_the_only_note_of_a_session(therapist: Api, robin: str) -> None:
    session = await session_with(therapist, robin)
    wanted = {"session_id": session, "client_id": robin, "text": "What went on."}
    assert refusal(await therapist.post("/private-notes", wanted)) == (409, "chart_note_missing")
    chart = await draft(therapist, robin, session)
    note = await therapist.made("/private-notes", wanted)
    await note_step(therapist, chart, "entered-in-error", {"reason": "Wrong session."})
    path = f"/private-notes/{note['id']}"
    assert refusal(await therapist.change(path, {"text": "More."}, version=1)) == (409, "chart_note_missing")
    assert (await therapist.read(path))["text"] == wanted["text"], "what she wrote is not taken from her"
    await draft(therapist, robin, session)
    assert (await therapist.changed(path, {"text": "More."}, version=1))["text"] == "More."


async def test_the_note_of_another_client_in_the_group_does_not_count(therapist: Api, robin: str) -> None:
    sam = (await therapist.made("/clients", {"given_name": "Sam", "family_name": "Example"}))["id"]
    session = await session_with(therapist, robin, sam)
    await draft(therapist, sam, session)
    wanted = {"session_id": session, "client_id": robin, "text": "What went on."}
    assert refusal(await therapist.post("/private-notes", wanted)) == (409, "chart_note_missing")
    assert (await therapist.made("/private-notes", {**wanted, "client_id": sam}))["client_id"] == sam


async def test_a_colleagues_progress_note_counts(therapist: Api, colleague: Api, robin: str) -> None:
    chart = await signed(therapist, robin)
    wanted = {"session_id": chart["session_id"], "client_id": robin, "text": "My own view."}
    hers = await colleague.made("/private-notes", wanted)
    mine = await therapist.made("/private-notes", wanted)
    assert await statuses(therapist, hers) == {404}
    assert await statuses(colleague, mine) == {404}


async def test_a_repeated_request_makes_no_second_note(therapist: Api, robin: str) -> None:
    chart = await draft(therapist, robin)
    wanted = {"session_id": chart["session_id"], "client_id": robin, "text": "What went on."}
    twins = await asyncio.gather(*(therapist.post("/private-notes", wanted) for _ in range(3)))
    assert sorted(answer.status_code for answer in twins) == [201, 409, 409]
    headers = {"Idempotency-Key": "the-very-same-key"}
    again = await therapist.post("/private-notes", wanted, headers=headers)
    assert refusal(again) == (409, "private_note_exists")


async def test_session_and_client_must_fit(therapist: Api, stranger: Api, robin: str) -> None:
    chart = await draft(therapist, robin)
    theirs = (await stranger.made("/clients", {"given_name": "Kim", "family_name": "Example"}))["id"]
    unseen = await session_with(stranger, theirs)
    wanted = {"session_id": chart["session_id"], "client_id": robin, "text": "What went on."}
    for change, expected in (
        ({"session_id": unseen}, ("/session_id", "unknown_session")),
        ({"session_id": robin}, ("/session_id", "unknown_session")),
        ({"client_id": theirs}, ("/client_id", "not_a_participant")),
    ):
        assert errors(await therapist.post("/private-notes", {**wanted, **change})) == [expected]


@pytest.mark.parametrize("field", ["medication", "diagnosis", "starts_at", "symptoms", "treatment_plan", "progress"])
async def test_what_belongs_in_the_chart_is_refused(therapist: Api, robin: str, field: str) -> None:
    note = await process_note(therapist, robin)
    wanted = {"session_id": note["session_id"], "client_id": robin, "text": "What went on.", field: "something"}
    assert [code for _, code in errors(await therapist.post("/private-notes", wanted))] == ["extra_forbidden"]
    change = await therapist.change(f"/private-notes/{note['id']}", {field: "something"}, version=1)
    assert [code for _, code in errors(change)] == ["extra_forbidden"]


def test_no_field_holds_what_the_law_leaves_to_the_chart() -> None:
    assert set(ProcessNoteCreate.model_fields) == {"session_id", "client_id", "text"}
    for model in (ProcessNoteCreate, PrivateNoteUpdate, PrivateNote, Reflection):
        for name in model.model_fields:
            assert not any(word in name for word in CHART_WORDS), name
