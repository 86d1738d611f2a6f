"""What can be done with requests of clients: write one down, read them, take more time, answer, and let her disagree.

Private notes are no part of what a client may ask for (45 CFR 164.524(a)(1)(i)): nothing here reads or names them.
"""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.access.clinics.service import own_clinic
from app.access.notices import service as notices
from app.access.notices.domain import NoticeKind
from app.core.crypto import SealedColumn
from app.core.paging import paged
from app.core.problems import ValidationFailed
from app.core.work import UnitOfWork
from app.record.care_team.queries import present_members
from app.record.client_requests import domain, models, queries, schemas
from app.record.client_requests.domain import ClientRequestKind
from app.record.clients.service import check_client
from app.record.vocabularies.catalogue import check_code


def create_request(work: UnitOfWork, client_id: UUID, wanted: schemas.ClientRequestCreate) -> schemas.ClientRequest:
    """Write down what a client asked for, count until when she is owed an answer, and tell who has to act."""
    check_client(work, client_id)
    received_on = wanted.received_on or work.today
    domain.check_day(received_on, None, work.today, "/received_on")
    if wanted.note_id is not None:
        _check_note(work, client_id, wanted.kind, wanted.note_id)
    clinic = own_clinic(work)
    is_access = wanted.kind is ClientRequestKind.ACCESS
    days = clinic.access_request_days if is_access else clinic.amendment_request_days
    request = models.ClientRequest(
        created_at=work.now,
        client_id=client_id,
        kind=wanted.kind,
        received_on=received_on,
        asked_by=wanted.asked_by,
        details=b"",
        note_id=wanted.note_id,
        recorded_by=work.caller.id,
        due_on=domain.due_after(received_on, days),
    )
    request.details = _sealed(work, models.DETAILS, request, wanted.details)
    work.add(request)
    told = _those_to_tell(work, client_id)
    notices.notify(work, told, NoticeKind.CLIENT_REQUEST_RECEIVED, about="client_request", about_id=request.id)
    work.record(domain.ClientRequestReceived(kind=wanted.kind, recipients=told), request)
    return _as_request(work, request)


def list_requests(work: UnitOfWork, wanted: schemas.ClientRequestFilter) -> schemas.ClientRequestPage:
    """List the requests of all clients the caller sees, the one due first at the top."""
    page = _paged(work, wanted, None)
    work.record(domain.ClientRequestsListed(client_ids=tuple({request.client_id: None for request in page.data})))
    return page


def list_requests_of(
    work: UnitOfWork, client_id: UUID, wanted: schemas.ClientRequestFilter
) -> schemas.ClientRequestPage:
    """List what one client asked for, the request due first at the top."""
    check_client(work, client_id)
    page = _paged(work, wanted, client_id)
    work.record(domain.ClientRequestsListed(client_id=client_id))
    return page


def get_request(work: UnitOfWork, request_id: UUID) -> schemas.ClientRequest:
    """Read one request with what became of it."""
    row = work.one(queries.requests().where(models.ClientRequest.id == request_id))
    work.record(domain.ClientRequestViewed(entity_id=row.id, client_id=row.client_id, version=row.version))
    return _as_request(work, row)


def extend_request(
    work: UnitOfWork, request_id: UUID, wanted: schemas.ClientRequestExtend, expected: int
) -> schemas.ClientRequest:
    """Take more time for an answer, as long as the clinic allows itself."""
    request = work.get(models.ClientRequest, request_id, expected)
    reason = _sealed(work, models.EXTENSION_REASON, request, wanted.reason)
    request.extend(reason, own_clinic(work).request_extension_days, work.today)
    work.record(domain.ClientRequestExtended(), request)
    return _as_request(work, request)


def fulfil_request(
    work: UnitOfWork, request_id: UUID, wanted: schemas.ClientRequestFulfil, expected: int
) -> schemas.ClientRequest:
    """Say that the client got what she asked for; the amendment of a signed note names the addendum that made it."""
    request = work.get(models.ClientRequest, request_id, expected)
    request.check_waiting()
    _check_addendum(work, request, wanted.addendum_id)
    on = _day_of_answer(work, request, wanted.closed_on)
    request.fulfil(work.caller.id, on, _sealed_if(work, models.ANSWER, request, wanted.answer), wanted.addendum_id)
    work.record(domain.ClientRequestFulfilled(), request)
    return _as_request(work, request)


def deny_request(
    work: UnitOfWork, request_id: UUID, wanted: schemas.ClientRequestDeny, expected: int
) -> schemas.ClientRequest:
    """Say no, for a reason of the list; danger and harm are a health professional's to judge."""
    request = work.get(models.ClientRequest, request_id, expected)
    request.check_waiting()
    check_code(domain.DENIAL_LISTS[request.kind], wanted.denial_reason, "/denial_reason")
    _check_judgement(work, wanted)
    on = _day_of_answer(work, request, wanted.closed_on)
    answer = _sealed(work, models.ANSWER, request, wanted.answer)
    request.deny(work.caller.id, on, answer, wanted.denial_reason, wanted.determined_by)
    work.record(domain.ClientRequestDenied(reason_code=wanted.denial_reason), request)
    return _as_request(work, request)


def withdraw_request(
    work: UnitOfWork, request_id: UUID, wanted: schemas.ClientRequestWithdraw, expected: int
) -> schemas.ClientRequest:
    """Say that the client took her request back."""
    request = work.get(models.ClientRequest, request_id, expected)
    request.check_waiting()
    on = _day_of_answer(work, request, wanted.closed_on)
    request.withdraw(work.caller.id, on, _sealed_if(work, models.ANSWER, request, wanted.comment))
    work.record(domain.ClientRequestWithdrawn(), request)
    return _as_request(work, request)


