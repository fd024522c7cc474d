"""The same look at every page on Apache Spark, for wikis that lie on a cluster.

A table of wikitext in Parquet goes in (`bot.scan.parquet`), a folder of Parquet with the findings
comes out. Spark gives each of its Python workers batches of rows as Arrow, which are looked at by
the very `Look` that a scan on one machine uses, so the findings are the same; when a worker or a
machine dies, Spark does its part again. Redpencil must be installed where the workers run.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bot.errors import UsageError
from bot.scan.looking import Look, Task, records
from bot.scan.parquet import arrow, finding_batch, finding_schema, header_of, page_schema, rows_of
from bot.scan.redirects import Titles, is_known

if TYPE_CHECKING:
    import pyarrow as pa

# One partition has at most so many bytes of the table, unless Spark is told otherwise; a batch at
# most so many pages, so that it stays small in memory however big they are.
_PARTITIONING = "spark.sql.files.maxPartitionBytes"
_PARTITION = 32 << 20
_BATCH = 500


def scan(
    tables: Sequence[str],
    output: str,
    task: Task,
    *,
    master: str | None = None,
    is_profile_named: bool = False,
    say: Callable[[str], object] = lambda sentence: None,
) -> int:
    """Check every page of these tables, write the findings to a new folder; gives their number.

    Tables and folder may be addresses that Spark knows (hdfs:, s3a:). Which wiki it is says the
    first table, unless the profile of the task is that wiki's already.

    Raises UsageError when Spark is not installed or not to be reached, a table is none, or the
    folder is there already or cannot be made.
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as wrong:
        raise UsageError(
            "--engine spark needs PySpark and Java: pip install 'redpencil[spark]'"
        ) from wrong
    if not is_profile_named:
        task = dataclasses.replace(task, profile=header_of(_schema_of(tables[0])).profile)
    # The workers need the very Python that has Redpencil.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("redpencil scan")
    if master:
        builder = builder.master(master)
    session: Any = None
    try:
        session = (
            builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", _BATCH)
            .config("spark.ui.showConsoleProgress", "true" if sys.stderr.isatty() else "false")
            .getOrCreate()
        )
        if not session.sparkContext.getConf().contains(_PARTITIONING):
            session.conf.set(_PARTITIONING, _PARTITION)
        table = session.read.parquet(*tables).select(*page_schema().names)
        task = dataclasses.replace(task, titles=_titles(table))
        look = _looking(task)
        table.mapInArrow(look, _spark_schema(finding_schema())).write.parquet(output)
        found: int = session.read.parquet(output).where("check is not null").count()
    except (PySparkException, Py4JError) as wrong:
        raise UsageError(f"Spark: {_why(str(wrong))}") from wrong
    finally:
        if session is not None:
            session.stop()
    say(f"{output}: {found:,} findings")
    return found


def _why(said: str) -> str:
    """The sentence in what Spark says: of a trace of Java's, that which began it all."""
    causes = re.findall(r"(?m)^Caused by: [\w.$]+: (.+)", said)
    first = re.search(r"(?m)^: [\w.$]+: (.+)", said)
    return str(causes[-1] if causes else first[1] if first else said.splitlines()[0])


def _schema_of(table: str) -> pa.Schema:
    pa = arrow()
    from pyarrow import fs

    try:
        if "://" in table:
            system, path = fs.FileSystem.from_uri(table)
        else:
            system, path = fs.LocalFileSystem(), table
        schema = pa.parquet.read_schema(path, filesystem=system)
    except (pa.ArrowException, OSError) as wrong:
        raise UsageError(f"{table}: cannot be read as a table: {wrong}") from wrong
    if not set(page_schema().names) <= set(schema.names):
        raise UsageError(f"{table}: is no table that `redpencil scan --to-parquet` wrote")
    return schema


def _titles(table: Any) -> Titles:
    """What is known of the wiki's titles; only those of organisations leave the workers."""
    told = table.where("namespace = 0 and (redirect is not null or is_disambiguation)")
    rows = told.select("title", "redirect").mapInArrow(_known, "title string, redirect string")
    redirects, elsewhere = {}, set()
    for title, redirect in rows.collect():
        if redirect is None:
            elsewhere.add(title)
        else:
            redirects[title] = redirect
    return Titles(redirects, frozenset(elsewhere))


def _known(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    pa = arrow()
    for batch in batches:
        kept = [
            (redirect or title).partition("#")[0]
            for title, redirect in zip(
                batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True
            )
        ]
        yield batch.filter(pa.array([is_known(title) for title in kept]))


def _looking(task: Task) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def look_at(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        look = Look(task)
        for batch in batches:
            found = [
                record
                for page in rows_of(batch, task.namespaces)
                if (one := look(page)) is not None
                for record in records(one.lines)
            ]
            if found:
                yield finding_batch(found)

    return look_at


def _spark_schema(schema: pa.Schema) -> Any:
    from pyspark.sql.types import LongType, StringType, StructField, StructType

    return StructType(
        [
            StructField(field.name, LongType() if str(field.type) == "int64" else StringType())
            for field in schema
        ]
    )
