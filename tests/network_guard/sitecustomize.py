"""Python imports this at its start when its folder is on PYTHONPATH: the guard for subprocesses."""

import loopback_only

loopback_only.enforce()
