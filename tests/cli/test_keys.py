"""Replacing the master key at the command line, on both engines."""

import base64
import signal
from asyncio import run
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.access.clinics.service import create_clinic
from app.cli.keys import refuse_wrong_master_key
from app.core.ids import new_id
from app.opening import operator_of, transactions_of
from app.settings import Settings
from tests.support.keys import NAMES, drawn, found, names_seen, replaced, replacing, stance, stance_process

NEEDLESS = "with PostgreSQL there is nothing to do"
NOT_TAKEN = "do not open with this master key"


def rekeyed(settings: Settings) -> None:
    if settings.is_sqlite:
        assert stance(settings, "keys", "rekey-file").returncode == 0


@pytest.mark.parametrize(
    "weak", [bytes(32), b"abcd" * 8, b"the quick brown fox jumps, twice", bytes(range(32)), b"short"]
)
def test_a_weak_key_does_not_start_and_is_not_shown(weak: bytes, tmp_path: Path) -> None:
    key = base64.b64encode(weak).decode()
    result = stance(Settings(database_url=f"sqlite:///{tmp_path}/a.db", master_key=SecretStr(key)), "serve")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "make one with: openssl rand -base64 32" in result.stderr
    assert key not in result.stderr
    assert weak.decode("latin1") not in result.stderr


def test_a_replaced_key_is_not_needed_any_more_and_opens_nothing(settings: Settings) -> None:
    (token,) = run(found(settings))
    both = replacing(settings)
    assert run(names_seen(both, token)) == NAMES, "before"
    assert stance(both, "keys", "check").returncode == 1
    assert stance(replaced(both), "serve").returncode == 1, "nothing is under the new key yet"
    result = stance(both, "keys", "rotate-master")
    assert (result.returncode, "3 keys put under" in result.stdout) == (0, True), result.stderr
    assert run(names_seen(both, token)) == NAMES, "after"
    refused = stance(settings, "serve")
    assert (refused.returncode, "1 of 1 clinics" in refused.stderr, NOT_TAKEN in refused.stderr) == (1, True, True)
    rekeyed(both)
    done = stance(replaced(both), "keys", "check")
    assert (done.returncode, "3 of 3 keys" in done.stdout) == (0, True), done.stdout
    assert run(names_seen(replaced(both), token)) == NAMES
    refused = stance(settings, "serve")
    assert (refused.returncode, "open with this master key" in refused.stderr) == (1, True), refused.stderr
    again = stance(both, "keys", "rotate-master")
    assert (again.returncode, "0 keys put under" in again.stdout) == (0, True)
    assert stance(replaced(both), "audit", "verify").returncode == 0


def test_replacing_is_logged_in_every_clinic_it_changed(settings: Settings) -> None:
    run(found(settings))
    both = replacing(settings)
    for _ in range(2):
        stance(both, "keys", "rotate-master")
    (clinic,) = [line.split()[1].rstrip(":") for line in stance(both, "keys", "rotate-master").stdout.splitlines()][:1]
    exported = stance(both, "audit", "export", "--clinic", clinic).stdout
    assert exported.count("clinic.keys_rewrapped") == 1


def test_who_is_killed_in_the_middle_goes_on_where_it_was(settings: Settings) -> None:
    tokens = run(found(settings, clinics=8))
    both = replacing(settings)
    with stance_process(both, "keys", "rotate-master") as process:
        assert process.stdout is not None
        assert "3 keys put under" in process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    for token in tokens:
        assert run(names_seen(both, token)) == NAMES
    result = stance(both, "keys", "rotate-master")
    assert (result.returncode, len(tokens)) == (
        0,
        sum(line.startswith("clinic ") for line in result.stdout.split("\n")),
    )
    assert "clinic" in result.stdout.split(": 0 keys")[0], "what was done stayed done"
    rekeyed(both)
    for token in tokens:
        assert run(names_seen(replaced(both), token)) == NAMES


def test_a_clinic_without_accounts_is_done_when_it_is_named(settings: Settings) -> None:
    clinic_id = new_id()

    async def create() -> None:
        transactions = transactions_of(settings)
        await transactions.write(operator_of(clinic_id), create_clinic, "Empty", "Europe/London")
        await transactions.close()

    run(create())
    both = replacing(settings)
    named = ("--clinic", str(clinic_id))
    assert "under the previous" in stance(both, "keys", "check", *named).stdout
    assert "3 keys put under" in stance(both, "keys", "rotate-master", *named).stdout
    rekeyed(both)
    assert stance(replaced(both), "keys", "check", *named).returncode == 0
    assert stance(both, "keys", "rotate-master", "--clinic", str(new_id())).returncode == 1, "there is no such clinic"
    assert stance(both, "keys", "check", "--clinic", str(new_id())).returncode == 2


def test_a_clinic_under_a_third_key_holds_up_no_other(settings: Settings) -> None:
    (token,) = run(found(settings))
    both = replacing(settings)
    if settings.is_sqlite:
        wrong = both.model_copy(update={"previous_master_key": drawn()})
        refused = stance(wrong, "keys", "rotate-master")
        assert (refused.returncode, "does not open with this master key" in refused.stderr) == (1, True)
        return
    wrong = both.model_copy(update={"previous_master_key": drawn()})
    (other,) = run(found(wrong))
    assert stance(wrong, "keys", "check").returncode == 2
    refused = stance(wrong, "keys", "rotate-master")
    assert (refused.returncode, refused.stderr.count("not done")) == (1, 1)
    assert stance(both, "keys", "rotate-master").returncode == 0
    assert run(names_seen(replaced(both), token)) == NAMES
    assert run(names_seen(replaced(both), other)) == NAMES


@pytest.mark.parametrize("act", ["rotate-master", "rekey-file"])
def test_both_keys_must_be_given_and_differ(act: str, settings: Settings) -> None:
    same = settings.model_copy(update={"previous_master_key": settings.master_key})
    for given, said in ((settings, "Set STANCE_PREVIOUS_MASTER_KEY_FILE"), (same, "are the same")):
        result = stance(given, "keys", act)
        needless = act == "rekey-file" and not settings.is_sqlite
        assert (result.returncode, (NEEDLESS if needless else said) in result.stderr) == (1, True)


def test_a_previous_key_may_be_weak_but_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/a.db", master_key=drawn())
    weak = SecretStr(base64.b64encode(bytes(32)).decode())
    assert stance(settings.model_copy(update={"previous_master_key": weak}), "migrate").returncode == 0
    unreadable = stance(settings.model_copy(update={"previous_master_key": SecretStr("qzx7canary")}), "migrate")
    assert (unreadable.returncode, "previous master key cannot be read" in unreadable.stderr) == (1, True)
    assert "qzx7canary" not in unreadable.stderr
    with monkeypatch.context() as wrong:
        wrong.setenv("STANCE_PREVIOUS_MASTER_KEY_FILE", str(tmp_path / "none"))
        missing = stance(settings, "migrate")
    assert (missing.returncode, "names a file that is not there" in missing.stderr) == (1, True)


def test_the_check_at_the_start_leaves_a_missing_database_to_readiness(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/a.db", master_key=drawn())
    refuse_wrong_master_key(settings)
    assert not (tmp_path / "a.db").exists()
    (tmp_path / "a.db").touch()
    refuse_wrong_master_key(settings)
    nowhere = Settings(database_url=f"postgresql://stance@localhost/stance?host={tmp_path}", master_key=drawn())
    refuse_wrong_master_key(nowhere)
