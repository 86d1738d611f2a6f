"""The life of an emergency access as a state machine: whatever is tried in whatever order, its rules hold."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.core.problems import Problem
from app.record.emergency_access.domain import LASTS, REVIEW_WITHIN, ReviewOutcome
from app.record.emergency_access.models import EmergencyAccess

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = [UUID(int=number) for number in range(1, 4)]
USER = PEOPLE[0]


class Life(RuleBasedStateMachine):
    """One access, its user and two reviewers, and a clock that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGAN
        self.access = EmergencyAccess(
            created_at=BEGAN,
            practitioner_id=USER,
            client_id=UUID(int=9),
            reason_code="other",
            justification=b"",
            expires_at=BEGAN + LASTS,
            review_due_at=BEGAN + REVIEW_WITHIN,
        )
        self.end: datetime | None = None
        self.review: tuple[datetime, UUID, ReviewOutcome] | None = None

    @rule(minutes=st.integers(1, 50))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def end_it(self) -> None:
        is_running = self.end is None and self.now < BEGAN + timedelta(minutes=60)
        assert self._refusal(lambda: self.access.end(self.now)) == (None if is_running else "emergency_access_over")
        self.end = self.now if is_running else self.end

    @rule(who=st.sampled_from(PEOPLE), outcome=st.sampled_from(ReviewOutcome))
    def review_it(self, who: UUID, outcome: ReviewOutcome) -> None:
        refusal = self._refusal(lambda: self.access.review(who, outcome, None, self.now))
        if who == USER:
            assert refusal == "own_emergency_access"
        elif self.review is not None:
            assert refusal == "emergency_access_already_reviewed"
        else:
            assert refusal is None
            self.review = (self.now, who, outcome)

    @invariant()
    def first_end_and_first_review_stand(self) -> None:
        access = self.access
        assert access.ended_at == self.end
        assert access.ended_at is None or BEGAN <= access.ended_at < access.expires_at
        review = (access.reviewed_at, access.reviewed_by, access.review_outcome)
        assert review == (self.review or (None, None, None))
        assert access.reviewed_by != USER

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
