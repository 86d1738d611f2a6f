"""Rules of the house that no other tool checks."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "app").rglob("*.py"))
PYTHON = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "migrations").rglob("*.py"))]
SLICE_FILES = {"__init__", "domain", "models", "schemas", "queries", "service", "router"}


def where(pattern: str) -> set[str]:
    """Name the files of `app/` in which the pattern occurs."""
    return {str(path.relative_to(ROOT)) for path in SOURCES if re.search(pattern, path.read_text())}


def test_one_file_commits() -> None:
    assert where(r"\b(commit|rollback|begin|begin_nested)\(") == {"app/core/engines.py"}


def test_the_unbound_scope_is_used_only_before_a_clinic_is_known() -> None:
    assert where(r"\bSYSTEM\b") == {
        "app/access/identity/door.py",
        "app/access/sign_in/desk.py",
        "app/access/oauth/server.py",
        "app/cli/oauth.py",  # the keys of the service itself
        "app/access/identity_providers/reader.py",
        "app/core/system.py",
        "app/health.py",
    }


def test_only_opening_emergency_access_looks_beyond_the_circle() -> None:
    assert where(r"beyond_circle=True") == {"app/record/emergency_access/router.py"}


def test_raw_sql_stays_in_the_core() -> None:
    allowed = {"app/core/database.py", "app/core/engines.py", "app/core/scope.py", "app/migrating.py"}
    assert where(r"\btext\(\"|exec_driver_sql\(|\.__table__\b") <= allowed | {
        "app/core/entity.py",  # the version column of the mapper
        "app/core/erased.py",  # who is in nobody's circle
        "app/core/prepared.py",  # what was asked inside a scope, asked again when SQLite refused
        "app/record/care_team/queries.py",  # the circle, which the session's criteria are made of
        "app/record/emergency_access/queries.py",  # and what takes its place under emergency access
    }


def test_nothing_goes_round_the_session() -> None:
    """What the scope cannot filter or stamp is used where its own code looks after the clinic."""
    round_about = r"\.connection\(\)|bulk_insert_mappings|bulk_save_objects|bulk_update_mappings"
    assert where(round_about) == {
        "app/access/audit/service.py",
        "app/core/prepared.py",
        "app/core/scope.py",
        "app/record/notes/counting.py",
    }


def test_what_speaks_to_the_driver_keeps_to_the_scope_itself() -> None:
    assert where(r"from app\.core\.driver import") == {
        "app/access/audit/service.py",
        "app/core/prepared.py",
        "app/core/scope.py",
    }


def test_the_layers_hold() -> None:
    executable = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([executable], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_no_file_is_longer_than_400_lines() -> None:
    long = {str(path.relative_to(ROOT)): n for path in PYTHON if (n := len(path.read_text().splitlines())) > 400}
    assert not long


def test_no_module_is_a_drawer_for_everything() -> None:
    names = {path.stem for path in PYTHON} | {path.parent.name for path in PYTHON}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "constants"}


def test_no_service_is_async_and_no_router_is_sync() -> None:
    for path in SOURCES:
        kinds = {type(node) for node in ast.parse(path.read_text()).body}
        if path.stem in {"service", "queries", "models", "domain"}:
            assert ast.AsyncFunctionDef not in kinds, path
        if path.stem.endswith("router"):
            assert ast.FunctionDef not in kinds, path
