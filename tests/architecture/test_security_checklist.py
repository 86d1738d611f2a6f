"""`docs/security-checklist.md` stays true: 62 lines, each with a status, and every test it names exists."""

import ast
import functools
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security-checklist.md").read_text()
LINES = re.findall(r"^\| (\d+) \| (.+?) \| (tested|in part|not yet|not applicable) \| (.+) \|$", PAGE, re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
SHORTEST_REASON = 20


@functools.cache
def named_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_all_62_lines_are_there_in_order() -> None:
    assert [int(number) for number, *_ in LINES] == list(range(1, 63))


def test_every_test_that_is_named_exists() -> None:
    missing = [f"{path}::{name}" for path, name in TEST.findall(PAGE) if name not in named_in(path)]
    assert not missing


def test_what_is_called_tested_names_its_test() -> None:
    assert not [number for number, _, status, proof in LINES if status == "tested" and not TEST.search(proof)]


def test_what_is_not_wholly_tested_says_why() -> None:
    silent = [
        number
        for number, _, status, proof in LINES
        if status != "tested" and len(TEST.sub("", proof)) < SHORTEST_REASON
    ]
    assert not silent
