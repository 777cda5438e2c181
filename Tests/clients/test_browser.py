"""The browser fixture itself: it reaches the server under local names and under AWS's."""
from __future__ import annotations

from browser import at, text_of


def test_the_browser_reaches_the_server_under_every_name(server, browser):
    browser.get(server.url + "/_coldframe/health")
    assert '"ok"' in text_of(browser)

    # A name that only AWS's DNS knows arrives as it is: the control API refuses it by its Host header.
    browser.get(at(server, "https://d-abcdefghijkl.studio.us-east-1.sagemaker.aws/_coldframe/health"))
    assert "Host header does not name this machine" in text_of(browser)
