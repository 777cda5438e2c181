"""A real browser for tests: Debian's Chromium without a window, driven by Selenium.

`browser` is a fixture (conftest.py offers it to every test). It starts one Chromium a test, with a profile of its own, for
which every name of AWS's leads to this machine: `http://d-….studio.us-east-1.sagemaker.aws:PORT/` reaches the server under
test without DNS. Use `at(server, link)` to open an https link of AWS's at the server's own port.
"""
from __future__ import annotations

import shutil
import tempfile
from urllib.parse import urlsplit, urlunsplit

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

# Names that only AWS's DNS knows lead here; everything else that is not this machine leads nowhere.
RESOLVER_RULES = (
    "MAP *.sagemaker.aws 127.0.0.1, MAP *.amazonaws.com 127.0.0.1, MAP *.amazoncognito.com 127.0.0.1, "
    "MAP *.localhost 127.0.0.1, EXCLUDE 127.0.0.1, EXCLUDE localhost, MAP * ~NOTFOUND"
)


def start_browser(profile: str, *arguments: str):
    """A running Chromium. The caller ends it with `quit()`."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--no-proxy-server",
        # The server speaks plain HTTP: do not try the same address with TLS first.
        "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
        f"--user-data-dir={profile}", f"--host-resolver-rules={RESOLVER_RULES}", *arguments,
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(executable_path=DRIVER))
    driver.set_page_load_timeout(20)
    return driver


@pytest.fixture
def browser():
    """A Chromium of the test's own, without cookies; skipped where there is none."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("chromium and chromedriver are not installed")
    pytest.importorskip("selenium")
    profile = tempfile.mkdtemp(prefix="coldframe-browser-")
    driver = None
    try:
        driver = start_browser(profile)
        yield driver
    finally:
        if driver is not None:
            driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


def at(server, link: str) -> str:
    """The same link over plain HTTP at the port of the server under test: what a user's own TLS terminator would do."""
    parts = urlsplit(link)
    return urlunsplit(("http", f"{parts.hostname}:{server.port}", parts.path or "/", parts.query, parts.fragment))


def text_of(driver) -> str:
    """What a person reads on the page."""
    from selenium.webdriver.common.by import By

    return driver.find_element(By.TAG_NAME, "body").text
