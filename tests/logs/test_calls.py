"""Nobody logs around the allow-list: every call names its event outright and uses keys of the list."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.core.logs import FORMS
from tests.support.server import ROOT

LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
SOURCES = [*sorted((ROOT / "app").rglob("*.py")), ROOT / "migrations" / "env.py"]


def calls() -> Iterator[tuple[str, ast.Call]]:
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call):
                yield str(source.relative_to(ROOT)), node


def test_every_event_is_named_in_the_code_and_every_key_is_on_the_list() -> None:
    found = 0
    for source, call in calls():
        function = call.func
        if not (isinstance(function, ast.Attribute) and function.attr in LEVELS):
            continue
        if not (isinstance(function.value, ast.Name) and function.value.id == "log"):
            continue
        where = f"{source}:{call.lineno}"
        found += 1
        if where.startswith("app/core/logs.py"):
            continue  # the one place that passes an event on
        assert len(call.args) == 1, where
        assert isinstance(call.args[0], ast.Constant), f"{where}: an event is a word of the code"
        assert FORMS["event"](call.args[0].value), where
        assert {keyword.arg for keyword in call.keywords if keyword.arg} <= FORMS.keys(), where
    assert found > 3


def test_nothing_else_writes_to_the_log() -> None:
    for source, call in calls():
        name = ast.unparse(call.func)
        if Path(source) == Path("app/core/logs.py"):
            continue
        assert name != "print", source
        assert not name.startswith(("logging.", "traceback.", "warnings.")), f"{source}:{call.lineno} {name}"
