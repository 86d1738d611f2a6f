"""Every code sample of every operation, run as people copy it, with the success the document promises."""

import asyncio
import json
import os
import runpy
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.guides.stage import Sample, Stage, staged
from tests.support.databases import SqliteDatabases

TOOLS = Path(__file__).parents[2] / "openapi" / "tools" / "node_modules"
STRICT = (
    *("--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"),
    *("--target", "es2022", "--module", "es2022", "--lib", "es2022,dom"),
)


@pytest.fixture(scope="module")
async def stage(sqlite_databases: SqliteDatabases) -> AsyncIterator[Stage]:
    for settings in sqlite_databases.fresh():
        async with staged(settings) as stage:
            yield stage


@pytest.fixture(autouse=True)
def _downloads_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def test_every_curl_sample_does_what_it_says(stage: Stage) -> None:
    failures = []
    async for sample in stage.samples("curl"):
        await asyncio.to_thread(_run_in_shell, sample, stage.address(sample))
        failures += stage.failures(sample)
    assert not failures, "\n\n".join(failures)
    assert is_picture("timeline.svg")


async def test_every_python_sample_does_what_it_says(stage: Stage, tmp_path: Path) -> None:
    failures = []
    async for sample in stage.samples("python"):
        script = tmp_path / f"{sample.operation_id}.py"
        script.write_text(sample.source)
        names = {"base_url": stage.address(sample), "token": sample.token}
        await asyncio.to_thread(runpy.run_path, str(script), names)
        failures += stage.failures(sample)
    assert not failures, "\n\n".join(failures)
    assert is_picture("timeline.svg")


@pytest.mark.needs_node
async def test_every_typescript_sample_is_well_typed_and_does_what_it_says(stage: Stage, tmp_path: Path) -> None:
    samples = [sample async for sample in stage.samples("typescript")]
    (tmp_path / "samples.ts").write_text(_as_module(samples))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "run.js").write_text(
        "import { samples } from './samples.js';\n"
        "for (const [name, baseUrl, token] of JSON.parse(process.argv[2])) await samples[name](baseUrl, token);\n"
    )
    compiled = await _run(str(TOOLS / ".bin" / "tsc"), *STRICT, "samples.ts")
    assert compiled.returncode == 0, compiled.stdout
    calls = [(sample.operation_id, stage.address(sample), sample.token) for sample in samples]
    ran = await _run("node", "run.js", json.dumps(calls))
    assert ran.returncode == 0, ran.stderr
    failures = [failure for sample in samples for failure in stage.failures(sample)]
    assert not failures, "\n\n".join(failures)


def is_picture(name: str) -> bool:
    return Path(name).read_text().startswith("<?xml")


def _as_module(samples: list[Sample]) -> str:
    """Put each sample into a function of its own, in a block that may name its own token."""
    functions = (f"  {one.operation_id}: async (baseUrl, token) => {{{{\n{one.source}\n}}}},\n" for one in samples)
    head = "export const samples: Record<string, (baseUrl: string, token: string) => Promise<void>> = {\n"
    return f"{head}{''.join(functions)}}};\n"


def _run_in_shell(sample: Sample, base_url: str) -> None:
    environment = {"PATH": os.environ["PATH"], "BASE_URL": base_url, "TOKEN": sample.token}
    ran = subprocess.run(["bash", "-euc", sample.source], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{sample.source}\n{ran.stderr}"


async def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
