"""The guarded API: what a call costs on a data extension of a million rows, beside the same call on ten thousand.

Two servers, each with one data extension, take turns at the same requests, so that both are measured in the same minutes. What is counted is the CPU
time of the server process, all its threads included, for each request. Rows are written and pages are read at places drawn uniformly from the whole
data extension, by one client on one connection; what is written is as long as what it replaces, so that no round finds the tree in another shape than
the one before. Some requests before each count are not counted. Every reply is checked: its status, and of a page how many rows it has.

Beside them bare SQLite does the upsert of rows that lie anywhere (engagement_floor.py), as it is and without what makes it dearer among a million rows.
"""

import http.client
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

ROWS_SMALL, ROWS_LARGE = 10_000, 1_000_000
LOADED_AT_ONCE, UPSERTED = 5_000, 50
FLOOR_REQUESTS = 300
KEY = "bench"
BAR = 1.2
CITIES = ("Lisbon", "Oslo", "Quito", "Riga", "Seoul", "Turin", "Utrecht", "Vienna")

FIELDS = [{"name": "Id", "type": "Text", "length": 20, "isPrimaryKey": True}, {"name": "Name", "type": "Text", "length": 60},
          {"name": "Email", "type": "EmailAddress"}, {"name": "City", "type": "Text", "length": 40},
          {"name": "Visits", "type": "Number"}, {"name": "Seen", "type": "Date"}, {"name": "Is Member", "type": "Boolean"}]


def row_id(number):
    return f"C-{number:09d}"


def row(number, turn):
    return {"keys": {"Id": row_id(number)},
            "values": {"Name": f"Customer {number}", "Email": f"c{number}@shop.example", "City": CITIES[number % len(CITIES)],
                       "Visits": 1000 + turn % 9000, "Seen": "2026-09-01T10:00:00", "Is Member": number % 2 == 0}}


