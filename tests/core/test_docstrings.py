"""The docstring below a field describes it in the API's document."""

from typing import Annotated

from pydantic import Field

from app.core.schemas import ApiModel, Page


class Sent(ApiModel):
    """What somebody sends."""

    name: Annotated[str, Field(max_length=20)]
    """How others call her.

    In her own words.
    """
    age: int | None = None
    """In years."""
    silent: bool = False
    twice: Annotated[int, Field(description="In the annotation.")] = 1


class More(Sent):
    """What somebody sends besides."""

    age: int | None = 7


def descriptions(model: type[ApiModel]) -> dict[str, str | None]:
    return {name: field.description for name, field in model.model_fields.items()}


def test_a_field_is_described_by_the_docstring_below_it() -> None:
    assert descriptions(Sent) == {
        "name": "How others call her.\n\nIn her own words.",
        "age": "In years.",
        "silent": None,
        "twice": "In the annotation.",
    }
    assert Sent.model_json_schema()["properties"]["name"]["maxLength"] == 20


def test_a_heir_keeps_the_descriptions_it_does_not_write_anew() -> None:
    assert descriptions(More) == descriptions(Sent) | {"age": None}


def test_a_page_of_anything_is_described() -> None:
    assert all(descriptions(Page[Sent]).values())


def test_a_class_without_a_source_is_silent() -> None:
    made = type("Made", (ApiModel,), {"__module__": "zlib", "__annotations__": {"name": str}})
    assert descriptions(made) == {"name": None}
