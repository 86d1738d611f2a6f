"""The life of a request as a state machine, and its days: whatever is tried in whatever order, the rules hold."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.core.problems import Problem, ValidationFailed
from app.record.client_requests import domain
from app.record.client_requests.domain import AskedBy, ClientRequestKind, ClientRequestState
from app.record.client_requests.models import ClientRequest

CAME_IN = date(2026, 3, 2)
OFFICER = UUID(int=1)
EXTENSION = 30
FIXED = "request_step_not_possible"
DAYS = st.dates(date(1990, 1, 1), date(2190, 1, 1))


class Life(RuleBasedStateMachine):
    """One request, and a calendar that only goes forward."""

    @initialize(kind=st.sampled_from(ClientRequestKind), days=st.integers(1, 90))
    def ask(self, kind: ClientRequestKind, days: int) -> None:
        self.today, self.days = CAME_IN, days
        self.request = ClientRequest(
            created_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
            client_id=UUID(int=9),
            kind=kind,
            received_on=CAME_IN,
            asked_by=AskedBy.CLIENT,
            details=b"",
            recorded_by=OFFICER,
            due_on=domain.due_after(CAME_IN, days),
            state=ClientRequestState.OPEN,
        )
        self.is_extended = self.has_statement = False
        self.answer: tuple[ClientRequestState, date] | None = None

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def extend(self) -> None:
        refusal = self._refusal(lambda: self.request.extend(b"why", EXTENSION, self.today))
        if self.is_extended or self.answer:
            assert refusal == FIXED
        elif self.today > CAME_IN + timedelta(days=self.days):
            assert refusal == "extension_too_late"
        else:
            assert refusal is None
            self.is_extended = True

    @rule(
        state=st.sampled_from([ClientRequestState.FULFILLED, ClientRequestState.DENIED, ClientRequestState.WITHDRAWN])
    )
    def close(self, state: ClientRequestState) -> None:
        def attempt() -> None:
            if state is ClientRequestState.FULFILLED:
                self.request.fulfil(OFFICER, self.today, b"here", None)
            elif state is ClientRequestState.DENIED:
                self.request.deny(OFFICER, self.today, b"no", "not_held", None)
            else:
                self.request.withdraw(OFFICER, self.today, None)

        assert self._refusal(attempt) == (FIXED if self.answer else None)
        self.answer = self.answer or (state, self.today)

    @rule()
    def disagree(self) -> None:
        is_denied = self.answer is not None and self.answer[0] is ClientRequestState.DENIED
        is_open_to_it = is_denied and self.request.kind is ClientRequestKind.AMENDMENT and not self.has_statement
        refusal = self._refusal(lambda: self.request.disagree(b"but", self.today))
        assert refusal == (None if is_open_to_it else FIXED)
        self.has_statement = self.has_statement or is_open_to_it

    @invariant()
    def the_first_answer_stands_and_the_days_add_up(self) -> None:
        if not hasattr(self, "request"):
            return
        request = self.request
        waiting = ClientRequestState.EXTENDED if self.is_extended else ClientRequestState.OPEN
        assert (request.state, request.closed_on) == (self.answer or (waiting, None))
        assert request.due_on - CAME_IN == timedelta(days=self.days + (EXTENSION if self.is_extended else 0))
        assert (request.extended_on is not None) == (request.extension_reason is not None) == self.is_extended
        assert (request.denial_reason is not None) == (request.state is ClientRequestState.DENIED)
        assert (request.statement_on is not None) == self.has_statement
        is_late = self.today > request.due_on
        assert domain.is_overdue(request.state, request.due_on, self.today) == (is_late and self.answer is None)

    @staticmethod
    def _refusal(attempt: object) -> str | None:
        assert callable(attempt)
        try:
            attempt()
        except Problem as refused:
            return refused.code
        return None


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)


@given(day=DAYS, days=st.integers(1, 90), more=st.integers(1, 90))
def test_the_day_of_receipt_is_not_counted_and_the_due_day_is_in_time(day: date, days: int, more: int) -> None:
    due = domain.due_after(day, days)
    assert due == day + timedelta(days=days)
    assert domain.due_after(due, more) == domain.due_after(day, days + more)
    assert not domain.is_overdue(ClientRequestState.OPEN, due, due)
    assert domain.is_overdue(ClientRequestState.EXTENDED, due, due + timedelta(days=1))


@given(day=DAYS)
def test_twenty_eight_days_are_never_more_than_a_month(day: date) -> None:
    next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    after_next = (next_month + timedelta(days=32)).replace(day=1)
    last_of_next = after_next - timedelta(days=1)
    a_month_later = next_month.replace(day=min(day.day, last_of_next.day))
    assert domain.due_after(day, 28) <= a_month_later


@given(day=DAYS, came_in=DAYS, today=DAYS)
def test_a_day_lies_between_the_request_and_today(day: date, came_in: date, today: date) -> None:
    assume(came_in <= today)
    if came_in <= day <= today:
        domain.check_day(day, came_in, today, "/closed_on")
        return
    with pytest.raises(ValidationFailed) as refused:
        domain.check_day(day, came_in, today, "/closed_on")
    assert refused.value.errors[0].code == ("in_future" if day > today else "before_request")
