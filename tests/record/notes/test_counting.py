"""The counts of tagged patterns are what a count of all notes would find, whatever happened before."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as runs
from hypothesis import strategies as st

from app.core.work import UnitOfWork
from app.record.notes.counting import month_of
from app.record.notes.domain import FailurePattern
from app.settings import Settings
from tests.record.notes.practice import LATE, THERAPISTS, TRAINEES, Practice, agreed, months
from tests.record.notes.writing import ROBIN
from tests.support.house import START, Clinic, House, open_house

MOMENTS = (
    "2025-11-30T23:30:00Z",
    "2025-12-31T12:15:00Z",
    "2025-12-31T23:59:59Z",
    "2026-01-01T00:00:00Z",
    "2026-01-31T14:20:00Z",
    "2026-02-15T10:00:00Z",
    "2026-03-01T04:30:00Z",
)
ZONES = ("Europe/London", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu")


@pytest.fixture
async def practice(house: House) -> Practice:
    return await Practice.begun(house)


async def test_a_note_counts_from_its_signature_until_it_is_entered_in_error(practice: Practice):
    await practice.write(THERAPISTS, "2026-02-15T10:00:00Z", ["mixed", "mixed", "deactivation"])
    assert await agreed(practice.clinic) == {}
    assert await practice.step(0, "sign", LATE) == 200
    (figures,) = (await agreed(practice.clinic)).values()
    assert figures == {"signed_notes": 1, "hyperactivation": 0, "deactivation": 1, "mixed": 2}
    assert await practice.step(0, "entered-in-error", {"reason": "Wrong client."}) == 200
    assert await agreed(practice.clinic) == {}


async def test_a_trainees_note_counts_from_the_second_signature(practice: Practice):
    await practice.write(TRAINEES, "2026-02-15T10:00:00Z", ["mixed"])
    assert await practice.step(0, "sign", LATE) == 200
    assert await agreed(practice.clinic) == {}
    assert await practice.step(0, "return", {"comment": "Say more."}) == 200
    assert await practice.step(0, "sign", LATE) == 200
    assert await practice.step(0, "cosign") == 200
    assert await months(practice.clinic) == {"2026-02": 1}


async def test_what_never_counted_is_not_taken_away(practice: Practice):
    for _ in range(2):
        await practice.write(TRAINEES, "2026-02-15T10:00:00Z", ["mixed"])
    for number in (0, 1):
        assert await practice.step(number, "sign", LATE) == 200
    assert await practice.step(0, "cosign") == 200
    assert await practice.step(1, "entered-in-error", {"reason": "Wrong client."}) == 200
    assert await months(practice.clinic) == {"2026-02": 1}


async def test_a_note_without_a_treatment_counts_nowhere(clinic: Clinic):
    client = await clinic["therapist"].made("/clients", ROBIN)
    practice = Practice(clinic, [("therapist", client["id"])])
    await practice.write(0, "2026-02-15T10:00:00Z", ["mixed"])
    assert await practice.step(0, "sign", LATE) == 200
    assert await practice.step(0, "entered-in-error", {"reason": "Wrong client."}) == 200
    assert await agreed(clinic) == {}


async def test_another_time_zone_has_other_months_at_once(practice: Practice):
    for moment in ("2025-12-31T23:30:00Z", "2026-01-15T10:00:00Z"):
        await practice.write(THERAPISTS, moment, ["mixed"])
    assert [await practice.step(number, "sign", LATE) for number in (0, 1)] == [200, 200]
    assert await months(practice.clinic) == {"2025-12": 1, "2026-01": 1}
    version = (await practice.clinic["admin"].read("/clinic"))["version"]
    await practice.clinic["admin"].changed("/clinic", {"time_zone": "Pacific/Kiritimati"}, version=version)
    assert await months(practice.clinic) == {"2026-01": 2}


async def test_who_signs_just_after_the_clinic_moved_counts_in_its_new_time_zone(practice: Practice):
    await practice.write(THERAPISTS, "2025-12-31T23:30:00Z", ["mixed"])
    await practice.relocate("Pacific/Kiritimati")
    assert await practice.step(0, "sign", LATE) == 200
    assert await months(practice.clinic) == {"2026-01": 1}
    await practice.relocate("Europe/London")
    assert await practice.step(0, "entered-in-error", {"reason": "Wrong client."}) == 200
    assert await agreed(practice.clinic) == {}


async def test_other_changes_of_the_clinic_count_nothing_anew(practice: Practice):
    await practice.write(THERAPISTS, "2026-02-15T10:00:00Z", ["mixed"])
    assert await practice.step(0, "sign", LATE) == 200
    version = (await practice.clinic["admin"].read("/clinic"))["version"]
    await practice.clinic["admin"].changed("/clinic", {"name": "Another"}, version=version)
    assert await months(practice.clinic) == {"2026-02": 1}


async def test_the_counts_of_an_erased_client_are_erased_and_stay_so(practice: Practice):
    for whose in (THERAPISTS, TRAINEES):
        await practice.write(whose, "2026-02-15T10:00:00Z", ["mixed"])
    for number in (0, 1):
        assert await practice.step(number, "sign", LATE) == 200
    assert await practice.step(1, "cosign") == 200
    await practice.erase(THERAPISTS)

    def left(work: UnitOfWork) -> set[UUID]:
        rows = work.session.connection().exec_driver_sql("SELECT DISTINCT client_id FROM failure_counts").scalars()
        return {UUID(str(row)) for row in rows}

    for zone in ZONES[:2]:
        assert await practice.clinic.house.door.transactions.read(practice.clinic.operator, left) == {
            UUID(practice.clients[TRAINEES][1])
        }
        await practice.relocate(zone)
    assert await months(practice.clinic) == {"2026-02": 1}


async def test_signatures_while_the_clinic_moves_are_counted_where_they_belong(practice: Practice):
    for _ in range(6):
        await practice.write(THERAPISTS, "2025-12-31T23:30:00Z", ["mixed"])
    signing = [practice.step(number, "sign", LATE) for number in range(6)]
    answers = await asyncio.gather(*signing[:3], practice.relocate("Pacific/Kiritimati"), *signing[3:])
    assert [answer for answer in answers if answer is not None] == [200] * 6
    assert await months(practice.clinic) == {"2026-01": 6}


async def test_signatures_of_one_moment_all_count(practice: Practice):
    for _ in range(6):
        await practice.write(THERAPISTS, "2026-02-15T10:00:00Z", ["mixed", "hyperactivation"])
    assert await asyncio.gather(*(practice.step(number, "sign", LATE) for number in range(6))) == [200] * 6
    (figures,) = (await agreed(practice.clinic)).values()
    assert figures == {"signed_notes": 6, "hyperactivation": 6, "deactivation": 0, "mixed": 6}


@pytest.mark.parametrize("zone", ZONES)
def test_months_begin_where_the_time_zone_says(zone: str):
    moment = START.replace(day=1, hour=2)
    assert month_of(moment, zone) == ("2026-02" if zone == "America/New_York" else "2026-03")


NUMBERS = st.integers(0, 7)
PATTERNS = st.lists(st.sampled_from([pattern.value for pattern in FailurePattern]), min_size=1, max_size=3)
ACTS = st.one_of(
    st.tuples(st.just("write"), NUMBERS, st.sampled_from(MOMENTS), PATTERNS),
    st.tuples(st.just("sign"), NUMBERS),
    st.tuples(st.sampled_from(["sign", "cosign"]), NUMBERS),
    st.tuples(st.just("entered-in-error"), NUMBERS),
    st.one_of(
        st.tuples(st.just("return"), NUMBERS),
        st.tuples(st.just("move"), NUMBERS, st.sampled_from(MOMENTS)),
        st.tuples(st.just("relocate"), st.sampled_from(ZONES)),
        st.tuples(st.just("erase"), NUMBERS),
    ),
)
BODIES = {"sign": LATE, "return": {"comment": "Say more."}, "entered-in-error": {"reason": "Wrong client."}}


async def lived(house: House, acts: list[Any]) -> None:
    """Let a practice live through these acts, refused ones too, and count after each."""
    practice = await Practice.begun(house)
    for name, *facts in acts:
        if name in ("write", "move", "relocate", "erase"):
            await getattr(practice, name)(*facts)
        else:
            await practice.step(facts[0], name, BODIES.get(name))
        await agreed(practice.clinic)


def test_whatever_happened_the_counts_are_what_a_recount_finds(settings: Settings):
    with asyncio.Runner() as runner:
        opened = open_house(settings)
        house = runner.run(opened.__aenter__())

        # Making a failing course shorter would take minutes, since each act is a request or two.
        @runs(
            max_examples=8,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(st.lists(ACTS, min_size=20, max_size=60))
        def live(acts: list[Any]) -> None:
            runner.run(lived(house, acts))

        try:
            live()
        finally:
            runner.run(opened.__aexit__(None, None, None))
