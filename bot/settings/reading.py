"""In: an environment, an optional TOML file, files with secrets. Out: `Settings`, or one error with every problem.
Order of belief: environment, then the credentials folder of systemd or docker, then the TOML file.
Promise: each problem is one line that names the setting as it was written; no secret is ever in a line.
"""

import os
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.errors import SettingsError
from bot.settings import kinds, routes
from bot.settings.names import CONFIG, is_setting, nearest, path_of, row_of
from bot.settings.parts import NESTED, PREFIX, setting
from bot.settings.schema import Settings

DOCKER_SECRETS = Path("/run/secrets")
_SECRET_LIMIT = 65_536  # a file longer than this is not a password


@dataclass(frozen=True, slots=True)
class Given:
    """One value as somebody gave it, and the name to call it by."""

    path: tuple[str, ...]
    written: str
    value: Any


@dataclass(slots=True)
class Reading:
    """What was found so far, strongest source first; later ones do not replace it."""

    given: dict[tuple[str, ...], Given] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, item: Given) -> None:
        self.given.setdefault(item.path, item)


def load(
    environ: Mapping[str, str],
    *,
    config: Path | None = None,
    docker_secrets: Path = DOCKER_SECRETS,
) -> Settings:
    """Raises SettingsError with all problems, one a line. What is only doubtful is in `warnings(settings)`."""
    reading = read(environ, config=config, docker_secrets=docker_secrets)
    settings: Settings | None = None
    try:
        settings = Settings(**_tree(reading.given.values()))
    except ValidationError as error:
        reading.problems += _problems(error, reading)
    if settings is None or reading.problems:
        raise SettingsError("\n".join(dict.fromkeys(reading.problems)))
    settings._read_with = tuple(reading.warnings)  # noqa: SLF001  its own private mark, set once here
    return settings


def read(
    environ: Mapping[str, str],
    *,
    config: Path | None = None,
    docker_secrets: Path = DOCKER_SECRETS,
) -> Reading:
    reading = Reading()
    _take_environment(reading, environ)
    for folder in (environ.get("CREDENTIALS_DIRECTORY", ""), str(docker_secrets)):
        if folder:
            _take_folder(reading, Path(folder))
    file = config or (Path(environ[CONFIG]) if environ.get(CONFIG) else None)
    if file is not None:
        _take_toml(reading, file)
    return reading


def real_parts(environ: Mapping[str, str], *, config: Path | None = None) -> tuple[str, ...]:
    """The settings that point at something real: a tenant, a Slack token, a domain controller.

    Works on settings that would not load, so that a mistake elsewhere does not open this door.
    """
    given = read(environ, config=config).given
    texts = {path: str(item.value) for path, item in given.items()}
    local_entra = kinds.is_loopback(texts.get(("entra", "graph_url"), ""))
    local_slack = kinds.is_loopback(texts.get(("slack", "api_url"), ""))
    found = []
    for path, item in given.items():
        real = {
            "tenant_id": not local_entra,
            "entra": path[-1] in {"client_id", "client_secret"} and not local_entra,
            "slack": path[-1] in {"bot_token", "app_token", "signing_secret"} and not local_slack,
            "forests": path[-1] in {"host", "write_dc"} and not kinds.is_loopback(texts[path]),
        }
        if real.get(path[0], False):
            found.append(item.written)
    return tuple(found)


def is_real(environ: Mapping[str, str], *, config: Path | None = None) -> bool:
    return bool(real_parts(environ, config=config))


# ---------------------------------------------------------------- the sources


def _take_environment(reading: Reading, environ: Mapping[str, str]) -> None:
    ours = {name: value for name, value in environ.items() if name.upper().startswith(PREFIX)}
    forests = _forests_in(path_of(name) for name in ours)
    direct = []
    for name, value in sorted(ours.items()):
        if name.upper() == CONFIG or not value:
            continue  # an empty variable is an unset one: files for environments cannot leave a name out
        path = path_of(name)
        if is_setting(path):
            direct.append(Given(path, name, _trimmed(path, value)))
        elif (secret := _secret_behind(path)) is not None:
            _take_secret(reading, Given(secret, name, value))
        else:
            reading.problems.append(
                f"{name} is not a setting; the nearest name is {nearest(name, forests)}."
            )
    _take_direct(reading, direct)


def _take_direct(reading: Reading, direct: Sequence[Given]) -> None:
    for item in direct:
        twin = reading.given.get(item.path)
        if twin is not None:
            reading.problems.append(f"{item.written} and {twin.written} are both set; keep one.")
        reading.add(item)


def _take_folder(reading: Reading, folder: Path) -> None:
    """Files named like settings (`dirsync_slack__bot_token`), as LoadCredential= and docker put them."""
    try:
        files = sorted(folder.iterdir())
    except OSError:
        return  # most machines have no such folder
    for file in files:
        if not file.name.upper().startswith(PREFIX):
            continue
        path = path_of(file.name)
        if is_setting(path):
            # the platform guards this folder; the mode of a file in it says nothing
            text = _read_secret(reading, file, written=str(file), guarded=True)
            if text:
                reading.add(Given(path, str(file), text))
        else:
            reading.problems.append(
                f"{file} is not named like a setting; the nearest name is {nearest(file.name).lower()}."
            )


