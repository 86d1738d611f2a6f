"""`docs/errors.md` lists every refusal the service can give, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path

from app.core.problems import Problem
from app.main import ROUTERS

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
ROW = re.compile(r"^\| (\d{3}) \| `([a-z_]+)` \| ([^|]+) \|", re.MULTILINE)


def kinds(of: type[Problem] = Problem) -> Iterator[type[Problem]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def test_the_page_lists_every_refusal() -> None:
    assert ROUTERS, "every slice is imported"
    listed = {(int(status), code, title.strip()) for status, code, title in ROW.findall(PAGE.read_text())}
    real = {(kind.status, kind.code, kind.title) for kind in kinds() if kind.__module__.startswith("app.")}
    assert listed == real


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in kinds() if kind.__module__.startswith("app.")]
    assert len(codes) == len(set(codes))
