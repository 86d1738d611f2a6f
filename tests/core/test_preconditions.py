"""Conditional requests."""

from tests.support.house import Api

ROBIN = {"given_name": "Robin", "family_name": "Example"}


async def test_a_change_without_a_version_is_refused_with_428(therapist: Api):
    client = await therapist.made("/clients", ROBIN)
    response = await therapist.request("PATCH", f"/clients/{client['id']}", json={"given_name": "X"})
    assert (response.status_code, response.json()["code"]) == (428, "precondition_required")


async def test_another_version_is_refused_with_412_and_nothing_is_saved(therapist: Api):
    client = await therapist.made("/clients", ROBIN)
    path = f"/clients/{client['id']}"
    for tag in ('"99"', '""', '"abc"', '"-1"', '"1.0"', 'W/"99"'):
        response = await therapist.request("PATCH", path, json={"given_name": "X"}, headers={"If-Match": tag.encode()})
        assert (response.status_code, response.json()["code"]) == (412, "precondition_failed"), tag
    assert await therapist.read(path) == client


async def test_what_is_no_single_etag_is_refused_with_422_and_nothing_is_saved(therapist: Api):
    client = await therapist.made("/clients", ROBIN)
    path = f"/clients/{client['id']}"
    for tag in ("1", "garbage", '"1', '"1","2"', "*", "", f'"{"1" * 100}"', '"٣"x'):
        response = await therapist.request("PATCH", path, json={"given_name": "X"}, headers={"If-Match": tag.encode()})
        assert (response.status_code, response.json()["code"]) == (422, "validation_failed"), tag
    assert await therapist.read(path) == client


async def test_a_stale_change_names_the_current_version(therapist: Api):
    client = await therapist.made("/clients", ROBIN)
    path = f"/clients/{client['id']}"
    changed = await therapist.changed(path, {"given_name": "Rob"}, version=client["version"])
    stale = await therapist.change(path, {"given_name": "X"}, version=client["version"])
    assert stale.status_code == 412
    assert stale.json()["current_version"] == changed["version"] == client["version"] + 1


async def test_a_proxy_may_have_weakened_the_tag(therapist: Api):
    client = await therapist.made("/clients", ROBIN)
    headers = {"If-Match": f' W/"{client["version"]}" '}
    response = await therapist.request("PATCH", f"/clients/{client['id']}", json={"given_name": "X"}, headers=headers)
    assert response.status_code == 200
    assert response.headers["ETag"] == f'"{client["version"] + 1}"'


async def test_who_holds_the_present_version_gets_304_and_no_body(therapist: Api):
    client = await therapist.made("/clients", ROBIN)
    for held in ('"{0}"', 'W/"{0}"', '"7777", "{0}"', "*"):
        headers = {"If-None-Match": held.format(client["version"])}
        response = await therapist.get(f"/clients/{client['id']}", headers=headers)
        assert (response.status_code, response.content) == (304, b""), held
        assert response.headers["ETag"] == f'"{client["version"]}"'
        assert response.headers["Cache-Control"] == "no-store"


async def test_who_holds_another_version_gets_the_present_one(therapist: Api):
    client = await therapist.made("/clients", ROBIN)
    for held in ('"7777"', "garbage", '"', ""):
        response = await therapist.get(f"/clients/{client['id']}", headers={"If-None-Match": held})
        assert (response.status_code, response.json()) == (200, client), held
