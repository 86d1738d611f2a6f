"""What the service answers about its vocabularies."""

from typing import Annotated

from pydantic import Field

from app.core.schemas import Code, Line, Out, Prose


class VocabularyCode(Out):
    """One code, with what it means and where it comes from."""

    code: Code
    """The stable code that requests and answers carry."""
    display: Line
    """The name to show to people."""
    definition: Prose
    """What the code means, in a sentence."""
    source: Line
    """Where the code comes from: a publication, the founding articles, or our own convention."""
    is_core: bool
    """Whether the founding articles of the product require it; otherwise it extends them."""
    belongs_to: Annotated[list[Code], Field(max_length=10)]
    """For a sign: the patterns it may be tagged with, its own pattern first. Empty for other lists."""
    aliases: Annotated[list[Line], Field(max_length=20)]
    """Other words by which people look for it."""
    sections: Annotated[list[Code], Field(max_length=20)]
    """For a note template: its section codes in their order. Empty for other lists."""


class VocabularyHeading(Out):
    """What every answer says about a vocabulary."""

    name: Code
    """The name by which `/v1/vocabularies/{name}` serves it."""
    title: Line
    """The name to show to people."""
    description: Prose
    """What the codes of this list say, and how to use them."""
    version: Annotated[str, Field(max_length=20, examples=["1.0"])]
    """Changes whenever a code is added or reworded; codes are never removed."""
    is_extensible: bool
    """Whether later versions may add codes. False for a closed list, which a client may treat as an enum."""


class VocabularySummary(VocabularyHeading):
    """One vocabulary without its codes."""

    code_count: Annotated[int, Field(ge=1)]
    """How many codes it has."""


class Vocabulary(VocabularyHeading):
    """One vocabulary with its codes, in the order a person should be offered them."""

    codes: Annotated[list[VocabularyCode], Field(max_length=500)]
    """The codes."""


class VocabularyList(Out):
    """All vocabularies, without their codes."""

    data: Annotated[list[VocabularySummary], Field(max_length=200)]
    """One entry for each vocabulary."""
