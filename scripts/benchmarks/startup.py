"""Start-up of `redpencil check FILE` beside importing mwparserfromhell and click."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import click

LIMIT = 2.5
PAGE = "'''Example''' is a town.\n\n== Twin towns ==\n* [[Example City]]\n"


def seconds(command: list[str]) -> float:
    """How long a command takes; its output is thrown away. Findings (status 1) are no failure."""
    started = perf_counter()
    status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    elapsed = perf_counter() - started
    if status > 1:
        raise SystemExit(f"{' '.join(command)} ended with status {status}")
    return elapsed


@click.command()
@click.argument("page", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--runs", default=21, show_default=True, help="How often each command runs.")
def startup(page: str | None, runs: int) -> None:
    """Start-up of `redpencil check PAGE` (a tiny page when none is given) beside that of
    `python -c "import mwparserfromhell, click"`.

    The two run in turn, so that a busy machine slows both; the ratio of their medians is what
    counts. Status 1 when it is above the limit.
    """
    with tempfile.TemporaryDirectory() as folder:
        if page is None:
            page = str(Path(folder, "Example.wiki"))
            Path(page).write_text(PAGE, encoding="utf-8")
        redpencil = str(Path(sys.executable).with_name("redpencil"))
        # A command that cannot even start must not pass for a quick one.
        subprocess.run([redpencil, "--version"], stdout=subprocess.DEVNULL, check=True)
        check = [redpencil, "check", page]
        imports = [sys.executable, "-c", "import mwparserfromhell, click"]
        times = [(seconds(check), seconds(imports)) for _ in range(runs + 1)]
    # The first run of each fills caches.
    checks, yardsticks = zip(*times[1:], strict=True)
    ratio = median(checks) / median(yardsticks)
    click.echo(f"redpencil check FILE              {1000 * median(checks):7.1f} ms")
    click.echo(f"import mwparserfromhell, click    {1000 * median(yardsticks):7.1f} ms")
    click.echo(f"ratio                             {ratio:7.2f}    limit {LIMIT}, {runs} runs each")
    if ratio > LIMIT:
        raise SystemExit(1)


if __name__ == "__main__":
    startup()
