"""What can be done with a care team. Its paths, and whether the client exists, are the business of `clients`."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.practitioners.models import Practitioner
from app.core.problems import ValidationFailed
from app.core.work import UnitOfWork
from app.record.care_team import domain, models, queries, schemas
from app.record.vocabularies.catalogue import check_code


def care_team_of(work: UnitOfWork, client_id: UUID) -> schemas.CareTeam:
    """List everyone who is, was or will be on the client's care team."""
    rows = work.rows(
        queries.members()
        .where(models.CareTeamMember.client_id == client_id)
        .order_by(models.CareTeamMember.id)
        .limit(200)
    )
    work.record(domain.CareTeamListed(client_id=client_id))
    return schemas.CareTeam(data=[_as_member(row) for row in rows])


def get_member(work: UnitOfWork, client_id: UUID, member_id: UUID) -> schemas.CareTeamMember:
    """Read one membership."""
    member = models.CareTeamMember
    found = _as_member(work.one(queries.members().where(member.id == member_id, member.client_id == client_id)))
    work.record(domain.CareTeamMemberViewed(entity_id=member_id, client_id=client_id, version=found.version))
    return found


def join(work: UnitOfWork, client_id: UUID, wanted: schemas.CareTeamMemberCreate) -> schemas.CareTeamMember:
    """Let a practitioner see the client, in a care role and for a time."""
    check_code("care_role", wanted.care_role, "/care_role")
    _check_practitioner(work, wanted.practitioner_id)
    starts_on = wanted.starts_on or work.today
    domain.check_dates(starts_on, wanted.ends_on)
    _check_not_there_yet(work, client_id, wanted.practitioner_id, wanted.care_role, starts_on)
    member = models.CareTeamMember(
        created_at=work.now,
        client_id=client_id,
        practitioner_id=wanted.practitioner_id,
        care_role=wanted.care_role,
        starts_on=starts_on,
        ends_on=wanted.ends_on,
    )
    work.add(member)
    work.record(domain.CareTeamJoined(practitioner_id=wanted.practitioner_id), member)
    return _read(work, member.id)


def change(
    work: UnitOfWork, client_id: UUID, member_id: UUID, changes: schemas.CareTeamMemberUpdate, expected: int
) -> schemas.CareTeamMember:
    """Change role or dates of a membership, or end it."""
    member = work.get(models.CareTeamMember, member_id, expected, client_id=client_id)
    changed = changes.model_dump()
    if "care_role" in changed:
        check_code("care_role", changed["care_role"], "/care_role")
    member.change(
        changed.get("care_role", member.care_role),
        changed.get("starts_on", member.starts_on),
        changed.get("ends_on", member.ends_on),
    )
    work.record(domain.CareTeamChanged(fields=tuple(changed)), member)
    # Shaped from the entity: ending her own membership takes the row from the caller's sight.
    name = work.session.execute(
        select(Practitioner.display_name).where(Practitioner.id == member.practitioner_id)
    ).scalar_one()
    return _as_member(member, name)


def _read(work: UnitOfWork, member_id: UUID) -> schemas.CareTeamMember:
    return _as_member(work.one(queries.members().where(models.CareTeamMember.id == member_id)))


def _check_practitioner(work: UnitOfWork, practitioner_id: UUID) -> None:
    known = select(Practitioner.id).where(Practitioner.id == practitioner_id, Practitioner.is_active)
    if not work.rows(known):
        detail = "Name an active practitioner of this clinic."
        raise ValidationFailed.at("/practitioner_id", detail, "unknown_practitioner")


def _check_not_there_yet(
    work: UnitOfWork, client_id: UUID, practitioner_id: UUID, care_role: str, starts_on: date
) -> None:
    member = models.CareTeamMember
    same = select(member.id).where(
        member.client_id == client_id,
        member.practitioner_id == practitioner_id,
        member.care_role == care_role,
        (member.ends_on.is_(None)) | (member.ends_on >= starts_on),
    )
    if work.rows(same):
        raise domain.AlreadyOnCareTeam


def _as_member(row: Any, practitioner_name: str | None = None) -> schemas.CareTeamMember:
    return schemas.CareTeamMember(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        client_id=row.client_id,
        practitioner_id=row.practitioner_id,
        practitioner_name=practitioner_name or row.practitioner_name,
        care_role=row.care_role,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )
