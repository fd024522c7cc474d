"""A scan on a real Spark cluster of two worker processes says what a scan on one machine says."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.scan import parquet
from bot.scan.dumps import dump_of
from tests.scan.dump_files import Written, noise, wiki_pages, xml

ROOT = Path(__file__).parent.parent.parent
SOON_READY = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of some partitions, whose redirects stand behind the pages that link through them."""
    folder = tmp_path_factory.mktemp("spark")
    pages = [
        Written(
            f"{copy} {page.title}" if not page.redirect else page.title, page.text, page.redirect
        )
        for copy in range(12)
        for page in wiki_pages()
        if page.namespace == 0 and page.model == "wikitext"
    ]
    pages += [Written(f"Long {n}", noise(30_000, n)) for n in range(60)]
    dump = folder / "dump.xml"
    dump.write_bytes(xml(pages))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "PART", 200_000)
        parquet.convert(dump_of(dump), folder / "table.parquet")
    return folder / "table.parquet"


def findings(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Findings as plain values, in an order of their own: partitions have none."""
    return sorted(
        (
            row["page"],
            row["start"],
            row["check"],
            row["end"],
            row["message"],
            json.dumps(json.loads(row["fixes"]) if isinstance(row["fixes"], str) else row["fixes"]),
        )
        for row in rows
        if row.get("check")
    )


def test_a_killed_worker_of_a_cluster_changes_no_finding(
    table: Path, tmp_path: Path, home: Path
) -> None:
    output = tmp_path / "found"
    command = [
        *(sys.executable, "-m", "bot", "scan", str(table), "--output", str(output)),
        *("--engine", "spark", "--master", "local-cluster[2,1,1024]", "--today", "2026-11-23"),
    ]
    # Small partitions, so that both workers have several and one can be killed between two; and
    # Java that is compiled quickly, because it does not run for long.
    settings = home / "spark"
    settings.mkdir()
    (settings / "spark-defaults.conf").write_text(
        "spark.ui.enabled false\nspark.sql.files.maxPartitionBytes 200000\n"
        "spark.sql.files.openCostInBytes 0\n"
        f"spark.local.dir {home / 'spark'}\n"
        f"spark.driver.extraJavaOptions {SOON_READY}\n"
        f"spark.executor.extraJavaOptions {SOON_READY}\n"
    )
    environment = {
        **os.environ,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "localhost",
        "SPARK_CONF_DIR": str(settings),
        "SPARK_WORKER_DIR": str(settings),
    }
    killed: list[int] = []
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    watcher = threading.Thread(target=kill_one_executor, args=(process, output, killed))
    watcher.start()
    try:
        _, said = process.communicate(timeout=300)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        watcher.join()
    assert process.returncode == 1, said
    assert len(killed) == 1, "no worker was killed, so this test proves nothing"
    expected = CliRunner().invoke(main, ["scan", str(table), "--today", "2026-11-23"])
    alone = [json.loads(line) for line in expected.stdout.splitlines()]
    rows = pyarrow.parquet.read_table(output).to_pylist()
    assert findings(rows) == findings(alone)
    assert {"duplicate-entry", "stale-ongoing"} <= {row["check"] for row in rows}
    assert re.search(rf"{len(findings(alone)):,} findings", said)


def kill_one_executor(process: subprocess.Popen[str], output: Path, killed: list[int]) -> None:
    """Kill a worker of the cluster once the first of its findings are being written."""
    while process.poll() is None:
        if any(output.glob("_temporary/0/_temporary/*/part-*")) or any(
            output.glob("_temporary/0/task_*/part-*")
        ):
            executors = [
                int(state.parent.name)
                for state in Path("/proc").glob("[0-9]*/cmdline")
                if b"CoarseGrainedExecutorBackend" in read(state)
                and is_child_of(int(state.parent.name), process.pid)
            ]
            if executors:
                os.kill(executors[0], signal.SIGKILL)
                killed.append(executors[0])
                return
        time.sleep(0.02)


def read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def is_child_of(pid: int, session: int) -> bool:
    try:
        return os.getsid(pid) == session
    except ProcessLookupError:
        return False


def test_the_cluster_refuses_what_is_no_table(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), tmp_path / "other.parquet")
    (tmp_path / "none.parquet").write_bytes(b"PAR1 but no more")
    for name, said in [
        ("other.parquet", "is no table that"),
        ("none.parquet", "cannot be read as a table"),
        ("absent.parquet", "cannot be read as a table"),
    ]:
        asked = ["scan", str(tmp_path / name), "--engine", "spark", "--output", str(tmp_path / "o")]
        result = CliRunner().invoke(main, asked)
        assert result.exit_code == 2
        assert said in result.stderr


def test_a_table_keeps_what_a_dump_has(table: Path) -> None:
    assert parquet.ParquetDump(table).header.profile.language == "en"
    assert len(list(parquet.ParquetDump(table).pieces())) > 5


@pytest.mark.parametrize(
    ("output", "environment", "said"),
    [
        ("/proc/found", {}, "redpencil: Spark: Mkdirs failed to create file:/proc/found"),
        ("found", {"JAVA_HOME": "/nowhere"}, "redpencil: Spark: [JAVA_GATEWAY_EXITED] Java"),
    ],
)
def test_what_the_cluster_cannot_do_is_told_in_a_line(
    output: str, environment: dict[str, str], said: str, table: Path, tmp_path: Path
) -> None:
    asked = ["scan", str(table), "--engine", "spark", "--master", "local[1]", "--output"]
    done = subprocess.run(
        [sys.executable, "-m", "bot", *asked, str(tmp_path / output)],
        cwd=ROOT,
        env={
            **os.environ,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_HOSTNAME": "localhost",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(said)
