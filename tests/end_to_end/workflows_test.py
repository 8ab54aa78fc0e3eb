"""Workflows: run with the old secret before anything is staged, and with the new one before the old one may end."""

import http.server
import json
import re
import subprocess
import threading

import pytest
from rotation_test import Site
from support import BINARY, find_canaries, rekey, wait_until

USERINFO = """
  - name: whoami
    effects: none, it only reads
    steps:
      - name: ask
        url: ${base_url}/v2/userinfo
        headers: {Authorization: "Bearer ${token}"}
        expect: {json: {application.id: "${client_id}", /organization/enterprise_id: {exists: true}}}
        capture: {member: organization.member_id}
      - name: again
        url: ${rest_url}/v2/userinfo?of=${member}
        headers: {Authorization: "Bearer ${token}"}
        expect: {json: {organization.member_id: "${member}"}}
        until: {every: 200ms, within: 5s}
"""
BROKEN = """
  - name: report
    effects: none
    steps:
      - {name: fetch, url: "${rest_url}/no/such/report", expect: {status: 200}}
"""
ROWS = """
  - name: rows
    effects: one test row, which is taken away again
    timeout: 20s
    steps:
      - {name: make, method: POST, url: "SHOP/rows", headers: {Authorization: "Bearer ${token}"}, body: {row: test}, expect: {status: 201}}
    clean_up:
      - {name: sweep, method: DELETE, url: "SHOP/rows?row=test", headers: {Authorization: "Bearer ${token}"}, expect: {status: [200, 404]}}
"""


class Shop:
    """A system of the user's, with one table. `answer` decides what making a row is answered with."""

    def __init__(self):
        shop = self
        self.calls = []
        self.tokens = set()
        self.answer = lambda number: 201
        self.gate = threading.Event()
        self.gate.set()

        class Front(http.server.BaseHTTPRequestHandler):
            def reply(self):
                size = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(size)
                shop.tokens.add(self.headers.get("Authorization", "").removeprefix("Bearer "))
                shop.calls.append(self.command)
                status = 200
                if self.command == "POST":
                    shop.gate.wait(60)
                    status = shop.answer(shop.calls.count("POST"))
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_POST = do_DELETE = reply

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site(authority, tmp_path):
    authority.run("policy", "set", "settle=0", "overlap=0")
    return Site(authority, tmp_path, authority.create())


@pytest.fixture
def shop():
    shop = Shop()
    yield shop
    shop.stop()


def runs_of(events, workflow):
    return [event["message"] for event in events if event["event"] == "workflow_ran" and f"workflow {workflow} " in event["message"]]


def test_what_worked_works_with_the_new_secret_and_what_was_broken_before_holds_up_nothing(site):
    site.write_inventory(more="workflows:" + USERINFO + BROKEN)
    plan = rekey("plan", "-f", site.inventory).stdout
    assert "whoami" in plan and "none, it only reads" in plan
    site.start()
    done, events = site.rotate()
    site.stop()
    site.check_done()
    names = [event["event"] for event in events]
    first = names.index("workflow_ran")
    assert first < names.index("secret_staged") < names.index("sink_written")
    last = len(names) - 1 - names[::-1].index("workflow_ran")
    assert names.index("sink_written") < last < names.index("secret_activated")
    whoami, report = runs_of(events, "whoami"), runs_of(events, "report")
    assert len(whoami) >= 2 and all("passed" in message for message in whoami)
    assert "old secret" in whoami[0] and "new secret" in whoami[-1]
    assert "status 404" in report[0] and "before the rotation" in report[0]
    # The requests of workflows are nobody's use.
    usage = site.authority.json("secret", "usage", site.client_id)["usage"]
    assert not [row for row in usage if row["caller"]["user_agent"].startswith("rekey")]
    assert not find_canaries((done.stdout + done.stderr).encode(), site.authority.canaries)


