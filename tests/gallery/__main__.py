"""In: `make gallery`, or `python -m tests.gallery --language nb --only pending`. Out: gallery/index.html and its pictures.
Every card, dialog and answer that has a snapshot has its picture here: light, dark, and as on a phone.
Promise: the pictures are of now; those of an earlier run are gone.
"""

import argparse
import shutil
import sys
from html import escape
from pathlib import Path

from bot.words import Language, speaking
from tests.gallery.camera import SETTINGS, file_of, take
from tests.servers.packages import MissingPackagesError
from tests.unit.slack.samples import samples

FOLDER = Path(__file__).parents[2] / "gallery"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What people meet in Slack</title>
<style>
  body {{ margin: 0 auto; padding: 16px; max-width: 1700px; font: 15px/1.5 system-ui, sans-serif; background: #8a8f96; }}
  nav {{ columns: 4 220px; }}
  a {{ color: #10243a; }}
  section {{ margin: 24px 0; }}
  .looks {{ display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; }}
  img {{ max-width: 100%; height: auto; border-radius: 6px; }}
  img.phone {{ width: 390px; }}
</style>
<h1>What people meet in Slack</h1>
<p>Drawn by the lab\u2019s page. {count} samples, from <code>tests/unit/slack/samples.py</code>.</p>
<nav>{links}</nav>
{sections}
</html>
"""


def page(names: list[str]) -> str:
    links, sections = [], []
    for number, name in enumerate(names):
        links.append(f'<a href="#s{number}">{escape(name)}</a><br>')
        looks = "".join(
            f'<img loading="lazy" class="{s.name}" src="{file_of(name, s)}" alt="{escape(name)}, {s.name}">'
            for s in SETTINGS
        )
        sections.append(
            f'<section id="s{number}"><h2>{escape(name)}</h2><div class="looks">{looks}</div></section>'
        )
    return PAGE.format(count=len(names), links="".join(links), sections="\n".join(sections))


def main(arguments: list[str]) -> int:
    given = argparse.ArgumentParser(prog="python -m tests.gallery")
    given.add_argument("--language", type=Language, default=Language.EN, choices=list(Language))
    given.add_argument("--only", default="", help="samples whose name holds these words")
    asked = given.parse_args(arguments)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    chosen = {name: draw for name, draw in samples().items() if asked.only in name}
    try:
        with speaking(asked.language):
            complaints = take(chosen, FOLDER)
    except MissingPackagesError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    (FOLDER / "index.html").write_text(page(list(chosen)), "utf-8")
    sys.stdout.write(f"{len(chosen)} samples, {len(SETTINGS)} pictures each: {FOLDER}/index.html\n")
    for complaint in complaints:
        sys.stderr.write(f"the browser says: {complaint}\n")
    return 1 if complaints or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
