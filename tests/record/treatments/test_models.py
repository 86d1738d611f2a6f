"""The treatment's life without a database, walked at random."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.core.problems import Conflict, Problem
from app.record.treatments import domain
from app.record.treatments.domain import PhasePlan, ReviewStatus, TreatmentStatus
from app.record.treatments.models import Treatment
from tests.support.house import START

TODAY = START.date()
DAYS = st.integers(min_value=-500, max_value=3).map(lambda days: TODAY + timedelta(days=days))
ORDER = list(TreatmentStatus)


def opened(
    status: TreatmentStatus = TreatmentStatus.ACTIVE, started_on: date = TODAY, planned_months: int = 18
) -> Treatment:
    return Treatment.open(
        client_id=UUID(int=1),
        at=START,
        status=status,
        programme="mbt_18",
        setting=domain.Setting.OUTPATIENT,
        lead_practitioner_id=UUID(int=2),
        started_on=started_on,
        planned_months=planned_months,
        review_every_months=3,
    )


class TreatmentLife(RuleBasedStateMachine):
    """Whatever is tried in whatever order, a treatment only moves forward and never contradicts itself."""

    def __init__(self) -> None:
        super().__init__()
        self.treatment = opened(TreatmentStatus.PLANNED)
        self.now: datetime = START
        self.past = [TreatmentStatus.PLANNED]

    @rule(on=DAYS)
    def start(self, on: date) -> None:
        self._try(lambda: self.treatment.start(on, TODAY, self.now, 3))

    @rule(on=DAYS)
    def complete(self, on: date) -> None:
        self._try(lambda: self.treatment.complete(on, TODAY))

    @rule(on=DAYS, reason=st.sampled_from(["client_choice", "moved_away"]))
    def end(self, on: date, reason: str) -> None:
        self._try(lambda: self.treatment.end(reason, on, TODAY))

    @rule(months=st.integers(min_value=0, max_value=61), reason=st.sampled_from([None, "A trial"]))
    def plan_length(self, months: int, reason: str | None) -> None:
        phases = [(phase.kind, phase.starts_on, phase.ends_on) for phase in self.treatment.phases]
        self._try(lambda: self.treatment.plan_length(months, reason))
        assert phases == [(phase.kind, phase.starts_on, phase.ends_on) for phase in self.treatment.phases]

    @rule(days=st.integers(min_value=-5, max_value=5), kept=st.integers(min_value=0, max_value=6))
    def replace_phases(self, days: int, kept: int) -> None:
        plans = domain.default_phases(self.treatment.started_on + timedelta(days=days), 18)[:kept]
        self._try(lambda: self.treatment.replace_phases(plans))

    @rule(due_on=DAYS)
    def plan_review(self, due_on: date) -> None:
        self._try(lambda: self.treatment.plan_review(due_on, self.now))

    @precondition(lambda self: self.treatment.reviews)
    @rule(due_on=DAYS, status=st.sampled_from(ReviewStatus), held_on=st.none() | DAYS, which=st.integers(0, 99))
    def change_review(self, due_on: date, status: ReviewStatus, held_on: date | None, which: int) -> None:
        review = self.treatment.reviews[which % len(self.treatment.reviews)]
        self._try(lambda: self.treatment.change_review(review, due_on, status, held_on, TODAY))

    @invariant()
    def a_status_is_never_left_for_an_earlier_one(self) -> None:
        if self.treatment.status is not self.past[-1]:
            domain.check_transition(self.past[-1], self.treatment.status)
            self.past.append(self.treatment.status)
        assert len(self.past) <= 3

    @invariant()
    def the_end_is_stated_when_there_is_one(self) -> None:
        assert self.treatment.is_finished == (self.treatment.ended_on is not None)
        assert (self.treatment.status is TreatmentStatus.ENDED_EARLY) == (self.treatment.end_reason is not None)

    @invariant()
    def there_are_two_goals_and_lawful_phases(self) -> None:
        assert {goal.code for goal in self.treatment.goals} == set(domain.GoalCode)
        assert len(self.treatment.goals) == 2
        domain.check_phases([PhasePlan(one.kind, one.starts_on, one.ends_on) for one in self.treatment.phases])

    @invariant()
    def the_planned_end_follows_from_start_and_length(self) -> None:
        expected = domain.planned_end(self.treatment.started_on, self.treatment.planned_months)
        assert self.treatment.planned_end_on == expected

    @invariant()
    def a_review_has_a_day_exactly_when_it_is_done(self) -> None:
        for review in self.treatment.reviews:
            assert (review.status is ReviewStatus.DONE) == (review.held_on is not None)

    def _try(self, act: object) -> None:
        before = self.treatment.status, self.treatment.ended_on, self.treatment.started_on
        try:
            act()  # type: ignore[operator]  # hypothesis wraps the lambdas
        except Problem:
            assert before == (self.treatment.status, self.treatment.ended_on, self.treatment.started_on)


TreatmentLife.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestTreatmentLife = TreatmentLife.TestCase


def test_a_treatment_begun_on_another_day_is_laid_out_anew_and_keeps_the_reviews_that_were_held():
    treatment = opened(TreatmentStatus.PLANNED, TODAY - timedelta(days=10))
    treatment.change_review(treatment.reviews[0], TODAY, ReviewStatus.DONE, TODAY, TODAY)
    treatment.start(TODAY, TODAY, START, 3)
    assert {phase.starts_on for phase in treatment.phases if phase.kind is domain.PhaseKind.INITIAL} == {TODAY}
    assert [review.status for review in treatment.reviews].count(ReviewStatus.DONE) == 1
    assert treatment.planned_end_on == domain.planned_end(TODAY, 18)


def test_a_treatment_begun_on_the_planned_day_keeps_its_phases():
    treatment = opened(TreatmentStatus.PLANNED)
    treatment.replace_phases([PhasePlan(domain.PhaseKind.MIDDLE, TODAY, TODAY)])
    treatment.start(TODAY, TODAY, START, 3)
    assert [phase.kind for phase in treatment.phases] == [domain.PhaseKind.MIDDLE]


def test_a_phase_that_stays_keeps_its_id():
    treatment = opened()
    ids = {phase.kind: phase.id for phase in treatment.phases}
    plan = PhasePlan(domain.PhaseKind.MIDDLE, TODAY, TODAY)
    treatment.replace_phases([plan])
    assert [(phase.id, phase.starts_on) for phase in treatment.phases] == [(ids[plan.kind], TODAY)]


def test_a_treatment_has_at_most_a_hundred_reviews():
    treatment = opened()
    while len(treatment.reviews) < domain.MOST_REVIEWS:
        treatment.plan_review(TODAY, START)
    with pytest.raises(domain.TooManyReviews) as refused:
        treatment.plan_review(TODAY, START)
    assert isinstance(refused.value, Conflict)
