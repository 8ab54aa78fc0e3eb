"""rekey rehearse: what would happen, before anything real is touched."""

import json
import re
from pathlib import Path

from rotation_test import Site
from support import rekey

BY_HAND = """version: 1
issuers:
  mce: {kind: marketing-cloud, auth_url: "https://tenant.auth.marketingcloudapis.com/"}
integrations:
  - name: Order sync
    client_id: abcdefghijklmnopqrstuvwx
    generated_at: 2026-10-01
    approvals: 2
    waves: [{name: canary, consumers: [shop], hold: 1h}]
    consumers:
      - {name: shop, sink: {kind: file, path: a.env, key: SECRET}, reload: per_call, seen_as: {user_agent: shop}}
      - {name: nightly-import, sink: {kind: file, path: b.env, key: SECRET}, reload: {reads: at_start}, seen_as: {user_agent: n}}
  - name: Reports
    client_id: bcdefghijklmnopqrstuvwxy
    generated_at: 2026-10-01
    consumers:
      - {name: report, sink: {kind: file, path: c.env, key: SECRET}, reload: {schedule: 1d}, seen_as: {user_agent: r}, interval: 25h}
"""


def everything_in(folder):
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_a_fleet_that_people_rotate_is_played_to_its_end_and_nothing_is_written(tmp_path):
    inventory = tmp_path / "rekey.yaml"
    inventory.write_text(BY_HAND)
    before = everything_in(tmp_path)
    orders, reports = json.loads(rekey("rehearse", "-f", inventory, "--json").stdout)
    assert everything_in(tmp_path) == before, "neither a state folder nor a file"
    assert orders["closed"] and reports["closed"]
    assert [one["consumer"] for one in orders["findings"]] == ["nightly-import"]
    assert "no reload command" in orders["findings"][0]["what"]
    phases = [one["phase"] for one in orders["moments"]]
    assert [name for name in ("Staged", "Gate", "Activated", "Closed") if name in phases] == ["Staged", "Gate", "Activated", "Closed"]
    assert orders["people_needed"] >= 5 and orders["longest_wait_seconds"] >= 1800
    table = rekey("rehearse", "-f", inventory).stdout
    assert "Order sync" in table and "LONGEST WAIT" in table
    told = rekey("rehearse", "-f", inventory, "-i", "Order sync", "--person-takes", "2h").stdout
    assert "wave canary has moved" in told and "It would be closed after" in told


def test_where_nobody_knows_an_end_it_begins_now_and_says_so(tmp_path):
    inventory = tmp_path / "rekey.yaml"
    inventory.write_text(BY_HAND.replace("    generated_at: 2026-10-01\n", ""))
    told = rekey("rehearse", "-f", inventory, "-i", "Order sync").stdout
    assert "nobody knows when the present secret ends, so the run begins now" in " ".join(told.split())
    inventory.write_text(BY_HAND)
    assert "nobody knows when" not in rekey("rehearse", "-f", inventory, "-i", "Order sync").stdout


def test_a_rehearsal_waits_as_the_plan_does_where_usage_confirms_no_interval(authority, tmp_path):
    authority.run("policy", "set", "settle=0", "overlap=0")
    site = Site(authority, tmp_path, authority.create())
    good = rekey("rehearse", "-f", site.inventory, "--now").stdout
    assert "read:    usage, complete since" in good and "read:    tokens live 1s" in good
    assert authority.token(site.client_id, site.old, user_agent="forgotten/1.0").status == 200
    told = json.loads(rekey("rehearse", "-f", site.inventory, "--now", "--json").stdout)[0]
    assert [one["what"] for one in told["findings"] if "forgotten/1.0" in one["what"]]


def test_what_would_cut_a_consumer_off_is_found_beforehand(authority, tmp_path):
    authority.run("policy", "set", "settle=1s", "overlap=0", "ttl=10d")
    site = Site(authority, tmp_path, authority.create())
    good = rekey("rehearse", "-f", site.inventory, "--now").stdout
    assert "It would be closed" in good and "is active until" in good
    digest = re.search(r"[0-9a-f]{16}", rekey("plan", "-f", site.inventory).stdout)
    assert digest and not re.search(r"\b[0-9a-f]{16}\b", good), "no digest but that of the real plan"
    text = Path(site.inventory).read_text()
    # It reads its file once in 20 days, and the old secret lives ten.
    Path(site.inventory).write_text(text.replace("reload: per_call", "reload: {cached: 20d}", 1))
    done = rekey("rehearse", "-f", site.inventory, "--now", ok=(3,))
    assert "✗" in done.stdout and "would not be closed" in done.stdout


def test_what_the_issuer_tells_is_rehearsed_with_and_what_it_does_not_tell_is_named(authority, tmp_path):
    authority.run("policy", "set", "settle=1s", "overlap=0")
    site = Site(authority, tmp_path, authority.create())
    authority.json("secret", "stage", site.client_id, "--label", "by hand")
    (played,) = json.loads(rekey("rehearse", "-f", site.inventory, "--now", "--json", ok=(3,)).stdout)
    assert not played["closed"] and "is staged in slot - already" in played["message"]
    assert any('(label "by hand")' in one for one in played["read"])
    authority.stop()
    away = rekey("rehearse", "-f", site.inventory, "--now")
    assert "assumed: the usual rules of rekey hold, and so the order that follows from them, because its issuer does" in " ".join(away.stdout.split())
    assert "assumed: nothing is staged beside it" in away.stdout
