"""Versions: what was kept of a note, when and by whom."""

from typing import Any

from tests.record.notes.writing import draft, signed, step
from tests.support.house import Api, Clinic


async def versions(person: Api, note: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await person.read(f"/notes/{note['id']}/versions"))["data"])


def plan(text: str) -> dict[str, Any]:
    return {"sections": [{"code": "plan", "text": text}]}


async def test_autosaves_keep_the_text_they_replace_when_the_last_version_is_ten_minutes_old(
    clinic: Clinic, therapist: Api, robin: str
):
    note = await draft(therapist, robin, **plan("first"))
    path = f"/notes/{note['id']}"
    for minutes, text in ((1, "second"), (8, "third"), (1, "fourth"), (1, "fifth"), (9, "sixth")):
        clinic.house.clock.advance(minutes=minutes)
        note = await therapist.changed(path, plan(text), version=note["version"])
    kept = await versions(therapist, note)
    assert [(one["number"], one["occasion"]) for one in kept] == [(3, "autosaved"), (2, "autosaved"), (1, "created")]
    texts = [(await therapist.read(f"{path}/versions/{n}"))["content"]["sections"][0]["text"] for n in (1, 2, 3)]
    assert texts == ["first", "third", "fifth"]
    assert [one["saved_at"] for one in kept] == [
        "2026-03-02T09:11:00Z",
        "2026-03-02T09:09:00Z",
        "2026-03-02T09:00:00Z",
    ]
    assert note["version"] == 6


async def test_an_autosave_keeps_no_version_of_what_is_already_kept(clinic: Clinic, therapist: Api, robin: str):
    note = await draft(therapist, robin)
    clinic.house.clock.advance(minutes=30)
    note = await therapist.changed(f"/notes/{note['id']}", {"bond": 1}, version=note["version"])
    assert [one["occasion"] for one in await versions(therapist, note)] == ["created"]


async def test_each_version_names_the_hash_of_the_one_before(trainee: Api, supervisor: Api, sam: str):
    note = await signed(trainee, sam)
    note = await step(supervisor, note, "return", {"comment": "More, please."})
    note = await trainee.changed(f"/notes/{note['id']}", {"bond": 2}, version=note["version"])
    note = await step(supervisor, await step(trainee, note, "sign"), "cosign")
    note = await step(trainee, note, "entered-in-error", {"reason": "Wrong session."})
    kept = (await versions(trainee, note))[::-1]
    assert [one["occasion"] for one in kept] == [
        "created",
        "submitted",
        "returned",
        "submitted",
        "cosigned",
        "entered_in_error",
    ]
    assert [one["previous_hash"] for one in kept] == [None, *(one["content_hash"] for one in kept[:-1])]
    assert kept[-1]["content_hash"] == note["content_hash"]
    assert [one["saved_by"] for one in kept][1:3] == [trainee.id, supervisor.id]
    path = f"/notes/{note['id']}/versions"
    assert (await trainee.read(f"{path}/3"))["remark"] == "More, please."
    assert (await trainee.read(f"{path}/6"))["remark"] == "Wrong session."


async def test_a_version_says_everything_the_note_said(therapist: Api, robin: str):
    note = await signed(therapist, robin)
    version = await therapist.read(f"/notes/{note['id']}/versions/2")
    assert version["content"] == {name: note[name] for name in version["content"]}
    assert len(version["content"]["mentalizing_failures"]) == 2
    assert (version["status"], version["content_hash"]) == ("signed", note["content_hash"])


async def test_versions_from_draft_times_are_the_authors_alone(colleague: Api, therapist: Api, robin: str):
    note = await signed(therapist, robin)
    assert [one["number"] for one in await versions(therapist, note)] == [2, 1]
    assert [one["number"] for one in await versions(colleague, note)] == [2]
    assert (await colleague.get(f"/notes/{note['id']}/versions/1")).status_code == 404
    assert (await therapist.get(f"/notes/{note['id']}/versions/3")).status_code == 404


async def test_a_supervisor_sees_what_was_handed_to_her(trainee: Api, supervisor: Api, sam: str):
    note = await signed(trainee, sam)
    assert [one["occasion"] for one in await versions(supervisor, note)] == ["submitted"]


async def test_reading_versions_is_logged(therapist: Api, robin: str):
    note = await signed(therapist, robin)
    await versions(therapist, note)
    await therapist.read(f"/notes/{note['id']}/versions/2")
    log = (await therapist.read(f"/clients/{robin}/access-log"))["data"]
    assert [entry["type"] for entry in log][:2] == ["note.version_viewed", "note.versions_listed"]
    assert log[0]["details"] == {"number": 2}
