"""A headless Chromium that needs none installed: it comes with the Node tools, brings what a bare system lacks, and
finds no host but this machine."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support.server import ROOT

TOOLS = ROOT / "openapi" / "tools"
PACKAGE = "@sparticuz/chromium"
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
"""Nothing here makes the browser less strict about pages; names of hosts lead nowhere."""
FONTS = '<?xml version="1.0"?><fontconfig><dir prefix="relative">fonts</dir></fontconfig>'
"""For a system without fonts: the one that comes with the browser, beside this configuration."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser until the block ends."""
    folder = unpacked()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=folder / "chromium", args=ARGUMENTS, env=_environment(folder)
        )
        try:
            yield browser
        finally:
            browser.close()


def unpacked() -> Path:
    """Unpack the browser below `build/`, where the next run finds it, and return its folder."""
    version = json.loads((TOOLS / "node_modules" / PACKAGE / "package.json").read_text())["version"]
    folder = ROOT / "build" / f"chromium-{version}"
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix="chromium-"))
        _unpack(fresh)
        try:
            fresh.rename(folder)
        except OSError:  # somebody else was faster
            shutil.rmtree(fresh)
    return folder


def _unpack(folder: Path) -> None:
    """The package unpacks into the folder for temporary files; its libraries, only when it thinks it is on Lambda."""
    subprocess.run(
        ["node", "--input-type=module", "-e", f'await (await import("{PACKAGE}")).default.executablePath()'],
        cwd=TOOLS,
        env={**os.environ, "TMPDIR": str(folder), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"},
        check=True,
        timeout=120,
    )
    (folder / "fonts.conf").write_text(FONTS)


def _environment(folder: Path) -> dict[str, str | float | bool]:
    """Name the fonts and libraries that came with the browser where the system has none."""
    environment: dict[str, str | float | bool] = dict(os.environ)
    if not Path("/etc/fonts/fonts.conf").exists():
        environment["FONTCONFIG_FILE"] = str(folder / "fonts.conf")
    linked = subprocess.run(["ldd", folder / "chromium"], capture_output=True, text=True, check=True).stdout
    if "not found" in linked:
        environment["LD_LIBRARY_PATH"] = str(folder / "al2023" / "lib")
    return environment
