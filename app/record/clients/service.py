"""What can be done with clients: add, read, find, change, upsert by identifier, discharge, and see who saw them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import selectinload

from app.access.audit import schemas as audit_schemas
from app.access.audit import service as audit
from app.core.caller import CallerKind
from app.core.paging import paged
from app.core.problems import FieldError, NotFound, ValidationFailed
from app.core.work import LostRace, UnitOfWork
from app.record.care_team import schemas as care_team_schemas
from app.record.care_team import service as care_team
from app.record.clients import domain, models, queries, schemas
from app.record.vocabularies.catalogue import check_code, check_codes

_DETAILS = frozenset(schemas.ClientDetails.model_fields)
_LISTS = frozenset({"presenting_concerns", "diagnoses", "support_people"})


def create_client(work: UnitOfWork, wanted: schemas.ClientCreate) -> schemas.ClientProfile:
    """Add a client with a key of her own; a practitioner who adds one joins her care team as therapist."""
    if wanted.status is domain.ClientStatus.DISCHARGED:
        raise ValidationFailed.at("/status", "A new client is referred or active.", "status_not_allowed")
    details = wanted.model_dump(mode="json", include=set(_DETAILS))
    _check_birth_date(work, details)
    _check_codes(details, wanted.delivery_preference)
    client = models.Client(
        created_at=work.now,
        status=wanted.status,
        delivery_preference=wanted.delivery_preference,
        details=b"",
        identifiers=[],
    )
    work.vault.create_client_key(client.id)
    _seal_details(work, client, details)
    _replace_identifiers(work, client, wanted.identifiers)
    work.add(client)
    work.record(domain.ClientCreated(), client)
    if work.caller.kind is CallerKind.PRACTITIONER and not work.caller.sees_all_clients:
        joining = care_team_schemas.CareTeamMemberCreate(practitioner_id=work.caller.id, care_role="therapist")
        care_team.join(work, client.id, joining)
    return _as_client(work, client)


def get_client(work: UnitOfWork, client_id: UUID) -> schemas.ClientProfile:
    """Read one client."""
    client = _as_client(work, work.one(queries.CLIENT, client_id=client_id))
    work.record(domain.ClientViewed(entity_id=client_id, client_id=client_id, version=client.version))
    return client


def list_clients(work: UnitOfWork, wanted: schemas.ClientFilter) -> schemas.ClientPage:
    """List clients in the order they were added."""
    filters = wanted.filters()
    page = paged(
        work,
        schemas.ClientPage,
        queries.clients(frozenset(filters)),
        [models.Client.id],
        wanted,
        lambda row: _as_client(work, row),
        preload="id",
        values=filters,
    )
    work.record(domain.ClientsListed(client_ids=tuple(client.id for client in page.data)))
    return page


def search_clients(work: UnitOfWork, wanted: schemas.ClientSearch) -> schemas.ClientPage:
    """Find clients by name or identifier.

    Names are sealed, so they are compared after opening, page by page, inside what the caller may see anyway.
    """
    filters: dict[str, Any] = {}
    if wanted.status is not None:
        filters["status"] = wanted.status
    if wanted.identifier is not None:
        filters["value_index"] = _index_of(work, wanted.identifier)
    page = paged(
        work,
        schemas.ClientPage,
        queries.clients(frozenset(filters)),
        [models.Client.id],
        wanted,
        lambda row: _as_client(work, row),
        preload="id",
        keep=None if wanted.name is None else lambda client: _is_named(client, str(wanted.name)),
        values=filters,
    )
    work.record(domain.ClientsSearched(client_ids=tuple(client.id for client in page.data)))
    return page


def update_client(
    work: UnitOfWork, client_id: UUID, changes: schemas.ClientUpdate, expected: int
) -> schemas.ClientProfile:
    """Change some of a client's facts."""
    client = _load(work, client_id, expected)
    changed = changes.model_dump(mode="json")
    if changed.get("status") == domain.ClientStatus.DISCHARGED:
        detail = "Use POST /v1/clients/{client_id}/discharge."
        raise ValidationFailed.at("/status", detail, "status_not_allowed")
    with work.session.no_autoflush:  # one change, one version
        _apply(work, client, changed)
    work.record(domain.ClientChanged(fields=tuple(changed)), client)
    return _as_client(work, client)


