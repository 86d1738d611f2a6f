"""Paths of signing in, going on, proving again who one is, second factors, and signing out."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, status

from app.access.identity.access import CurrentCaller, transact_as
from app.access.identity.door import Door
from app.access.sign_in import enrolment, schemas, service
from app.access.sign_in.desk import Desk
from app.core.caller import Permission
from app.core.openapi import WITH_BODY, problems
from app.core.rate_limits import address_of
from app.core.routing import slice_router
from app.core.transactions import Transact

router = slice_router("/auth", tag="auth")
staff = slice_router("/practitioners", tag="practitioners")

WriteStaff = Annotated[Transact, Depends(transact_as(Permission.PRACTITIONERS_WRITE))]


@router.post("/sign-in", summary="Sign in", responses=problems(*WITH_BODY), openapi_extra={"security": []})
async def sign_in(body: schemas.SignIn, request: Request) -> schemas.AccessToken:
    """Exchange a login and its password for a bearer token, and a refresh token for the next.

    Who has a second factor sends its present code in the same request, so show a field for it. Unknown logins, wrong
    passwords and codes that are wrong, missing or used before get the same answer: whoever guesses or has stolen a
    password is not told that it is the right one. After five failures each one more makes the wait longer, up to five
    minutes: 429 with `Retry-After`.
    """
    await request.app.state.rate_limits.count_sign_in(request.scope, body.login)
    desk: Desk = request.app.state.desk
    return await desk.sign_in(body, address_of(request.scope))


@router.post("/refresh", summary="Go on with a sign-in", responses=problems(*WITH_BODY), openapi_extra={"security": []})
async def refresh_sign_in(body: schemas.Refresh, request: Request) -> schemas.AccessToken:
    """Exchange the refresh token for the next bearer token and the next refresh token.

    A refresh token works once. If one comes a second time, the whole sign-in is ended, because somebody else may have
    it; so never send two of these requests at a time. A sign-in that was not refreshed for 30 minutes is over, and
    every sign-in is over after 12 hours, unless the operator chose other times.
    """
    desk: Desk = request.app.state.desk
    return await desk.refresh(body)


@router.post("/step-up", summary="Prove again who you are", responses=problems(*WITH_BODY))
async def step_up(body: schemas.StepUp, caller: CurrentCaller, request: Request) -> schemas.Proof:
    """Give the password again, and a code if you have a second factor: sensitive acts are open for 15 minutes.

    Ask for it when an answer is 401 with the code `insufficient_user_authentication`; the tokens stay as they are. It
    is for people who signed in here with a password.
    """
    await request.app.state.rate_limits.count_sign_in(request.scope, str(caller.id))
    desk: Desk = request.app.state.desk
    return await desk.step_up(caller, body, address_of(request.scope))


@router.post("/sign-out", summary="Sign out", status_code=status.HTTP_204_NO_CONTENT, responses=problems())
async def sign_out(caller: CurrentCaller, request: Request) -> None:
    """End the sign-in this request came with, its refresh token included."""
    door: Door = request.app.state.door
    await door.transactions.write_in_reserve(caller, service.sign_out)
    door.forget_everyone()


@router.post(
    "/sign-out-everywhere",
    summary="Sign out everywhere",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(),
)
async def sign_out_everywhere(caller: CurrentCaller, request: Request) -> None:
    """End every sign-in of yours, on every device, and every emergency access. Within 5 seconds no token works."""
    door: Door = request.app.state.door
    await door.transactions.write_in_reserve(caller, service.sign_out_everywhere)
    door.forget_everyone()


@router.post(
    "/password",
    summary="Change your password",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(*WITH_BODY),
)
async def change_password(body: schemas.PasswordChange, caller: CurrentCaller, request: Request) -> None:
    """Replace your password. Every other sign-in of yours ends, and a notice tells you, in case it was not you."""
    await request.app.state.rate_limits.count_sign_in(request.scope, str(caller.id))
    desk: Desk = request.app.state.desk
    await desk.change_password(caller, body, address_of(request.scope))


@router.post("/second-factor", summary="Start setting up a second factor", responses=problems(409))
async def start_second_factor(caller: CurrentCaller, request: Request) -> schemas.SecondFactorStart:
    """Get the secret for an authenticator app, as text and as the address that a QR code holds.

    It counts from its first code on, at `POST /v1/auth/second-factor/confirm`. Until then this can be done again, and
    makes another secret.
    """
    door: Door = request.app.state.door
    return await door.transactions.write(caller, enrolment.start_second_factor)


@router.post("/second-factor/confirm", summary="Confirm the second factor", responses=problems(*WITH_BODY, 409))
async def confirm_second_factor(
    body: schemas.SecondFactorConfirmation, caller: CurrentCaller, request: Request
) -> schemas.NewRecoveryCodes:
    """Send the first code the app shows, and get ten recovery codes, which are shown this once.

    This sign-in counts as one with a second factor at once; every other sign-in of yours ends.
    """
    door: Door = request.app.state.door
    codes = await door.transactions.write(caller, enrolment.confirm_second_factor, body)
    door.forget_everyone()
    return codes


@router.delete(
    "/second-factor",
    summary="Remove your second factor",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(409),
)
async def remove_second_factor(caller: CurrentCaller, request: Request) -> None:
    """Take your second factor and its recovery codes away, to set up another. Every other sign-in of yours ends."""
    door: Door = request.app.state.door
    await door.transactions.write(caller, enrolment.remove_second_factor)
    door.forget_everyone()


@staff.delete(
    "/{practitioner_id}/second-factor",
    summary="Reset a practitioner's second factor",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, 409),
)
async def reset_second_factor(practitioner_id: UUID, transact: WriteStaff, request: Request) -> None:
    """Take the second factor of somebody away who has lost it, codes and all, and end her sign-ins.

    A notice tells her. Make sure first, by another way than e-mail, that it is her who asks.
    """
    await transact(enrolment.reset_second_factor, practitioner_id)
    request.app.state.door.forget_everyone()


@staff.post(
    "/{practitioner_id}/password",
    summary="Reset a practitioner's password",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(*WITH_BODY, 404),
)
async def reset_password(
    practitioner_id: UUID, body: schemas.PasswordReset, transact: WriteStaff, request: Request
) -> None:
    """Give somebody another password who forgot hers, and end her sign-ins. A second factor of hers stays.

    A notice tells her. Make sure first, by another way than e-mail, that it is her who asks.
    """
    door: Door = request.app.state.door
    password_hash = await door.passwords.hash(body.new_password.get_secret_value())
    await transact(service.reset_password, practitioner_id, body, password_hash)
    door.forget_everyone()
