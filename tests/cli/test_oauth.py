"""The keys that sign programs' tokens at the command line, on both engines."""

from asyncio import run
from dataclasses import replace

from app.settings import Settings
from tests.access.oauth.test_our_tokens import header_of
from tests.support.house import Api, open_house
from tests.support.keys import replaced, replacing, stance
from tests.support.programs import Program, program_of


async def founded(settings: Settings) -> Program:
    """Found a clinic whose program has had a token."""
    async with open_house(settings) as house:
        program = await program_of(await house.clinic())
        await program.token()
        return program


async def key_used(settings: Settings, program: Program) -> str:
    """Get a token in a process that has just begun, use it, and return the name of the key that signed it."""
    async with open_house(settings) as house:
        api = await replace(program, house=house).token()
        assert (await api.get("/clients")).status_code == 200
        return str(header_of(str(api.token))["kid"])


async def is_taken(settings: Settings, token: str) -> bool:
    async with open_house(settings) as house:
        return (await Api(house.client, token).get("/clients")).status_code == 200


def test_a_new_key_is_published_an_hour_before_it_signs(settings: Settings) -> None:
    assert "no key yet" in stance(settings, "oauth", "keys").stdout
    program = run(founded(settings))
    before = run(key_used(settings, program))
    shown = stance(settings, "oauth", "keys").stdout
    assert shown.startswith(f"{before}: active, signs from 2026-03-02 09:00 UTC")
    rotated = stance(settings, "oauth", "rotate-key")
    assert rotated.returncode == 0, rotated.stderr
    again = stance(settings, "oauth", "rotate-key")
    assert again.stdout == rotated.stdout, "one waits already"
    following = rotated.stdout.split()[0]
    lines = stance(settings, "oauth", "keys").stdout.splitlines()
    assert lines[-1].startswith(f"{following}: next")
    assert run(key_used(settings, program)) == before


def test_at_once_ends_every_token_there_is(settings: Settings) -> None:
    program = run(founded(settings))

    async def token() -> str:
        async with open_house(settings) as house:
            return str((await replace(program, house=house).token()).token)

    issued = run(token())
    assert run(is_taken(settings, issued))
    assert stance(settings, "oauth", "rotate-key", "--at-once").returncode == 0
    assert not run(is_taken(settings, issued))
    (line,) = stance(settings, "oauth", "keys").stdout.splitlines()
    assert "active" in line


def test_the_keys_follow_the_master_key(settings: Settings) -> None:
    program = run(founded(settings))
    before = run(key_used(settings, program))
    both = replacing(settings)
    assert run(key_used(both, program)) == before
    behind = stance(both, "keys", "check")
    assert (behind.returncode, "keys that sign tokens: 0 of 1" in behind.stdout) == (1, True), behind.stdout
    done = stance(both, "keys", "rotate-master")
    assert "keys that sign tokens: 1 put under the current master key" in done.stdout, done.stderr
    if settings.is_sqlite:
        assert stance(both, "keys", "rekey-file").returncode == 0
    after = stance(replaced(both), "keys", "check")
    assert (after.returncode, "keys that sign tokens: 1 of 1" in after.stdout) == (0, True), after.stdout
    assert run(key_used(replaced(both), program)) == before
