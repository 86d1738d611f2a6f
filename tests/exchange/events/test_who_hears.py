"""Events tell each person what she could read at that moment, and not a word more."""

from typing import Any

import pytest

from app.access.practitioners.domain import Role
from tests.exchange.events.listening import heard_since, position, text_since, types_since
from tests.support.house import Api, Clinic, House
from tests.support.world import SECTIONS, bodies_for

CANARY = "Kestrelworth"
ANSWERS = {"own_contribution": f"I was thinking of {CANARY}."}


async def client_of(person: Api, *team: Api) -> str:
    client = await person.made("/clients", {"given_name": CANARY, "family_name": "Example"})
    for member in team:
        wanted = {"practitioner_id": member.id, "care_role": "therapist"}
        await person.made(f"/clients/{client['id']}/care-team", wanted)
    return str(client["id"])


async def session_of(person: Api, *client_ids: str, hour: int = 10) -> str:
    ids = {"client_id": client_ids[0], "practitioner_id": "", "session_id": ""}
    participants = [{"client_id": client_id, "attendance": "attended"} for client_id in client_ids]
    wanted = bodies_for(ids)["createSession"] | {
        "starts_at": f"2026-03-01T{hour}:00:00Z",
        "format": "individual" if len(client_ids) == 1 else "group",
        "participants": participants,
    }
    return str((await person.made("/sessions", wanted))["id"])


async def note_of(person: Api, client_id: str, hour: int = 10) -> Any:
    session_id = await session_of(person, client_id, hour=hour)
    wanted = {"client_id": client_id, "template": "mbt", "sections": SECTIONS}
    return await person.made(f"/sessions/{session_id}/notes", wanted)


async def step(person: Api, note: Any, name: str, body: Any = None) -> Any:
    return await person.changed(f"/notes/{note['id']}/{name}", body, version=note["version"], method="POST")


