"""Every setting is on the page operators read."""

from pathlib import Path

from app.settings import PREFIX, Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operations" / "running.md").read_text()


def test_every_setting_is_explained_to_operators() -> None:
    assert not [name for name in Settings.model_fields if f"`{PREFIX}{name.upper()}`" not in PAGE]