def _take_toml(reading: Reading, file: Path) -> None:
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        reading.problems.append(
            f"The settings file {file} cannot be read: {error.strerror}. Correct {CONFIG} or --config."
        )
        return
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # the parser's message holds a position, never a value
        reading.problems.append(f"The settings file {file} is not valid TOML: {error}.")
        return
    leaves = list(_leaves(document, ()))
    forests = _forests_in(tuple(path) for path, _ in leaves)
    direct = []
    for path, value in leaves:
        written = f"{'.'.join(path)} in {file}"
        if value == "":
            continue
        if is_setting(path):
            direct.append(Given(path, written, _trimmed(path, value)))
        elif (secret := _secret_behind(path)) is not None and isinstance(value, str):
            if secret not in reading.given:
                _take_secret(reading, Given(secret, written, value))
        else:
            near = ".".join(path_of(nearest(setting(path), forests)))
            reading.problems.append(f"{written} is not a setting; the nearest name is {near}.")
    for item in direct:
        reading.add(item)


def _trimmed(path: tuple[str, ...], value: Any) -> Any:
    """Blanks and carriage returns of edited files are no part of a setting; of a password they may be."""
    row = row_of(path)
    return value.strip() if isinstance(value, str) and row is not None and not row.secret else value


def _leaves(
    table: Mapping[str, Any], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in table.items():
        path = (*above, name.lower())
        if isinstance(value, dict) and value and not is_setting(path):
            yield from _leaves(value, path)
        elif value != {}:
            yield path, value


# ---------------------------------------------------------------- secrets in files


def _secret_behind(path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The secret that `…_FILE` stands for, if it stands for one."""
    *above, last = path
    secret = (*above, last.removesuffix("_file"))
    row = row_of(secret) if last.endswith("_file") and is_setting(secret) else None
    return secret if row is not None and row.secret else None


def _take_secret(reading: Reading, pointer: Given) -> None:
    text = _read_secret(reading, Path(pointer.value), written=pointer.written, guarded=False)
    if text:
        reading.add(Given(pointer.path, pointer.written, text))


def _read_secret(reading: Reading, file: Path, *, written: str, guarded: bool) -> str:
    where = f"{written} names {file}, which" if written != str(file) else f"{file}"
    try:
        with file.open("rb") as stream:
            content = stream.read(_SECRET_LIMIT + 1)
            mode = os.fstat(stream.fileno()).st_mode
        text = content.decode("utf-8")
    except OSError as error:
        reading.problems.append(f"{where} cannot be read: {error.strerror}.")
        return ""
    except UnicodeDecodeError:
        reading.problems.append(f"{where} is not text in UTF-8.")
        return ""
    except ValueError as error:  # a name that no file can have
        reading.problems.append(f"{where} cannot be read: {error}.")
        return ""
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or len(content) > _SECRET_LIMIT:
        reading.problems.append(f"{where} is {'too long for a secret' if text else 'empty'}.")
        return ""
    if mode & stat.S_IROTH and not guarded:
        reading.warnings.append(
            f"{where} can be read by every user of this machine: chmod o= {file}"
        )
    return text


# ---------------------------------------------------------------- from pairs to a tree, from errors to lines


def _tree(given: Iterable[Given]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    # shorter first: `…APPROVERS=…` makes the map that `…APPROVERS__U1=…` adds to
    for item in sorted(given, key=lambda item: len(item.path)):
        *above, last = item.path
        node = tree
        for name in above:
            inner = node.setdefault(name, {})
            if not isinstance(inner, dict):
                inner = node[name] = _people(inner)
            node = inner
        node[last] = item.value
    return tree


def _people(value: Any) -> dict[str, Any]:
    try:
        split = kinds.split_people(value)
    except ValueError:
        return {"?": value}
    return split if isinstance(split, dict) else {"?": value}


def _problems(error: ValidationError, reading: Reading) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        path = tuple(str(part) for part in problem["loc"])
        row = row_of(path)
        own = problem.get("ctx", {}).get("error") if problem["type"] == "value_error" else None
        if own is not None and row is None:
            yield from str(own).splitlines()  # a whole sentence about several settings
            continue
        written = _written(path, reading)
        if path[:1] == ("routes",) and len(path) > 1:
            expected = str(own) if own is not None else None
            yield routes.problem(written, path[1:], problem["type"], expected)
            continue
        if row is None:
            yield f"{written} holds settings; set {nearest(setting(path))} and its like."
            continue
        expected = str(own) if own is not None else f"expected {row.type}"
        shown = "given (a secret, not shown)" if row.secret else _shown(problem["input"])
        name = setting(path).split(NESTED) if path[:1] == ("forests",) else row.name.split(NESTED)
        example = (
            f", for example {NESTED.join(name[: len(row.path)])}={row.example}"
            if row.example
            else ""
        )
        yield f"{written} is {shown}; {expected}{example}."


def _written(path: tuple[str, ...], reading: Reading) -> str:
    for length in range(len(path), 0, -1):
        if (item := reading.given.get(path[:length])) is not None:
            return item.written
    return setting(path)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    if "://" in text and "@" in text:
        return "a URL with a sign-in in it (not shown)"
    text = " ".join(text.split())
    return f'"{text[:60]}…"' if len(text) > 61 else f'"{text}"'


def _forests_in(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    names = {path[1]: None for path in paths if path[0] == "forests" and len(path) > 2}
    return tuple(names)
