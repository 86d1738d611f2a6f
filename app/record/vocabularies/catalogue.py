"""The catalogue of all vocabularies, and the checks that hold a caller's codes against it.

The other slices of the record check codes here. No check repeats what the caller sent, since a mistyped code
may be clinical text.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from app.core.problems import FieldError, ValidationFailed
from app.record.vocabularies.access_codes import ACCESS_LISTS
from app.record.vocabularies.domain import CodeList, UnknownVocabulary
from app.record.vocabularies.mentalizing_codes import MENTALIZING_LISTS
from app.record.vocabularies.note_codes import NOTE_LISTS, NOTE_TEMPLATE
from app.record.vocabularies.rights_codes import RIGHTS_LISTS
from app.record.vocabularies.session_codes import SESSION_LISTS
from app.record.vocabularies.treatment_codes import TREATMENT_LISTS

CODE_LISTS: Mapping[str, CodeList] = MappingProxyType(
    {
        vocabulary.name: vocabulary
        for vocabulary in (
            *MENTALIZING_LISTS,
            *SESSION_LISTS,
            *NOTE_LISTS,
            *TREATMENT_LISTS,
            *ACCESS_LISTS,
            *RIGHTS_LISTS,
        )
    }
)
"""Every vocabulary by its name."""


def code_list(name: str) -> CodeList:
    """Return the vocabulary of this name, or refuse with `UnknownVocabulary`."""
    try:
        return CODE_LISTS[name]
    except KeyError:
        raise UnknownVocabulary from None


def check_code(list_name: str, code: str, pointer: str) -> None:
    """Refuse a code the list does not have, naming the field and the list."""
    if code_list(list_name).find(code) is None:
        raise ValidationFailed(errors=(_unknown(list_name, pointer),))


def check_codes(list_name: str, codes: Iterable[str], pointer: str) -> None:
    """Refuse the codes the list does not have, all in one answer, each by its place below `pointer`."""
    vocabulary = code_list(list_name)
    errors = tuple(
        _unknown(list_name, f"{pointer}/{index}") for index, code in enumerate(codes) if vocabulary.find(code) is None
    )
    if errors:
        raise ValidationFailed(errors=errors)


def sections_of(template: str) -> tuple[str, ...]:
    """Return the section codes of a note template, in the order they are written."""
    found = NOTE_TEMPLATE.find(template)
    if found is None:
        raise ValidationFailed(errors=(_unknown(NOTE_TEMPLATE.name, "/template"),))
    return found.sections


def _unknown(list_name: str, pointer: str) -> FieldError:
    return FieldError(
        pointer,
        f"This is not a code of the list `{list_name}`; see /v1/vocabularies/{list_name}",
        "unknown_code",
    )
