"""Fixtures for the machinery."""

import sys
from collections.abc import Iterator
from io import StringIO

import pytest

from app.core.logs import log


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """Collect the log of an app that is made after this; structlog keeps the first stream it met."""
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    vars(log).pop("bind", None)
    yield written
    vars(log).pop("bind", None)
