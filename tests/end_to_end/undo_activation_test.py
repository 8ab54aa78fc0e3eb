"""An activation that is undone within its overlap, with the real binary: by a person, and by a run that is given up."""

import json

import pytest
from rotation_test import Site, run_until
from support import find_canaries, rekey


@pytest.fixture
def site(authority, tmp_path):
    authority.run("policy", "set", "settle=0", "overlap=1d")
    return Site(authority, tmp_path, authority.create())


def states(site):
    return {one["id"]: one["state"] for one in site.authority.json("secret", "list", site.client_id)["secrets"]}


def test_a_person_undoes_an_activation_and_neither_secret_is_refused(site):
    staged = site.authority.json("secret", "stage", site.client_id)["secret"]
    site.authority.canaries.add(staged["value"])
    old_id = next(iter(states(site)))
    site.authority.run("secret", "activate", site.client_id)
    site.authority.run("secret", "undo-activation", site.client_id, ok=(2,))
    said = site.authority.run("secret", "undo-activation", site.client_id, "--secret", staged["id"],
                              "--reason", "the wrong package").stdout
    assert f"{old_id} is active again until" in said and f"{staged['id']} is staged again" in said
    assert states(site) == {old_id: "active", staged["id"]: "staged"}
    for value in (site.old, staged["value"]):
        assert site.authority.token(site.client_id, value).status == 200
    again = site.authority.run("secret", "undo-activation", site.client_id, "--secret", staged["id"],
                               "--reason", "again", ok=(4,)).stderr
    assert "is not what is active" in again
    site.authority.run("ledger", "verify")


def test_a_run_that_is_given_up_within_the_overlap_leaves_everything_as_it_was(site):
    plan = rekey("plan", "-f", site.inventory).stdout
    assert "it can be undone" in plan, plan
    site.start()
    run_until(site, "consumer_reloaded")
    assert site.old not in site.values()["export"]
    words = " ".join(rekey("run", "explain", "-f", site.inventory, ok=(3,)).stdout.split())
    # The write of the next one may have begun.
    assert "undoes the activation, puts back what export" in words, words
    assert "its activation can be undone until" in rekey("plan", "-f", site.inventory, ok=None).stdout
    done = rekey("run", "abort", "-f", site.inventory, "--reason", "the wrong package", "--json", timeout=240)
    site.stop()
    names = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert names.index("activation_undone") < names.index("sink_restored") and names[-1] == "run_abandoned"
    assert set(site.values().values()) == {site.old}
    assert sorted(states(site).values()) == ["active", "revoked"]
    assert site.authority.token(site.client_id, site.old).status == 200
    for name, consumer in site.consumers.items():
        assert consumer.failures == [], (name, consumer.failures[:5])
    assert not find_canaries((done.stdout + done.stderr).encode(), site.authority.canaries)
    report = rekey("report", "-f", site.inventory, "--format", "md").stdout
    assert "which was undone within the overlap" in report, report
    site.authority.run("ledger", "verify")


def test_what_stands_in_the_way_of_the_undo_is_named_and_the_run_goes_forward(site):
    run_until(site, "consumer_reloaded")
    foreign = site.authority.json("secret", "stage", site.client_id, "--label", "by hand")["secret"]
    site.authority.canaries.add(foreign["value"])
    said = rekey("run", "abort", "-f", site.inventory, "--reason", "the wrong package", ok=(3,)).stderr
    assert f"revoke {foreign['id']} first" in " ".join(said.split()), said
    site.start()
    site.rotate()
    site.stop()
    site.check_done()
