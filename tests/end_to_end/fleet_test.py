"""`rekey rotate --due` on several packages at once, with consumers that run."""

import json
import subprocess
import time

import pytest
from marketing_cloud_test import Terminal
from rotation_test import Reader
from support import BINARY, rekey, wait_until

COUNT = 5


class Fleet:
    def __init__(self, authority, folder):
        self.authority, self.folder = authority, folder
        authority.run("policy", "set", "settle=1s", "overlap=0")
        self.old, self.consumers = {}, {}
        soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 24 * 3600))
        entries = ""
        for number in range(COUNT):
            created = authority.create(f"Package {number}")
            client_id = created["integration"]["client_id"]
            self.old[client_id] = created["secret"]["value"]
            path = folder / f"p{number}.env"
            path.write_text(f"SFMC_CLIENT_SECRET={self.old[client_id]}\n")
            self.consumers[client_id] = Reader(authority, client_id, path, f"p{number}/1")
            entries += (
                f"  - name: Package {number}\n    client_id: {client_id}\n    expires_at: {soon}\n"
                f"    proof: {{requests: 2, span: 200ms}}\n    consumers:\n      - name: worker\n"
                f"        sink: {{kind: file, path: p{number}.env, key: SFMC_CLIENT_SECRET}}\n"
                f"        reload: per_call\n        seen_as: {{user_agent: p{number}/1}}\n        interval: 1s\n")
        self.inventory = folder / "rekey.yaml"
        self.inventory.write_text(
            f"version: 1\nissuers:\n  here: {{kind: rekey, credential: {authority.data / 'admin.json'}}}\n"
            f"integrations:\n{entries}")

    def rotate(self, *more, ok=(0,)):
        return rekey("rotate", "-f", self.inventory, "--due", "--yes", *more, ok=ok, timeout=240)


@pytest.fixture
def fleet(authority, tmp_path):
    one = Fleet(authority, tmp_path)
    for consumer in one.consumers.values():
        consumer.start()
    wait_until(lambda: all(c.tokens > 2 for c in one.consumers.values()), "the consumers to run")
    yield one
    for consumer in one.consumers.values():
        consumer.stop()
    for client_id, consumer in one.consumers.items():
        assert consumer.failures == [], (client_id, consumer.failures[:5])


def test_several_are_rotated_side_by_side_and_nobody_is_refused(fleet):
    done = fleet.rotate("--json", "--parallel", str(COUNT), "--issuer-calls", "2")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    closed = [event["run"] for event in events if event["event"] == "run_closed"]
    assert len(set(closed)) == COUNT
    first_end = next(i for i, event in enumerate(events) if event["event"] == "run_closed")
    assert len({event["run"] for event in events[:first_end]}) > 1, "they overlap"
    for client_id, consumer in fleet.consumers.items():
        value = consumer.value()
        assert value != fleet.old[client_id]
        assert fleet.authority.token(client_id, fleet.old[client_id]).status == 401
    assert "nothing is due" in fleet.rotate().stderr


def test_a_copy_that_nobody_declared_holds_its_own_up_and_no_other(fleet):
    copied, *others = fleet.old
    with open(fleet.inventory, "a") as file:
        file.write("discovery: {roots: [./code, ./more]}\n")
    for name in ("code", "more"):
        (fleet.folder / name).mkdir()
    copy = fleet.folder / "more/copy.txt"
    copy.write_text(f"it is {fleet.old[copied]}\n")
    done = fleet.rotate("--json", "--parallel", "3", ok=(4,))
    assert "more/copy.txt:1 holds the secret" in done.stdout + done.stderr
    assert fleet.consumers[copied].value() == fleet.old[copied]
    assert all(fleet.consumers[one].value() != fleet.old[one] for one in others)
    copy.unlink()
    fleet.rotate("--parallel", "1")
    assert fleet.consumers[copied].value() != fleet.old[copied]


