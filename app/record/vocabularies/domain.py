"""What a vocabulary is: a versioned list of codes, each with a name, a definition and its source.

The lists themselves are in the `*_codes` modules of this slice; `catalogue` puts them together and checks
codes against them. Codes are never removed or given a new meaning; a list that grows gets a new version.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.problems import NotFound

FOUNDING_ARTICLES = "Founding articles of the product"
PRACTICAL_GUIDE = "Bateman & Fonagy 2016, Mentalization-Based Treatment for Personality Disorders: A Practical Guide"
CONVENTION = "Stance convention"
"""Our own choice of words: useful for sorting notes, and no claim of evidence."""


class UnknownVocabulary(NotFound):
    """There is no list of this name."""

    title = "There is no such vocabulary"


@dataclass(frozen=True)
class Code:
    """One entry of a list.

    `is_core` marks what the founding articles require; everything else extends them. `belongs_to` names the
    patterns a sign may be tagged with, `aliases` other words people search by, and `sections` the ordered
    sections of a note template.
    """

    code: str
    display: str
    definition: str
    source: str
    is_core: bool
    belongs_to: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeList:
    """A named, versioned list of codes, in the order a person should be offered them.

    A list that is not extensible is a closed set, so that a generated client may treat it as an enum.
    """

    name: str
    title: str
    description: str
    codes: tuple[Code, ...]
    is_extensible: bool = True
    version: str = "1.0"

    def find(self, code: str) -> Code | None:
        """Return the entry with this code, if the list has one."""
        return self._by_code.get(code)

    @functools.cached_property
    def _by_code(self) -> dict[str, Code]:
        return {entry.code: entry for entry in self.codes}


def entries(
    definitions: Mapping[str, str | tuple[str, str]],
    *,
    source: str = CONVENTION,
    is_core: bool = False,
    belongs_to: tuple[str, ...] = (),
) -> tuple[Code, ...]:
    """Make the codes that share a source from `{code: definition}`.

    The display name is the code with spaces and a capital, unless the value is `(display, definition)`.
    """
    made = []
    for code, words in definitions.items():
        display, definition = words if isinstance(words, tuple) else (_display(code), words)
        made.append(Code(code, display, definition, source, is_core, belongs_to))
    return tuple(made)


def _display(code: str) -> str:
    return code.replace("_", " ").capitalize()
