"""The page for whoever builds a frontend: its program is run as it stands there, its claims are held to the code."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core.cors import EXPOSED_HEADERS, REQUEST_HEADERS
from app.core.idempotency import KEPT_FOR
from app.settings import Settings
from tests.support.live import LiveClinic

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "building-a-frontend.md").read_text()
TOOLS = ROOT / "openapi" / "tools" / "node_modules"
AUTOSAVE = (ROOT / "tests" / "clients" / "typescript_light" / "autosave.ts").read_text()
PUT_OUT = """
console.log(JSON.stringify({
  buttons, names: names.length, changed: changed.data?.preferred_name, stale: stale.error, hints: [...hints],
  words: [wordsFor("rejection_felt"), wordsFor("not_yet_known")], starts, wentOn, freshFor,
}));
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def is_quoted_from_autosave(block: str) -> bool:
    comment = "".join(re.findall(r"^ \*     (.*\n)", AUTOSAVE, re.MULTILINE))
    return block in comment


def program() -> str:
    return "\n".join(block for block in blocks("ts") if not is_quoted_from_autosave(block))


@pytest.mark.needs_node
def test_the_program_of_the_page_is_well_typed_and_runs(clinic_on_a_server: LiveClinic, tmp_path: Path) -> None:
    known = _clients_of_a_therapist(clinic_on_a_server)
    (tmp_path / "openapi").symlink_to(ROOT / "openapi")
    (tmp_path / "node_modules").symlink_to(TOOLS)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    address = "http://127.0.0.1:8000"
    assert address in program()
    (tmp_path / "guide.ts").write_text(program().replace(address, clinic_on_a_server.url) + PUT_OUT)
    for command in "".join(blocks("sh")).splitlines():
        if not command.startswith("npm install "):  # they are there: the next test compares
            _run(tmp_path, "bash", "-euc", command)
    strict = ("--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--skipLibCheck")
    target = ("--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable")
    _run(tmp_path, "npx", "tsc", *strict, *target, "--types", "node", "guide.ts")
    *said, last = _run(tmp_path, "node", "guide.js").splitlines()
    assert said == ["Someone else wrote: Rob", f"Birth date: {json.loads(last)['hints'][0][1]}"]
    found: dict[str, Any] = json.loads(last)
    assert re.fullmatch(r"Thursday\W+16 April 2026 at 10:30", found.pop("starts")), "half past nine UTC, in summer"
    assert found.pop("stale")["current_version"] == 2
    assert found.pop("hints")[0][0] == "/birth_date"
    assert found.pop("wentOn") == [True, True], "two asked at once, one was sent"
    assert found.pop("freshFor") == Settings().step_up_minutes * 60_000
    assert found == {
        "buttons": {"addClient": True, "sign": True, "audit": False},
        "names": known,
        "changed": "Rob",
        "words": [found["words"][0], "not_yet_known"],
    }
    assert found["words"][0] != "rejection_felt"


def test_the_page_installs_what_the_tests_of_the_contract_use() -> None:
    pinned = json.loads((TOOLS.parent / "package.json").read_text())["devDependencies"]
    named = dict(re.findall(r" ([a-z-]+)@([\d.]+)", "".join(blocks("sh"))))
    assert set(named) == {"openapi-fetch", "openapi-typescript", "typescript"}
    assert named.items() <= pinned.items()


def test_the_page_shows_how_the_autosave_file_says_it_is_used() -> None:
    quoted = [block for block in blocks("ts") if is_quoted_from_autosave(block)]
    assert len(quoted) == 1
    assert quoted[0].startswith("const autosave = new Autosave(")


def test_no_code_on_the_page_goes_unrun() -> None:
    assert set(re.findall(r"^```(\w*)$", PAGE, re.MULTILINE)) == {"ts", "sh", ""}


def test_the_page_names_the_headers_a_page_of_another_origin_may_send_and_read() -> None:
    sent, read = PAGE.partition("**CORS**")[2].partition("and read")[::2]
    assert set(re.findall(r"`([A-Za-z-]+)`", sent)) == set(REQUEST_HEADERS)
    assert set(re.findall(r"`([A-Za-z-]+)`", read)) == set(EXPOSED_HEADERS)


def test_the_page_knows_how_long_things_last() -> None:
    assert f"A token lasts {Settings().access_token_minutes} minutes" in PAGE
    assert f"not refreshed for {Settings().sign_in_idle_minutes} minutes" in PAGE
    assert f"After {Settings().sign_in_hours} hours" in PAGE
    assert f"less than {Settings().step_up_minutes} minutes ago" in PAGE
    assert f"for {KEPT_FOR.days} days" in PAGE


def _clients_of_a_therapist(clinic: LiveClinic) -> int:
    """Give the therapist more clients than a page holds, and return how many she has."""
    with httpx.Client(base_url=f"{clinic.url}/v1") as api:
        token = api.post("/auth/sign-in", json={"login": "therapist", "password": clinic.password})
        api.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        for number in range(21):
            api.post("/clients", json={"given_name": "Robin", "family_name": f"Example {number}"}).raise_for_status()
        page = api.get("/clients", params={"limit": 100}).json()
        assert not page["has_more"]
        return len(page["data"])


def _run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "npm_config_offline": "true", "npm_config_update_notifier": "false"}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
