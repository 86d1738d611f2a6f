"""The docstrings below fields, which Python throws away and the API's description is made of."""

import ast
import functools
import inspect
import sys
from collections.abc import Iterator
from itertools import pairwise


@functools.cache
def field_docstrings(module: str) -> dict[str, dict[str, str]]:
    """Return the docstrings below the fields of a module's classes, by class and field; none where it has no source."""
    try:
        source = inspect.getsource(sys.modules[module])
    except OSError:
        return {}
    return {one.name: dict(_described(one.body)) for one in ast.parse(source).body if isinstance(one, ast.ClassDef)}


def _described(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(docstring))):
                yield name, inspect.cleandoc(docstring)
