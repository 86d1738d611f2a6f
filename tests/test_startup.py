"""A start imports what serving or a command needs, and nothing that only few ever use."""

import subprocess
import sys

HEAVY = {"alembic", "mako", "httpx", "httpcore", "matplotlib", "numpy"}
WEB = {"fastapi", "starlette", "uvicorn", "app.main"}


def test_serving_does_not_import_what_most_services_never_use() -> None:
    assert not HEAVY & imported_by("import app.main, app.serving, app.cli.commands; app.main.create_app()")


def test_commands_do_without_web_framework_and_routes() -> None:
    assert not WEB & imported_by("import app.cli.commands")


def imported_by(program: str) -> set[str]:
    whole = f"import sys; {program}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=True).stdout.split())
