"""The Internet Archive's ways of answering, in front of pywb, written from their documentation.

The Wayback Availability API (archive.org/help/wayback_api.php), the CDX server (README of its
source) and Save Page Now 2 (its public API), with oddities people have reported: the availability
answer that denies a snapshot when asked with a scheme (internetarchive/wayback, issue 296), the
default port in the addresses of an index, rows without a status, an empty array for "none", a plain
text for a blocked site. Not compared with the live service.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from tests.archive.server import Reply, Request, Server

FIELDS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
OURS = {"url": "original", "mime": "mimetype", "status": "statuscode"}
JSON = {"Content-Type": "application/json"}
KEYS = "LOW test-access:test-secret"


def collapsed(rows: list[dict[str, str]], name: str, digits: int | None) -> list[dict[str, str]]:
    """The first of neighbouring rows that agree in the first digits of a field."""
    return [next(group) for _, group in itertools.groupby(rows, lambda row: row[name][:digits])]


class InternetArchive:
    """Answers like the Internet Archive about what a pywb holds. `fault` may answer instead."""

    def __init__(self, pywb: str) -> None:
        self._pywb = urlsplit(pywb)
        self.fault: Callable[[Request], Reply | None] | None = None
        self.blocked: set[str] = set()
        self.jobs: dict[str, list[dict[str, Any]]] = {}
        self.server = Server(self.answer)
        self.url = self.server.url

    def close(self) -> None:
        self.server.close()

    def answer(self, request: Request) -> Reply | None:
        if self.fault is not None:
            reply = self.fault(request)
            if reply is not None:
                return reply
        parts = urlsplit(request.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        if parts.path == "/wayback/available":
            return self.available(query)
        if parts.path == "/cdx/search/cdx":
            return self.cdx(query)
        if parts.path == "/save":
            return self.save(request)
        if parts.path.startswith("/save/status/"):
            job = self.jobs[parts.path.rpartition("/")[2]]
            return Reply(
                body=json.dumps(job.pop(0) if len(job) > 1 else job[0]).encode(), headers=JSON
            )
        if parts.path.startswith("/web/"):
            return self.replay(request)
        return Reply(404)

    # --- the index --------------------------------------------------------------------------------

    def ask(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any, bytes]:
        """An answer of pywb. On a connection that is used again it would come 40 ms late."""
        connection = HTTPConnection(self._pywb.netloc)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def rows(self, **query: str) -> list[dict[str, str]]:
        _, _, body = self.ask("/web/cdx?" + urlencode({**query, "output": "json"}))
        rows = [json.loads(line) for line in body.decode().splitlines() if line]
        for row in rows:
            row["url"] = re.sub(r"^(http://[^/]+)/", r"\1:80/", row["url"])
            row["status"] = row.get("status", "-")
        return [{OURS.get(name, name): value for name, value in row.items()} for row in rows]

    def cdx(self, query: dict[str, list[str]]) -> Reply:
        one = {name: values[0] for name, values in query.items()}
        if "url" not in one:
            return Reply(400)
        if urlsplit(one["url"]).hostname in self.blocked:
            text = (
                "org.archive.util.io.RuntimeIOException: org.archive.wayback.exception."
                "AdministrativeAccessControlException: Blocked Site Error"
            )
            return Reply(403, text.encode())
        passed = {n: v for n, v in one.items() if n in {"url", "matchType", "from", "to"}}
        rows = self.rows(**passed)
        for each in query.get("filter", []):
            name, _, pattern = each.lstrip("!").partition(":")
            wanted = not each.startswith("!")
            rows = [row for row in rows if bool(re.fullmatch(pattern, row[name])) is wanted]
        for each in query.get("collapse", []):
            name, _, digits = each.partition(":")
            rows = collapsed(rows, name, int(digits) if digits else None)
        if one.get("sort") == "closest":
            near = one["closest"].ljust(14, "0")
            rows.sort(key=lambda row: abs(int(row["timestamp"]) - int(near)))
        elif one.get("sort") == "reverse":
            rows.reverse()
        limit = int(one.get("limit", "150000"))
        more = len(rows) > abs(limit)
        rows = rows[:limit] if limit >= 0 else rows[limit:]
        names = one.get("fl", ",".join(FIELDS)).split(",")
        table: list[list[str]] = [[row[name] for name in names] for row in rows]
        if one.get("output") == "json":
            listed = [names, *table] if table else []
            if more and one.get("showResumeKey") == "true":
                listed += [[], ["example%29%2F+20000101000000%21"]]
            return Reply(body=json.dumps(listed).encode(), headers=JSON)
        return Reply(body="".join(" ".join(row) + "\n" for row in table).encode())

    def available(self, query: dict[str, list[str]]) -> Reply:
        url, timestamp = query["url"][0], query.get("timestamp", ["20260101"])[0]
        answer: dict[str, Any] = {"url": url, "archived_snapshots": {}, "timestamp": timestamp}
        rows = [row for row in self.rows(url=url) if row["statuscode"] == "200"]
        if rows and not url.startswith("https://"):
            near = timestamp.ljust(14, "0")
            row = min(rows, key=lambda row: abs(int(row["timestamp"]) - int(near)))
            answer["archived_snapshots"]["closest"] = {
                "status": "200",
                "available": True,
                "url": f"http://web.archive.org/web/{row['timestamp']}/{row['original']}",
                "timestamp": row["timestamp"],
            }
        return Reply(body=json.dumps(answer).encode(), headers=JSON)

    # --- replay -----------------------------------------------------------------------------------

    def replay(self, request: Request) -> Reply:
        passed = {
            name: value for name, value in request.headers.items() if name == "accept-datetime"
        }
        path = re.sub(r"(/https?://[^/]+):80/", r"\1/", request.path)
        status, headers, body = self.ask(path, {**passed, "Host": self.server.host})
        kept = {
            name: value
            for name, value in headers.items()
            if name.lower() in {"content-type", "location", "link", "vary", "memento-datetime"}
        }
        # A captured redirect leads on inside the archive.
        location = kept.get("Location", "")
        stamp = re.match(r"/web/(\d{14}\w*)/", path)
        if location and stamp and "/web/" not in location:
            kept["Location"] = f"{self.url}/web/{stamp[1]}/{location}"
        return Reply(302 if status == 307 else status, body, kept)

    # --- Save Page Now ----------------------------------------------------------------------------

    def save(self, request: Request) -> Reply:
        if request.headers.get("authorization") != KEYS:
            return Reply(401, b'{"message": "You need to be logged in"}', JSON)
        url = parse_qs(request.body.decode())["url"][0]
        rows = [row for row in self.rows(url=url) if row["statuscode"] == "200"]
        job = f"spn2-{len(self.jobs):040d}"
        if not rows:
            last = {
                "status": "error",
                "status_ext": "error:not-found",
                "message": "Not found (404)",
            }
        else:
            last = {
                "status": "success",
                "timestamp": rows[-1]["timestamp"],
                "original_url": rows[-1]["original"],
            }
        self.jobs[job] = [{"status": "pending"}, {"status": "pending"}, {**last, "job_id": job}]
        return Reply(body=json.dumps({"url": quote(url), "job_id": job}).encode(), headers=JSON)
