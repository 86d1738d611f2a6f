"""The fuzz campaign: cases made from the published document, sent over HTTP to a real server with a world in it.

Run it with `make fuzz`, or `python -m tests.campaigns.fuzz --cases 20000 --seed 1 --engine sqlite`. Each round lets
every kind of person send cases to the operations her role is for; rounds go on, each with the next seed, until enough
cases were sent. It fails on any answer of 500 or above, on any answer the document does not promise, on any line of
the log that tells of a failure, and when a person's token stopped working on the way (the cases would prove nothing).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from typer import echo

from tests.campaigns.fuzz_world import END_THE_TOKEN, Person, configuration_of, fuzz_world
from tests.support.server import ROOT, serving

DOCUMENT = ROOT / "openapi" / "openapi-3.2.json"
"""The rendition that tells what a stream consists of, so that events are held against their schema too."""
CONFIGURATION = ROOT / "openapi" / "schemathesis.toml"
WAYS = {"examples,fuzzing": 0.35, "stateful": 0.3, "coverage": 0.35}
"""How a short campaign shares out its time, or the first phase alone would use it up; a long one finishes them all."""
TOO_SHORT_TO_SHARE = 10
"""Seconds below which somebody's cases are sent in one go."""
LEAST = 3
"""Seconds a sender gets in any case: who sends nothing proves nothing."""
GRACE = 20
"""How many seconds a sender may take longer than it was told to."""


@dataclass
class Campaign:
    """What is wanted, and what was seen so far."""

    engine: str
    cases: int
    seconds: int
    seed: int
    examples: int
    folder: Path
    began: float = field(default_factory=time.monotonic)
    sent: int = 0
    operations: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    shares: Counter[str] = field(default_factory=Counter)
    """How many cases each person and each phase had, where time was shared out."""
    failures: list[str] = field(default_factory=list)

    @property
    def seconds_left(self) -> float:
        """How long the campaign may still go on."""
        return self.seconds - (time.monotonic() - self.began)

    @property
    def is_over(self) -> bool:
        """Whether enough was sent, time is up, or something is wrong already."""
        is_enough = bool(self.cases) and self.sent >= self.cases
        return is_enough or self.seconds_left < 1 or bool(self.failures)

    def run(self) -> None:
        """Send cases until it is over."""
        with (
            fuzz_world(self.engine, self.folder) as world,
            serving(world.settings, self.folder, STANCE_DRAIN_SECONDS="0", STANCE_EVENT_STREAM_SECONDS="0") as server,
        ):
            configuration = self.folder / "schemathesis.toml"
            configuration.write_text(configuration_of(world, CONFIGURATION))
            self.began = time.monotonic()
            while not self.is_over:
                shares = sum(len(person.operations) for person in world.people)
                # Who has the most operations comes last, and gets what the others left.
                for person in sorted(world.people, key=lambda person: len(person.operations)):
                    self.let_send(person, server.url, configuration, len(person.operations) / shares)
                    shares -= len(person.operations)
                self.seed += 1
            for person in world.people:
                self.check_token(person, server.url)
        self.failures += [f"no cases of {share} were sent" for share, sent in self.shares.items() if not sent]
        self.read_log(server.log)

    def let_send(self, person: Person, url: str, configuration: Path, share: float) -> None:
        """Let one person send cases, for her share of the time that is left."""
        if self.cases:
            self.send(person, url, configuration)
            return
        for_others = self.seconds_left * (1 - share)
        is_short = self.seconds_left - for_others < TOO_SHORT_TO_SHARE
        ways = {",".join(WAYS): 1.0} if is_short else WAYS
        parts = sum(ways.values())
        for phases, part in ways.items():
            seconds = max(LEAST, round((self.seconds_left - for_others) * part / parts))
            parts -= part
            sent = self.send(person, url, configuration, "--phases", phases, "--max-time", str(seconds))
            self.shares.update({person.name: sent, phases: sent})

    def send(self, person: Person, url: str, configuration: Path, *limits: str) -> int:
        """Let one person send cases within these limits, and return how many."""
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run", str(DOCUMENT),
            "--url", url, "--seed", str(self.seed), "--max-examples", str(self.examples), "--no-color",
            "--report", "json", "--report-json-path", str(report), *limits,
        ]  # fmt: skip
        command += [word for name in person.operations for word in ("--include-operation-id", name)]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "FUZZ_TOKEN": person.token},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as sender:
            try:
                said, _ = sender.communicate(timeout=max(0, self.seconds_left) + GRACE)
            except subprocess.TimeoutExpired:
                sender.kill()
                said, _ = sender.communicate()
        told: dict[str, Any] = (
            json.loads(report.read_text()) if report.exists() else {"failures": [], "errors": [{"title": "no report"}]}
        )
        sent: int = told.get("test_cases", {}).get("generated", 0)
        self.sent += sent
        found = [f"{one['title']}: {', '.join(one['operations'])}" for one in told["failures"]]
        found += [one["title"] for one in told["errors"]]
        if sender.returncode or found:
            echo(said)
            self.failures += [f"{person.name}, seed {self.seed}: {one}" for one in found or ["see above"]]
        echo(f"  seed {self.seed}, {person.name} {' '.join(limits)}: {told.get('test_cases')}")
        return sent

    def check_token(self, person: Person, url: str) -> None:
        """Make sure that what she sent was sent by somebody who is signed in."""
        answer = httpx.get(f"{url}/v1/me", headers={"Authorization": f"Bearer {person.token}"})
        expected = 401 if END_THE_TOKEN.issuperset(person.operations) else 200
        if answer.status_code != expected:
            self.failures.append(f"{person.name}'s token was answered with {answer.status_code} in the end")

    def read_log(self, log: Path) -> None:
        """Count the answers, and look for what the server saw but a client may not have."""
        for line in log.read_text().splitlines():
            told: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
            if told.get("event") == "request":
                self.statuses[told["status"]] += 1
                self.operations.add(f"{told['method']} {told['route']}")
                if told["status"] >= 500:
                    self.failures.append(f"{told['status']} of {told['method']} {told['route']} {told['request_id']}")
            elif told.get("event") == "failure":
                self.failures.append(f"{told.get('error_type')} at {told.get('place')} {told.get('request_id')}")


def main() -> int:
    """Run a campaign, print what it saw, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000, help="go on until this many were sent; 0: by time alone")
    parser.add_argument("--seconds", type=int, default=3_600, help="stop sending after this long in any case")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=50, help="how many an operation gets in each round")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stance-fuzz-") as folder:
        campaign = Campaign(folder=Path(folder), **vars(given))
        campaign.run()
    return report(campaign)


def report(campaign: Campaign) -> int:
    """Say what was seen; 0 when all is well."""
    seconds = time.monotonic() - campaign.began
    if campaign.sent < max(1, campaign.cases) and not campaign.failures:
        campaign.failures.append(f"only {campaign.sent} cases were sent in the time given")
    echo(f"answers by status: {dict(sorted(campaign.statuses.items()))}")
    for failure in campaign.failures:
        echo(f"FAILED: {failure}")
    echo(
        f"fuzz on {campaign.engine}: {campaign.sent} cases, {len(campaign.operations)} operations, "
        f"{len(campaign.failures)} failures, {seconds:.0f} s, {campaign.sent / seconds:.0f} cases/s"
    )
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
