"""The audit report of real runs: closed, open, given up, and with a journal that somebody changed."""

import json
import sqlite3

from rotation_test import run_until, site  # noqa: F401  (a fixture)
from support import find_canaries, rekey


def report(site, *more, ok=(0,)):
    return rekey("report", "-f", site.inventory, *more, ok=ok)


def test_a_closed_run_has_its_page(site, tmp_path):  # noqa: F811
    assert "no run" in report(site, ok=(1,)).stderr
    site.write_inventory(("export", "report"))
    site.start()
    site.rotate()
    site.stop()
    site.check_done()
    facts = json.loads(report(site, "--json").stdout)
    run = facts["run"]
    assert run["ending"] == "closed" and run["client_id"] == site.client_id and run["requested_by"]
    assert facts["journal"]["is_intact"] and len(facts["journal"]["head"]) == 64
    assert facts["journal"]["events"][-1]["event"] == "run_closed"
    assert [one["name"] for one in facts["consumers"]] == ["export", "report"]
    new = facts["secrets"][-1]["fingerprint"]
    for consumer in facts["consumers"]:
        (sink,) = consumer["sinks"]
        assert sink["after"] == new != sink["before"], consumer
    assert {one["verdict"] for one in facts["evidence"]["verdicts"]} <= {"seen", "quiet"}
    assert all(one["refused_at"] for one in facts["old"]["values"])

    page = tmp_path / "page.html"
    report(site, run["id"], "-o", page)
    html = page.read_text()
    assert run["id"] in html and "<svg viewBox" in html and "<script" not in html
    text = report(site, run["id"]).stdout
    assert text.startswith("# Rotation") and run["id"] in text and new in text
    assert not find_canaries((html + text).encode(), site.authority.canaries)
    assert run["id"] in report(site, "run-none", ok=(2,)).stderr
    assert "nowhere" in report(site, "-o", tmp_path / "nowhere" / "page.html", ok=(5,)).stderr
    (site.folder / ".rekey" / "run.key").rename(tmp_path / "run.key")
    assert "run.key is missing" in rekey("rotate", "-f", site.inventory, "--yes", ok=(5,)).stderr


def test_a_run_that_was_given_up_says_why(site):  # noqa: F811
    site.start()
    run_until(site, "consumer_reloaded")
    assert json.loads(report(site, "--json").stdout)["run"]["ending"] == "open"
    rekey("rotate", "-f", site.inventory, "--abandon", "--reason", "the wrong <b>package</b>")
    site.stop()
    facts = json.loads(report(site, "--json").stdout)
    assert facts["run"]["ending"] == "given_up"
    assert [word["kind"] for word in facts["words"]] == ["plan", "abandonment"]
    (stop,) = facts["stops"]
    assert stop["is_interruption"] and stop["at"] <= stop["until"] and "taken up again by" in stop["reason"], stop
    assert facts["words"][1]["reason"] == "the wrong <b>package</b>"
    html = report(site, "--format", "html").stdout
    assert "the wrong &lt;b&gt;package&lt;/b&gt;" in html and "the old values live on" in html


def test_a_changed_journal_is_told(site):  # noqa: F811
    run_until(site, "secret_staged")
    database = sqlite3.connect(site.folder / ".rekey" / "runs.db")
    database.execute("UPDATE event SET body = replace(body, 'export', 'exports') WHERE type = 'consumer_declared'")
    database.commit()
    database.close()
    done = report(site, ok=(1,))
    assert "was changed" in done.stderr and "BROKEN" in done.stdout
