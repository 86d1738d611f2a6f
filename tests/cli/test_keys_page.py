"""`docs/operations/keys.md`, followed by an operator with a service that runs: its commands, as they are written."""

import re
import shutil
import stat
import subprocess
import sys
from asyncio import run
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from tests.support.keys import NAMES, environment_for, found, names_seen
from tests.support.server import ROOT, Server, free_port

PAGE = (ROOT / "docs" / "operations" / "keys.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
CHECK, CREATE, BOTH, ROTATE, REKEY, LAST, OF_CLINIC, OF_CLIENT, SPLIT, JOIN, SEAL, SEALED = BLOCKS


class Operator:
    """Somebody in a folder with `data/`, and `stance` on the path."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        data, commands = folder / "data", folder / "bin"
        data.mkdir()
        commands.mkdir()
        assert settings.master_key is not None
        (data / "master.key").write_text(settings.master_key.get_secret_value() + "\n")
        (commands / "stance").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m app.cli "$@"\n')
        (commands / "stance").chmod(stat.S_IRWXU)
        self.environment = environment_for(settings)
        self.environment["PATH"] = f"{commands}:{self.environment['PATH']}"
        self.environment["STANCE_DRAIN_SECONDS"] = "0"
        for name in ("STANCE_MASTER_KEY", "STANCE_PORT"):
            del self.environment[name]

    def do(self, *blocks: str, code: int = 0) -> str:
        told = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert told.returncode == code, told.stdout + told.stderr
        return told.stdout + told.stderr

    def serving(self, **keys: str) -> Server:
        return Server(["serve"], self.environment | keys, self.folder, free_port())


def test_the_page_is_right(settings: Settings, tmp_path: Path) -> None:
    (token,) = run(found(settings))
    operator = Operator(settings, tmp_path)
    assert "3 of 3 keys" in operator.do(CHECK)
    operator.do(CREATE)
    keys = dict(re.findall(r"export (\w+)=(\S+)", BOTH))
    assert len(keys) == 2
    server = operator.serving(**keys)
    try:
        server.wait_until_ready()
        assert "0 of 3 keys" in operator.do(BOTH, CHECK, code=1)
        assert "3 keys put under" in operator.do(BOTH, ROTATE)
        headers = {"Authorization": f"Bearer {token}"}
        clients = httpx.get(f"{server.url}/v1/clients", headers=headers).json()["data"]
        assert sorted(client["given_name"] for client in clients) == NAMES
        operator.environment["CLINIC"] = httpx.get(f"{server.url}/v1/clinic", headers=headers).json()["id"]
        operator.environment["CLIENT"] = clients[0]["id"]
        assert operator.do(BOTH, OF_CLINIC, OF_CLIENT).count(": done") == 2
        if settings.is_sqlite:
            assert "The file is in use" in operator.do(BOTH, REKEY, code=1)
    finally:
        server.stop()
    if settings.is_sqlite:
        operator.do(BOTH, REKEY)
    else:
        assert "nothing to do" in operator.do(BOTH, REKEY, code=1)
    assert operator.do(BOTH, LAST).count("3 of 3 keys") == 2
    operator.do(BOTH, LAST, SPLIT, JOIN)
    assert (tmp_path / "data" / "restored.key").read_text() == (tmp_path / "data" / "master-2.key").read_text()
    assert "3 of 3 keys" in operator.do(BOTH, LAST, SEAL, SEALED)
    shutil.rmtree(tmp_path / "bin")
    new = settings.model_copy(update={"master_key": None, "master_key_file": tmp_path / "data" / "master-2.key"})
    assert run(names_seen(new, token)) == NAMES


@pytest.mark.parametrize("refusal", re.findall(r"^\| `(.+?)…?` \|", PAGE, re.MULTILINE))
def test_what_the_page_quotes_is_what_the_service_says(refusal: str) -> None:
    words = re.sub(r"\d+ of \d+", "{unread} of {len(found)}", refusal).strip()
    sources = "".join(path.read_text() for path in (ROOT / "app").rglob("*.py"))
    assert words.replace("{unread} of {len(found)}", "") in sources or words in sources
