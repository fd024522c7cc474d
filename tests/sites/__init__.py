"""Tests of the places pages come from that need no running wiki."""
