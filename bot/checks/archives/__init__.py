"""Citations and their archives: what the wiki's citation module makes of the parameters is the law.

An archive protects a source against link rot, and only a snapshot that is named, dated and of the
right page does. None of these checks looks anything up: they report what the wikitext itself shows
to be missing, malformed or contradictory. What changes the link a reader follows is for a human to
approve; what two parameters say against each other is reported and not decided.
"""
