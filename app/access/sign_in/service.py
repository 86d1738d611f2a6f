"""What can be done with a sign-in: start it, go on with it, prove again who one is, and end it here or everywhere."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import CursorResult

from app.access.clinics.service import own_clinic
from app.access.identity import queries as identity_queries
from app.access.identity.domain import NotSignedInHere, TokenKind, hash_of, new_token
from app.access.identity.models import BearerToken, SignIn
from app.access.identity.password_rules import check_password
from app.access.identity.service import end_access_of, store_token
from app.access.notices import service as notices
from app.access.notices.domain import NoticeKind
from app.access.practitioners.models import Practitioner
from app.access.sign_in import domain, models, queries, schemas
from app.access.sign_in.enrolment import end_other_sign_ins, proves_second_factor, tell
from app.core.work import UnitOfWork


def answer_sign_in(
    work: UnitOfWork, wanted: schemas.SignIn, lasts: domain.Lifetimes, *, is_right: bool
) -> schemas.AccessToken | None:
    """Start a sign-in of the caller when the password was right, she is still here, and her code is good.

    Whatever is wrong, the same is written and the answer is the same None: with the password alone nobody learns
    that it is the right one.
    """
    is_here = bool(work.rows(identity_queries.PRACTITIONER, holder_id=work.caller.id))
    proof = _proof(work, wanted.code, is_right=is_right and is_here)
    if proof is None:
        work.record(domain.SignInFailed())
        return None
    return start_sign_in(work, lasts, has_second_factor=proof)


def start_sign_in(work: UnitOfWork, lasts: domain.Lifetimes, *, has_second_factor: bool = False) -> schemas.AccessToken:
    """Start a sign-in of the caller, who has proved who she is, and forget those that are long over."""
    for forget in queries.forget_before(work.caller.clinic_id, work.caller.id, work.now - domain.FORGOTTEN_AFTER):
        work.session.execute(forget.execution_options(synchronize_session=False))
    sign_in = SignIn(
        clinic_id=work.caller.clinic_id,
        practitioner_id=work.caller.id,
        created_at=work.now,
        authenticated_at=work.now,
        has_second_factor=has_second_factor,
        idle_until=work.now + lasts.idle,
        ends_at=work.now + lasts.whole,
    )
    work.add(sign_in)
    work.record(domain.SignedIn(entity_id=sign_in.id, with_second_factor=has_second_factor))
    return _next_pair(work, sign_in, lasts)


def refresh(work: UnitOfWork, token_id: UUID, sign_in_id: UUID, lasts: domain.Lifetimes) -> schemas.AccessToken | None:
    """Go on with a sign-in: the next pair of tokens, or None when it is over.

    A refresh token that was spent before ends the sign-in with all its tokens (RFC 9700, 4.14.2): a thief and the
    owner cannot be told apart. Coming soon after the first forgives nothing; a frontend refreshes once at a time.
    """
    outcome = cast("CursorResult[Any]", work.session.execute(queries.spend(token_id, work.now)))
    sign_in = work.session.get(SignIn, sign_in_id)
    if sign_in is None or sign_in.ended_at is not None or not sign_in.is_alive(work.now):
        return None
    if outcome.rowcount == 0:
        _end(work, sign_in)
        notices.notify(work, [work.caller.id], NoticeKind.REFRESH_TOKEN_REUSED, about="sign_in", about_id=sign_in.id)
        work.record(domain.RefreshTokenReused(entity_id=sign_in.id))
        return None
    if not work.rows(identity_queries.PRACTITIONER, holder_id=work.caller.id):
        return None
    sign_in.idle_until = work.now + lasts.idle
    return _next_pair(work, sign_in, lasts)


def answer_step_up(
    work: UnitOfWork, wanted: schemas.StepUp, fresh_for: timedelta, *, is_right: bool
) -> schemas.Proof | None:
    """Note that the caller has proved again who she is; None, and a line in the audit log, when she has not."""
    sign_in, has_second_factor = _own(work), _proof(work, wanted.code, is_right=is_right)
    if has_second_factor is None:
        work.record(domain.StepUpFailed(entity_id=sign_in.id))
        return None
    sign_in.authenticated_at = work.now
    sign_in.has_second_factor = sign_in.has_second_factor or has_second_factor
    work.record(domain.SteppedUp(entity_id=sign_in.id, with_second_factor=has_second_factor))
    return schemas.Proof(
        authenticated_at=work.now,
        fresh_until=work.now + fresh_for,
        has_second_factor=sign_in.has_second_factor,
    )


def change_password(work: UnitOfWork, wanted: schemas.PasswordChange, password_hash: str) -> None:
    """Replace the password of the caller, whose old one was right; her other sign-ins end."""
    _set_password(work, work.caller.id, wanted.new_password.get_secret_value(), password_hash)
    end_other_sign_ins(work)
    work.record(domain.PasswordChanged(entity_id=work.caller.id))


def reset_password(work: UnitOfWork, practitioner_id: UUID, wanted: schemas.PasswordReset, password_hash: str) -> None:
    """Give a colleague another password and end all her sign-ins."""
    practitioner = work.get(Practitioner, practitioner_id)
    _set_password(work, practitioner.id, wanted.new_password.get_secret_value(), password_hash)
    end_access_of(work, practitioner.id)
    work.record(domain.PasswordReset(entity_id=practitioner.id))


def renew_hash(work: UnitOfWork, password_hash: str) -> None:
    """Keep the caller's password, which was right, hashed as passwords are hashed now."""
    work.session.execute(identity_queries.set_password(work.caller.clinic_id, work.caller.id, password_hash))


