"""In: the command line. Out: what was asked for, on stdout; what is wrong, as one clear line on stderr.
Exit codes: 0 done, 1 done with nothing found or something not right, 2 a setting or a server is wrong.
Promise: no traceback for a mistake; every command that prints has --json, in English for other programs;
what people read is in their language (--lang); secrets are never printed.
"""

import sys

from bot.cli import running, directories, cases  # noqa: F401 - each adds its commands
from bot.cli.common import WRONG, app
from bot.errors import DirsyncError


def main() -> None:
    """The one place where an error becomes a line and an exit code."""
    try:
        app(prog_name="dirsync-triage")
    except DirsyncError as error:
        for line in str(error).splitlines():
            sys.stderr.write(f"dirsync-triage: {line}\n")
        sys.exit(WRONG)
    except KeyboardInterrupt:
        sys.exit(130)
