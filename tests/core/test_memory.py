"""What a process holds in memory is not written down when it dies or is printed."""

import subprocess
import sys

import pytest

from app.access.identity.domain import PERMISSIONS_OF
from app.access.practitioners.domain import Role
from app.core.caller import Caller, CallerKind
from app.core.crypto import KeyRing, MasterKey
from app.core.ids import new_id
from app.main import engines_of, master_key_of
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
    )
    assert SECRET not in repr(settings) + str(settings) + f"{settings}"


def test_keys_and_callers_show_no_secret() -> None:
    master = MasterKey(SECRET.ljust(32, "x").encode())
    caller = Caller(CallerKind.PRACTITIONER, new_id(), new_id(), frozenset(PERMISSIONS_OF[Role.THERAPIST]))
    for one in (master, KeyRing(master), caller):
        assert SECRET not in repr(one) + str(one)


async def test_no_engine_echoes_sql_or_shows_parameters(settings: Settings) -> None:
    engines = engines_of(settings, master_key_of(settings))
    found = [part for part in vars(engines).values() if hasattr(getattr(part, "sync_engine", part), "hide_parameters")]
    assert found
    for part in found:
        engine = getattr(part, "sync_engine", part)
        assert engine.hide_parameters
        assert not engine.echo
    await engines.close()
