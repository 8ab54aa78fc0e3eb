"""The old secret, or the staged one, ends in the middle of a run, at the real server and by its admin API."""

import json
import subprocess
import time

import pytest
from rotation_test import Site, run_until, staged_id
from support import BINARY, find_canaries, rekey


@pytest.fixture
def site(authority, tmp_path):
    """`export` moves first, `report` behind it; what a watcher says goes into a file."""
    authority.run("policy", "set", "settle=1s", "overlap=0")
    one = Waves(authority, tmp_path, authority.create())
    one.old_id = authority.json("secret", "list", one.client_id)["secrets"][0]["id"]
    return one


class Waves(Site):
    def write_inventory(self, more="", hold="3s"):
        consumers = "".join(
            f"  - name: {name}\n    sink: {{kind: file, path: {name}.env, key: SFMC_CLIENT_SECRET}}\n"
            f"    reload: per_call\n    seen_as: {{user_agent: {name}/1}}\n    interval: 1s\n" for name in self.consumers)
        self.inventory.write_text(
            f"version: 1\nissuer: {{kind: rekey, credential: {self.authority.data / 'admin.json'}}}\n"
            f"integration:\n  client_id: {self.client_id}\n{more}  waves:\n"
            f"    - {{name: first, consumers: [export], hold: {hold}}}\n    - {{name: rest, consumers: [report]}}\n"
            f"proof: {{requests: 2, span: 500ms}}\nconsumers:\n{consumers}")
        self.notices = self.folder / "notices.yaml"
        self.notices.write_text(
            "version: 1\nstate: notices\nfallback: [desk]\nrecipients: [{name: desk, commands: [note]}]\n"
            f"commands: [{{name: note, command: [/bin/sh, -c, 'cat >> {self.folder}/said']}}]\n")

    def said(self):
        return " ".join((self.folder / "said").read_text().split())

    def watch(self, *more):
        return rekey("watch", "--config", self.notices, "-f", self.inventory, "--once", *more, ok=(0, 3), timeout=240)

    def end(self, secret_id):
        path = f"/integrations/{self.client_id}/secrets/{secret_id}/revoke"
        reply = self.authority.api("POST", path, {"reason": "it leaked"})
        assert reply.status == 200, reply.text

    def facts(self):
        return json.loads(rekey("report", "-f", self.inventory, "--json").stdout)

    def events(self):
        return [event["event"] for event in self.facts()["journal"]["events"]]

    def stop_in_a_freeze(self):
        """A run that has moved `export`, and waits for the end of a freeze before it moves the rest."""
        run_until(self, "consumer_reloaded")  # which is watched for three seconds
        days = [time.strftime("%Y-%m-%d", time.gmtime(time.time() + day * 86400)) for day in (0, 2)]
        self.write_inventory(more=f"  freezes: [{'..'.join(days)}]\n")
        done, _ = self.rotate(ok=(3,))
        assert "freeze" in done.stderr, done.stderr
        assert self.old not in self.values()["export"] and self.values()["report"] == self.old

    def check_moved(self):
        (value,) = set(self.values().values())
        assert value != self.old
        self.authority.canaries |= {value, self.old}
        assert self.authority.token(self.client_id, value).status == 200
        assert self.authority.token(self.client_id, self.old).status == 401


def test_an_old_secret_that_is_revoked_between_two_waves_lets_nobody_wait(site):
    site.write_inventory(more="  approvals: 1\n", hold="1h")
    site.start()
    process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--yes", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:
        lines.append(json.loads(line))
        if lines[-1]["event"] == "consumer_reloaded":
            site.end(site.old_id)
            break
    rest, errors = process.communicate(timeout=240)
    lines += [json.loads(line) for line in rest.splitlines()]
    site.stop()
    assert process.returncode == 0, errors
    names = [(one["event"], one.get("consumer", "")) for one in lines]
    assert names.index(("old_secret_ended", "")) < names.index(("sink_written", "report"))
    assert names.index(("gate_passed", "")) < names.index(("secret_activated", ""))
    cut = site.facts()["early_cut"]
    assert "report" in cut["consumers"] and site.old_id in cut["how"]
    site.check_moved()
    assert site.consumers["export"].failures == [], "it had moved"
    # It may have asked for nothing in the instant between the end and its write.
    assert set(site.consumers["report"].failures) <= {401}
    assert not find_canaries(json.dumps(lines).encode() + errors.encode(), site.authority.canaries)


def test_a_watcher_notices_the_end_at_a_run_that_stands_still_and_goes_on_where_it_may(site):
    site.stop_in_a_freeze()
    assert site.watch().stderr == ""
    site.end(site.old_id)
    found = site.watch().stderr
    assert "before every consumer had moved" in found and site.old_id in found, found
    assert site.events().count("old_secret_ended") == 1
    assert site.values()["report"] == site.old, "who only looks moves nobody"
    assert "ended too early" in site.said() and "Not written yet" in site.said() and "report" in site.said()
    assert site.watch().stderr == "", "it is noticed once"
    site.watch("--begin")
    assert "run_closed" in site.events()
    site.check_moved()


def test_a_watcher_notices_the_end_of_a_staged_secret_that_a_consumer_holds(site):
    site.stop_in_a_freeze()
    site.end(staged_id(site))
    assert site.authority.token(site.client_id, site.values()["export"]).status == 401
    found = site.watch().stderr
    assert "cut off: export" in found, found
    assert "Cut off: export." in site.said() and "ended before its activation" in site.said(), site.said()
    site.watch("--begin")
    assert set(site.values().values()) == {site.old}, "it has back what works, in the freeze too"
    assert site.authority.token(site.client_id, site.old, user_agent="export/1").status == 200
    site.write_inventory()
    site.start()
    site.rotate()
    site.stop()
    site.check_moved()


def test_a_run_on_its_way_back_is_looked_at_too(site):
    site.start()
    run_until(site, "consumer_reloaded")
    # Somebody who is not declared uses the staged one, so that the run waits for that to end.
    stranger = site.values()["export"]
    site.authority.token(site.client_id, stranger, user_agent="stranger/1")
    done = rekey("run", "abort", "-f", site.inventory, "--reason", "another week", ok=(3,), timeout=240)
    assert "may still be in use" in done.stderr, done.stderr
    assert set(site.values().values()) == {site.old}
    site.end(site.old_id)
    assert "before every consumer had moved" in site.watch().stderr
    assert "Not written yet" in site.said() and "export" in site.said() and "report" in site.said()
    turned = rekey("run", "resume", "-f", site.inventory, "--yes", ok=(3,), timeout=240)
    assert "cannot be given up" in turned.stderr, turned.stderr
    rekey("run", "resume", "-f", site.inventory, "--yes", timeout=240)
    site.stop()
    site.check_moved()
