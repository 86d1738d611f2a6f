"""The example in the API document is a timeline."""

from app.insights.timeline.examples import EXAMPLE
from app.insights.timeline.schemas import Timeline


def test_the_example_is_a_valid_timeline_with_every_field():
    assert Timeline.model_validate(EXAMPLE).model_dump(mode="json") == EXAMPLE
