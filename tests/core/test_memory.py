"""What a process holds in memory is not written down when it dies or is printed."""

import base64
import os
import subprocess
import sys
import traceback

import pytest
from pydantic import ValidationError

from app.access.identity.domain import PERMISSIONS_OF
from app.access.practitioners.domain import Role
from app.core.caller import Caller, CallerKind
from app.core.crypto import FieldKey, KeyRing, MasterKey, SealBroken, SealedColumn, seal, unseal
from app.core.ids import new_id
from app.opening import engines_of, master_key_of
from app.settings import Settings
from tests.support.server import ROOT

SECRET = "qzx7canary"
LOOK = """
import ctypes, resource
from app.core.memory import forbid_dumps
forbid_dumps()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the switch is Linux's")
def test_a_process_that_dies_leaves_no_core_file() -> None:
    told = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "(0, 0) 0\n"


def test_settings_show_no_secret() -> None:
    settings = Settings(
        database_url=f"postgresql://stance:{SECRET}@localhost/stance",
        migration_database_url=f"postgresql://owner:{SECRET}@localhost/stance",
        rate_limit_storage=f"redis://:{SECRET}@localhost",
        master_key=SECRET,
        previous_master_key=SECRET,
    )
    assert SECRET not in repr(settings) + str(settings) + f"{settings}"


def test_keys_and_callers_show_no_secret() -> None:
    master = MasterKey(SECRET.ljust(32, "x").encode(), is_leaving=True)
    caller = Caller(CallerKind.PRACTITIONER, new_id(), new_id(), frozenset(PERMISSIONS_OF[Role.THERAPIST]))
    for one in (master, KeyRing(master), caller):
        assert SECRET not in repr(one) + str(one)


def test_settings_that_are_refused_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCE_MASTER_KEY", SECRET)
    monkeypatch.setenv("STANCE_DATABASE_URL", f"postgresql://stance:{SECRET}@localhost/stance")
    for name, value in (("STANCE_MASTERKEY", SECRET), ("STANCE_PORT", SECRET), ("STANCE_TLS_KEY_FILE", SECRET)):
        with monkeypatch.context() as wrong:
            wrong.setenv(name, value)
            with pytest.raises(ValidationError) as refusal:
                Settings()
        assert SECRET not in "".join(traceback.format_exception(refusal.value))


def test_no_traceback_shows_a_key() -> None:
    secret = os.urandom(32)
    master, ring = MasterKey(secret), KeyRing(MasterKey(os.urandom(32)), previous=MasterKey(os.urandom(32)))
    key = FieldKey.of(1, secret)
    sealed = seal(key, new_id(), SealedColumn("notes", "body"), new_id(), b"text")
    for act in (
        lambda: ring.unwrap(master.wrap(secret)),
        lambda: unseal({1: key}, new_id(), SealedColumn("notes", "body"), new_id(), sealed),
        lambda: MasterKey(secret[:31]),
        lambda: MasterKey.from_base64(base64.b64encode(secret).decode() + "AAAA"),
        lambda: MasterKey.from_base64(base64.b64encode(secret).decode().replace("=", "!")),
        lambda: MasterKey.from_base64(secret.hex()),
    ):
        with pytest.raises((SealBroken, ValueError)) as refusal:
            act()
        told = "".join(traceback.format_exception(refusal.value))
        forms = (secret.hex(), secret[:31].hex(), base64.b64encode(secret).decode()[:40], repr(secret)[2:-1])
        assert not [form for form in forms if form in told]


async def test_no_engine_echoes_sql_or_shows_parameters(settings: Settings) -> None:
    engines = engines_of(settings, master_key_of(settings))
    found = [part for part in vars(engines).values() if hasattr(getattr(part, "sync_engine", part), "hide_parameters")]
    assert found
    for part in found:
        engine = getattr(part, "sync_engine", part)
        assert engine.hide_parameters
        assert not engine.echo
    await engines.close()
