"""Tests against a real MediaWiki on this machine, which scripts/wiki runs."""
