"""docs/standards.md: every test that it names is there."""

import re

from support import SOURCE

PAGE = (SOURCE / "docs/standards.md").read_text()


def all_tests():
    """Suite.Name of every test beside its unit, and of the flows."""
    found = set()
    for path in SOURCE.glob("src/*/*_test.cc"):
        for suite, name in re.findall(r"\b(?:TEST(?:_[FP])?|RC_GTEST_PROP)\(\s*(\w+),\s*(\w+)[,)]", path.read_text()):
            found.add(f"{suite}.{name}")
    for path in SOURCE.glob("tests/end_to_end/*_test.py"):
        found |= {f"{path.stem}.{name}" for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)}
    return found


def test_every_requirement_names_tests_that_are_there():
    there = all_tests()
    suites = {name.split(".")[0] for name in there}
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d{4}", line)]
    assert len(rows) > 50
    for row in rows:
        named = re.findall(r"`(?:Algorithms/)?(\w+)\.(\w+|\*)(?:/\w+)?`", row)
        assert named, row
        for suite, name in named:
            assert suite in suites if name == "*" else f"{suite}.{name}" in there, f"{suite}.{name}"


def test_every_test_that_is_named_after_a_requirement_is_on_the_page():
    for name in all_tests():
        if re.search(r"Rfc\d{4}_", name):
            assert name.split(".")[1] in PAGE, name
