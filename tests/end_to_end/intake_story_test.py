"""A rotation whose new secret comes on the one-time page: from a browser, on its way past every wrong paste, to the end."""

import base64
import hashlib
import http.client
import json
import re
import signal
import ssl
import subprocess
import time
import urllib.parse
from pathlib import Path

from intake_test import PROBLEM, SEALED, STATUS, browser, shared_browser  # noqa: F401
from marketing_cloud_test import story, words  # noqa: F401
from support import BINARY, DEADLINE_SECONDS, find_canaries, rekey

FIELD = "document.getElementById('value').value"


class Rotation:
    """`rekey rotate --intake` where nobody is at a terminal; `said` is what it wrote so far."""

    def __init__(self, story, *options):
        self.story = story
        self.process = subprocess.Popen(
            [BINARY, "rotate", "-f", story.inventory, "--yes", "--intake", "localhost", *map(str, options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = ""

    def read_until(self, pattern):
        """Reads on line by line until one matches; gives the match."""
        for line in self.process.stdout:
            self.said += line
            check_no_process_shows(self.story.authority.canaries)
            match = re.search(pattern, line)
            if match:
                return match
        raise AssertionError(f"it ended without {pattern}:\n{self.said}")

    def link(self):
        return self.read_until(r"^  (https://localhost:\S+)$").group(1)

    def end(self):
        for line in self.process.stdout:
            self.said += line
            check_no_process_shows(self.story.authority.canaries)
        return self.process.wait(DEADLINE_SECONDS)


def check_no_process_shows(values):
    shown = []
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                shown.append((process / name).read_bytes())
            except OSError:  # it has ended, or is not ours
                pass
    assert not find_canaries(b"\n".join(shown), values)


def seen_certificate(browser, link):
    origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(link))
    table = browser.call("Network.getCertificate", origin=origin)["tableNames"]
    digest = hashlib.sha256(base64.b64decode(table[0])).hexdigest().upper()
    return ":".join(digest[i:i + 2] for i in range(0, len(digest), 2))


def post_sealed(link, line, context):
    parts = urllib.parse.urlsplit(link)
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=DEADLINE_SECONDS)
    connection.request("POST", parts.path, line, {"Origin": f"{parts.scheme}://{parts.netloc}", "Content-Type": SEALED})
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, text


def test_a_secret_that_comes_on_the_page_is_taken_to_its_end(story, browser):
    story.authority.canaries.add(story.old)
    rotation = Rotation(story)
    link = rotation.link()
    key = rotation.read_until(r"^  key +(\S+)").group(1)
    certificate = rotation.read_until(r"^  certificate +(\S+)").group(1)
    browser.open(link)
    assert seen_certificate(browser, link) == certificate
    page = browser.run("document.body.innerText")
    for part in ("Generate a new client secret for Order sync", story.client_id, "Installed Packages",
                 "Stop, and change nothing, if", "Way back", key):
        assert part in page
    value = story.generate(story.description_on(page))

    browser.paste(story.old)
    browser.press("Enter")
    browser.wait_for(f"{STATUS}.includes('That is the present secret')", "the refusal")
    assert "4 tries left" in browser.run(STATUS) and browser.run(FIELD) == ""
    browser.wait_for("document.activeElement.id === 'value'", "the field to have the focus again")
    browser.paste(value[:40])
    assert browser.run(PROBLEM) == "40 characters are too few: it has 64."
    browser.press("Enter")
    browser.run("document.getElementById('value').select()")
    browser.paste(value)
    browser.press("Enter")
    browser.wait_for(f"{STATUS}.includes('has arrived')", "the good word")

    assert rotation.end() == 3, rotation.said
    assert "not taken: that is the present secret" in rotation.said and "run attest" in words(rotation.said)
    story.attest()
    second = Rotation(story, "--wait")
    second.read_until("Come back to")
    story.act("activate")
    assert second.end() == 0, second.said
    story.stop()
    assert story.failures() == []
    story.check_moved_to(value)
    requests = browser.requests()
    assert [request["method"] for request in requests] == ["GET", "POST", "POST"]
    assert all("status of 422" in json.dumps(event) for event in browser.complaints())
    story.check_nothing_shows(rotation.said, second.said, json.dumps(browser.events))


def test_a_link_ends_with_its_time_and_the_next_start_gives_another(story):
    first = Rotation(story, "--intake-lasts", "1s")
    link = first.link()
    assert first.end() == 3 and "gives a new link" in first.said
    second = Rotation(story)
    assert second.link() != link
    second.process.send_signal(signal.SIGINT)
    assert second.end() == 130 and "nothing is undone" in second.said


def test_five_refused_values_end_the_link(story, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2", "-keyout", str(key),
                    "-out", str(certificate)], check=True, capture_output=True)
    rotation = Rotation(story, "--intake-certificate", certificate, "--intake-key", key)
    link = rotation.link()
    address = re.search(r"rkp1\.\S+", story.say("card").stdout).group(0)
    sealed = rekey("seal", "--to", address, stdin=story.old).stdout
    trusting = ssl.create_default_context(cafile=str(certificate))
    answers = [post_sealed(link, sealed, trusting) for _ in range(5)]
    assert [status for status, _ in answers] == [422, 422, 422, 422, 410]
    assert answers[0][1] == ("That is the present secret, which the consumers hold already; copy the new one from the "
                             "page on which it was generated. (4 tries left.)\n")
    assert rotation.end() == 3
    assert "too many values were refused" in words(rotation.said) and "warns" not in rotation.said
    story.check_nothing_shows(rotation.said)


