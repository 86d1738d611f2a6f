"""For tests of the master key: clinics kept under one, new ones, and the operator's commands."""

import base64
import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from pydantic import SecretStr

from app.cli.commands import main
from app.settings import Settings
from tests.support.house import Api, open_house
from tests.support.server import ROOT, environment_of

NAMES = ["Alex", "Robin"]


def drawn() -> SecretStr:
    """Draw a new master key."""
    return SecretStr(base64.b64encode(os.urandom(32)).decode())


def replacing(settings: Settings) -> Settings:
    """Return the settings of the time between: a new master key, and the one until now as the previous."""
    return settings.model_copy(update={"master_key": drawn(), "previous_master_key": settings.master_key})


def replaced(settings: Settings) -> Settings:
    """Return the settings of the time after."""
    return settings.model_copy(update={"previous_master_key": None})


async def found(settings: Settings, clinics: int = 1) -> list[str]:
    """Found clinics with two clients each, and return a token of each one's therapist."""
    tokens = []
    async with open_house(settings) as house:
        for _ in range(clinics):
            therapist = (await house.clinic())["therapist"]
            for name in NAMES:
                await therapist.made("/clients", {"given_name": name, "family_name": "Example"})
            tokens.append(str(therapist.token))
    return tokens


async def names_seen(settings: Settings, token: str) -> list[str]:
    """Return the names of the clients a therapist sees, read by a process without a key in its memory."""
    async with open_house(settings) as house:
        page: Any = await Api(house.client, token).read("/clients")
        return sorted(client["given_name"] for client in page["data"])


def environment_for(settings: Settings) -> dict[str, str]:
    """Return what an operator has in the environment."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "STANCE_PORT": "0", **environment_of(settings)}


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def stance(settings: Settings, *arguments: str) -> Said:
    """Run a command as its entry point does, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, environment_of(settings)),
        patch.object(sys, "argv", ["stance", *arguments]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            return Said(int(ended.code or 0), out.getvalue(), err.getvalue())
    return Said(0, out.getvalue(), err.getvalue())


def stance_process(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=environment_for(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
