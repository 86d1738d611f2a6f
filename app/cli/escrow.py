"""Copies of the master key for bad days: in parts for several custodians, or sealed by a key provider."""

from pathlib import Path
from typing import Annotated

import typer

from app.core import key_parts
from app.core.crypto import MasterKey
from app.core.files import create_private
from app.core.key_provider import sealed
from app.opening import key_provider_of, master_key_of
from app.settings import Settings

Into = Annotated[Path, typer.Option("--into", help="Where to write; nothing is overwritten.")]
Files = Annotated[list[Path], typer.Argument(help="The parts, one file each.")]


def export(
    into: Into,
    *,
    split: Annotated[bool, typer.Option("--split", help="In parts; there is no other way.")] = False,
    parts: Annotated[int, typer.Option(help="How many parts to make.")] = 5,
    needed: Annotated[int, typer.Option(help="How many of them restore the key.")] = 3,
) -> None:
    """Write the master key into a folder in parts, one file for each custodian; any few of them restore it."""
    if not split:
        raise typer.BadParameter("A master key leaves in parts only: add --split.")
    made = key_parts.split(master_key_of(Settings()), parts=parts, needed=needed)
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in made:
        name = f"key-part-{part.number}-of-{parts}-{part.set_id.hex()}.txt"
        words = (
            f"# Part {part.number} of {parts} of a Stance master key, set {part.set_id.hex()}.",
            f"# Any {needed} parts of this set restore it. Keep it apart from the others.",
            part.text(),
        )
        _write(into / name, "\n".join(words) + "\n")
        typer.echo(into / name)
    typer.echo("Give each part to another person, and remove these files.")


def restore_from_parts(files: Files, into: Into) -> None:
    """Put the master key together from its parts, into a new key file."""
    parts = []
    for path in files:
        try:
            parts.append(key_parts.KeyPart.read(path.read_text()))
        except (key_parts.PartsRefused, UnicodeDecodeError) as refused:
            raise typer.BadParameter(f"{path} {refused}") from None
    write_key(key_parts.restore(parts), into)
    typer.echo(f"The master key is in {into}.")


def seal_master(into: Into) -> None:
    """Write the master key down sealed by the key provider, into a new key file."""
    settings = Settings()
    provider = key_provider_of(settings)
    if provider is None:
        raise typer.BadParameter("Set STANCE_KEY_PROVIDER_FILE or STANCE_KEY_PROVIDER first.")
    _write(into, sealed(master_key_of(settings), provider) + "\n")
    typer.echo(f"The sealed master key is in {into}.")


def write_key(master: MasterKey, path: Path) -> None:
    """Write a key as people keep it, into a new file for its owner alone."""
    _write(path, master.to_base64() + "\n")


def _write(path: Path, text: str) -> None:
    try:
        create_private(path, text)
    except FileExistsError:
        raise typer.BadParameter(f"{path} is there already; nothing is overwritten.") from None
