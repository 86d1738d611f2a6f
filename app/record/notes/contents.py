"""What a note says, between the sealed row and the wire: checking codes, sealing, opening and shaping."""

import operator
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.crypto import SealedColumn
from app.core.problems import FieldError, ValidationFailed
from app.core.work import UnitOfWork
from app.record.notes import domain, models, schemas
from app.record.notes.failure_schemas import FoundMentalizingFailure, MentalizingFailure, MentalizingFailureCreate
from app.record.vocabularies.catalogue import check_code, check_codes, code_list, sections_of

_LISTS_OF = {"where": "where", "trigger": "trigger", "affect": "affect", "intervention": "intervention"}
"""The code fields of a mentalizing failure, each with its list."""
_UNDASHED = 32
_SEALED = {"return_comment", "late_entry_reason", "entered_in_error_reason"}
_PLAIN = sorted(schemas.Note.model_fields.keys() - schemas.NoteContent.model_fields.keys() - _SEALED)
_PLAIN += ["template", "occurred_at", "felt_understood", "bond"]
_plain = operator.attrgetter(*_PLAIN)
"""The fields of a note that are columns of their own."""


def checked_sections(template: str, sections: Sequence[schemas.NoteSectionCreate]) -> dict[str, str]:
    """Return the texts by section, or refuse a section that is not in the template or comes twice."""
    allowed, texts = sections_of(template), dict[str, str]()
    for position, section in enumerate(sections):
        pointer = f"/sections/{position}/code"
        if section.code not in allowed:
            detail = "This section is not in the note's template; see /v1/vocabularies/note_template"
            raise ValidationFailed.at(pointer, detail, "section_not_in_template")
        if section.code in texts:
            raise ValidationFailed.at(pointer, "Send each section once.", "duplicate_section")
        texts[section.code] = section.text
    return texts


def check_template(template: str, texts: dict[str, str]) -> None:
    """Refuse another template while text stands in sections it does not have, since the text would be lost."""
    allowed = sections_of(template)
    if any(text.strip() for code, text in texts.items() if code not in allowed):
        detail = "The note has text in sections this template does not have; send the sections with it."
        raise ValidationFailed.at("/template", detail, "section_not_in_template")


def checked_risk(risk: schemas.Risk | None) -> dict[str, Any] | None:
    """Return the risk statement as it is kept; `none_identified` contradicts every other flag."""
    if risk is None:
        return None
    flags = _unique_codes("risk_flag", risk.flags, "/risk/flags")
    if "none_identified" in flags and len(flags) > 1:
        detail = "`none_identified` stands alone; take it out or take the other flags out."
        raise ValidationFailed.at("/risk/flags", detail, "risk_flags_contradict")
    return {"flags": flags, "statement": risk.statement}


def checked_interventions(codes: Sequence[str]) -> list[str]:
    """Return interventions, each once."""
    return _unique_codes("intervention", codes, "/interventions")


def checked_positive_mentalizing(codes: Sequence[str]) -> list[str]:
    """Return codes of positive mentalizing, each once."""
    return _unique_codes("positive_mentalizing", codes, "/positive_mentalizing")


def checked_failures(failures: Sequence[MentalizingFailureCreate]) -> list[domain.FailureTags]:
    """Return the tags of each failure, or refuse codes the lists do not have and signs of another pattern."""
    return [_checked_failure(failure, f"/mentalizing_failures/{place}") for place, failure in enumerate(failures)]


def seal_content(work: UnitOfWork, client_id: UUID, note_id: UUID, content: dict[str, Any]) -> bytes:
    """Seal sections, interventions, positive mentalizing and risk as one document."""
    return work.vault.seal_json(models.CONTENT, client_id, note_id, content)


def open_content(work: UnitOfWork, row: Any) -> dict[str, Any]:
    """Open what `seal_content` sealed."""
    content: dict[str, Any] = work.vault.open_json(models.CONTENT, row.client_id, row.id, row.content)
    return content


def snapshot_of(work: UnitOfWork, note: models.Note) -> dict[str, Any]:
    """Return everything a note says as JSON values: what a version keeps and what is hashed."""
    return {
        "note_id": str(note.id),
        "template": note.template,
        "occurred_at": note.occurred_at.isoformat(),
        "felt_understood": note.felt_understood,
        "bond": note.bond,
        **open_content(work, note),
        "mentalizing_failures": [
            MentalizingFailure.model_validate(_failure(work, note.client_id, vars(one))).model_dump(mode="json")
            for one in note.failures
        ],
    }


def as_content(snapshot: dict[str, Any]) -> schemas.NoteContent:
    """Shape a snapshot for the wire."""
    return schemas.NoteContent(
        template=snapshot["template"],
        occurred_at=datetime.fromisoformat(snapshot["occurred_at"]),
        mentalizing_failures=[MentalizingFailure.model_validate(one) for one in snapshot["mentalizing_failures"]],
        felt_understood=snapshot["felt_understood"],
        bond=snapshot["bond"],
        **_written(snapshot["template"], snapshot),
    )


