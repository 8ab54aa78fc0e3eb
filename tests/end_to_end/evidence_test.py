"""What is taken for evidence that a consumer has moved: waivers, and the access log of a proxy."""

import datetime
import json
import signal
import subprocess

import pytest
from rotation_test import Site
from support import BINARY, find_canaries, rekey


@pytest.fixture
def site(authority, tmp_path):
    authority.run("policy", "set", "settle=1s", "overlap=0")
    return Site(authority, tmp_path, authority.create())


def rotate_until_it_observes(inventory):
    """Interrupted there, as by a person who does not want to wait."""
    run = subprocess.Popen([BINARY, "rotate", "-f", inventory, "--yes", "--json"], stdout=subprocess.PIPE, text=True)
    for line in run.stdout:
        if json.loads(line)["phase"] == "Observing":
            break
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)


def test_a_consumer_that_nobody_can_watch_is_waived_with_a_name_and_a_reason(site):
    site.inventory.write_text(site.inventory.read_text().replace("report/1}\n    interval: 1s", "report/1}\n    interval: 1d"))
    about = ("-f", site.inventory)
    word = ("--reason", "switched off on Monday, change 4711")
    assert "no run of" in rekey("run", "waive", "report", *word, *about, ok=None).stderr
    rotate_until_it_observes(site.inventory)
    assert "--waive needs --reason" in rekey("rotate", "--waive", "report", "--yes", *about, ok=(2,)).stderr
    assert "it has export, report" in rekey("rotate", "--waive", "repot", *word, "--yes", *about, ok=None).stderr
    rekey("run", "waive", "report", *word, *about, "--by", "R. Meyer")
    assert "waived by R. Meyer: switched off on Monday" in rekey("run", "show", *about, ok=(3,)).stdout
    done = rekey("rotate", "--waive", "report", *word, "--yes", *about, timeout=240)
    gate = next(line for line in done.stdout.splitlines() if "evidence complete" in line)
    assert "report: waived by " in gate and "change 4711 (the word of " in gate, gate
    assert "export: quiet on the old secret for" in gate and "(the issuer's usage, complete since" in gate, gate
    site.check_done()


def test_an_interval_that_is_too_short_is_not_believed_and_the_plan_says_why(authority, tmp_path):
    authority.stop()
    authority.options = ("--expires-in", "1079")
    authority.start()
    site = Site(authority, tmp_path, authority.create())
    plan = rekey("plan", "-f", site.inventory).stdout
    assert ("consumer report: its interval is taken as 17m59s, as long as its tokens live: 1s is declared, and usage before "
            "the run does not confirm it") in plan, plan
    assert json.loads(rekey("plan", "-f", site.inventory, "--json").stdout)["consumers"][0]["interval_seconds"] == 1079
    site.authority.canaries.add(site.old)


def log_line(secret_id, agent):
    at = datetime.datetime.now(datetime.timezone.utc).strftime("%d/%b/%Y:%H:%M:%S %z")
    return f'10.9.8.7 - - [{at}] "POST /v2/token HTTP/1.1" 200 512 "-" "{agent}" {secret_id}\n'


def test_an_access_log_shows_a_caller_of_the_old_secret_that_the_issuer_does_not_tell(site):
    pattern = '{network} {skip} {skip} [{time}] \\"{request}\\" {status} {skip} \\"{skip}\\" \\"{user_agent}\\" {secret_id}'
    site.write_inventory(more=f"usage:\n  - kind: access-log\n    file: proxy.log\n    format: pattern\n"
                              f"    pattern: \"{pattern}\"\n    token_path: /v2/token\n")
    refused = rekey("rotate", "-f", site.inventory, "--yes", ok=None)
    assert refused.returncode != 0 and "usage, access-log: " in refused.stderr, refused.stderr
    old = site.authority.json("secret", "list", site.client_id)["secrets"][0]["id"]
    (site.folder / "proxy.log").write_text(log_line(old, "forgotten/3"))
    site.start()
    stopped, events = site.rotate(ok=(3,))
    assert 'an unknown caller uses the old secret: network 10.9.8.7, user agent "forgotten/3"' in stopped.stderr
    assert site.authority.token(site.client_id, site.old, user_agent="export/1").status == 200
    site.inventory.write_text(site.inventory.read_text() + "waivers:\n  - seen_as: {user_agent: forgotten/3}\n    by: R. Meyer\n"
                              "    reason: switched off\n")
    done, events = site.rotate()
    site.stop()
    site.check_done()
    assert not find_canaries((done.stdout + done.stderr + stopped.stderr).encode(), site.authority.canaries)
