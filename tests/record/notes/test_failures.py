"""Mentalizing failures across notes, and the register of notes."""

from tests.record.notes.writing import draft, errors, ids, meeting, signed, step
from tests.support.house import Api, Clinic

TAGGED = [
    {"pattern": "hyperactivation", "signs": ["clinging", "over_trust"], "where": "partner", "trigger": "separation"},
    {"pattern": "deactivation", "signs": ["numbing"], "where": "family", "mode": "pretend", "excerpt": "Whatever."},
    {"pattern": "mixed", "signs": ["state_shift"], "where": "partner", "trigger": "shame"},
]


async def found(person: Api, query: str = "") -> list[str]:
    return [one["pattern"] for one in (await person.read(f"/mentalizing-failures?{query}"))["data"]]


async def test_failures_are_found_by_what_was_tagged(colleague: Api, therapist: Api, robin: str):
    note = await signed(therapist, robin, mentalizing_failures=TAGGED)
    listed = (await colleague.read("/mentalizing-failures"))["data"]
    assert sorted(one["pattern"] for one in listed) == ["deactivation", "hyperactivation", "mixed"]
    pretend = next(one for one in listed if one["mode"] == "pretend")
    assert (pretend["excerpt"], pretend["signs"]) == ("Whatever.", ["numbing"])
    assert (pretend["note_id"], pretend["session_id"]) == (note["id"], note["session_id"])
    assert (pretend["client_id"], pretend["occurred_at"]) == (robin, note["occurred_at"])
    assert pretend["id"] == note["mentalizing_failures"][1]["id"]
    assert await found(colleague, "pattern=mixed") == ["mixed"]
    assert await found(colleague, "sign=over_trust") == ["hyperactivation"]
    assert sorted(await found(colleague, "where=partner")) == ["hyperactivation", "mixed"]
    assert await found(colleague, "where=partner&trigger=shame") == ["mixed"]
    assert await found(colleague, "mode=pretend") == ["deactivation"]
    assert len(await found(colleague, f"client_id={robin}")) == 3
    assert await found(colleague, "occurred_from=2026-03-02T08:00:01Z") == []
    assert len(await found(colleague, "occurred_to=2026-03-02T08:00:01Z")) == 3


async def test_failures_come_in_pages_newest_session_first(therapist: Api, robin: str):
    for day, pattern in ((27, "mixed"), (28, "deactivation")):
        session = await therapist.made("/sessions", meeting(robin, starts_at=f"2026-02-{day}T10:00:00Z"))
        await draft(therapist, robin, session["id"], mentalizing_failures=[{"pattern": pattern}])
    first = await therapist.read("/mentalizing-failures?limit=1")
    rest = await therapist.read(f"/mentalizing-failures?limit=1&after={first['next_cursor']}")
    assert [one["pattern"] for one in first["data"] + rest["data"]] == ["deactivation", "mixed"]
    assert rest["has_more"] is False


async def test_failures_are_found_by_treatment(therapist: Api, robin: str):
    await draft(therapist, robin)
    treatment = await therapist.made(
        f"/clients/{robin}/treatments", {"started_on": "2026-02-01", "lead_practitioner_id": therapist.id}
    )
    await draft(therapist, robin, mentalizing_failures=[{"pattern": "deactivation"}])
    assert await found(therapist, f"treatment_id={treatment['id']}") == ["deactivation"]


async def test_a_filter_by_an_unknown_code_is_refused(therapist: Api):
    for name in ("sign", "where", "trigger"):
        refused = await therapist.get(f"/mentalizing-failures?{name}=moon")
        assert errors(refused) == [(f"?{name}", "unknown_code")]


async def test_the_register_shows_facts_and_no_text(admin: Api, therapist: Api, robin: str):
    note = await draft(therapist, robin)
    (facts,) = (await admin.read("/note-register"))["data"]
    assert facts == {
        "note_id": note["id"],
        "session_id": note["session_id"],
        "client_id": robin,
        "treatment_id": None,
        "author_id": therapist.id,
        "template": "mbt",
        "status": "draft",
        "occurred_at": note["occurred_at"],
        "created_at": note["created_at"],
        "signed_at": None,
        "cosigner_id": None,
        "cosigned_at": None,
        "is_late_entry": False,
        "is_overdue": False,
    }
    log = (await admin.read(f"/clients/{robin}/access-log"))["data"]
    assert log[0]["type"] == "note.register_listed"


async def test_the_register_finds_overdue_notes(clinic: Clinic, admin: Api, therapist: Api, robin: str):
    late = await draft(therapist, robin)
    done = await step(therapist, await draft(therapist, robin), "sign")
    clinic.house.clock.advance(days=7)
    fresh_session = await therapist.made("/sessions", meeting(robin, starts_at="2026-03-08T08:00:00Z"))
    fresh = await draft(therapist, robin, fresh_session["id"])
    assert await ids(admin, "/note-register?overdue=true") == [late["id"]]
    assert await ids(admin, "/note-register?overdue=false") == [fresh["id"], done["id"]]
    assert await ids(admin, "/note-register?status=signed") == [done["id"]]
    assert await ids(admin, f"/note-register?author_id={admin.id}") == []
    assert len(await ids(admin, f"/note-register?author_id={therapist.id}&client_id={robin}")) == 3


async def test_the_register_leaves_entries_in_error_out_unless_asked(admin: Api, therapist: Api, robin: str):
    note = await step(therapist, await draft(therapist, robin), "entered-in-error", {"reason": "Wrong."})
    assert await ids(admin, "/note-register") == []
    assert await ids(admin, "/note-register?status=entered_in_error") == [note["id"]]


async def test_the_register_of_a_therapist_covers_her_circle(
    clinic: Clinic, colleague: Api, therapist: Api, robin: str
):
    note = await draft(therapist, robin)
    assert await ids(colleague, "/note-register") == [note["id"]]
    assert await ids(clinic["trainee"], "/note-register") == []
