"""`docs/machines.md` works as it stands: its programs are run against a real server, its scopes are the code's."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx

from app.access.identity.domain import GRANTABLE
from app.access.oauth.domain import SCOPES
from app.settings import Settings
from tests.support.live import live_clinic
from tests.support.programs import ec_key, public

PAGE = (Path(__file__).parents[2] / "docs" / "machines.md").read_text()
(PYTHON,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(SHELL,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_every_scope_is_on_the_page_and_every_grantable_permission_has_one() -> None:
    told = set(re.findall(r"`system/([A-Z]\w+)\.(rs|cu)` \| `([a-z_:]+)`", PAGE))
    assert told == {(resource, letters, str(permission)) for permission, (resource, letters) in SCOPES.items()}
    assert SCOPES.keys() == GRANTABLE


def test_the_program_of_the_page_gets_a_token_and_works_with_it(settings: Settings, tmp_path: Path) -> None:
    key, folder = ec_key("ehr-2026"), tmp_path / "program"
    folder.mkdir()
    (folder / "key.json").write_text(json.dumps(key.as_dict(private=True)))
    with live_clinic(settings, tmp_path) as clinic:
        signed_in = httpx.post(f"{clinic.url}/v1/auth/sign-in", json={"login": "admin", "password": clinic.password})
        headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        with httpx.Client(base_url=f"{clinic.url}/v1", headers=headers) as admin:
            account = admin.post("/service-accounts", json={"name": "EHR", "scopes": ["clients:read"]}).json()
            admin.put(f"/service-accounts/{account['id']}/jwks", json={"jwks": public(key)}).raise_for_status()
            admin.post("/clients", json={"given_name": "Robin", "family_name": "Example"}).raise_for_status()
        environment = {
            **os.environ,
            "BASE_URL": clinic.url,
            "PROGRAM_ID": account["id"],
            "KEY_FILE": str(folder / "key.json"),
        }
        ran = subprocess.run(
            [sys.executable, "-c", PYTHON], env=environment, cwd=folder, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        token, count = ran.stdout.split()
        assert int(count) == 1
        in_shell = subprocess.run(
            ["bash", "-c", SHELL], env=environment | {"TOKEN": token}, capture_output=True, text=True, check=False
        )
        assert in_shell.returncode == 0, in_shell.stderr
        assert len(json.loads(in_shell.stdout)["data"]) == 1
