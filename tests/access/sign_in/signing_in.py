"""Somebody who really signs in, and what she then holds."""

from dataclasses import dataclass
from typing import Any

import httpx

from app.core.ids import new_id
from tests.support.house import PASSWORD, Api, Clinic


@dataclass
class Kim:
    """A therapist with a login of her own."""

    clinic: Clinic
    id: str
    login: str

    async def tries(self, password: str = PASSWORD, **more: Any) -> httpx.Response:
        """Try to sign in."""
        wanted = {"login": self.login, "password": password, **more}
        return await self.clinic.house.anonymous.post("/auth/sign-in", wanted)

    async def signs_in(self, **more: Any) -> "SignedIn":
        """Sign in, which must succeed."""
        answer = await self.tries(**more)
        assert answer.status_code == 200, answer.text
        return SignedIn(self.clinic, answer.json())


class SignedIn:
    """One sign-in of hers, with the newest pair of tokens."""

    def __init__(self, clinic: Clinic, pair: Any) -> None:
        self.clinic, self.pair = clinic, pair

    @property
    def api(self) -> Api:
        return Api(self.clinic.house.client, self.pair["access_token"], self.pair["practitioner_id"])

    async def sends(self, refresh_token: str) -> httpx.Response:
        return await self.clinic.house.anonymous.post("/auth/refresh", {"refresh_token": refresh_token})

    async def refreshes(self) -> "SignedIn":
        """Go on, which must succeed; the old pair stays known as what is returned."""
        answer = await self.sends(self.pair["refresh_token"])
        assert answer.status_code == 200, answer.text
        before = SignedIn(self.clinic, self.pair)
        self.pair = answer.json()
        return before

    async def is_in(self) -> bool:
        """Say whether her access token works, as a process sees it that remembers nobody."""
        self.clinic.house.door.forget_everyone()
        status = (await self.api.get("/me")).status_code
        assert status in (200, 401)
        return status == 200


async def hired(clinic: Clinic, *roles: str) -> Kim:
    """Let somebody join who can sign in over HTTP."""
    login = f"kim.{new_id().hex}"
    wanted = {"display_name": "Kim", "roles": list(roles or ("therapist",)), "login": login, "password": PASSWORD}
    person = await clinic["admin"].made("/practitioners", wanted)
    return Kim(clinic, person["id"], login)


def told(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


async def entries_of(clinic: Clinic, person_id: str) -> list[str]:
    """Return the types of what a person did, oldest first, as the audit log has them."""
    log = await clinic["admin"].read(f"/audit-events?actor_id={person_id}")
    return [entry["type"] for entry in reversed(log["data"])]