def as_note(work: UnitOfWork, row: Any) -> schemas.Note:
    """Shape a row or an entity for the wire, opening what is sealed."""
    return schemas.Note.model_validate(fields_of(work, row))


def fields_of(work: UnitOfWork, row: Any) -> dict[str, Any]:
    """Return the fields of `schemas.Note`, opening what is sealed.

    Heavy reads write them as JSON as they are: checking what was checked when it was stored takes longer than all else.
    """
    return {
        **dict(zip(_PLAIN, _plain(row), strict=True)),
        **_written(row.template, open_content(work, row)),
        "mentalizing_failures": _failures(work, row),
        "return_comment": _opened(work, models.RETURN_COMMENT, row, row.return_comment),
        "late_entry_reason": _opened(work, models.LATE_ENTRY_REASON, row, row.late_entry_reason),
        "entered_in_error_reason": _opened(work, models.ERROR_REASON, row, row.entered_in_error_reason),
    }


def as_found_failure(work: UnitOfWork, row: Any) -> FoundMentalizingFailure:
    """Shape a failure found across notes."""
    return FoundMentalizingFailure(
        **_failure(work, row.client_id, row._asdict()),
        note_id=row.note_id,
        session_id=row.session_id,
        client_id=row.client_id,
        treatment_id=row.treatment_id,
        occurred_at=row.occurred_at,
    )


def _checked_failure(failure: MentalizingFailureCreate, pointer: str) -> domain.FailureTags:
    for field, list_name in _LISTS_OF.items():
        code = getattr(failure, field)
        if code is not None:
            check_code(list_name, code, f"{pointer}/{field}")
    signs = _unique_codes("failure_sign", failure.signs, f"{pointer}/signs")
    _check_signs_fit(failure, pointer)
    tags = failure.model_dump(exclude={"where", "signs"})
    return domain.FailureTags(**tags, where_code=failure.where, signs=tuple(signs))


def _check_signs_fit(failure: MentalizingFailureCreate, pointer: str) -> None:
    """Refuse signs that do not go with the pattern (`belongs_to`): tagged here, they are a slip of the hand."""
    vocabulary = code_list("failure_sign")
    errors = []
    for position, sign in enumerate(failure.signs):
        entry = vocabulary.find(sign)
        if entry is not None and failure.pattern not in entry.belongs_to:
            detail = f"This sign goes with: {', '.join(entry.belongs_to)}."
            errors.append(FieldError(f"{pointer}/signs/{position}", detail, "sign_of_another_pattern"))
    if errors:
        raise ValidationFailed(errors=tuple(errors))


def _unique_codes(list_name: str, codes: Sequence[str], pointer: str) -> list[str]:
    check_codes(list_name, codes, pointer)
    return list(dict.fromkeys(codes))


def _written(template: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return the sealed part of a note as schema fields, its sections in the order of the template."""
    titles, texts = code_list("note_section"), content["sections"]
    return {
        "sections": [
            {"code": code, "title": entry.display, "text": texts[code]}
            for code in sections_of(template)
            if code in texts and (entry := titles.find(code)) is not None
        ],
        "interventions": content["interventions"],
        "positive_mentalizing": content["positive_mentalizing"],
        "risk": content["risk"],
    }


def _opened(work: UnitOfWork, place: SealedColumn, row: Any, sealed: bytes | None) -> str | None:
    return None if sealed is None else work.vault.open(place, row.client_id, row.id, sealed)


def _failures(work: UnitOfWork, note: Any) -> list[dict[str, Any]]:
    """Shape the failures of a note: entities of one just written, or JSON rows, which come in no order."""
    in_order = operator.itemgetter("position")
    if any(isinstance(one, dict) for one in note.failures):
        return [_failure_read(work, note.client_id, one) for one in sorted(note.failures, key=in_order)]
    return [_failure(work, note.client_id, one) for one in sorted(map(vars, note.failures), key=in_order)]


def _failure(work: UnitOfWork, client_id: UUID, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "pattern": row["pattern"],
        "signs": list(row["signs"]),
        "where": row["where_code"],
        "trigger": row["trigger"],
        "affect": row["affect"],
        "arousal": row["arousal"],
        "mode": row["mode"],
        "observed_in": row["observed_in"],
        "intervention": row["intervention"],
        "response": row["response"],
        "minutes_to_recovery": row["minutes_to_recovery"],
        "excerpt": work.vault.open(models.EXCERPT, client_id, row["id"], row["excerpt"]) if row["excerpt"] else None,
    }


def _failure_read(work: UnitOfWork, client_id: UUID, row: dict[str, Any]) -> dict[str, Any]:
    """Finish a JSON row, which has the names of the wire: ids are text in it, and code sets what they are kept as."""
    row["id"] = _with_dashes(row["id"])
    row["signs"] = row["signs"].split()
    sealed = row["excerpt"]  # a missing one may be empty text
    row["excerpt"] = work.vault.open(models.EXCERPT, client_id, UUID(row["id"]), sealed) if sealed else None
    del row["position"]
    return row


def _with_dashes(digits: str) -> str:
    """Write an id as it goes over the wire; SQLite keeps it without dashes."""
    if len(digits) > _UNDASHED:
        return digits
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