class Side:
    """A server with so many rows."""

    def __init__(self, rekey, count):
        self.rekey, self.count = rekey, count
        self.connection = http.client.HTTPConnection("127.0.0.1", rekey.port, timeout=300)
        client_id, value = rekey.clients[0]
        token = rekey.post("/v2/token", {"grant_type": "client_credentials", "client_id": client_id, "client_secret": value})
        self.headers = {"Authorization": f"Bearer {token['access_token']}", "Content-Type": "application/json"}
        self.load()

    def ask(self, method, path, body=None, expected=200):
        self.connection.request(method, path.replace(" ", "%20"), body, self.headers)
        response = self.connection.getresponse()
        content = response.read()
        if response.status != expected:
            raise SystemExit(f"{path}: {response.status} {content[:300]}")
        return content

    def load(self):
        self.ask("POST", "/data/v1/customobjects", json.dumps({"name": KEY, "key": KEY, "fields": FIELDS}), 201)
        begin = time.monotonic()
        for first in range(0, self.count, LOADED_AT_ONCE):
            body = json.dumps([row(number, number) for number in range(first, first + LOADED_AT_ONCE)])
            self.ask("POST", f"/hub/v1/dataevents/key:{KEY}/rowset", body)
        self.load_seconds = time.monotonic() - begin

    def page(self, number, size, query=""):
        content = json.loads(self.ask("GET", f"/data/v1/customobjectdata/key/{KEY}/rowset?$page={number}&$pageSize={size}{query}"))
        return content

    def file_bytes(self):
        return sum(path.stat().st_size for path in self.rekey.data.glob("sandbox.db*"))

    def peak_megabytes(self):
        with open(f"/proc/{self.rekey.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


# Each case: what it is called, whether it has the bar, how many requests a round makes, and a request.

def upsert_anywhere(side, turn, dice):
    upsert(side, turn, dice.sample(range(side.count), UPSERTED))


def upsert_neighbours(side, turn, dice):
    first_number = dice.randrange(side.count - UPSERTED)
    upsert(side, turn, range(first_number, first_number + UPSERTED))


def upsert(side, turn, numbers):
    side.ask("POST", f"/hub/v1/dataevents/key:{KEY}/rowset", json.dumps([row(number, turn) for number in numbers]))


def read_page(size, choose):
    def read(side, turn, dice):
        pages = side.count // size
        content = side.page(choose(turn, pages, dice), size)
        if len(content["items"]) != size or content["count"] != side.count:
            raise SystemExit(f"a page has {len(content['items'])} rows of {content['count']}")
    return read


def first(_turn, _pages, _dice):
    return 1


def any_page(_turn, pages, dice):
    return dice.randint(1, pages)


def first_and_last(turn, pages, _dice):
    return 1 if turn % 2 else pages


def filtered_by_key(side, _turn, dice):
    content = side.page(1, 50, f"&$filter=Id eq '{row_id(dice.randrange(side.count))}'")
    if content["count"] != 1:
        raise SystemExit(f"a key was found {content['count']} times")


def filtered_by_column(side, _turn, dice):
    number = dice.randrange(side.count)
    content = side.page(1, 50, f"&$filter=Email eq 'c{number}@shop.example'")
    if content["count"] != 1:
        raise SystemExit(f"an address was found {content['count']} times")


CASES = [
    ("upsert of 50 rows, next to each other", True, 300, upsert_neighbours),
    ("upsert of 50 rows, each anywhere", True, 300, upsert_anywhere),
    ("page of 2500 rows, the first", True, 30, read_page(2500, first)),
    ("page of 2500 rows, any", True, 30, read_page(2500, any_page)),
    ("page of 2500 rows, the first and the last in turn", True, 30, read_page(2500, first_and_last)),
    ("page of 50 rows, the first", True, 600, read_page(50, first)),
    ("page of 50 rows, any", True, 600, read_page(50, any_page)),
    ("page of 50 rows, the first and the last in turn", True, 600, read_page(50, first_and_last)),
    ("$filter on the primary key", True, 1500, filtered_by_key),
    ("$filter on another column: every row is looked at", False, 2, filtered_by_column),
]


def cost_us(side, case, dice, cpu_seconds):
    _, _, requests, request = case
    side.connection.close()  # it may have been idle for longer than the server keeps one
    for turn in range(requests // 10):
        request(side, turn, dice)
    before = cpu_seconds(side.rekey.pid)
    for turn in range(requests):
        request(side, turn, dice)
    return (cpu_seconds(side.rekey.pid) - before) / requests * 1e6


# Each floor: what it is called, and how its SQLite is set.
FLOORS = [
    ("the same by bare SQLite", []),
    ("…without checkpoints", ["wal_autocheckpoint=0"]),
    ("…and with every page in its cache", ["wal_autocheckpoint=0", "cache_size=-1048576"]),
]


class Floor:
    """Bare SQLite on a copy of a side's file, in a process of its own on the server's core."""

    def __init__(self, side, name, settings):
        self.path = side.rekey.data.parent / f"{name}.db"
        source = sqlite3.connect(f"file:{side.rekey.data / 'sandbox.db'}?mode=ro", uri=True)
        target = sqlite3.connect(self.path)
        source.backup(target)
        source.close()
        target.close()
        cores = ",".join(map(str, os.sched_getaffinity(side.rekey.pid)))
        self.process = subprocess.Popen(
            ["taskset", "-c", cores, sys.executable, "-B", Path(__file__).with_name("engagement_floor.py"), self.path,
             str(side.count), *settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, requests, seed):
        self.process.stdin.write(f"{requests} {seed}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def floor_rows(seen):
    """Of each floor, and of the calls that read or write a file in one upsert."""
    for what, _ in FLOORS:
        small, large = (quiet([round_["cpu_us"] for round_ in seen[what][name]]) for name in ("small", "large"))
        yield f"  {what}", f"{large:,.0f} / {small:,.0f} µs = {large / small:.2f}", "-", None
    for calls in ("reads", "writes"):
        small, large = (seen[FLOORS[0][0]][name][-1][calls] for name in ("small", "large"))
        yield f"  {FLOORS[0][0]}: {calls} of files in one upsert", f"{large:.0f} / {small:.0f}", "-", None


def quiet(costs):
    cheapest = sorted(costs)[:5]
    return cheapest[len(cheapest) // 2]


def bench(options, start, cpu_seconds):
    """The table's rows and the details. `start` gives a new server."""
    dice = random.Random(20261130)
    sides = {}
    for name, count in (("small", ROWS_SMALL), ("large", options.rows)):
        sides[name] = Side(start(name), count)
        print(f"{count:,} rows written in {sides[name].load_seconds:.0f} s, {sides[name].file_bytes() / 1e6:.0f} MB", flush=True)
    rows = {case[0]: {"small": [], "large": []} for case in CASES}
    floors = {what: {name: Floor(side, f"{name}-{number}", settings) for name, side in sides.items()}
              for number, (what, settings) in enumerate(FLOORS)}
    floors_seen = {what: {"small": [], "large": []} for what in floors}
    for number in range(options.rounds):
        for case in CASES:
            for name, side in sides.items():
                rows[case[0]][name].append(cost_us(side, case, dice, cpu_seconds))
        for what, pair in floors.items():
            for name, floor in pair.items():
                floors_seen[what][name].append(floor.measure(FLOOR_REQUESTS, dice.randrange(1 << 30)))
        print(f"  round {number + 1}: " + ", ".join(
            f"{what.split(',')[0]} {costs['small'][-1]:,.0f} / {costs['large'][-1]:,.0f} µs" for what, costs in rows.items()),
              flush=True)
    for pair in floors.values():
        for floor in pair.values():
            floor.end()

    table = []
    for what, has_bar, _, request in CASES:
        small, large = quiet(rows[what]["small"]), quiet(rows[what]["large"])
        seen = f"{large:,.0f} / {small:,.0f} µs = {large / small:.2f}"
        table.append((f"{what}: CPU at {options.rows:,} / {ROWS_SMALL:,} rows", seen, f"≤ {BAR}" if has_bar else "-",
                      large / small <= BAR if has_bar else None))
        if request is upsert_anywhere:
            table.extend(floor_rows(floors_seen))
    for name, side in sides.items():
        table.append((f"{side.count:,} rows: file, peak memory of the server",
                      f"{side.file_bytes() / 1e6:,.0f} MB, {side.peak_megabytes():,.0f} MB", "-", None))
    load_average = os.getloadavg()[0]
    return table, {"rows_small": ROWS_SMALL, "rows_large": options.rows, "cost_us": rows, "floors": floors_seen,
                   "sqlite": sqlite3.sqlite_version, "load_average": load_average,
                   "load_seconds": {name: side.load_seconds for name, side in sides.items()},
                   "file_bytes": {name: side.file_bytes() for name, side in sides.items()},
                   "peak_megabytes": {name: side.peak_megabytes() for name, side in sides.items()}}
