"""What can be done with a second factor: set one up, prove it, take it away."""

from uuid import UUID

from app.access.clinics.service import own_clinic
from app.access.identity import queries as identity_queries
from app.access.identity.models import SignIn
from app.access.identity.service import end_access_of
from app.access.notices import service as notices
from app.access.notices.domain import NoticeKind
from app.access.practitioners.models import Practitioner
from app.access.sign_in import domain, models, queries, schemas, second_factor
from app.core.problems import ValidationFailed
from app.core.work import UnitOfWork


def start_second_factor(work: UnitOfWork) -> schemas.SecondFactorStart:
    """Make the secret of a second factor of the caller's; it counts for nothing before its first code."""
    factor = _factor_of(work, work.caller.id)
    if factor is not None and factor.confirmed_at is not None:
        raise domain.SecondFactorExists
    if factor is not None:
        work.session.delete(factor)
        work.session.flush()
    factor = models.SecondFactor(created_at=work.now, practitioner_id=work.caller.id, seed=b"")
    seed = second_factor.new_seed()
    factor.seed = work.vault.seal(models.SEED, work.caller.clinic_id, factor.id, seed)
    work.add(factor)
    work.record(domain.SecondFactorStarted(entity_id=work.caller.id))
    login = work.one(identity_queries.credential_of_practitioner(work.caller.clinic_id, work.caller.id)).login
    uri = second_factor.otpauth_uri(seed, login=login, clinic=own_clinic(work).name)
    return schemas.SecondFactorStart(secret=seed, otpauth_uri=uri)


def confirm_second_factor(work: UnitOfWork, wanted: schemas.SecondFactorConfirmation) -> schemas.NewRecoveryCodes:
    """Let the second factor count, now that its first code was shown, and make recovery codes.

    Every other sign-in of the caller's ends: it was begun with a password alone.
    """
    factor = _factor_of(work, work.caller.id)
    if factor is None or factor.confirmed_at is not None:
        raise domain.SecondFactorNotStarted
    code = second_factor.plain(wanted.code.get_secret_value())
    step = second_factor.matching_step(_seed_of(work, factor), code, work.now, None)
    if step is None:
        detail = "Use the six digits the app shows now. If they are refused again, set the clock of the device."
        raise ValidationFailed.at("/code", detail, "wrong_code")
    factor.confirmed_at, factor.last_step = work.now, step
    codes = second_factor.new_recovery_codes()
    for one in codes:
        work.add(models.RecoveryCode(practitioner_id=work.caller.id, code_hash=second_factor.hash_of_code(one)))
    end_other_sign_ins(work)
    if work.caller.sign_in_id is not None:
        work.session.get_one(SignIn, work.caller.sign_in_id).has_second_factor = True
    tell(work, work.caller.id, NoticeKind.SECOND_FACTOR_ADDED)
    work.record(domain.SecondFactorAdded(entity_id=work.caller.id))
    return schemas.NewRecoveryCodes(recovery_codes=codes)


def remove_second_factor(work: UnitOfWork) -> None:
    """Take the caller's own second factor away; every other sign-in of hers ends."""
    _remove(work, work.caller.id)
    end_other_sign_ins(work)
    if work.caller.sign_in_id is not None:
        work.session.get_one(SignIn, work.caller.sign_in_id).has_second_factor = False
    work.record(domain.SecondFactorRemoved(entity_id=work.caller.id))


def reset_second_factor(work: UnitOfWork, practitioner_id: UUID) -> None:
    """Take a colleague's second factor away, who has lost it, and end all her sign-ins."""
    practitioner = work.get(Practitioner, practitioner_id)
    _remove(work, practitioner.id)
    end_access_of(work, practitioner.id)
    work.record(domain.SecondFactorReset(entity_id=practitioner.id))


def proves_second_factor(work: UnitOfWork, code: str | None) -> bool | None:
    """Say whether the caller gave a good code, which then is spent; None when she has no second factor."""
    factor = _factor_of(work, work.caller.id)
    if factor is None or factor.confirmed_at is None:
        return None
    given = second_factor.plain(code or "")
    if second_factor.is_app_code(given):
        step = second_factor.matching_step(_seed_of(work, factor), given, work.now, factor.last_step)
        factor.last_step = factor.last_step if step is None else step
        return step is not None
    wanted, left = second_factor.hash_of_code(given), list(_codes_left(work))
    good = next((one for one in left if one.code_hash == wanted), None)
    if good is not None:
        good.spent_at = work.now
        work.record(domain.RecoveryCodeUsed(entity_id=work.caller.id, left=len(left) - 1))
    return good is not None


def end_other_sign_ins(work: UnitOfWork) -> None:
    """End every sign-in of the caller's but the one she came with."""
    clinic_id, person_id, kept = work.caller.clinic_id, work.caller.id, work.caller.sign_in_id
    work.session.execute(identity_queries.end_sign_ins_of(clinic_id, person_id, work.now, but=kept))
    work.session.execute(identity_queries.revoke_tokens_of_other_sign_ins(clinic_id, person_id, kept, work.now))


def _factor_of(work: UnitOfWork, practitioner_id: UUID) -> models.SecondFactor | None:
    return work.session.execute(queries.second_factor_of(practitioner_id)).scalar_one_or_none()


def _seed_of(work: UnitOfWork, factor: models.SecondFactor) -> str:
    return work.vault.open(models.SEED, work.caller.clinic_id, factor.id, factor.seed)


def _codes_left(work: UnitOfWork) -> list[models.RecoveryCode]:
    return list(work.session.execute(queries.unspent_codes_of(work.caller.id)).scalars())


def _remove(work: UnitOfWork, practitioner_id: UUID) -> None:
    factor = _factor_of(work, practitioner_id)
    if factor is None or factor.confirmed_at is None:
        raise domain.NoSecondFactor
    work.session.delete(factor)
    work.session.execute(queries.forget_codes_of(practitioner_id))
    tell(work, practitioner_id, NoticeKind.SECOND_FACTOR_REMOVED)


def tell(work: UnitOfWork, practitioner_id: UUID, kind: NoticeKind) -> None:
    """Send a practitioner word of what changed about how she signs in: it may not have been her."""
    notices.notify(work, [practitioner_id], kind, about="practitioner", about_id=practitioner_id)
