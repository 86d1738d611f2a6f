"""The rules of one session, held by the mapped class."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import new_id
from app.core.problems import Problem, ValidationFailed
from app.record.sessions import domain, models
from app.record.sessions.domain import Attendance, CancelledBy, SessionFormat, SessionStatus

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANN, BEN = new_id(), new_id()


def planned(starts_at: datetime = NOW - timedelta(hours=1)) -> models.Session:
    return models.Session(
        created_at=NOW,
        format=SessionFormat.GROUP,
        delivery=domain.Delivery.VIDEO,
        kind="therapy",
        starts_at=starts_at,
        duration_minutes=75,
        participants=[models.SessionParticipant(client_id=ANN), models.SessionParticipant(client_id=BEN)],
        practitioners=[],
        participant_count=2,
    )


attendances = st.dictionaries(st.sampled_from([ANN, BEN]), st.sampled_from(Attendance))
steps = st.one_of(
    st.tuples(st.just("hold"), attendances),
    st.tuples(st.just("cancel"), st.sampled_from(CancelledBy)),
    st.tuples(st.just("replan"), st.none()),
    st.tuples(st.just("seat"), attendances),
    st.tuples(st.just("move"), st.integers(-48, 48)),
    st.tuples(st.just("freeze"), st.none()),
)


def take(session: models.Session, step: str, argument: object) -> None:
    match step, argument:
        case "hold", dict(came):
            session.hold(came, NOW)
        case "cancel", CancelledBy() as by:
            session.cancel(by)
        case "seat", dict(came):
            session.seat([models.SessionParticipant(client_id=one, attendance=came.get(one)) for one in (ANN, BEN)])
        case "move", int(hours):
            session.move(session.format, NOW + timedelta(hours=hours), session.duration_minutes, NOW)
        case "freeze", _:
            session.freeze()
        case _:
            session.replan()


@given(st.lists(st.one_of(steps), max_size=12))
def test_no_order_of_steps_breaks_what_a_status_means(taken: list[tuple[str, object]]):
    session = planned()
    frozen_at = None
    for step, argument in taken:
        before = (session.status, session.starts_at, [one.attendance for one in session.participants])
        try:
            take(session, step, argument)
        except Problem:
            assert before == (session.status, session.starts_at, [one.attendance for one in session.participants])
        attendance = {one.attendance for one in session.participants}
        assert (session.status is SessionStatus.CANCELLED) == (session.cancelled_reason is not None)
        if session.status is SessionStatus.HELD:
            assert None not in attendance
            assert session.starts_at <= NOW
        else:
            assert attendance <= {None, *domain.ABSENCE_KNOWN_BEFORE}
        frozen_at = frozen_at or (session.starts_at if session.has_signed_note else None)
        assert frozen_at in (None, session.starts_at)


@given(st.lists(steps, max_size=12))
def test_a_held_session_stays_held(taken: list[tuple[str, object]]):
    session = planned()
    session.hold({ANN: Attendance.ATTENDED, BEN: Attendance.NO_SHOW}, NOW)
    for step, argument in taken:
        with suppress(Problem):
            take(session, step, argument)
        assert session.status is SessionStatus.HELD


def test_a_session_that_has_not_begun_cannot_be_held():
    session = planned(NOW + timedelta(seconds=1))
    with pytest.raises(domain.SessionInFuture):
        session.hold({ANN: Attendance.ATTENDED, BEN: Attendance.ATTENDED}, NOW)


def test_a_held_session_needs_to_know_of_every_participant():
    with pytest.raises(ValidationFailed) as refused:
        planned().hold({ANN: Attendance.ATTENDED}, NOW)
    assert [error.code for error in refused.value.errors] == ["attendance_missing"]
    assert str(BEN) in refused.value.errors[0].detail


def test_who_had_cancelled_before_need_not_be_named_again():
    session = planned()
    session.seat(
        [
            models.SessionParticipant(client_id=ANN, attendance=Attendance.CANCELLED_CLIENT),
            models.SessionParticipant(client_id=BEN),
        ]
    )
    session.hold({BEN: Attendance.LATE}, NOW)
    assert [one.attendance for one in session.participants] == [Attendance.CANCELLED_CLIENT, Attendance.LATE]


def test_a_signed_note_fixes_times_format_and_participants_but_not_attendance():
    session = planned()
    session.hold({ANN: Attendance.ATTENDED, BEN: Attendance.ATTENDED}, NOW)
    session.freeze()
    with pytest.raises(domain.SessionFrozen):
        session.move(session.format, session.starts_at, 50, NOW)
    with pytest.raises(domain.SessionFrozen):
        session.move(SessionFormat.FAMILY, session.starts_at, session.duration_minutes, NOW)
    with pytest.raises(domain.SessionFrozen):
        session.seat([models.SessionParticipant(client_id=ANN, attendance=Attendance.ATTENDED)])
    session.move(session.format, session.starts_at, session.duration_minutes, NOW)
    session.seat(
        [
            models.SessionParticipant(client_id=ANN, attendance=Attendance.LATE),
            models.SessionParticipant(client_id=BEN, attendance=Attendance.ATTENDED),
        ]
    )
    assert session.participants[0].attendance is Attendance.LATE
