"""A start imports what serving needs, and nothing that only few services ever use."""

import subprocess
import sys

HEAVY = {"alembic", "mako", "httpx", "httpcore", "matplotlib", "numpy"}


def test_serving_does_not_import_what_most_services_never_use() -> None:
    program = "import sys, app.serving, app.cli.commands; app.serving.create_app(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not HEAVY & set(run.stdout.split())
