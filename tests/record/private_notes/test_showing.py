"""Showing a reflection to the supervisor: explicit, revocable, and only while the supervision lasts."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.access.practitioners.domain import Role
from tests.record.private_notes.writing import ANSWERS, process_note, reflected, refusal, session_with, statuses, step
from tests.support.house import Api, Clinic


async def shown_to(person: Api) -> list[str]:
    return [one["id"] for one in (await person.read("/shown-reflections"))["data"]]


async def test_a_shown_reflection_is_read_by_the_supervisor_and_by_nobody_else(
    clinic: Clinic, trainee: Api, supervisor: Api, sam: str
) -> None:
    session = await session_with(trainee, sam)
    note = await reflected(trainee, session)
    assert await statuses(supervisor, note, session) == {404}
    assert await shown_to(supervisor) == []
    note = await step(trainee, note, "show-to-supervisor")
    assert (note["shown_to_id"], note["version"]) == (supervisor.id, 2)
    seen = await supervisor.read(f"/shown-reflections/{note['id']}")
    assert seen["reflection"] == ANSWERS
    assert (seen["author_id"], seen["client_id"], seen["session_id"]) == (trainee.id, sam, session)
    assert (await supervisor.read("/shown-reflections"))["data"] == [seen]
    assert (await supervisor.read("/private-notes"))["data"] == []
    assert (await supervisor.get(f"/sessions/{session}/reflection")).status_code == 404
    other = await clinic.join("other", Role.SUPERVISOR)
    assert await shown_to(other) == await shown_to(trainee) == []


async def test_the_supervisor_reads_and_never_writes(trainee: Api, supervisor: Api, sam: str) -> None:
    note = await reflected(trainee, await session_with(trainee, sam))
    note = await step(trainee, note, "show-to-supervisor")
    path = f"/private-notes/{note['id']}"
    for answer in (
        await supervisor.get(path),
        await supervisor.change(path, {"reflection": ANSWERS}, version=2),
        await supervisor.change(path, version=2, method="DELETE"),
        await supervisor.change(f"{path}/show-to-supervisor", version=2, method="POST"),
        await supervisor.change(f"{path}/hide-from-supervisor", version=2, method="POST"),
    ):
        assert refusal(answer) == (404, "not_found")
    assert await trainee.read(path) == note


async def test_what_is_written_later_is_shown_too_until_it_is_hidden(trainee: Api, supervisor: Api, sam: str) -> None:
    session = await session_with(trainee, sam)
    note = await step(trainee, await reflected(trainee, session), "show-to-supervisor")
    path = f"/sessions/{session}/reflection"
    saved = await trainee.changed(path, {"own_contribution": "I was late."}, version=2, method="PUT")
    seen = await supervisor.read(f"/shown-reflections/{note['id']}")
    assert seen["reflection"] == saved["reflection"]
    hidden = await step(trainee, saved, "hide-from-supervisor")
    assert hidden["shown_to_id"] is None
    assert await statuses(supervisor, note) == {404}
    assert await shown_to(supervisor) == []


async def test_a_process_note_is_shown_to_nobody(trainee: Api, supervisor: Api, sam: str) -> None:
    note = await process_note(trainee, sam)
    for name in ("show-to-supervisor", "hide-from-supervisor"):
        answer = await trainee.change(f"/private-notes/{note['id']}/{name}", version=1, method="POST")
        assert refusal(answer) == (409, "process_note_not_shown")
    assert await statuses(supervisor, note) == {404}


async def test_without_a_supervisor_there_is_nobody_to_show_it_to(therapist: Api, robin: str) -> None:
    note = await reflected(therapist, await session_with(therapist, robin))
    answer = await therapist.change(f"/private-notes/{note['id']}/show-to-supervisor", version=1, method="POST")
    assert refusal(answer) == (409, "no_supervisor")


async def test_showing_names_the_version_it_is_about(trainee: Api, sam: str) -> None:
    note = await reflected(trainee, await session_with(trainee, sam))
    for name in ("show-to-supervisor", "hide-from-supervisor"):
        path = f"/private-notes/{note['id']}/{name}"
        assert refusal(await trainee.post(path)) == (428, "precondition_required")
        assert refusal(await trainee.change(path, version=9, method="POST")) == (412, "precondition_failed")


async def test_a_supervisor_who_stops_supervising_sees_nothing_any_more_even_on_the_care_team(
    clinic: Clinic, admin: Api, trainee: Api, supervisor: Api, sam: str
) -> None:
    joining = {"practitioner_id": supervisor.id, "care_role": "supervisor"}
    await trainee.made(f"/clients/{sam}/care-team", joining)
    note = await step(trainee, await reflected(trainee, await session_with(trainee, sam)), "show-to-supervisor")
    assert await shown_to(supervisor) == [note["id"]]
    other = await clinic.join("other", Role.SUPERVISOR)
    await _supervised_by(admin, trainee, other)
    assert await shown_to(supervisor) == []
    assert await statuses(supervisor, note) == {404}
    assert await shown_to(other) == [], "what was shown to one supervisor is not shown to the next"
    note = await step(trainee, note, "show-to-supervisor")
    assert note["shown_to_id"] == other.id
    assert await shown_to(other) == [note["id"]]
    await _supervised_by(admin, trainee, None)
    assert await shown_to(other) == []
    answer = await trainee.change(
        f"/private-notes/{note['id']}/show-to-supervisor", version=note["version"], method="POST"
    )
    assert refusal(answer) == (409, "no_supervisor")
    assert (await step(trainee, note, "hide-from-supervisor"))["shown_to_id"] is None


async def test_the_last_day_of_a_supervision_is_the_last_day_a_reflection_is_seen(
    clinic: Clinic, admin: Api, trainee: Api, supervisor: Api, sam: str
) -> None:
    joining = {"practitioner_id": supervisor.id, "care_role": "supervisor"}
    await trainee.made(f"/clients/{sam}/care-team", joining)
    note = await step(trainee, await reflected(trainee, await session_with(trainee, sam)), "show-to-supervisor")
    path = f"/practitioners/{trainee.id}"
    version = (await admin.read(path))["version"]
    await admin.changed(path, {"supervised_until": "2026-03-03"}, version=version)
    clinic.house.clock.advance(days=1)
    assert await shown_to(supervisor) == [note["id"]]
    clinic.house.clock.advance(days=1)
    assert await shown_to(supervisor) == []
    assert await statuses(supervisor, note) == {404}
    answer = await trainee.change(f"/private-notes/{note['id']}/show-to-supervisor", version=2, method="POST")
    assert refusal(answer) == (409, "no_supervisor")


async def test_who_is_no_supervisor_any_more_is_shown_nothing(
    admin: Api, trainee: Api, supervisor: Api, sam: str
) -> None:
    joining = {"practitioner_id": supervisor.id, "care_role": "supervisor"}
    await trainee.made(f"/clients/{sam}/care-team", joining)
    note = await step(trainee, await reflected(trainee, await session_with(trainee, sam)), "show-to-supervisor")
    path = f"/practitioners/{supervisor.id}"
    await admin.changed(path, {"roles": ["therapist"]}, version=(await admin.read(path))["version"])
    assert await shown_to(supervisor) == []
    assert await statuses(supervisor, note) == {404}


async def _supervised_by(admin: Api, person: Api, supervisor: Api | None) -> None:
    path = f"/practitioners/{person.id}"
    version = (await admin.read(path))["version"]
    await admin.changed(path, {"supervisor_id": supervisor.id if supervisor else None}, version=version)


@dataclass
class Model:
    """What a reflection must look like after any steps: to whom it is shown, who supervises, what it says."""

    supervisor: Api | None
    shown_to: Api | None = None
    words: dict[str, str | None] = field(default_factory=lambda: dict(ANSWERS))

    @property
    def reader(self) -> Api | None:
        return self.shown_to if self.shown_to is self.supervisor else None


STEPS = ("show", "hide", "write", "first", "second", "none")


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_only_the_present_supervisor_reads_what_is_shown(
    clinic: Clinic, admin: Api, trainee: Api, supervisor: Api, sam: str, seed: int
) -> None:
    second = await clinic.join("second", Role.SUPERVISOR)
    for person in (supervisor, second):
        await trainee.made(f"/clients/{sam}/care-team", {"practitioner_id": person.id, "care_role": "supervisor"})
    named = {"first": supervisor, "second": second, "none": None}
    note = await reflected(trainee, await session_with(trainee, sam))
    model = Model(supervisor)
    for name in ["show", *random.Random(seed).choices(STEPS, k=12)]:
        if name in named:
            model.supervisor = named[name]
            await _supervised_by(admin, trainee, model.supervisor)
        else:
            note = await _own_step(trainee, note, name, model)
        await _check(trainee, note, model, (supervisor, second))


async def _own_step(trainee: Api, note: Any, name: str, model: Model) -> Any:
    path = f"/private-notes/{note['id']}"
    if name == "write":
        model.words = {**ANSWERS, "own_contribution": f"Version {note['version']}"}
        return await trainee.changed(path, {"reflection": model.words}, version=note["version"])
    if name == "hide":
        model.shown_to = None
        return await step(trainee, note, "hide-from-supervisor")
    answer = await trainee.change(f"{path}/show-to-supervisor", version=note["version"], method="POST")
    if model.supervisor is None:
        assert refusal(answer) == (409, "no_supervisor")
        return note
    model.shown_to = model.supervisor
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _check(trainee: Api, note: Any, model: Model, supervisors: tuple[Api, ...]) -> None:
    own = await trainee.read(f"/private-notes/{note['id']}")
    assert own == note
    assert own["reflection"] == model.words
    assert own["shown_to_id"] == (model.shown_to.id if model.shown_to else None)
    for person in supervisors:
        answer = await person.get(f"/shown-reflections/{note['id']}")
        listed = await shown_to(person)
        if person is model.reader:
            assert answer.json()["reflection"] == model.words
            assert listed == [note["id"]]
        else:
            assert (answer.status_code, listed) == (404, [])
        assert (await person.get(f"/private-notes/{note['id']}")).status_code == 404
