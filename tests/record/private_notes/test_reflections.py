"""Reflections: three questions a therapist asks herself, saved in one go and seen by her alone."""

import asyncio

from tests.record.private_notes.writing import ANSWERS, errors, reflected, refusal, session_with, statuses
from tests.support.house import Api


async def test_a_reflection_is_written_read_and_replaced(therapist: Api, robin: str) -> None:
    session = await session_with(therapist, robin)
    path = f"/sessions/{session}/reflection"
    created = await therapist.put(path, ANSWERS)
    assert created.status_code == 201
    note = created.json()
    assert created.headers["Location"] == f"/v1/private-notes/{note['id']}"
    assert created.headers["ETag"] == '"1"'
    assert (note["kind"], note["client_id"], note["session_id"]) == ("reflection", robin, session)
    assert (note["reflection"], note["text"], note["shown_to_id"]) == (ANSWERS, None, None)
    assert await therapist.read(path) == note
    assert await therapist.read(f"/private-notes/{note['id']}") == note
    replaced = await therapist.change(path, {"own_contribution": "I was late."}, version=1, method="PUT")
    assert replaced.status_code == 200
    assert replaced.json()["reflection"] == {
        "self_feeling_now": None,
        "client_behaviour_why": None,
        "own_contribution": "I was late.",
    }
    assert (replaced.json()["id"], replaced.json()["version"]) == (note["id"], 2)
    assert await therapist.read(path) == replaced.json()


async def test_a_reflection_is_replaced_only_by_who_has_seen_it(therapist: Api, robin: str) -> None:
    session = await session_with(therapist, robin)
    path = f"/sessions/{session}/reflection"
    assert (await therapist.get(path)).status_code == 404
    assert (await therapist.change(path, ANSWERS, version=1, method="PUT")).status_code == 412
    note = await reflected(therapist, session)
    assert (await therapist.put(path, ANSWERS)).status_code == 428
    stale = await therapist.change(path, ANSWERS, version=7, method="PUT")
    assert (stale.status_code, stale.json()["current_version"]) == (412, 1)
    assert (await therapist.change(path, ANSWERS, version=note["version"], method="PUT")).status_code == 200


async def test_two_tabs_at_once_make_one_reflection(therapist: Api, robin: str) -> None:
    session = await session_with(therapist, robin)
    path = f"/sessions/{session}/reflection"
    both = await asyncio.gather(therapist.put(path, ANSWERS), therapist.put(path, ANSWERS))
    assert sorted(answer.status_code for answer in both) == [201, 428]
    assert len((await therapist.read("/private-notes"))["data"]) == 1


async def test_a_reflection_answers_at_least_one_question(therapist: Api, robin: str) -> None:
    session = await session_with(therapist, robin)
    path = f"/sessions/{session}/reflection"
    assert errors(await therapist.put(path, {})) == [("/self_feeling_now", "nothing_written")]
    nulls = dict.fromkeys(ANSWERS)
    assert errors(await therapist.put(path, nulls)) == [("/self_feeling_now", "nothing_written")]
    assert errors(await therapist.put(path, {"own_contribution": "  "})) == [("/own_contribution", "blank")]
    note = await reflected(therapist, session)
    change = await therapist.change(f"/private-notes/{note['id']}", {"reflection": {}}, version=1)
    assert errors(change) == [("/reflection/self_feeling_now", "nothing_written")]


async def test_a_reflection_can_be_changed_as_a_private_note(therapist: Api, robin: str) -> None:
    note = await reflected(therapist, await session_with(therapist, robin))
    path = f"/private-notes/{note['id']}"
    changed = await therapist.changed(path, {"reflection": {"self_feeling_now": "Calm."}}, version=1)
    assert changed["reflection"]["self_feeling_now"] == "Calm."
    assert changed["version"] == 2
    assert errors(await therapist.change(path, {"text": "A text."}, version=2)) == [("/text", "other_kind")]


