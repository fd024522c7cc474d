"""Statements that time has overtaken (WP:RELTIME). English phrases only: elsewhere it is silent."""
