"""Renew what README.md shows of the program: its output and its checks.

Between `<!-- run: COMMAND -->` and `<!-- end -->` stands the real output of a redpencil command
that is run in the folder of samples; between `<!-- checks -->` and `<!-- end -->` the table of the
checks, made from their docstrings. A test holds the README against what this would write.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
README = PROJECT / "README.md"
SAMPLES = PROJECT / "bot" / "samples"
_BLOCK = re.compile(r"(<!-- (run: [^\n]*|checks) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def output(command: str) -> str:
    """What a shell shows of a redpencil command that is run in the folder of samples."""
    words = shlex.split(command)
    if words[0] != "redpencil":
        raise SystemExit(f"the README only runs redpencil, not {words[0]!r}")
    plain = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "LANG": "C.UTF-8"}
    run = subprocess.run(
        [sys.executable, "-m", "bot", *words[1:]],
        cwd=SAMPLES,
        env={**plain, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode > 1:
        raise SystemExit(f"{command}: status {run.returncode}\n{run.stderr}")
    shown = "\n".join(line.rstrip() for line in run.stdout.strip("\n").split("\n"))
    return f"```console\n$ {command}\n{shown}\n```\n"


def table() -> str:
    """The checks, a row each: name, what is wrong, how bad, the guideline."""
    from bot import checks

    rows = ["| check | what is wrong | severity | why |", "|---|---|---|---|"]
    rows += [
        f"| `{check.name}` | {check.summary.replace('|', '&#124;')} | {check.severity.value}"
        f" | {check.guideline} |"
        for check in checks.load()
    ]
    return "\n".join(rows) + "\n"


def renewed(text: str) -> str:
    """The README's text with everything that is generated made anew."""

    def block(match: re.Match[str]) -> str:
        what = match[2]
        content = table() if what == "checks" else output(what.removeprefix("run: "))
        return f"{match[1]}{content}{match[4]}"

    return _BLOCK.sub(block, text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
