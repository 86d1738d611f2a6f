"""The pages of the documentation: whole, for everyone, and with nothing from elsewhere."""

import gzip
import hashlib
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.problems import Problem
from app.documentation.assets import NAMES, asset, hashes
from app.documentation.refusals import ADVICE, every_refusal
from app.main import create_app
from app.settings import Settings
from tests.support.house import House

PAGES = ("/docs", "/docs/swagger", "/problems", "/problems/precondition-failed")


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Someone without a token, who reads pages, which are no part of the contract."""
    transport = httpx.ASGITransport(house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def fetched(visitor: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    answer = await visitor.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_loads_only_what_this_service_has(visitor: httpx.AsyncClient, path: str) -> None:
    page = await fetched(visitor, path)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"(?:src|href)=\"(?!/)", page.text), "everything is on this host"
    for address in re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page.text):
        assert (await visitor.get(address)).status_code == 200, address


async def test_only_scalar_styles_inline_and_nothing_scripts_inline(visitor: httpx.AsyncClient) -> None:
    for path in PAGES:
        page = await fetched(visitor, path)
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'unsafe-inline'" not in policy
        assert ("style-src 'self' 'unsafe-inline'" in policy) == (path == "/docs")
        assert not re.search(r"<script(?! src=)", page.text)


def test_vendored_files_are_what_they_were_when_they_were_taken() -> None:
    taken = hashes()
    assert taken
    for name, digest in taken.items():
        assert hashlib.sha256(asset(name).plain).hexdigest() == digest, name


async def test_files_come_compressed_to_who_can_unpack_them(visitor: httpx.AsyncClient) -> None:
    for name in NAMES:
        packed = await fetched(visitor, f"/docs/assets/{name}", **{"Accept-Encoding": "gzip"})
        plain = await fetched(visitor, f"/docs/assets/{name}", **{"Accept-Encoding": "identity"})
        assert packed.content == plain.content == gzip.decompress(asset(name).gzipped)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert ("immutable" in plain.headers["Cache-Control"]) == (name in hashes())


async def test_every_refusal_has_a_page_at_its_type(visitor: httpx.AsyncClient) -> None:
    for code, kind in every_refusal().items():
        page = await fetched(visitor, f"/problems/{code.replace('_', '-')}")
        assert code in page.text
        assert kind.status in ADVICE


async def test_an_unknown_refusal_or_file_is_not_there(visitor: httpx.AsyncClient) -> None:
    for path in ("/problems/no-such-thing", "/docs/assets/other.js", "/docs/assets/..%2fassets.py"):
        answer = await visitor.get(path)
        assert answer.status_code == 404, path


def test_the_general_problem_is_explained_too() -> None:
    assert every_refusal()["internal_error"] is Problem


async def test_machines_that_read_find_every_operation(house: House, visitor: httpx.AsyncClient) -> None:
    text = (await fetched(visitor, "/llms.txt")).text
    operations = [operation for item in house.app.openapi()["paths"].values() for operation in item.values()]
    assert operations
    for operation in operations:
        assert f"(`{operation['operationId']}`)" in text


async def test_an_operator_can_leave_the_pages_out(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"docs": False}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        for path in (*PAGES, "/llms.txt"):
            assert (await client.get(path)).status_code == 404, path
