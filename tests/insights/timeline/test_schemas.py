"""The example in the API document is a timeline."""

from app.examples import EXAMPLES
from app.insights.timeline.schemas import Timeline


def test_the_example_is_a_valid_timeline_with_every_field():
    example = EXAMPLES["Timeline"]
    assert Timeline.model_validate(example).model_dump(mode="json") == example
