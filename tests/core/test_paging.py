"""Pages: every item once, in order, and only with cursors of our own."""

import base64

import pytest

from app.core.ids import new_id
from app.core.paging import Cursors
from app.core.problems import ValidationFailed
from tests.support.house import Api, Clinic

KEY, CLINIC = b"k" * 32, new_id()


async def walked(api: Api, path: str, limit: int) -> list[str]:
    ids: list[str] = []
    query = f"limit={limit}"
    for _ in range(50):
        response = await api.get(f"{path}?{query}")
        page = response.json()
        ids += [item["id"] for item in page["data"]]
        assert page["has_more"] == (page["next_cursor"] is not None) == ("Link" in response.headers)
        if not page["has_more"]:
            return ids
        assert len(page["data"]) == limit
        assert response.headers["Link"].endswith('>; rel="next"')
        path, _, query = response.headers["Link"].removeprefix("<").partition(">")[0].partition("?")
    raise AssertionError("the pages never end")


async def test_a_walk_over_all_pages_meets_every_client_once_in_order(therapist: Api):
    made = [(await therapist.made("/clients", {"given_name": "A", "family_name": "B"}))["id"] for _ in range(7)]
    for limit in (1, 2, 3, 6, 7, 8, 100):
        assert await walked(therapist, "/clients", limit) == made


async def test_a_walk_backwards_in_time_meets_every_entry_once(clinic: Clinic):
    for _ in range(9):
        await clinic["therapist"].made("/clients", {"given_name": "A", "family_name": "B"})
    path = f"/audit-events?actor_id={clinic['therapist'].id}&type=client.created"
    all_of_them = [entry["id"] for entry in (await clinic["admin"].read(f"{path}&limit=100"))["data"]]
    assert all_of_them == sorted(all_of_them, reverse=True)
    assert len(all_of_them) == 9
    for limit in (1, 2, 4, 9):
        ids: list[str] = []
        cursor = ""
        while True:
            page = await clinic["admin"].read(f"{path}&limit={limit}{cursor}")
            ids += [entry["id"] for entry in page["data"]]
            cursor = f"&after={page['next_cursor']}"
            if not page["has_more"]:
                break
        assert ids == all_of_them


async def test_what_is_added_during_a_walk_neither_repeats_nor_hides_an_item(therapist: Api):
    made = [(await therapist.made("/clients", {"given_name": "A", "family_name": "B"}))["id"] for _ in range(4)]
    first = await therapist.read("/clients?limit=2")
    late = await therapist.made("/clients", {"given_name": "A", "family_name": "B"})
    second = await therapist.read(f"/clients?limit=10&after={first['next_cursor']}")
    assert [client["id"] for client in first["data"] + second["data"]] == [*made, late["id"]]


async def test_only_a_cursor_of_this_list_and_clinic_is_taken(clinic: Clinic):
    therapist, other = clinic["therapist"], await clinic.house.clinic()
    for api in (therapist, therapist, other["therapist"], other["therapist"]):
        await api.made("/clients", {"given_name": "A", "family_name": "B"})
    own = (await therapist.read("/clients?limit=1"))["next_cursor"]
    foreign = (await other["therapist"].read("/clients?limit=1"))["next_cursor"]
    of_another_list = (await therapist.read("/practitioners?limit=1"))["next_cursor"]
    forged = base64.urlsafe_b64encode(bytes(9) + f'["u{new_id()}"]'.encode()).decode().rstrip("=")
    flipped = ("A" if own[5] != "A" else "B").join((own[:5], own[6:]))
    for wrong in (foreign, of_another_list, forged, flipped, own[:-4], own[4:], own + "AAAA", "x", "%00", "ü", "a b"):
        response = await therapist.get(f"/clients?after={wrong}")
        assert response.status_code == 422, wrong
        assert [error["pointer"] for error in response.json()["errors"]] == ["?after"]
    assert (await therapist.get(f"/clients?after={own}")).status_code == 200


@pytest.mark.parametrize("cursor", ["", "A", "AAAA", "A" * 12, "=", "\x00", "ä", "🙂" * 4])
def test_whatever_is_not_a_cursor_is_refused(cursor: str):
    with pytest.raises(ValidationFailed):
        Cursors(KEY, CLINIC, "ClientPage").read(cursor)


def test_a_cursor_gives_back_the_sort_values_it_was_made_of():
    cursors, row_id = Cursors(KEY, CLINIC, "ClientPage"), new_id()
    assert cursors.read(cursors.write([row_id, 7])) == [row_id, 7]
    for other in (
        Cursors(KEY, new_id(), "ClientPage"),
        Cursors(KEY, CLINIC, "Page"),
        Cursors(b"", CLINIC, "ClientPage"),
    ):
        with pytest.raises(ValidationFailed):
            other.read(cursors.write([row_id, 7]))


def test_a_cursor_signed_with_the_key_before_is_still_taken():
    cursor = Cursors(KEY, CLINIC, "ClientPage").write([7])
    assert Cursors(b"newer", CLINIC, "ClientPage", KEY).read(cursor) == [7]
    assert Cursors(b"newer", CLINIC, "ClientPage", KEY).write([7]) == Cursors(b"newer", CLINIC, "ClientPage").write([7])
