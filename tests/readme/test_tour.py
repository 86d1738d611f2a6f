"""README's tour, executed as it is written, against `stance run` in an empty folder."""

import os
import re
import subprocess
from pathlib import Path

from tests.cli.test_people_chapter import IN_THE_DEMO_CLINIC
from tests.reliability.runbook import command_line
from tests.support.server import Server, free_port

ROOT = Path(__file__).parents[2]


def commands_of(readme: str) -> list[str]:
    tour = readme.split("## A five-minute tour")[1].split("\n## ", maxsplit=1)[0]
    return re.findall(r"```sh\n(.*?)```", tour, re.DOTALL)


def test_the_tour_of_the_readme_works_as_written(tmp_path: Path):
    blocks = commands_of((ROOT / "README.md").read_text())
    assert len(blocks) == 7
    port = free_port()
    server = Server(["run"], {}, tmp_path, port)
    try:
        server.wait_until_ready(seconds=180)
        script = "set -euo pipefail\n" + "\n".join(blocks).replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        tour = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert tour.returncode == 0, tour.stderr
        assert '"pattern":"hyperactivation"' in tour.stdout
        assert '"not_diagnostic":true' in tour.stdout
        assert (tmp_path / "timeline.svg").read_text().startswith("<?xml")
        command_line(tmp_path)
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "BASE_URL": server.url}
        with_code = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", IN_THE_DEMO_CLINIC],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert '"refresh_token":"' in with_code.stdout, with_code.stderr
        # A second start keeps the data and loads no second demo clinic.
        server.stop()
        signs_in = (tmp_path / "data" / "demo-sign-in.txt").read_text()
        server = Server(["run"], {}, tmp_path, port)
        server.wait_until_ready(seconds=30)
        assert (tmp_path / "data" / "demo-sign-in.txt").read_text() == signs_in
    finally:
        server.stop()