async def test_a_stream_begins_with_the_place_to_resume_from(therapist: Api) -> None:
    answer = await therapist.get("/events/stream", headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert 1000 <= int(answer.text.partition("retry: ")[2].split("\n")[0]) <= 4000
    await client_of(therapist)
    last = answer.text.partition("id: ")[2].partition("\n")[0]
    assert await types_since(therapist, last) == ["client.created", "care_team.joined"]


async def test_an_event_says_what_changed_and_in_which_version(therapist: Api) -> None:
    last, client_id = await position(therapist), await client_of(therapist)
    await therapist.changed(f"/clients/{client_id}", {"preferred_name": "Rob"}, version=1)
    changed = (await heard_since(therapist, last))[-1]
    assert changed.pop("id")
    assert changed == {
        "type": "client.changed",
        "entity": "client",
        "entity_id": client_id,
        "client_id": client_id,
        "version": 2,
        "occurred_at": "2026-03-02T09:00:00Z",
    }


async def test_the_care_team_hears_and_nobody_else(clinic: Clinic, house: House) -> None:
    author, colleague, stranger = clinic["therapist"], clinic["trainee"], clinic["stranger"]
    other = await house.clinic()
    people = [author, colleague, stranger, other["therapist"], other["admin"]]
    lasts = [await position(person) for person in people]
    client_id = await client_of(author, colleague)
    treatment = await author.made(f"/clients/{client_id}/treatments", {"started_on": "2026-01-12"})
    goals = await author.read(f"/treatments/{treatment['id']}/goals")
    rating = {"value": 4, "rated_on": "2026-02-20", "rated_by": "client"}
    await author.made(f"/goals/{goals['data'][0]['id']}/ratings", rating)
    await session_of(author, client_id)
    heard = [await heard_since(person, last) for person, last in zip(people, lasts, strict=True)]
    types = {event["type"] for event in heard[0]}
    assert types >= {"client.created", "care_team.joined", "treatment.opened", "goal_rating.created", "session.created"}
    assert heard[1] == heard[0], "who joined may know what was before"
    assert {event["client_id"] for event in heard[0]} == {client_id}
    assert heard[2:] == [[], [], []]


async def test_the_supervisor_hears_of_her_supervisees_clients(clinic: Clinic) -> None:
    last = await position(clinic["supervisor"])
    await client_of(clinic["trainee"])
    assert "client.created" in await types_since(clinic["supervisor"], last)


async def test_a_draft_is_told_to_its_author_alone_and_how_it_came_about_stays_hers(clinic: Clinic) -> None:
    author, colleague = clinic["therapist"], clinic["stranger"]
    client_id = await client_of(author, colleague)
    last = await position(author)
    note = await note_of(author, client_id)
    note = await author.changed(f"/notes/{note['id']}", {"sections": SECTIONS, "bond": 5}, version=1)
    assert (await types_since(author, last))[-2:] == ["note.created", "note.autosaved"]
    assert [one for one in await types_since(colleague, last) if one.startswith("note.")] == []
    await step(author, note, "sign", {})
    assert [one for one in await types_since(colleague, last) if one.startswith("note.")] == ["note.signed"]


async def test_what_waits_for_a_cosignature_is_told_to_author_and_supervisor(clinic: Clinic) -> None:
    author, supervisor, colleague = clinic["trainee"], clinic["supervisor"], clinic["stranger"]
    last = await position(author)
    client_id = await client_of(author, colleague)
    note = await step(author, await note_of(author, client_id), "sign", {})

    async def notes_heard(person: Api) -> list[str]:
        return [one for one in await types_since(person, last) if one.startswith("note.")]

    assert await notes_heard(author) == ["note.created", "note.submitted"]
    assert await notes_heard(supervisor) == ["note.submitted"]
    assert await notes_heard(colleague) == []
    note = await step(supervisor, note, "return", {"comment": "Please say more."})
    assert await notes_heard(supervisor) == [], "it is a draft again"
    note = await step(author, note, "sign", {})
    await step(supervisor, note, "cosign")
    assert await notes_heard(colleague) == ["note.cosigned"]
    assert await notes_heard(supervisor) == ["note.submitted", "note.returned", "note.submitted", "note.cosigned"]


async def test_a_draft_entered_in_error_is_still_told_to_its_author_alone(clinic: Clinic) -> None:
    author, colleague = clinic["therapist"], clinic["stranger"]
    client_id = await client_of(author, colleague)
    last = await position(author)
    note = await step(author, await note_of(author, client_id), "entered-in-error", {"reason": "Wrong client."})
    assert note["status"] == "entered_in_error"
    assert "note.entered_in_error" in await types_since(author, last)
    assert [one for one in await types_since(colleague, last) if one.startswith("note.")] == []


async def test_private_notes_leave_no_trace(clinic: Clinic) -> None:
    author, supervisor = clinic["trainee"], clinic["supervisor"]
    client_id = await client_of(author)
    note = await note_of(author, client_id)
    await step(supervisor, await step(author, note, "sign", {}), "cosign")
    everyone = (author, supervisor, clinic["admin"], clinic["stranger"])
    lasts = [await position(person) for person in everyone]
    before = [await heard_since(person, last) for person, last in zip(everyone, lasts, strict=True)]
    reflection = (await author.put(f"/sessions/{note['session_id']}/reflection", ANSWERS)).json()
    path = f"/private-notes/{reflection['id']}"
    await author.changed(f"{path}/show-to-supervisor", version=1, method="POST")
    wanted = {"session_id": note["session_id"], "client_id": client_id, "text": CANARY}
    await author.made("/private-notes", wanted)
    after = [await heard_since(person, last) for person, last in zip(everyone, lasts, strict=True)]
    assert before == after


async def test_no_word_and_no_name_is_ever_told(clinic: Clinic) -> None:
    author = clinic["therapist"]
    last, client_id = await position(author), await client_of(author)
    note = await note_of(author, client_id)
    await author.changed(f"/notes/{note['id']}", {"sections": [{**SECTIONS[0], "text": CANARY}]}, version=1)
    text = await text_since(author, last)
    assert "note.autosaved" in text
    assert CANARY not in text


async def test_who_loses_sight_of_a_client_hears_no_more_of_her(clinic: Clinic, house: House) -> None:
    author, leaver = clinic["therapist"], clinic["stranger"]
    client_id = await client_of(author, leaver)
    last = await position(leaver)
    team = await author.read(f"/clients/{client_id}/care-team")
    hers = next(member for member in team["data"] if member["practitioner_id"] == leaver.id)
    assert await types_since(leaver, last) != [], "a minute is looked at again"
    path = f"/clients/{client_id}/care-team/{hers['id']}"
    await author.changed(path, {"ends_on": "2026-03-02"}, version=1)
    house.clock.advance(days=1)
    await author.changed(f"/clients/{client_id}", {"preferred_name": "Rob"}, version=1)
    assert await types_since(leaver, last) == []
    assert "client.changed" in await types_since(author, last)


async def test_of_a_group_session_each_hears_only_of_the_clients_she_sees(clinic: Clinic) -> None:
    leader, colleague = clinic["therapist"], clinic["stranger"]
    last = await position(leader)
    shared, other = await client_of(leader, colleague), await client_of(leader)
    session_id = await session_of(leader, shared, other)
    for person, client_id in ((leader, None), (colleague, shared)):
        told = next(event for event in await heard_since(person, last) if event["entity"] == "session")
        assert (told["entity_id"], told["client_id"]) == (session_id, client_id)
    assert other not in await text_since(colleague, last)


async def test_a_clinic_admin_hears_of_everyone_what_she_may_read(clinic: Clinic) -> None:
    last = await position(clinic["admin"])
    client_id = await client_of(clinic["therapist"])
    await clinic["therapist"].made(f"/clients/{client_id}/treatments", {"started_on": "2026-01-12"})
    await step(clinic["therapist"], await note_of(clinic["therapist"], client_id), "sign", {})
    heard = set(await types_since(clinic["admin"], last))
    assert heard >= {"client.created", "care_team.joined", "treatment.opened", "session.created"}
    assert not {one for one in heard if one.startswith(("note.", "goal"))}


async def test_an_admin_who_treats_hears_words_only_of_her_own_circle(clinic: Clinic) -> None:
    both = await clinic.join("both", Role.CLINIC_ADMIN, Role.THERAPIST)
    last = await position(both)
    elsewhere, own = await client_of(clinic["therapist"]), await client_of(clinic["stranger"], both)
    await step(clinic["therapist"], await note_of(clinic["therapist"], elsewhere), "sign", {})
    await step(both, await note_of(both, own), "sign", {})
    heard = await heard_since(both, last)
    assert {event["client_id"] for event in heard if event["entity"] == "client"} == {elsewhere, own}
    assert {event["client_id"] for event in heard if event["entity"] == "note"} == {own}


@pytest.mark.parametrize(
    ("scopes", "heard"),
    [
        (["events:read", "clients:read"], {"client"}),
        (["events:read", "notes:read"], {"note"}),
        (["events:read"], set()),
    ],
)
async def test_a_program_hears_what_its_scopes_let_it_read(clinic: Clinic, scopes: list[str], heard: set[str]) -> None:
    admin = clinic["admin"]
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": scopes})
    key = await admin.made(f"/service-accounts/{account['id']}/keys", {"expires_at": "2026-06-01T00:00:00Z"})
    program = Api(clinic.house.client, key["secret"])
    last, client_id = await position(program), await client_of(clinic["therapist"])
    await step(clinic["therapist"], await note_of(clinic["therapist"], client_id), "sign", {})
    assert {event["entity"] for event in await heard_since(program, last)} == heard


async def test_emergency_access_opens_no_stream(clinic: Clinic) -> None:
    client_id = await client_of(clinic["therapist"])
    wanted = {
        "client_id": client_id,
        "reason_code": "medical_emergency",
        "justification": "The hospital phoned and asks for the crisis plan.",
    }
    access = await clinic["stranger"].made("/emergency-accesses", wanted)
    refused = await Api(clinic.house.client, access["access_token"]).get("/events/stream")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")


async def test_opening_a_stream_is_logged(clinic: Clinic) -> None:
    last = await position(clinic["therapist"])
    await heard_since(clinic["therapist"], last)
    log = await clinic["admin"].read("/audit-events?type=events.streamed")
    assert [(one["action"], one["actor_id"], one["details"]) for one in log["data"]] == [
        ("read", clinic["therapist"].id, {"is_resumed": True}),
        ("read", clinic["therapist"].id, {"is_resumed": False}),
    ]
