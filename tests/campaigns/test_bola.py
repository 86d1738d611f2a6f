"""Nobody reaches another's record by its ids: not a colleague, not another clinic, not another clinic's admin."""

from typing import Any

from app.access.practitioners.domain import Role
from tests.campaigns.bola import Attacker, Harvest, attack
from tests.core.test_encryption_at_rest import MARK, write_clinical_secrets, write_secrets
from tests.support.house import Clinic
from tests.support.programs import Form
from tests.support.world import World, bodies_for, one_of_everything

BY_DESIGN = frozenset({"openEmergencyAccess"})
"""What a colleague may do with another's client: the emergency access, under its own rules and tests."""


async def test_what_one_person_received_opens_nothing_for_others(clinic: Clinic) -> None:
    house = clinic.house
    document = house.app.openapi()
    owners = {clinic[name].token or "" for name in ("therapist", "trainee")}
    harvest = Harvest(document, owners, (MARK,))
    house.client.event_hooks["response"].append(harvest.take)
    await write_secrets(clinic)
    await write_clinical_secrets(clinic)
    owned = await one_of_everything(clinic)
    await _look_at_everything(owned)
    house.client.event_hooks["response"].remove(harvest.take)  # what follows belongs to the others
    assert len(harvest.secret_ids) > 20
    assert harvest.cursors
    elsewhere = await house.clinic("Europe/Vienna")
    colleague = await _with_a_record(clinic, "stranger")
    foreigner = await _with_a_record(elsewhere, "therapist")
    before = await _versions(owned)
    for name, api, record, is_colleague in (
        ("a colleague", clinic["stranger"], colleague, True),
        ("another clinic's therapist", elsewhere["therapist"], foreigner, False),
        ("another clinic's admin", elsewhere["admin"], foreigner, False),
        ("another clinic's privacy officer", await elsewhere.join("officer", Role.PRIVACY_OFFICER), foreigner, False),
    ):
        attacker = Attacker(name, api, record, _bodies(record), is_colleague=is_colleague)
        sent = await attack(attacker, harvest, spared=BY_DESIGN if is_colleague else frozenset())
        assert sent > 200, "the attack must have been one"
    assert await _versions(owned) == before, "nothing of the record may have changed"


def _bodies(record: dict[str, str]) -> dict[str, Any]:
    """Return what JSON each operation takes; the one form, a program's for its token, names nothing of a record."""
    return {name: body for name, body in bodies_for(record).items() if not isinstance(body, Form)}


async def _with_a_record(clinic: Clinic, person: str) -> dict[str, str]:
    """Let somebody make a record of her own, so that her requests are fine but for the ids."""
    people = clinic.people
    clinic.people = {**people, "therapist": people[person]}
    world = await one_of_everything(clinic)
    clinic.people = people
    return world.ids


async def _look_at_everything(world: World) -> None:
    """Let the owners read whatever they can, page by page."""
    document = world.clinic.house.app.openapi()
    for path, item in document["paths"].items():
        if "get" not in item:
            continue
        for person in ("therapist", "trainee"):
            answer = await world.clinic[person].get(world.path(path))
            assert answer.status_code < 500
            if "limit" in {parameter.get("name") for parameter in item["get"].get("parameters", [])}:
                await world.clinic[person].get(world.path(path), params={"limit": 1})


async def _versions(world: World) -> list[str | None]:
    paths = ("/clients/{client_id}", "/treatments/{treatment_id}", "/sessions/{session_id}", "/notes/{note_id}")
    answers = [await world.clinic["therapist"].get(world.path(path)) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.headers.get("ETag") for answer in answers]