def note_wrong_password(work: UnitOfWork) -> None:
    """Write down that somebody with the caller's token gave a wrong password."""
    work.record(domain.StepUpFailed(entity_id=work.caller.sign_in_id))


def sign_out(work: UnitOfWork) -> None:
    """End the sign-in the caller came with, or the token when it belongs to none.

    A JSON Web Token is somebody's statement and nobody's to take back: it ends by itself.
    """
    if work.caller.known_until is not None:
        raise NotSignedInHere("Sign out at your identity provider; a token it signed ends by itself.")
    if work.caller.sign_in_id is not None:
        _end(work, _own(work))
    elif work.caller.credential_id is not None:
        token = work.session.get(BearerToken, work.caller.credential_id)
        if token is not None:
            token.revoked_at = work.now
    work.record(domain.SignedOut(entity_id=work.caller.credential_id))


def sign_out_everywhere(work: UnitOfWork) -> None:
    """End every sign-in of the caller's, with all tokens, and her emergency accesses."""
    end_access_of(work, work.caller.id)
    work.record(domain.SignedOutEverywhere(entity_id=work.caller.sign_in_id))


def _proof(work: UnitOfWork, code: SecretStr | None, *, is_right: bool) -> bool | None:
    """Say whether the caller proved more than a password; None when she proved nothing."""
    if not is_right:
        return None
    is_good = proves_second_factor(work, code.get_secret_value() if code is not None else None)
    return {True: True, False: None, None: False}[is_good]


def _set_password(work: UnitOfWork, practitioner_id: UUID, password: str, password_hash: str) -> None:
    clinic_id = work.caller.clinic_id
    login = work.one(identity_queries.credential_of_practitioner(clinic_id, practitioner_id)).login
    name = work.session.get_one(Practitioner, (clinic_id, practitioner_id)).display_name
    check_password(password, (login, name, own_clinic(work).name), "/new_password")
    work.session.execute(identity_queries.set_password(clinic_id, practitioner_id, password_hash))
    tell(work, practitioner_id, NoticeKind.PASSWORD_CHANGED)


def _own(work: UnitOfWork) -> SignIn:
    return work.session.get_one(SignIn, work.caller.sign_in_id)


def _end(work: UnitOfWork, sign_in: SignIn) -> None:
    sign_in.ended_at = work.now
    work.session.execute(identity_queries.revoke_tokens_of_sign_in(sign_in.id, work.now))


def _next_pair(work: UnitOfWork, sign_in: SignIn, lasts: domain.Lifetimes) -> schemas.AccessToken:
    access, following = new_token(TokenKind.SIGN_IN), domain.new_refresh_token()
    expires_at = min(work.now + lasts.access, sign_in.ends_at)
    store_token(work, TokenKind.SIGN_IN, access, sign_in.practitioner_id, expires_at, sign_in_id=sign_in.id)
    work.add(
        models.RefreshToken(
            token_hash=hash_of(following),
            clinic_id=sign_in.clinic_id,
            practitioner_id=sign_in.practitioner_id,
            sign_in_id=sign_in.id,
            ends_at=sign_in.ends_at,
        )
    )
    return schemas.AccessToken(
        access_token=access,
        expires_at=expires_at,
        refresh_token=following,
        refresh_expires_at=min(sign_in.idle_until, sign_in.ends_at),
        practitioner_id=sign_in.practitioner_id,
        clinic_id=sign_in.clinic_id,
    )
