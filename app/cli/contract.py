"""The contract's files: the committed renditions of the document, and what a release says of its changes."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from app.core.openapi_renditions import RENDITIONS
from app.version import VERSION

OPENAPI = Path(__file__).parents[2] / "openapi"
_METHODS = {"get", "put", "post", "delete", "patch"}
_QUIET = {"Header", "Response", "Tag", "SecurityRequirement", "ServerList", "ParameterList"}
_QUIET |= {"XCodeSampleList", "XCodeSample"}
"""What is added to nearly every operation at once, and is better read in the document."""


def openapi(
    *,
    check: Annotated[bool, typer.Option("--check", help="Fail when a committed file differs.")] = False,
) -> None:
    """Write the renditions of the OpenAPI document from the code, or check that they are up to date."""
    document = _document()
    written = {OPENAPI / name: write(document) for name, write in RENDITIONS.items()}
    if not check:
        for path, content in written.items():
            path.write_text(content)
        typer.echo(f"Wrote {', '.join(path.name for path in written)}.")
        return
    if drifted := [path.name for path, content in written.items() if not path.exists() or path.read_text() != content]:
        typer.echo(
            f"openapi/ is not what the code says ({', '.join(drifted)}). Run `make openapi` and review the difference.",
            err=True,
        )
        raise typer.Exit(1)


def release_notes(
    report: Annotated[Path, typer.Argument(help="What `make openapi-diff FORMAT=json` wrote.")],
) -> None:
    """Print the section of CHANGELOG.md that says what changed for API users since the last release."""
    typer.echo(notes_of(json.loads(report.read_text()), _document(), VERSION))


def _document() -> dict[str, Any]:
    from app.main import create_app  # noqa: PLC0415 - other commands start in half the time without it

    return create_app().openapi()


def notes_of(report: dict[str, Any], document: dict[str, Any], version: str) -> str:
    """Say a diff report in words: what breaks, what is new, what changed, and how much smaller there is."""
    breaking, added, changed, smaller = [], [], [], 0
    for change in report["changes"]:
        where = [part.replace("~1", "/").replace("~0", "~") for part in change["path"].split("/")]
        if change["impact"] == "major":
            breaking += [f"{_operation(where)}: {verdict['message']}" for verdict in change["verdicts"]]
        elif change["impact"] == "minor" and change["typeName"] in {"PathItem", "Operation"}:
            added += _new_operations(document, where)
        elif change["impact"] == "minor" and change["typeName"] not in _QUIET:
            changed.append(f"{_operation(where)}: {change['kind']} {_what(change, where)}.")
        else:
            smaller += 1
    parts = [
        f"## [{version}] - unreleased",
        *_section("Breaking", breaking),
        *_section("Added", added),
        *_section("Changed", changed),
    ]
    if smaller:
        parts.append(
            f"And {smaller} smaller changes (descriptions, headers, refusals): `make openapi-diff` lists them."
        )
    return "\n\n".join(parts)


def _section(title: str, lines: Iterable[str]) -> list[str]:
    once = dict.fromkeys(lines)
    return [f"### {title}", "\n".join(f"- {line}" for line in once)] if once else []


def _operation(where: list[str]) -> str:
    match where:
        case [_, "paths", path, method, *_]:
            return f"`{method.upper()} {path}`"
        case [_, *place]:
            return f"`{'/'.join(place)}`"
    return "The document"


def _new_operations(document: dict[str, Any], where: list[str]) -> list[str]:
    _, _, path, *method = where
    item = document["paths"][path]
    methods = method or [name for name in item if name in _METHODS]
    return [f"`{name.upper()} {path}`: {item[name]['summary']}." for name in methods]


def _what(change: dict[str, Any], where: list[str]) -> str:
    value = change.get("revision", change.get("base", {})).get("value")
    if change["typeName"] == "Parameter" and isinstance(value, dict):
        return f"{value.get('in', '')} parameter `{value.get('name', '')}`"
    side = "of the request" if "requestBody" in where else "of the answer"
    return f"`{where[-1]}` {side}"
