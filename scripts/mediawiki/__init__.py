"""A real MediaWiki on loopback, made of Debian's package, SQLite and PHP's own server.

`seed` fills a wiki once and keeps it; `instance` runs a copy of it in a folder. Both use the
standard library only. Nothing here is part of the `redpencil` that is installed.
"""
