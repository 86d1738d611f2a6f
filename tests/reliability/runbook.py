"""`docs/operations/backup.md` as what it is: commands, which the drills run as they stand on the page."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.server import ROOT

PAGE = (ROOT / "docs" / "operations" / "backup.md").read_text()
BLOCKS: dict[str, str] = dict(re.findall(r"^```sh ([\w-]+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SQL: str = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]


def command_line(folder: Path) -> Path:
    """Put a `stance` into a folder that can lead the PATH, and return the folder."""
    script = folder / "stance"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m app.cli "$@"\n')
    script.chmod(0o755)
    return folder


def run(name: str, environment: Mapping[str, str], *, user: str | None = None) -> str:
    """Run one block of the page as a person would paste it, and return what it printed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("STANCE_", "PG"))}
    done = subprocess.run(
        ["bash", "-c", BLOCKS[name]],
        env={**inherited, **environment},
        cwd="/",
        user=user,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    return done.stdout
