"""`python -m bot` is `redpencil`."""

from bot.cli import main

main(prog_name="redpencil")