async def test_in_a_group_the_author_says_whom_a_reflection_is_about(therapist: Api, robin: str) -> None:
    sam = (await therapist.made("/clients", {"given_name": "Sam", "family_name": "Example"}))["id"]
    kim = (await therapist.made("/clients", {"given_name": "Kim", "family_name": "Example"}))["id"]
    session = await session_with(therapist, robin, sam)
    path = f"/sessions/{session}/reflection"
    assert errors(await therapist.put(path, ANSWERS)) == [("?client_id", "missing")]
    assert errors(await therapist.get(path)) == [("?client_id", "missing")]
    assert errors(await therapist.put(f"{path}?client_id={kim}", ANSWERS)) == [("?client_id", "not_a_participant")]
    about_robin = await reflected(therapist, session, robin)
    about_sam = await reflected(therapist, session, sam, own_contribution="I overlooked Sam.")
    assert await therapist.read(f"{path}?client_id={robin}") == about_robin
    assert await therapist.read(f"{path}?client_id={sam}") == about_sam


async def test_everyone_on_the_care_team_reflects_for_herself(therapist: Api, colleague: Api, robin: str) -> None:
    session = await session_with(therapist, robin)
    mine = await reflected(therapist, session)
    assert await statuses(colleague, mine, session) == {404}
    hers = await reflected(colleague, session, self_feeling_now="Curious.")
    assert await statuses(therapist, hers) == {404}
    assert (await therapist.read("/private-notes"))["data"] == [mine]
    assert (await colleague.read("/private-notes"))["data"] == [hers]
    assert (await colleague.read(f"/sessions/{session}/reflection")) == hers


async def test_who_leaves_the_care_team_no_longer_reaches_what_she_wrote(
    therapist: Api, colleague: Api, robin: str
) -> None:
    session = await session_with(therapist, robin)
    hers = await reflected(colleague, session)
    team = (await therapist.read(f"/clients/{robin}/care-team"))["data"]
    member = next(one for one in team if one["practitioner_id"] == colleague.id)
    path = f"/clients/{robin}/care-team/{member['id']}"
    await therapist.changed(path, {"starts_on": "2026-01-01", "ends_on": "2026-03-01"}, version=member["version"])
    assert await statuses(colleague, hers, session) == {404}
    assert (await colleague.read("/private-notes"))["data"] == []
    assert (await colleague.put(f"/sessions/{session}/reflection", ANSWERS)).status_code == 404


async def test_own_private_notes_are_listed_and_filtered(therapist: Api, robin: str) -> None:
    sessions = [await session_with(therapist, robin) for _ in range(3)]
    notes = [await reflected(therapist, session) for session in sessions]
    assert (await therapist.read("/private-notes"))["data"] == notes[::-1]
    first = await therapist.read("/private-notes?limit=2")
    assert first["data"] == notes[:0:-1]
    rest = await therapist.read(f"/private-notes?limit=2&after={first['next_cursor']}")
    assert (rest["data"], rest["has_more"]) == ([notes[0]], False)
    for query, found in (
        (f"client_id={robin}", notes[::-1]),
        (f"session_id={sessions[1]}", [notes[1]]),
        ("kind=reflection", notes[::-1]),
        ("kind=process", []),
        (f"client_id={sessions[0]}", []),
    ):
        assert (await therapist.read(f"/private-notes?{query}"))["data"] == found, query


async def test_an_author_deletes_what_she_wrote_for_herself(therapist: Api, robin: str) -> None:
    session = await session_with(therapist, robin)
    note = await reflected(therapist, session)
    path = f"/private-notes/{note['id']}"
    assert refusal(await therapist.request("DELETE", path)) == (428, "precondition_required")
    assert refusal(await therapist.change(path, version=9, method="DELETE")) == (412, "precondition_failed")
    assert (await therapist.change(path, version=1, method="DELETE")).status_code == 204
    assert (await therapist.get(path)).status_code == 404
    assert await reflected(therapist, session)


async def test_a_session_nobody_may_see_takes_no_reflection(therapist: Api, stranger: Api, robin: str) -> None:
    session = await session_with(therapist, robin)
    assert (await stranger.put(f"/sessions/{session}/reflection", ANSWERS)).status_code == 404
    assert (await stranger.get(f"/sessions/{session}/reflection")).status_code == 404


async def test_only_people_who_treat_have_private_notes(therapist: Api, admin: Api, robin: str) -> None:
    note = await reflected(therapist, await session_with(therapist, robin))
    assert await statuses(admin, note) == {403}
    assert (await admin.get("/private-notes")).status_code == 403
    assert (await admin.get("/shown-reflections")).status_code == 403
