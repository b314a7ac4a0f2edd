"""In: `python -m bot …`. Out: the same as the command `dirsync-triage …`.
Promise: nothing but that; Ctrl-C while it still loads is no traceback.
"""

import sys

if __name__ == "__main__":
    try:
        from bot.cli import main

        main()
    except KeyboardInterrupt:
        sys.exit(130)