def add_disagreement(
    work: UnitOfWork, request_id: UUID, wanted: schemas.DisagreementCreate, expected: int
) -> schemas.ClientRequest:
    """Attach what the client has to say against the denial of an amendment."""
    request = work.get(models.ClientRequest, request_id, expected)
    request.check_open_to_disagreement()
    on = wanted.statement_on or work.today
    domain.check_day(on, request.closed_on, work.today, "/statement_on")
    request.disagree(_sealed(work, models.STATEMENT, request, wanted.statement), on)
    work.record(domain.ClientRequestDisagreedWith(), request)
    return _as_request(work, request)


def _paged(work: UnitOfWork, wanted: schemas.ClientRequestFilter, client_id: UUID | None) -> schemas.ClientRequestPage:
    statement = queries.requests_matching(wanted, work.today)
    if client_id is not None:
        statement = statement.where(models.ClientRequest.client_id == client_id)
    return paged(
        work,
        schemas.ClientRequestPage,
        statement,
        [models.ClientRequest.due_on, models.ClientRequest.id],
        wanted,
        lambda row: _as_request(work, row),
        preload="client_id",
    )


def _those_to_tell(work: UnitOfWork, client_id: UUID) -> tuple[UUID, ...]:
    """Return who has to act or to know: the privacy officers, and the client's care team of today."""
    team = work.session.execute(present_members(client_id, work.today)).scalars()
    told = dict.fromkeys((*notices.privacy_overseers(work), *team))
    return tuple(one for one in told if one != work.caller.id)


def _check_note(work: UnitOfWork, client_id: UUID, kind: ClientRequestKind, note_id: UUID) -> None:
    if kind is not ClientRequestKind.AMENDMENT:
        raise ValidationFailed.at("/note_id", "Only an amendment names a note.", "not_allowed")
    if not work.rows(queries.signed_note(note_id, client_id)):
        raise ValidationFailed.at("/note_id", "Name a signed note on this client.", "unknown_note")


def _check_addendum(work: UnitOfWork, request: models.ClientRequest, addendum_id: UUID | None) -> None:
    """Refuse the amendment of a note without the addendum that made it, and any other with one."""
    if request.note_id is None:
        if addendum_id is not None:
            raise ValidationFailed.at("/addendum_id", "Only the amendment of a note names an addendum.", "not_allowed")
        return
    if addendum_id is None:
        raise ValidationFailed.at("/addendum_id", "Name the addendum that carries this out.", "missing")
    signed_at = work.session.execute(queries.addendum_to(request.note_id, addendum_id)).scalar_one_or_none()
    if signed_at is None or signed_at.astimezone(ZoneInfo(work.caller.time_zone)).date() < request.received_on:
        detail = "Name an addendum to this note, signed since the request came in."
        raise ValidationFailed.at("/addendum_id", detail, "unknown_addendum")


def _check_judgement(work: UnitOfWork, wanted: schemas.ClientRequestDeny) -> None:
    if wanted.denial_reason not in domain.CLINICAL_JUDGEMENTS:
        if wanted.determined_by is not None:
            detail = "Only danger and harm are a health professional's judgement."
            raise ValidationFailed.at("/determined_by", detail, "not_allowed")
        return
    if wanted.determined_by is None:
        raise ValidationFailed.at("/determined_by", "Name the health professional whose judgement it is.", "missing")
    if not work.rows(queries.health_professional(wanted.determined_by)):
        detail = "Name an active practitioner of this clinic who treats."
        raise ValidationFailed.at("/determined_by", detail, "unknown_practitioner")


def _day_of_answer(work: UnitOfWork, request: models.ClientRequest, wanted: date | None) -> date:
    on = wanted or work.today
    domain.check_day(on, request.received_on, work.today, "/closed_on")
    return on


def _sealed(work: UnitOfWork, place: SealedColumn, request: models.ClientRequest, words: str) -> bytes:
    return work.vault.seal(place, request.client_id, request.id, words)


def _sealed_if(work: UnitOfWork, place: SealedColumn, request: models.ClientRequest, words: str | None) -> bytes | None:
    return None if words is None else _sealed(work, place, request, words)


def _opened(work: UnitOfWork, place: SealedColumn, row: Any, words: bytes | None) -> str | None:
    return None if words is None else work.vault.open(place, row.client_id, row.id, words)


def _as_request(work: UnitOfWork, row: Any) -> schemas.ClientRequest:
    """Shape a row or an entity for the wire, opening what is sealed."""
    return schemas.ClientRequest(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        client_id=row.client_id,
        kind=row.kind,
        state=row.state,
        received_on=row.received_on,
        asked_by=row.asked_by,
        details=work.vault.open(models.DETAILS, row.client_id, row.id, row.details),
        note_id=row.note_id,
        recorded_by=row.recorded_by,
        due_on=row.due_on,
        is_overdue=domain.is_overdue(row.state, row.due_on, work.today),
        extended_on=row.extended_on,
        extension_reason=_opened(work, models.EXTENSION_REASON, row, row.extension_reason),
        closed_on=row.closed_on,
        closed_by=row.closed_by,
        answer=_opened(work, models.ANSWER, row, row.answer),
        denial_reason=row.denial_reason,
        determined_by=row.determined_by,
        addendum_id=row.addendum_id,
        statement=_opened(work, models.STATEMENT, row, row.statement),
        statement_on=row.statement_on,
    )
