"""The accounting of disclosures through the API."""

from typing import Any

import pytest

from app.access.practitioners.domain import Role
from tests.support.house import Api, Clinic
from tests.support.world import one_of_everything

DISCLOSED = {
    "purpose": "court_order",
    "recipient": "Northshire County Court",
    "recipient_address": "1 Court Square",
    "description": "The dates of the sessions.",
    "purpose_details": "Order of 11 May.",
}


@pytest.fixture
async def client_id(clinic: Clinic) -> str:
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    return str(client["id"])


async def disclosed(person: Api, client_id: str, day: str, **other: Any) -> Any:
    return await person.made(f"/clients/{client_id}/disclosures", DISCLOSED | {"disclosed_on": day} | other)


async def test_a_disclosure_can_be_read_back(clinic: Clinic, client_id: str) -> None:
    therapist = clinic["therapist"]
    answer = await therapist.post(f"/clients/{client_id}/disclosures", DISCLOSED)
    disclosure = answer.json()
    assert (answer.status_code, disclosure["disclosed_on"]) == (201, "2026-03-02")
    assert {name: disclosure[name] for name in DISCLOSED} == DISCLOSED
    assert (disclosure["recorded_by"], disclosure["note_ids"]) == (therapist.id, [])
    assert await therapist.read(answer.headers["Location"]) == disclosure
    assert (await therapist.read(f"/clients/{client_id}/disclosures"))["data"] == [disclosure]


async def test_an_accounting_goes_back_six_years_unless_more_is_asked_for(clinic: Clinic, client_id: str) -> None:
    therapist, path = clinic["therapist"], f"/clients/{client_id}/disclosures"
    days = ("2020-03-01", "2020-03-02", "2024-07-01", "2026-03-02")
    for day in days:
        await disclosed(therapist, client_id, day)
    for query, found in {
        "": ["2026-03-02", "2024-07-01", "2020-03-02"],
        "?disclosed_from=2010-01-01": list(reversed(days)),
        "?disclosed_from=2024-07-01&disclosed_to=2026-03-01": ["2024-07-01"],
        "?disclosed_to=2015-01-01": [],
        "?disclosed_to=2024-07-01": ["2024-07-01", "2020-03-02"],
    }.items():
        assert [one["disclosed_on"] for one in (await therapist.read(path + query))["data"]] == found, query
    page = await therapist.read(f"{path}?limit=2")
    rest = await therapist.read(f"{path}?limit=2&after={page['next_cursor']}")
    assert [one["disclosed_on"] for one in rest["data"]] == ["2020-03-02"]
    turned = await therapist.get(f"{path}?disclosed_from=2026-01-02&disclosed_to=2026-01-01")
    assert turned.json()["errors"][0]["code"] == "ends_before_start"


@pytest.mark.parametrize(
    ("wanted", "pointer", "code"),
    [
        ({"disclosed_on": "2026-03-03"}, "/disclosed_on", "in_future"),
        ({"purpose": "treatment"}, "/purpose", "unknown_code"),
        ({"recipient": " "}, "/recipient", "blank"),
        ({"note_ids": ["019a8f10-2c41-7b06-8e5d-3f9a1c7b2d01"]}, "/note_ids/0", "unknown_note"),
    ],
)
async def test_what_is_wrong_is_named(
    clinic: Clinic, client_id: str, wanted: dict[str, Any], pointer: str, code: str
) -> None:
    refused = await clinic["therapist"].post(f"/clients/{client_id}/disclosures", DISCLOSED | wanted)
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["pointer"], error["code"]) == (422, pointer, code)


async def test_signed_notes_can_be_named_and_private_ones_and_drafts_cannot(clinic: Clinic) -> None:
    world = await one_of_everything(clinic)
    therapist, path = clinic["therapist"], f"/clients/{world.ids['client_id']}/disclosures"
    (draft,) = (await therapist.read("/notes?status=draft"))["data"]
    signed, private = world.ids["note_id"], world.ids["private_note_id"]
    refused = await therapist.post(path, DISCLOSED | {"note_ids": [signed, private, draft["id"]]})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/note_ids/1", "/note_ids/2"]
    assert (await therapist.made(path, DISCLOSED | {"note_ids": [signed]}))["note_ids"] == [signed]


async def test_a_wrong_disclosure_is_marked_and_kept(clinic: Clinic, client_id: str) -> None:
    therapist, path = clinic["therapist"], f"/clients/{client_id}/disclosures"
    disclosure = await disclosed(therapist, client_id, "2026-03-01")
    mark = f"/disclosures/{disclosure['id']}/entered-in-error"
    wrong = await therapist.changed(mark, {"reason": "Wrong client."}, version=1, method="POST")
    assert (wrong["entered_in_error_at"], wrong["error_reason"]) == ("2026-03-02T09:00:00Z", "Wrong client.")
    assert (await therapist.read(path))["data"] == []
    assert (await therapist.read(f"{path}?include_entered_in_error=true"))["data"] == [wrong]
    assert await therapist.read(f"/disclosures/{disclosure['id']}") == wrong
    again = await therapist.change(mark, {"reason": "Again."}, version=2, method="POST")
    assert (again.status_code, again.json()["code"]) == (409, "disclosure_already_in_error")


async def test_the_accounting_is_itself_in_the_access_log(clinic: Clinic, client_id: str) -> None:
    officer = await clinic.join("officer", Role.PRIVACY_OFFICER)
    disclosure = await disclosed(clinic["therapist"], client_id, "2026-03-01")
    await officer.read(f"/clients/{client_id}/disclosures")
    await officer.read(f"/disclosures/{disclosure['id']}")
    log = (await clinic["therapist"].read(f"/clients/{client_id}/access-log"))["data"]
    told = [(entry["type"], entry["actor_id"]) for entry in log if entry["type"].startswith("disclosure")]
    assert told == [
        ("disclosure.viewed", officer.id),
        ("disclosure.listed", officer.id),
        ("disclosure.recorded", clinic["therapist"].id),
    ]
    assert "County Court" not in str(log)


async def test_who_is_not_on_the_care_team_finds_nothing(clinic: Clinic, client_id: str) -> None:
    disclosure = await disclosed(clinic["therapist"], client_id, "2026-03-01")
    stranger = clinic["stranger"]
    assert (await stranger.get(f"/clients/{client_id}/disclosures")).status_code == 404
    assert (await stranger.post(f"/clients/{client_id}/disclosures", DISCLOSED)).status_code == 404
    assert (await stranger.get(f"/disclosures/{disclosure['id']}")).status_code == 404
    assert (await clinic["admin"].read(f"/disclosures/{disclosure['id']}"))["recipient"] == DISCLOSED["recipient"]
