"""In: `python -m bot …`. Out: the same as the command `dirsync-triage …`.
Promise: nothing but that.
"""

from bot.cli import main

if __name__ == "__main__":
    main()