def test_a_card_is_a_page_for_a_phone_and_asks_for_nothing(story, browser, tmp_path):
    rekey("rotate", "-f", story.inventory, "--yes", ok=(3,))
    page = tmp_path / "card.html"
    page.write_text(story.say("card", "--html").stdout)
    browser.show_as(390, 844, "light")
    browser.open(page.as_uri())
    shown = browser.run("document.body.innerText")
    for part in ("Generate a new client secret for Order sync", story.client_id, "rekey seal --to", "Way back"):
        assert part in shown
    assert browser.run("document.documentElement.scrollWidth") <= 390
    assert browser.run("getComputedStyle(document.querySelector('h1')).fontWeight") == "650"
    assert browser.run("document.scripts.length") == 0
    assert [request["url"] for request in browser.requests()] == [page.as_uri()] and browser.complaints() == []


def test_each_package_that_is_due_has_a_link_of_its_own(story):
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 24 * 3600))
    other = story.authority.create("Other")
    for name in ("other", "crm-sync"):
        (story.folder / f"{name}.env").write_text(
            f"SFMC_CLIENT_SECRET={other['secret']['value'] if name == 'other' else story.old}\n")
    text = story.inventory.read_text().replace("    owner: crm@example.org\n", f"    expires_at: {soon}\n", 1)
    story.inventory.write_text(text + f"""\
  - name: Other
    client_id: {other["integration"]["client_id"]}
    expires_at: {soon}
    consumers:
      - name: other
        sink: {{kind: file, path: other.env, key: SFMC_CLIENT_SECRET}}
        reload: per_call
        seen_as: {{user_agent: other/1}}
        interval: 20m
""")
    rotation = Rotation(story, "--due", "--intake-lasts", "1s")
    assert rotation.end() == 3
    links = re.findall(r"^  (https://localhost:\S+)$", rotation.said, re.MULTILINE)
    assert len(set(links)) == 2, rotation.said


def test_what_the_page_cannot_be_is_said_before_anything_begins(story):
    for options, code, said in [
        (("--intake", "https://localhost"), 2, "HOST or HOST:PORT"),
        (("--intake-lasts", "5m"), 2, "goes with --intake"),
        (("--intake", "localhost", "--intake-key", "none.pem"), 2, "go together"),
        (("--intake", "localhost", "--intake-key", "none.pem", "--intake-certificate", "none.pem"), 5, "none.pem"),
    ]:
        refused = rekey("rotate", "-f", story.inventory, "--yes", *options, ok=None)
        assert said in refused.stderr, refused.stderr
        assert refused.returncode == code, (options, refused.returncode)
    taken = rekey("rotate", "-f", story.inventory, "--yes", "--intake", "localhost", "--intake-listen", "192.0.2.1", ok=(3,))
    assert "cannot be opened" in words(taken.stderr) and "--intake-listen" in taken.stderr
