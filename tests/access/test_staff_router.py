"""The clinic and the people who work for it."""

import asyncio

from app.access.practitioners.domain import Role
from tests.support.house import PASSWORD, Clinic

NEW = {"display_name": "Kim", "roles": ["therapist"], "login": "kim@example.org", "password": PASSWORD}


async def test_a_practitioner_is_added_and_read_back(clinic: Clinic):
    licence = {"type": "LMHC", "number": "42", "jurisdiction": "NY", "expires_on": "2030-01-31"}
    wanted = {**NEW, "licences": [licence], "specialities": ["MBT"], "supervisor_id": clinic["supervisor"].id}
    response = await clinic["admin"].post("/practitioners", wanted)
    kim = response.json()
    assert response.headers["Location"] == f"/v1/practitioners/{kim['id']}"
    assert PASSWORD not in response.text
    assert "kim@example.org" not in response.text
    assert await clinic["therapist"].read(f"/practitioners/{kim['id']}") == kim
    assert (kim["licences"], kim["specialities"], kim["is_active"]) == ([licence], ["MBT"], True)


async def test_a_login_is_unique_across_clinics(clinic: Clinic):
    await clinic["admin"].made("/practitioners", NEW)
    other = await clinic.house.clinic()
    for admin in (clinic["admin"], other["admin"]):
        response = await admin.post("/practitioners", {**NEW, "display_name": "Other"})
        assert (response.status_code, response.json()["code"]) == (409, "login_taken")


async def test_of_ten_who_want_one_login_at_once_one_gets_it(clinic: Clinic):
    answers = await asyncio.gather(*(clinic["admin"].post("/practitioners", NEW) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    names = [one["display_name"] for one in (await clinic["admin"].read("/practitioners?limit=100"))["data"]]
    assert names.count("Kim") == 1


async def test_a_short_password_or_odd_login_is_refused_without_repeating_it(clinic: Clinic):
    for field, value in (
        ("password", "hunter2 hunter"),
        ("password", ""),
        ("password", ["hunter2 hunter2 hunter2"]),
        ("login", "Hunter2@Example.org"),
        ("login", "hunter2 hunter2"),
        ("roles", ["hunter2"]),
        ("roles", []),
        ("display_name", " "),
    ):
        response = await clinic["admin"].post("/practitioners", {**NEW, field: value})
        assert response.status_code == 422, field
        assert response.json()["errors"][0]["pointer"].startswith(f"/{field}")
        assert "hunter2" not in response.text.lower()


async def test_a_supervisor_must_be_an_active_supervisor_of_this_clinic(clinic: Clinic):
    other = await clinic.house.clinic()
    for wrong in (clinic["therapist"].id, other["supervisor"].id, clinic.id):
        response = await clinic["admin"].post("/practitioners", {**NEW, "supervisor_id": wrong})
        assert (response.status_code, response.json()["code"]) == (422, "supervisor_unknown")
    path = f"/practitioners/{clinic['supervisor'].id}"
    herself = await clinic["admin"].change(path, {"supervisor_id": clinic["supervisor"].id}, version=1)
    assert herself.status_code == 422


async def test_absent_fields_stay_and_null_clears(clinic: Clinic):
    wanted = {**NEW, "specialities": ["MBT"], "supervisor_id": clinic["supervisor"].id}
    kim = await clinic["admin"].made("/practitioners", wanted)
    path = f"/practitioners/{kim['id']}"
    renamed = await clinic["admin"].changed(path, {"display_name": "Kim K"}, version=kim["version"])
    assert renamed == {**kim, "display_name": "Kim K", "version": kim["version"] + 1}
    cleared = await clinic["admin"].changed(path, {"supervisor_id": None, "specialities": None}, version=2)
    assert (cleared["supervisor_id"], cleared["specialities"]) == (None, [])
    for field in ("display_name", "roles", "is_active"):
        assert (await clinic["admin"].change(path, {field: None}, version=3)).status_code == 422


async def test_new_roles_count_on_the_next_request(clinic: Clinic):
    stranger = clinic["stranger"]
    assert (await stranger.get("/audit-events")).status_code == 403
    await clinic["admin"].changed(f"/practitioners/{stranger.id}", {"roles": ["clinic_admin"]}, version=1)
    assert (await stranger.get("/audit-events")).status_code == 200


async def test_practitioners_are_listed_by_role_and_activity(clinic: Clinic):
    async def names(query: str) -> list[str]:
        return [one["display_name"] for one in (await clinic["therapist"].read(f"/practitioners?{query}"))["data"]]

    await clinic["admin"].changed(f"/practitioners/{clinic['stranger'].id}", {"is_active": False}, version=1)
    assert await names("") == ["Supervisor", "Therapist", "Trainee", "Stranger", "Admin"]
    assert await names("role=supervisor") == ["Supervisor"]
    assert await names("is_active=false") == ["Stranger"]
    assert await names("role=therapist&is_active=true") == ["Therapist", "Trainee"]


async def test_only_an_admin_manages_people_and_only_of_her_clinic(clinic: Clinic):
    path = f"/practitioners/{clinic['stranger'].id}"
    assert (await clinic["therapist"].post("/practitioners", NEW)).status_code == 403
    assert (await clinic["therapist"].change(path, {"roles": ["clinic_admin"]}, version=1)).status_code == 403
    other = (await clinic.house.clinic())["admin"]
    assert (await other.get(path)).status_code == 404
    assert (await other.change(path, {"is_active": False}, version=1)).status_code == 404
    assert (await clinic["stranger"].get("/me")).status_code == 200


async def test_the_clinic_is_read_by_all_and_changed_by_admins(clinic: Clinic):
    read = await clinic["therapist"].read("/clinic")
    assert (read["id"], read["time_zone"], read["late_entry_hours"]) == (clinic.id, "Europe/London", 48)
    assert (await clinic["therapist"].change("/clinic", {"name": "X"}, version=1)).status_code == 403
    changes = {"time_zone": "America/New_York", "late_entry_hours": 24}
    changed = await clinic["admin"].changed("/clinic", changes, version=read["version"])
    assert changed == {**read, **changes, "version": read["version"] + 1}
    for wrong in (
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../etc/passwd"},
        {"late_entry_hours": 0},
        {"name": None},
    ):
        assert (await clinic["admin"].change("/clinic", wrong, version=2)).status_code == 422, wrong
    assert (await clinic["admin"].change("/clinic", {"name": "X"}, version=1)).status_code == 412


async def test_the_last_admin_of_a_clinic_stays_one(clinic: Clinic) -> None:
    admin = clinic["admin"]
    path = f"/practitioners/{admin.id}"
    version = (await admin.read(path))["version"]
    for change in ({"roles": ["therapist"]}, {"is_active": False}):
        answer = await admin.change(path, change, version=version)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    await clinic.join("second", Role.CLINIC_ADMIN)
    await admin.changed(path, {"roles": ["therapist"]}, version=version)
