"""Every line of the log is JSON with known keys and values of known forms, whoever wrote it."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.core.logs import FORMS, configure, only_allowed, traits_of, within_request
from app.main import create_app
from app.settings import Settings
from tests.support.server import ROOT, Server, environment_of, serving

MARK = "qzx7canary"
REQUEST_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
TROUBLE = f"""
import asyncio, logging, threading, warnings
from app.core import logs
logs.configure()
logs.configure()
def fail(): raise ValueError("{MARK}")
class Lost:
    def __del__(self): raise KeyError("{MARK}")
logs.log.info("request", route="/clients/{MARK} here", status="{MARK}", method="{MARK}", story="{MARK}", port=8000)
logging.getLogger("some.library").error("{MARK} %s", "{MARK}")
logging.getLogger("some.library").info("{MARK}")
logging.getLogger("uvicorn.error").info("Started server process [%d]", 4711)
try: fail()
except ValueError: logging.getLogger("uvicorn.error").exception("Exception in ASGI application\\n")
logging.getLogger("uvicorn.error").error(OSError(98, "{MARK}"))
warnings.warn("{MARK}", UserWarning)
thread = threading.Thread(target=fail); thread.start(); thread.join()
lost = Lost(); del lost
async def forgotten():
    asyncio.get_running_loop().create_task(asyncio.sleep(0, fail))
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0.01)
asyncio.run(forgotten())
fail()
"""


def lines_of(written: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in written.splitlines()]
    for line in lines:
        assert line.keys() <= FORMS.keys()
        assert all(FORMS[key](value) for key, value in line.items()), line
        assert {"event", "level", "timestamp"} <= line.keys()
    return lines


def test_whatever_goes_wrong_in_a_process_is_told_without_its_words() -> None:
    done = subprocess.run([sys.executable, "-c", TROUBLE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert MARK not in done.stdout + done.stderr
    lines = lines_of(done.stderr)
    first = lines[0]
    assert (first["event"], first["port"], first["dropped"]) == ("request", 8000, 4)
    told = {(line["event"], line.get("logger"), line.get("message"), line.get("error_type")) for line in lines}
    assert told >= {
        ("library", "some.library", None, None),
        ("library", "uvicorn.error", "Started server process [%d]", None),
        ("library", "uvicorn.error", "Exception in ASGI application", "ValueError"),
        ("library", "uvicorn.error", None, "OSError"),
        ("library", "py.warnings", None, "UserWarning"),
        ("library", "asyncio", None, "ValueError"),
        ("thread.failed", None, None, "ValueError"),
        ("cleanup.failed", None, None, "KeyError"),
        ("process.failed", None, None, "ValueError"),
    }
    assert any(line.get("cause") == "EADDRINUSE" for line in lines)
    assert any(line.get("process") == 4711 for line in lines)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("event", "Robin said no"),
        ("request_id", "robin.example"),
        ("request_id", "0042-0042"),
        ("method", "ROBIN"),
        ("route", "/clients/Robin"),
        ("route", "/clients/{client_id}?name=robin"),
        ("status", "200 Robin"),
        ("status", [200]),
        ("milliseconds", float("nan")),
        ("milliseconds", True),
        ("error_type", "Robin is unwell"),
        ("error_type", "Robin\n"),
        ("place", "Robin"),
        ("place", "a/b/c/d/e.py:1"),
        ("message", "Robin did not come."),
        ("cause", "Robin"),
        ("host", "robin.example"),
        ("story", "Robin"),
        ("login", 1),
    ],
)
def test_a_value_without_its_keys_form_is_left_out(key: str, value: object) -> None:
    assert only_allowed({"event": "request", key: value}).get(key) in (None, "request")
    assert only_allowed({"event": "request", key: value})["dropped"] == 1 or key == "event"


def test_every_route_can_be_logged() -> None:
    for path in create_app(Settings()).openapi()["paths"]:
        assert FORMS["route"](path), path
        assert FORMS["route"](path.removeprefix("/v1")), path


def test_of_an_exception_only_its_type_and_place_are_told() -> None:
    try:
        Settings(port=MARK)
    except ValueError as failure:
        told = traits_of(failure)
    assert told["error_type"] == "ValidationError"
    assert MARK not in repr(told)
    assert traits_of(None) == {}
    assert "place" not in traits_of(ValueError(MARK))


def test_a_librarys_line_within_a_request_carries_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    with within_request(REQUEST_ID):
        logging.getLogger("some.library").warning(MARK)
    logging.getLogger("some.library").warning(MARK)
    within, after = lines_of(capsys.readouterr().err)
    assert within["request_id"] == REQUEST_ID
    assert "request_id" not in after


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_port_in_use_is_told_in_one_json_line(settings: Settings, tmp_path: Path) -> None:
    with serving(settings, tmp_path, STANCE_DRAIN_SECONDS="0") as first:
        port = int(first.url.rpartition(":")[2])
        (tmp_path / "second").mkdir()
        second = Server(["serve"], environment_of(settings), tmp_path / "second", port)
        assert second.process.wait(timeout=60) != 0
    assert "EADDRINUSE" in {line.get("cause") for line in lines_of(second.log.read_text())}


def test_migrating_tells_each_step_in_json(tmp_path: Path) -> None:
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "STANCE_DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}
    for command in ("create-key", "migrate"):
        environment["STANCE_MASTER_KEY_FILE"] = str(tmp_path / "master.key")
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", command],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
    steps = [line["migration"] for line in lines_of(done.stderr) if line["event"] == "migration.applied"]
    assert steps[:2] == ["access", "clients"]