def upsert_client(
    work: UnitOfWork, identifier: schemas.IdentifierQuery, wanted: schemas.ClientCreate
) -> tuple[schemas.ClientProfile, bool]:
    """Create the client with this identifier, or bring her facts up to date; True when created.

    Facts that are the same change nothing, not even the version: a nightly synchronisation must not disturb anybody.

    Two callers at once cannot make two: the blind index is unique, and who loses the race runs again and updates.
    """
    known_by = schemas.Identifier(system=identifier.system, value=identifier.value)
    identifiers = [known_by, *(other for other in wanted.identifiers if other != known_by)]
    lookup = queries.owner_of(_index_of(work, known_by))
    owner = work.session.execute(lookup).scalar_one_or_none()
    if owner is None:
        try:
            return create_client(work, wanted.model_copy(update={"identifiers": identifiers})), True
        except domain.IdentifierTaken:
            if work.session.execute(lookup).first() is not None:
                raise LostRace from None
            raise
    client = _load(work, owner, None)
    given = wanted.model_dump(mode="json", exclude_unset=True, exclude={"status"})
    if "identifiers" in given:
        given["identifiers"] = [one.model_dump() for one in identifiers]
    version = client.version
    with work.session.no_autoflush:
        _apply(work, client, given)
    work.session.flush()
    is_news = client.version != version
    work.record(domain.ClientChanged(fields=tuple(given)) if is_news else domain.ClientViewed(), client)
    return _as_client(work, client), False


def discharge_client(
    work: UnitOfWork, client_id: UUID, wanted: schemas.ClientDischarge, expected: int
) -> schemas.ClientProfile:
    """End the clinic's care for a client."""
    client = _load(work, client_id, expected)
    details = _details(work, client) | {"discharge_reason": wanted.reason}
    client.discharge(wanted.discharged_on, work.today)
    _seal_details(work, client, details)
    work.record(domain.ClientDischarged(), client)
    return _as_client(work, client)


def check_client(work: UnitOfWork, client_id: UUID) -> None:
    """Refuse with 404 a client the caller cannot see."""
    work.get(models.Client, client_id)


def hold_client(work: UnitOfWork, client_id: UUID) -> models.Client:
    """Load the client and keep others from changing her, or from joining her care, until the commit."""
    key = {"clinic_id": work.caller.clinic_id, "id": client_id}
    client = work.session.get(models.Client, key, with_for_update={"key_share": True})
    if client is None:
        raise NotFound
    return client


def list_care_team(work: UnitOfWork, client_id: UUID) -> care_team_schemas.CareTeam:
    """List a client's care team."""
    check_client(work, client_id)
    return care_team.care_team_of(work, client_id)


def add_care_team_member(
    work: UnitOfWork, client_id: UUID, wanted: care_team_schemas.CareTeamMemberCreate
) -> care_team_schemas.CareTeamMember:
    """Let a practitioner see a client; two at once are let in one after the other."""
    hold_client(work, client_id)
    return care_team.join(work, client_id, wanted)


def get_access_log(
    work: UnitOfWork, client_id: UUID, wanted: audit_schemas.AccessLogFilter
) -> audit_schemas.AuditEventPage:
    """List who read or changed a client's record."""
    check_client(work, client_id)
    return audit.access_log_of(work, client_id, wanted)


def _load(work: UnitOfWork, client_id: UUID, expected: int | None) -> models.Client:
    return work.get(models.Client, client_id, expected, options=[selectinload(models.Client.identifiers)])


