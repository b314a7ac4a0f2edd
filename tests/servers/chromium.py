"""In: nothing but the machine's Chromium. Out: a real headless browser with a profile of its own, and eyes.
Promise: the page is used as a person uses it; when a test fails, a picture of the page is kept.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import (
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.servers.packages import ensure_packages, find

PROGRAMS = {"chromium": "chromium", "chromedriver": "chromium-driver"}
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1200",
)
SECONDS = 60
# not there yet, redrawn under the hand, or still under a closing dialog
NOT_YET = (IndexError, StaleElementReferenceException, ElementNotInteractableException)


@contextmanager
def chromium(picture: Path) -> Iterator[webdriver.Chrome]:
    """`picture` is written when what happens inside fails."""
    ensure_packages(PROGRAMS)
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(find("chromedriver"))
    with tempfile.TemporaryDirectory(
        prefix="dirsync-chromium-", ignore_cleanup_errors=True
    ) as profile:
        options.add_argument(f"--user-data-dir={profile}")
        driver = webdriver.Chrome(service=service, options=options)
        try:
            yield driver
        except BaseException:
            driver.save_screenshot(str(picture))
            sys.stderr.write(f"What the browser showed: {picture}\n")
            raise
        finally:
            driver.quit()


@dataclass(frozen=True)
class Eyes:
    """Every look waits until what is wanted is there."""

    driver: webdriver.Chrome

    def shown(self, css: str, words: str = "") -> list[WebElement]:
        found = self.driver.find_elements(By.CSS_SELECTOR, css)
        return [element for element in found if words in element.text and element.is_displayed()]

    def see(self, css: str, words: str = "") -> WebElement:
        """The last one that shows these words."""
        return self._wait().until(
            lambda _driver: self.shown(css, words)[-1], f"no {css} shows {words!r}"
        )

    def read(self, css: str, words: str = "") -> str:
        """All that it says; read again when the page was drawn anew in between."""

        def said(_driver: webdriver.Chrome) -> str:
            return self.shown(css, words)[-1].text

        return self._wait().until(said, f"no {css} shows {words!r}")

    def gone(self, css: str) -> None:
        self._wait().until(lambda _driver: not self.shown(css), f"{css} is still there")

    def press(self, css: str) -> None:
        def pressed(_driver: webdriver.Chrome) -> bool:
            self.shown(css)[-1].click()
            return True

        self._wait().until(pressed, f"{css} cannot be pressed")

    def complaints(self) -> list[str]:
        """What the browser's console holds."""
        log: list[dict[str, str]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]  # selenium leaves it untyped
        return [entry["message"] for entry in log]

    def _wait(self) -> WebDriverWait[webdriver.Chrome]:
        return WebDriverWait(self.driver, SECONDS, poll_frequency=0.05, ignored_exceptions=NOT_YET)
