"""In: names of programs that tests need, and the Debian packages that bring them.
Out: nothing; the programs are there afterwards.
Promise: installs only as root and only what is missing; otherwise fails with a sentence, no skip.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
MINUTES = 60


class MissingPackagesError(RuntimeError):
    pass


def ensure_packages(programs: dict[str, str], *, also: tuple[str, ...] = ()) -> None:
    """`programs` maps a program to its package; `also` names packages to install along with them."""
    missing = {name: package for name, package in programs.items() if not find(name)}
    if not missing:
        return
    packages = sorted({*missing.values(), *also})
    wanted = " ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MissingPackagesError(
            f"These tests run {', '.join(sorted(missing))}. Install the packages first:"
            f" sudo apt-get install -y --no-install-recommends {wanted}"
        )
    with _one_at_a_time(), _nothing_starts_by_itself():
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            done = subprocess.run(
                ["apt-get", *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                text=True,
                timeout=10 * MINUTES,
                check=False,
            )
            if done.returncode:
                raise MissingPackagesError(
                    f"apt-get could not install {wanted}: {done.stderr.strip()[-500:]}"
                )
    still = [name for name in missing if not find(name)]
    if still:
        raise MissingPackagesError(f"{wanted} installed, but there is no {', '.join(still)}")


def find(program: str) -> str | None:
    """Also where an ordinary PATH does not look: Samba lives in /usr/sbin."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / "dirsync-triage-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _nothing_starts_by_itself() -> Iterator[None]:
    """Debian starts a service when it is installed, unless policy-rc.d says 101."""
    before = POLICY.read_bytes() if POLICY.exists() else None
    mode = POLICY.stat().st_mode if before is not None else 0o755
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            POLICY.unlink()
        else:
            POLICY.write_bytes(before)
            POLICY.chmod(mode)