def test_started_twice_at_once_each_is_rotated_once(fleet):
    command = [BINARY, "rotate", "-f", str(fleet.inventory), "--due", "--yes", "--parallel", "2"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=240) for process in both]
    assert all(process.returncode in (0, 3, 4) for process in both), said
    for client_id in fleet.old:
        assert len(fleet.authority.json("secret", "list", client_id)["secrets"]) == 2, said


def test_one_that_fails_stops_no_other(fleet):
    first, *others = fleet.consumers
    text = fleet.inventory.read_text().replace("path: p0.env", "path: missing.env")
    fleet.inventory.write_text(text)
    done = fleet.rotate("--parallel", "3", ok=(4,))
    assert f"{COUNT - 1} of {COUNT} rotated, 0 wait for a person, 1 failed" in done.stdout
    assert "Package 0: " in done.stderr and "missing.env" in done.stderr
    assert fleet.consumers[first].value() == fleet.old[first]
    assert all(fleet.consumers[one].value() != fleet.old[one] for one in others)
    events = [line for line in done.stdout.splitlines() if "Package 1 " in line]
    assert any("Propagating" in line for line in events), "each line names its integration"


def test_where_a_person_is_asked_the_run_comes_after_all_others(fleet):
    form = ("      - name: form\n        sink: {kind: manual, where: Settings, url: \"https://vendor.example/7\", "
            "field: Client Secret}\n        owner: ann@example.org\n        reload: per_call\n"
            "        seen_as: {user_agent: form/1}\n        interval: 1s\n")
    text = fleet.inventory.read_text()
    fleet.inventory.write_text(text.replace("  - name: Package 1\n", form + "  - name: Package 1\n"))
    done = fleet.rotate(ok=(3,))
    assert f"{COUNT - 1} of {COUNT} rotated, 1 wait for a person, 0 failed" in done.stdout
    lines = done.stdout.splitlines()
    alone = next(i for i, line in enumerate(lines) if line.startswith("Package 0 ("))
    assert sum("the run is closed" in line for line in lines[:alone]) == COUNT - 1
    assert not any("the run is closed" in line for line in lines[alone:])


def test_one_that_is_stuck_is_named_and_not_started_again(fleet):
    # Usage by somebody whom no consumer claims parks the run of Package 0, until that is mended.
    first, *_ = fleet.consumers
    stranger = Reader(fleet.authority, first, fleet.folder / "p0.env", "stranger/1")
    stranger.start()
    wait_until(lambda: stranger.tokens > 2, "the stranger to run")
    stranger.stop()
    fleet.rotate(ok=(3,))
    (run,) = json.loads(rekey("run", "list", "-f", fleet.inventory, "--open", "--json", ok=(3,)).stdout)["runs"]
    assert run["integration"] == "Package 0" and run["waits_for"] == "a person to mend it"

    def events():
        shown = rekey("run", "show", "-f", fleet.inventory, "-i", "Package 0", "--events", "--json", ok=(3,))
        return json.loads(shown.stdout)["events"]
    before = events()
    for _ in range(2):
        again = fleet.rotate("--json", ok=(3,))
        (left,) = [json.loads(line) for line in again.stdout.splitlines()]
        assert (left["event"], left["integration"], left["stuck"]) == ("not_started", "Package 0", True)
        assert "stranger/1" in left["reason"] and "rekey run resume" in left["reason"]
        assert "Package 0 is stuck: " in again.stderr and "nothing is due" not in again.stderr
    assert events() == before, "the journal does not grow by being looked at"


def test_a_freeze_has_one_exit_code_whatever_the_command(fleet):
    today = time.strftime("%Y-%m-%d", time.gmtime())
    later = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * 24 * 3600))
    text = fleet.inventory.read_text()
    fleet.inventory.write_text(text.replace("    proof:", f"    freezes: [{today}..{later}]\n    proof:"))
    about = ("-f", fleet.inventory, "-i", "Package 0")
    assert "freeze" in rekey("plan", *about, ok=(4,)).stdout
    assert "freeze" in rekey("rotate", *about, "--yes", ok=(4,)).stderr
    done = fleet.rotate(ok=(4,))
    assert done.stderr.count("is not started: nothing is begun before the end of the freeze") == COUNT
    # And something that needs somebody beside it.
    fleet.inventory.write_text(fleet.inventory.read_text() + "  - name: Nobody knows\n")
    fleet.rotate(ok=(3,))
    assert json.loads(rekey("run", "list", "-f", fleet.inventory, "--json").stdout)["runs"] == []


