"""Runs that only a person can lead out, with the real binary: their own secret is ended, their issuer is elsewhere."""

import json

import pytest
from rotation_test import Site, run_until
from support import rekey


@pytest.fixture
def site(authority, tmp_path):
    authority.run("policy", "set", "settle=0", "overlap=1d")
    return Site(authority, tmp_path, authority.create())


def by_state(site):
    secrets = site.authority.json("secret", "list", site.client_id)["secrets"]
    return {one["state"]: one["id"] for one in secrets}


def in_words(done):
    return " ".join((done.stdout + done.stderr).split())


def test_a_run_whose_own_secret_is_ended_goes_back_to_the_old_one_and_another_begins(site):
    site.start()
    run_until(site, "consumer_reloaded")
    own = by_state(site)["active"]
    site.authority.run("secret", "revoke", site.client_id, own, "--reason", "it leaked")
    told = in_words(rekey("rotate", "-f", site.inventory, "--yes", ok=(3,), timeout=240))
    assert f"{own}, the secret that this run has activated, is not accepted any more" in told, told
    words = in_words(rekey("run", "explain", "-f", site.inventory, ok=(3,)))
    assert "` leads out; or have" in words and "Cut off: export" in words, words
    done = in_words(rekey("run", "abort", "-f", site.inventory, "--reason", "it leaked", timeout=240))
    assert "The old secret works until" in done, done
    assert set(site.values().values()) == {site.old}
    assert site.authority.token(site.client_id, site.old, user_agent="export/1").status == 200
    site.rotate()
    site.stop()
    (value,) = set(site.values().values())
    site.authority.canaries.add(value)
    assert value != site.old
    assert site.authority.token(site.client_id, value).status == 200
    assert site.authority.token(site.client_id, site.old).status == 401
    site.authority.run("ledger", "verify")


def test_a_place_with_a_refused_value_is_left_and_nobody_says_that_it_was_put_back(site):
    site.start()
    run_until(site, "consumer_reloaded")
    site.consumers["export"].stop()
    place = site.consumers["export"].path
    place.write_text("SFMC_CLIENT_SECRET=never-issued\n")
    done = in_words(rekey("run", "abort", "-f", site.inventory, "--reason", "not today", ok=(3,), timeout=240))
    assert "holds somebody else's value, which is refused" in done and "every sink it wrote" not in done, done
    assert "token request with what export holds" not in done, done
    assert place.read_text() == "SFMC_CLIENT_SECRET=never-issued\n" and site.values()["report"] == site.old
    (listed,) = json.loads(rekey("run", "list", "-f", site.inventory, "--json").stdout)["runs"]
    (export, _) = json.loads(rekey("run", "show", listed["run"], "-f", site.inventory, "--json").stdout)["evidence"]["consumers"]
    assert export["places_left"] == 1, export
    assert [export[f"put_back{what}_at"] for what in ("", "_proven", "_reloaded")] == [None] * 3, export
    assert "left as it is" in rekey("run", "show", listed["run"], "-f", site.inventory).stdout
    page = rekey("report", "-f", site.inventory, "--format", "md").stdout
    assert "but for that of export (" in page and "left as it is" in page, page
    site.stop()
    site.authority.run("ledger", "verify")


def test_a_run_is_asked_for_where_its_credential_file_lies_now_and_elsewhere_only_on_a_word(site):
    site.start()
    run_until(site, "consumer_reloaded")
    say = ("run", "issuer-moved", "-f", site.inventory, "--reason", "a new machine")
    assert "nothing has moved" in in_words(rekey(*say, ok=(4,)))
    credential = site.authority.data / "admin.json"
    moved = site.folder / "engine.json"
    moved.write_text(credential.read_text())
    moved.chmod(0o600)
    text = site.inventory.read_text()
    here = f"credential: {credential}"
    server = json.loads(credential.read_text())["server"]
    site.inventory.write_text(text.replace(here, f"credential: {moved}, server: {server}"))
    told = in_words(rekey("rotate", "-f", site.inventory, "--yes", ok=(4,)))
    assert "has moved there, say so: `rekey run issuer-moved --reason TEXT" in told, told
    assert f"the run asks rekey ({server}) from now on" in in_words(rekey(*say))
    # Where only the file lies elsewhere, the run's own secrets tell.
    site.inventory.write_text(text.replace(here, f"credential: {credential}, server: {server}"))
    _, events = site.rotate()
    site.stop()
    assert events[-1]["event"] == "run_closed"
    site.check_done()
