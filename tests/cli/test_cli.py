"""The operator's commands, on both engines, without the service running."""

import asyncio
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import app as stance
from app.cli.commands import main
from app.demo.people import PEOPLE
from app.settings import Settings
from tests.support.databases import PostgresqlDatabases, SqliteDatabases
from tests.support.house import open_house
from tests.support.server import environment_of

NOBODY = ("--clinic", "01a200d2-9f0e-7e32-947d-4302c79b8b7e")
Invoke = Callable[..., Result]


@pytest.fixture
def empty(databases: SqliteDatabases | PostgresqlDatabases) -> Iterator[Settings]:
    yield from databases.empty()


@pytest.fixture
def invoke(empty: Settings, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    for name, value in environment_of(empty).items():
        monkeypatch.setenv(name, value)
    if empty.migration_database_url is not None:
        monkeypatch.setenv("STANCE_MIGRATION_DATABASE_URL", empty.migration_database_url)
    return lambda *arguments: CliRunner().invoke(stance, list(arguments))


def printed(result: Result, name: str) -> str:
    return next(line.removeprefix(f"{name}: ") for line in result.stdout.splitlines() if line.startswith(name))


def test_an_operator_sets_up_a_clinic_its_people_and_its_programs(invoke: Invoke, empty: Settings) -> None:
    assert invoke("migrate").exit_code == 0
    clinic = invoke("create-clinic", "--name", "Our clinic", "--time-zone", "Europe/London").stdout.strip()
    person = invoke(
        "create-practitioner", "--clinic", clinic, "--name", "Ada", "--login", "ada", "--role", "clinic_admin"
    )
    program = invoke("create-service-account", "--clinic", clinic, "--name", "EHR", "--scope", "clients:read")
    assert (person.exit_code, program.exit_code) == (0, 0)

    async def look() -> tuple[httpx.Response, httpx.Response]:
        async with open_house(empty) as house:
            password = printed(person, "password")
            token = await house.anonymous.made("/auth/sign-in", {"login": "ada", "password": password})
            headers = {"Authorization": f"Bearer {token['access_token']}"}
            me = await house.anonymous.get("/me", headers=headers)
            headers = {"Authorization": f"Bearer {printed(program, 'key')}"}
            return me, await house.anonymous.get("/clients", headers=headers)

    me, clients = asyncio.run(look())
    assert (me.json()["display_name"], me.json()["roles"]) == ("Ada", ["clinic_admin"])
    assert clients.status_code == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create-clinic", "--name", "Ours", "--time-zone", "Mars/Olympus"], "/time_zone: Use an IANA time zone"),
        (["create-practitioner", *NOBODY, "--name", "Ada", "--login", "A B", "--role", "doctor"], "login: "),
        (
            ["create-practitioner", *NOBODY, "--name", "Ada", "--login", "ada", "--role", "doctor"],
            "There is no clinic with this id",
        ),
    ],
)
def test_what_is_wrong_is_said_plainly(
    arguments: list[str],
    said: str,
    invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    invoke("migrate")
    monkeypatch.setattr("sys.argv", ["stance", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    printed = capsys.readouterr().err
    assert stopped.value.code == 1
    assert said in printed
    assert not {"Ada", "A B", "ada", "Traceback"} & set(printed.replace(",", " ").split())


def test_a_master_key_is_made_once_and_only_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys" / "master.key"
    monkeypatch.setenv("STANCE_MASTER_KEY_FILE", str(path))
    assert CliRunner().invoke(stance, ["create-key"]).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_text()
    assert CliRunner().invoke(stance, ["create-key"]).exit_code != 0
    assert path.read_text() == before


def test_sqlite_is_served_by_one_process_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STANCE_DATABASE_URL", f"sqlite:///{tmp_path}/a.db")
    assert CliRunner().invoke(stance, ["serve", "--workers", "2"]).exit_code == 2


def test_a_rendition_that_drifted_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("app.cli.contract.OPENAPI", tmp_path)
    assert CliRunner().invoke(stance, ["openapi", "--check"]).exit_code == 1, "nothing is there yet"
    assert CliRunner().invoke(stance, ["openapi"]).exit_code == 0
    assert CliRunner().invoke(stance, ["openapi", "--check"]).exit_code == 0
    drifted = tmp_path / "openapi.yaml"
    drifted.write_text(drifted.read_text().replace("3.1.0", "3.1.1"))
    result = CliRunner().invoke(stance, ["openapi", "--check"])
    assert (result.exit_code, "(openapi.yaml)" in result.stderr) == (1, True)


def test_the_demo_clinic_is_loaded_once(invoke: Invoke) -> None:
    invoke("migrate")
    clinic = invoke("create-clinic", "--name", "Ours", "--time-zone", "Europe/London").stdout.strip()
    taken = PEOPLE[0].login
    invoke("create-practitioner", "--clinic", clinic, "--name", "Ada", "--login", taken, "--role", "therapist")
    result = invoke("demo")
    assert (result.exit_code, result.stderr.strip()) == (1, "The demo clinic is already in this database.")
