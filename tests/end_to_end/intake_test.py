"""The one-time intake page: opened in a real browser, and asked over TLS by what is none.

Pictures of it are written to the folder REKEY_PICTURES where that is set (`make pictures`).
"""

import hashlib
import http.client
import os
import socket
import ssl
import struct
import subprocess
import urllib.parse
from pathlib import Path

import pytest
from browser import Browser
from support import BINARY, DEADLINE_SECONDS

HOST = os.environ.get("REKEY_INTAKE_HOST", str(Path(BINARY).parent / "tests" / "intake_page_host"))
NEW_VALUE = "New_Example_Value_that_protects_nothing_012345678901234567890123"
OLD_VALUE = "Old_Example_Value_that_protects_nothing_012345678901234567890123"
SEALED = "application/vnd.rekey.sealed"


class Page:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([HOST, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.facts = dict(self.line() for _ in range(4))
        self.link = self.facts["link"]
        self.parts = urllib.parse.urlsplit(self.link)
        self.origin = f"{self.parts.scheme}://{self.parts.netloc}"

    def line(self):
        """The next line that it writes: a word, and what follows it."""
        return tuple(self.process.stdout.readline().rstrip("\n").split(" ", 1))

    def ask(self, method, path=None, body=None, **headers):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.parts.port, context=context,
                                                 timeout=DEADLINE_SECONDS)
        connection.request(method, path or self.parts.path, body,
                           {name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        return reply.status, text

    def post(self, body):
        return self.ask("POST", body=body, Origin=self.origin, Content_Type=SEALED)

    def sealed(self, value):
        return subprocess.run([BINARY, "seal", "--any-value", "--to", self.facts["address"]], input=value, capture_output=True,
                              text=True, timeout=DEADLINE_SECONDS, check=True).stdout

    def stop(self):
        _, errors = self.process.communicate(timeout=DEADLINE_SECONDS)
        assert self.process.returncode == 0 and errors == "", errors


@pytest.fixture
def page():
    served = Page(600)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def shared_browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser") / "profile")
    yield browser
    browser.close()


@pytest.fixture
def browser(shared_browser):
    shared_browser.open("about:blank")
    shared_browser.show_as(1000, 900, "light")
    shared_browser.events.clear()
    return shared_browser


STATUS = "document.getElementById('status').textContent"
PROBLEM = "document.getElementById('problem').textContent"


def test_a_pasted_value_is_sealed_in_the_browser_and_arrives(page, browser):
    browser.open(page.link)
    browser.paste(f" {NEW_VALUE}\n")
    browser.run("document.getElementById('send').click()")
    browser.wait_for(f"{STATUS}.includes('has arrived')", "the good word")
    assert page.line() == ("value", NEW_VALUE)
    assert browser.run("document.getElementById('value').value") == ""
    assert browser.run("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    posts = [request for request in browser.requests() if request["method"] == "POST"]
    assert len(posts) == 1 and posts[0]["postData"].startswith("rks1.")
    assert NEW_VALUE not in str(browser.requests())
    assert browser.complaints() == []


def test_a_link_that_was_used_says_so(page, browser):
    assert page.post(page.sealed(NEW_VALUE))[0] == 200
    browser.open(page.link)
    assert browser.run("document.querySelector('h1').textContent") == "This link has been used"


def test_a_wrong_length_is_told_at_once_and_nothing_is_sent(page, browser):
    browser.open(page.link)
    browser.paste(NEW_VALUE[:-1])
    assert browser.run(PROBLEM) == "63 characters are too few: it has 64."
    browser.run("document.getElementById('send').click()")
    assert browser.run("document.activeElement.id") == "value"
    assert browser.run("document.getElementById('value').getAttribute('aria-invalid')") == "true"
    assert [request["method"] for request in browser.requests()] == ["GET"]


def test_a_refused_value_is_explained_and_another_may_follow(page, browser):
    browser.open(page.link)
    browser.paste(OLD_VALUE)
    browser.press("Enter")
    browser.wait_for(f"{STATUS}.includes('This is the old secret')", "the refusal")
    assert "4 tries left" in browser.run(STATUS)
    browser.wait_for("document.activeElement.id === 'value'", "the field to have the focus again")
    browser.paste(NEW_VALUE)
    browser.press("Enter")
    browser.wait_for(f"{STATUS}.includes('has arrived')", "the good word")
    assert page.line() == ("value", NEW_VALUE)


def test_the_keyboard_alone_is_enough(page, browser):
    browser.open(page.link)
    assert browser.run("document.activeElement.id") == "value"
    browser.paste(NEW_VALUE)
    browser.press("Tab")
    assert browser.run("document.activeElement.id") == "show"
    browser.press(" ")
    assert browser.run("document.getElementById('value').type") == "text"
    browser.press(" ")
    assert browser.run("document.getElementById('value').type") == "password"
    browser.press("Tab")
    assert browser.run("document.activeElement.id") == "send"
    browser.press("Enter")
    browser.wait_for(f"{STATUS}.includes('has arrived')", "the good word")
    assert browser.run("document.activeElement.id") == "status"


def test_a_screen_reader_hears_what_everything_is(page, browser):
    browser.open(page.link)
    assert browser.named("textbox") == ["New secret"]
    assert browser.named("button") == ["Show", "Seal and hand over"]
    assert sorted(browser.named("heading")) == sorted([
        "Generate a new client secret for Order sync", "What to see", "What to do", "Stop, and change nothing, if",
        "Hand over the new secret"])
    assert len(browser.named("status")) >= 1
    assert browser.run("document.documentElement.lang") == "en"


def test_without_the_browsers_cryptography_it_points_to_the_command(page, browser):
    script = browser.call("Page.addScriptToEvaluateOnNewDocument",
                          source="Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})")
    browser.open(page.link)
    browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])
    assert browser.run("document.getElementById('intake').hidden") is True
    assert f"rekey seal --to {page.facts['address']}" in browser.run("document.getElementById('unable').innerText")


def test_without_javascript_it_points_to_the_command_and_shows_no_field(page, browser):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page.link)
        shown = browser.run("document.querySelector('noscript').innerText")
        assert f"rekey seal --to {page.facts['address']}" in shown
        assert browser.named("textbox") == []
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("name, width, scheme, pasted, part", [
    ("light", 640, "light", "", "main"), ("problem", 640, "light", "New_Example", "form"),
    ("dark", 640, "dark", "", "form"), ("phone", 390, "light", "", "main"), ("small", 320, "dark", "", None)])
def test_it_fits_the_screen_in_each_look(page, browser, name, width, scheme, pasted, part):
    browser.show_as(width, 844, scheme)
    browser.open(page.link)
    browser.paste(pasted)
    assert browser.run("document.documentElement.scrollWidth") <= width
    if part and "REKEY_PICTURES" in os.environ:
        browser.picture(Path(os.environ["REKEY_PICTURES"]) / f"intake-{name}.png", part)


def test_a_sealed_line_is_taken_once(page):
    line = page.sealed(NEW_VALUE)
    assert page.post(line)[0] == 200
    assert page.line() == ("value", NEW_VALUE)
    status, text = page.post(line)
    assert status == 410 and "has been used" in text


def test_an_open_value_is_not_taken(page):
    status, text = page.post(NEW_VALUE)
    assert status == 422 and "no sealed value" in text and NEW_VALUE not in text
    assert page.ask("POST", body=f"value={NEW_VALUE}", Origin=page.origin,
                    Content_Type="application/x-www-form-urlencoded")[0] == 415


def test_what_did_not_come_from_the_page_is_not_taken(page):
    line = page.sealed(NEW_VALUE)
    assert page.ask("POST", body=line, Content_Type=SEALED)[0] == 403
    assert page.ask("POST", body=line, Content_Type=SEALED, Origin="https://evil.example")[0] == 403
    assert page.ask("POST", body=line, Content_Type=SEALED, Origin=page.origin, Sec_Fetch_Site="cross-site")[0] == 403


def test_a_wrong_link_and_a_body_too_long_are_refused(page):
    assert page.ask("GET", "/")[0] == 404
    assert page.ask("GET", page.parts.path[:-1] + "!")[0] == 404
    assert page.post("rks1." + "a" * 9000)[0] == 413


def test_a_link_whose_time_is_over_is_gone():
    served = Page(0)
    assert served.line()[0] == "ended"
    status, text = served.ask("GET")
    assert status == 410 and "Ask who runs the rotation" in text
    served.stop()


def test_the_certificate_is_the_one_whose_fingerprint_was_shown(page):
    pem = ssl.get_server_certificate(("127.0.0.1", page.parts.port))
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    assert ":".join(digest[i:i + 2] for i in range(0, len(digest), 2)) == page.facts["certificate"]


def test_a_certificate_of_ones_own_is_served_and_verifies(tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2", "-keyout", str(key),
                    "-out", str(certificate)], check=True, capture_output=True)
    served = Page(600, certificate, key)
    context = ssl.create_default_context(cafile=str(certificate))
    connection = http.client.HTTPSConnection("localhost", served.parts.port, context=context, timeout=DEADLINE_SECONDS)
    connection.request("GET", served.parts.path)
    assert connection.getresponse().status == 200
    connection.close()
    served.stop()


def test_who_hangs_up_at_any_moment_ends_nothing(page):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    at_once = struct.pack("ii", 1, 0)  # SO_LINGER: the close is a reset
    for sent in (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
        for wraps in (False, True):
            connection = socket.create_connection(("127.0.0.1", page.parts.port), timeout=DEADLINE_SECONDS)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            if wraps:
                connection = context.wrap_socket(connection)
            connection.sendall(sent)
            connection.close()
    assert page.ask("GET")[0] == 200


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_before_1_2_is_refused(page):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        http.client.HTTPSConnection("127.0.0.1", page.parts.port, context=context,
                                    timeout=DEADLINE_SECONDS).request("GET", "/")
