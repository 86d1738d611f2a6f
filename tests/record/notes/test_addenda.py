"""Addenda and corrections: the only way to say more about a signed note."""

from typing import Any

from tests.record.notes.writing import draft, errors, ids, signed, step
from tests.support.house import Api

MORE = {"kind": "addendum", "text": "Robin called the next day."}
CORRECTION = {
    "kind": "correction",
    "correction": {"field": "plan", "old": "Monday", "new": "Tuesday", "reason": "Misheard."},
}


async def test_a_signed_note_gets_an_addendum_and_stays_as_it_was(colleague: Api, therapist: Api, robin: str):
    note = await signed(therapist, robin)
    path = f"/notes/{note['id']}"
    answer = await colleague.post(f"{path}/addenda", MORE)
    assert answer.status_code == 201
    added = answer.json()
    assert (added["note_id"], added["text"], added["correction"]) == (note["id"], MORE["text"], None)
    assert (added["signed_by"], added["signed_at"]) == (colleague.id, "2026-03-02T09:00:00Z")
    corrected = await therapist.made(f"{path}/addenda", CORRECTION)
    assert (corrected["text"], corrected["correction"]) == (None, CORRECTION["correction"])
    assert (await therapist.read(f"{path}/addenda"))["data"] == [added, corrected]
    now = await therapist.read(path)
    assert now["addenda_count"] == 2
    assert {**now, "addenda_count": 0, "version": note["version"]} == note


async def test_addenda_come_in_pages(therapist: Api, robin: str):
    note = await signed(therapist, robin)
    path = f"/notes/{note['id']}/addenda"
    added = [(await therapist.made(path, MORE))["id"] for _ in range(3)]
    first = await therapist.read(f"{path}?limit=2")
    assert [one["id"] for one in first["data"]] == added[:2]
    assert await ids(therapist, f"{path}?limit=2&after={first['next_cursor']}") == added[2:]


async def test_an_addendum_sent_twice_with_one_key_is_added_once(therapist: Api, robin: str):
    note = await signed(therapist, robin)
    path, headers = f"/notes/{note['id']}/addenda", {"Idempotency-Key": "addendum-1"}
    first, second = [await therapist.post(path, MORE, headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    assert len(await ids(therapist, path)) == 1


async def test_only_a_signed_note_takes_addenda(trainee: Api, supervisor: Api, therapist: Api, robin: str, sam: str):
    wrong = await step(therapist, await signed(therapist, robin), "entered-in-error", {"reason": "Wrong."})
    for author, note in (
        (therapist, await draft(therapist, robin)),
        (trainee, await signed(trainee, sam)),
        (therapist, wrong),
    ):
        refused = await author.post(f"/notes/{note['id']}/addenda", MORE)
        assert (refused.status_code, refused.json()["code"]) == (409, "note_not_signed")


async def test_a_correction_has_its_four_parts_and_an_addendum_its_text(therapist: Api, robin: str):
    note = await signed(therapist, robin)
    path = f"/notes/{note['id']}/addenda"
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"kind": "addendum"}, "/text"),
        ({"kind": "addendum", "text": " "}, "/text"),
        ({**MORE, "correction": CORRECTION["correction"]}, "/correction"),
        ({"kind": "correction"}, "/correction"),
        ({**CORRECTION, "text": "And more."}, "/text"),
        ({"kind": "correction", "correction": {"field": "plan", "old": "a", "new": "b"}}, "/correction/reason"),
    )
    for body, pointer in cases:
        assert errors(await therapist.post(path, body))[0][0] == pointer


async def test_a_clinic_admin_reads_no_addenda(admin: Api, therapist: Api, robin: str):
    note = await signed(therapist, robin)
    assert (await admin.get(f"/notes/{note['id']}/addenda")).status_code == 403
    assert (await admin.post(f"/notes/{note['id']}/addenda", MORE)).status_code == 403
