"""Paths of signing in, going on, proving again who one is, and signing out."""

from fastapi import APIRouter, Request, status

from app.access.identity.access import CurrentCaller
from app.access.identity.door import Door
from app.access.sign_in import schemas, service
from app.access.sign_in.desk import Desk
from app.core.openapi import WITH_BODY, problems

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/sign-in", summary="Sign in", responses=problems(*WITH_BODY), openapi_extra={"security": []})
async def sign_in(body: schemas.SignIn, request: Request) -> schemas.AccessToken:
    """Exchange a login and its password for a bearer token, and a refresh token for the next.

    Unknown logins and wrong passwords get the same answer.
    """
    await request.app.state.rate_limits.count_sign_in(request.scope, body.login)
    desk: Desk = request.app.state.desk
    return await desk.sign_in(body)


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
    """Give the password again, after which sensitive acts are open for 15 minutes.

    Ask for it when an answer is 401 with the code `insufficient_user_authentication`; the tokens stay as they are. It
    is for people who signed in here with a password.
    """
    await request.app.state.rate_limits.count_sign_in(request.scope, str(caller.id))
    desk: Desk = request.app.state.desk
    return await desk.step_up(caller, body)


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
