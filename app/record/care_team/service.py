"""What can be done with a care team. Its paths, and whether the client exists, are the business of `clients`."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

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
    member = models.CareTeamMember(
        created_at=work.now,
        client_id=client_id,
        practitioner_id=wanted.practitioner_id,
        care_role=wanted.care_role,
        starts_on=starts_on,
        ends_on=wanted.ends_on,
    )
    _check_overlap(work, member)
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
    _check_overlap(work, member)
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


def _check_overlap(work: UnitOfWork, member: models.CareTeamMember) -> None:
    """Refuse a second membership of the same role on the same days: ending one would leave the other's access."""
    other = models.CareTeamMember
    overlapping = select(other.id).where(
        other.client_id == member.client_id,
        other.practitioner_id == member.practitioner_id,
        other.care_role == member.care_role,
        other.id != member.id,
        or_(other.ends_on.is_(None), other.ends_on >= member.starts_on),
    )
    if member.ends_on is not None:
        overlapping = overlapping.where(other.starts_on <= member.ends_on)
    with work.session.no_autoflush:
        if work.rows(overlapping):
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
