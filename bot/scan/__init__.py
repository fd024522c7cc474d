"""Whole wikis: every page of a dump looked at, at a good part of the speed of unpacking it.

    unpacking  packed files as streams
    pages      pages in the XML of a dump, and what it says of its wiki
    dumps      a dump in pieces of whole pages, from any piece on
    redirects  which titles of the wiki lead to an organisation, read from the dump or a table
    looking    one page: is it worth a look, and what do the checks find
    crew       worker processes: pieces in, findings out, in the order of the dump
    journal    what was found so far, on disk, so that a run that ended early goes on
    outputs    JSON lines, Parquet, counts and a worklist, made from the journal
    parquet    a dump as a table of wikitext, and back
    spark      the same look on Apache Spark

A scan finds the pages worth a person's time; it never edits, and what it says of a page is what
`bot.checker.check_page` says. Nothing is fetched: all it knows of the wiki stands in the dump.
"""