def test_one_that_only_ever_failed_is_named_to_whoever_approves_and_reads(site):
    site.write_inventory(more="workflows:" + USERINFO.replace("${rest_url}/v2", "${rest_url}v2") + BROKEN)
    text = site.inventory.read_text()
    site.inventory.write_text(text.replace(f"{{client_id: {site.client_id}}}", f"{{client_id: {site.client_id}, approvals: 1}}"))
    site.start()
    asked, events = site.rotate(ok=(3,))
    assert all("passed" in message for message in runs_of(events, "whoami")), "an address and its path are joined"
    said = "the workflow report failed with the old secret, before anything was staged"
    address = f"(GET {site.authority.url}/no/such/report)"
    assert said in asked.stderr and address in asked.stderr, asked.stderr
    about = ("-f", site.inventory)
    for command in ("show", "explain"):
        words = " ".join(rekey("run", command, *about, ok=(3,)).stdout.split())
        assert said in words and address in words and "never passed" in words, words
    card = " ".join(rekey("run", "card", *about).stdout.split())
    assert "STOP, and change nothing, if - you do not know why: " + said in card, card
    (told,) = json.loads(rekey("run", "show", *about, "--json", ok=(3,)).stdout)["workflows_failed_before"]
    assert said in told
    digest = re.search(r"--plan ([0-9a-f]{16})", asked.stderr).group(1)
    rekey("run", "approve", *about, "--plan", digest, "--by", "omar", "--reason", "it is known")
    site.rotate()
    site.stop()
    site.check_done()
    (run,) = json.loads(rekey("run", "list", *about, "--json").stdout)["runs"]
    assert said in rekey("run", "show", run["run"], *about).stdout, "of a closed run, too"


def test_one_that_fails_with_the_new_secret_parks_the_run_and_is_run_anew(site, shop):
    site.write_inventory(more="workflows:" + ROWS.replace("SHOP", shop.url))
    shop.answer = lambda number: 201 if number != 2 else 500
    site.start()
    done, events = site.rotate(ok=(3,))
    assert "the workflow rows worked with the old secret and fails with the new one: at make: status 500" in done.stderr + done.stdout
    assert "secret_activated" not in [event["event"] for event in events]
    assert site.authority.token(site.client_id, site.old, user_agent="export/1").status == 200
    again, _ = site.rotate()
    site.stop()
    site.check_done()
    assert shop.calls.count("POST") == shop.calls.count("DELETE") == 3
    everything = (done.stdout + done.stderr + again.stdout + again.stderr).encode()
    everything += b"".join(path.read_bytes() for path in (site.folder / ".rekey").rglob("*") if path.is_file())
    assert not find_canaries(everything, site.authority.canaries | shop.tokens)


def test_one_that_was_killed_in_the_middle_is_cleaned_up_before_it_runs_again(site, shop):
    site.write_inventory(more="workflows:" + ROWS.replace("SHOP", shop.url))
    site.start()
    shop.gate.clear()
    process = subprocess.Popen([BINARY, "rotate", "-f", site.inventory, "--yes", "--json"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    wait_until(lambda: shop.calls == ["POST"], "the workflow to be in the middle")
    process.kill()
    process.wait()
    shop.gate.set()
    site.rotate()
    site.stop()
    site.check_done()
    assert shop.calls == ["POST", "DELETE", "POST", "DELETE", "POST", "DELETE"]


def test_a_wrong_workflow_is_told_with_its_line(site):
    site.write_inventory(more="workflows:" + USERINFO.replace("of=${member}", "of=${membr}"))
    done = rekey("inventory", "check", "-f", site.inventory, ok=(2,))
    line = site.inventory.read_text().splitlines().index("        url: ${rest_url}/v2/userinfo?of=${membr}") + 1
    assert f":{line}:" in done.stderr and "did you mean member?" in done.stderr
    # And a URL to which nothing could ever be sent.
    site.write_inventory(more="workflows:" + BROKEN.replace("${rest_url}/no", "https://shop.example:no"))
    for command in (("inventory", "check"), ("plan",)):
        said = rekey(*command, "-f", site.inventory, ok=(2,)).stderr
        assert "no request can be sent to this url: it becomes https://shop.example:no/such/report" in said, said
    assert json.loads(rekey("inventory", "schema").stdout)["$defs"]["workflow"]