def test_when_all_stop_no_more_are_begun(authority, tmp_path):
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 24 * 3600))
    inventory = tmp_path / "rekey.yaml"
    inventory.write_text("version: 1\nissuers:\n  away: {kind: rekey, "
                         f"credential: {authority.data / 'admin.json'}, server: \"http://127.0.0.1:9\"}}\nintegrations:\n" + "".join(
        f"  - name: Package {n}\n    client_id: {'abcdefghijklmnopqrstuvw'}{'xyzabcd'[n]}\n    expires_at: {soon}\n"
        f"    consumers:\n      - name: worker\n        sink: {{kind: file, path: p{n}.env, key: SECRET}}\n"
        f"        reload: per_call\n        seen_as: {{user_agent: p{n}/1}}\n        interval: 1s\n" for n in range(7)))
    done = rekey("rotate", "-f", inventory, "--due", "--yes", "--parallel", "1", ok=(3,), timeout=240)
    assert "0 of 7 rotated, 0 wait for a person, 5 failed, 2 not begun" in done.stdout
    held = [line for line in done.stderr.splitlines() if "is not started: not begun, because 5 rotations in a row stopped" in line]
    assert len(held) == 2 and all("127.0.0.1:9" in line for line in held)


def test_an_end_that_the_inventory_does_not_know_is_asked_of_the_authority(fleet):
    fleet.authority.run("policy", "set", "ttl=40d")
    soon = fleet.inventory.read_text()
    fleet.inventory.write_text("".join(line for line in soon.splitlines(True) if "expires_at" not in line))
    later = fleet.rotate()
    assert "nothing is due" in later.stdout + later.stderr, (later.stdout, later.stderr)
    short = fleet.authority.create("Short")["integration"]["client_id"]
    path = fleet.inventory.parent / "short.env"
    path.write_text("SFMC_CLIENT_SECRET=x\n")
    fleet.inventory.write_text(
        f"version: 1\nissuers:\n  here: {{kind: rekey, credential: {fleet.authority.data / 'admin.json'}}}\n"
        f"integrations:\n  - name: Short\n    client_id: {short}\n    begin: 45d\n    consumers:\n      - name: worker\n"
        "        sink: {kind: file, path: short.env, key: SFMC_CLIENT_SECRET}\n        reload: per_call\n"
        "        seen_as: {user_agent: short/1}\n")
    # It lives 40 days: nothing of it is due in the first half.
    young = fleet.rotate()
    assert "nothing is due before" in young.stdout + young.stderr, (young.stdout, young.stderr)


def test_who_has_no_consumers_yet_is_not_started_and_not_offered(authority, tmp_path):
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 24 * 3600))
    inventory = tmp_path / "rekey.yaml"
    inventory.write_text(f"version: 1\nissuers:\n  here: {{kind: rekey, credential: {authority.data / 'admin.json'}}}\nintegrations:\n"
                         f"  - {{name: Old report, client_id: abcdefghijklmnopqrstuvwx, expires_at: {soon}}}\n")
    done = rekey("rotate", "-f", inventory, "--due", "--json", ok=(3,))
    (left,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (left["event"], left["integration"], left["stuck"]) == ("not_started", "Old report", False)
    assert "it has no consumers yet" in left["reason"] and "Old report is not started" in done.stderr
    assert not (tmp_path / ".rekey").exists() or json.loads(rekey("run", "list", "-f", inventory, "--json").stdout)["runs"] == []


def test_no_to_the_question_changes_nothing_and_says_so(fleet):
    asked = Terminal("rotate", "-f", fleet.inventory, "--due")
    assert f"Rotate {COUNT}" in asked.read_until("[y/N]")
    asked.type("n")
    assert asked.end() == 130 and "nothing was changed" in asked.seen