def _apply(work: UnitOfWork, client: models.Client, changed: dict[str, Any]) -> None:
    details = {name: ([] if value is None and name in _LISTS else value) for name, value in changed.items()}
    details = {name: value for name, value in details.items() if name in _DETAILS}
    _check_birth_date(work, details)
    _check_codes(details, changed.get("delivery_preference"))
    present = _details(work, client)
    if "status" in changed:
        client.status = domain.ClientStatus(changed["status"])
        client.discharged_on = None
        details["discharge_reason"] = None
    has_others = "identifiers" in changed and _replace_identifiers(
        work, client, [schemas.Identifier(**one) for one in changed["identifiers"] or []]
    )
    if has_others or present | details != present:
        # Sealing anew changes the row, and with it the version; identifiers have rows of their own, yet are hers.
        _seal_details(work, client, present | details)
    if "delivery_preference" in changed:
        client.delivery_preference = changed["delivery_preference"]


def _check_birth_date(work: UnitOfWork, details: dict[str, Any]) -> None:
    if (details.get("birth_date") or "") > work.today.isoformat():
        raise ValidationFailed.at("/birth_date", "Use today or an earlier day.", "in_future")


def _check_codes(details: dict[str, Any], delivery_preference: str | None) -> None:
    check_codes("presenting_concern", details.get("presenting_concerns", []), "/presenting_concerns")
    if delivery_preference is not None:
        check_code("delivery", delivery_preference, "/delivery_preference")


def _replace_identifiers(work: UnitOfWork, client: models.Client, identifiers: Sequence[schemas.Identifier]) -> bool:
    """Keep identifiers that stay, drop the others, add the new ones; say whether any came or went.

    One that another client has is refused.
    """
    wanted = {_index_of(work, identifier): identifier for identifier in identifiers}
    before = {kept.value_index for kept in client.identifiers}
    client.identifiers[:] = [kept for kept in client.identifiers if kept.value_index in wanted]
    known = {kept.value_index for kept in client.identifiers}
    for position, (index, identifier) in enumerate(wanted.items()):
        if index in known:
            continue
        if work.session.execute(queries.owner_of(index)).scalar_one_or_none() not in (None, client.id):
            detail = "Another client of the clinic has this identifier."
            where = FieldError(f"/identifiers/{position}", detail, "identifier_taken")
            raise domain.IdentifierTaken(errors=(where,))
        kept = models.ClientIdentifier(system=identifier.system, value=b"", value_index=index)
        kept.value = work.vault.seal(models.IDENTIFIER_VALUE, client.id, kept.id, identifier.value)
        client.identifiers.append(kept)
    return before != set(wanted)


def _index_of(work: UnitOfWork, identifier: schemas.Identifier) -> bytes:
    return work.vault.blind_index("client identifier", identifier.system, identifier.value)


def _seal_details(work: UnitOfWork, client: models.Client, details: dict[str, Any]) -> None:
    client.details = work.vault.seal_json(models.DETAILS, client.id, client.id, details)


def _details(work: UnitOfWork, row: Any) -> dict[str, Any]:
    details: dict[str, Any] = work.vault.open_json(models.DETAILS, row.id, row.id, row.details)
    return details


def _is_named(client: schemas.ClientProfile, wanted: str) -> bool:
    return domain.name_fits(wanted, [client.given_name, client.family_name, client.preferred_name])


def _as_client(work: UnitOfWork, row: Any) -> schemas.ClientProfile:
    """Shape a row or an entity for the wire, opening what is sealed."""
    details = _details(work, row)
    discharge_reason = details.pop("discharge_reason", None)
    return schemas.ClientProfile(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        status=row.status,
        delivery_preference=row.delivery_preference,
        discharged_on=row.discharged_on,
        discharge_reason=discharge_reason if work.caller.reads_words else None,
        identifiers=[_as_identifier(work, row.id, one) for one in sorted(row.identifiers, key=_made)],
        **details,
    )


def _made(one: Any) -> UUID:
    """Return the id of an identifier, by which they stand in the order they were added."""
    return UUID(one["id"]) if isinstance(one, dict) else one.id


def _as_identifier(work: UnitOfWork, client_id: UUID, one: Any) -> schemas.Identifier:
    if isinstance(one, dict):
        row_id, system, value = UUID(one["id"]), one["system"], one["value"]
    else:
        row_id, system, value = one.id, one.system, one.value
    return schemas.Identifier(system=system, value=work.vault.open(models.IDENTIFIER_VALUE, client_id, row_id, value))
