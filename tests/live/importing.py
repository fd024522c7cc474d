"""Many pages at once: by MediaWiki's own import, which is a hundred times faster than edits."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from mediawiki.seed import MEDIAWIKI, php_environment

from tests.live.wiki import Wiki

_HEAD = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">'
_PAGE = """<page><title>{}</title><ns>0</ns><revision><timestamp>2026-01-01T00:00:00Z</timestamp>
<contributor><username>PlainUser</username></contributor><model>wikitext</model>
<format>text/x-wiki</format><text xml:space="preserve">{}</text></revision></page>"""


def import_pages(wiki: Wiki, pages: Mapping[str, str]) -> None:
    """Add pages to a wiki. No link tables are filled: categories do not know of them."""
    running = wiki.instance.server()
    assert running is not None
    localisation = (wiki.folder / "localisation").resolve()
    environment = php_environment(wiki.folder, localisation, running.port)
    environment.pop("WIKI_FAULTS", None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pages.xml"
        with file.open("w", encoding="utf-8") as out:
            out.write(_HEAD)
            for title, text in pages.items():
                out.write(_PAGE.format(escape(title), escape(text)))
            out.write("</mediawiki>")
        subprocess.run(
            ["php", MEDIAWIKI / "maintenance" / "importDump.php", "--no-updates", "--quiet", file],
            env=os.environ | environment,
            check=True,
            capture_output=True,
        )
