"""What bare SQLite needs for the upsert of `bench/run engagement`: the statements of one call, on a copy of the server's own file.

    engagement_floor.py FILE ROWS SETTING…      SETTING: a pragma, as wal_autocheckpoint=0

Answers each line "COUNT SEED" on standard input with a line of JSON: the CPU time of an upsert of fifty rows that lie anywhere in µs, and how
many calls that read and that write a file it took. Write-ahead log, synchronous=FULL and the 16 MiB of pages that the server's writer keeps, where no
setting says otherwise.
"""

import json
import random
import sqlite3
import sys
import time

from engagement import KEY, UPSERTED, row, row_id

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "cell_size_check=ON", "cache_size=-16384")
FIND = "SELECT row_key, content FROM data_extension_row WHERE store = ?1 AND row_key = ?2"
PUT = ("INSERT INTO data_extension_row(store, row_key, content) VALUES(?1, ?2, ?3) "
       "ON CONFLICT(store, row_key) DO UPDATE SET content = ?3")


def stored(number, turn):
    """A row as the server stores it: its columns by their numbers."""
    texts = [row_id(number), *(str(value) for value in row(number, turn)["values"].values())]
    return json.dumps({str(place): text for place, text in enumerate(texts, 1)}, separators=(",", ":"))


def file_calls():
    with open("/proc/self/io") as io:
        counts = dict(line.split(": ") for line in io.read().splitlines())
    return int(counts["syscr"]), int(counts["syscw"])


class Floor:
    def __init__(self, path, rows, settings):
        self.rows = rows
        self.tables = sqlite3.connect(path, isolation_level=None)
        for pragma in (*PRAGMAS, *settings):
            self.tables.execute(f"PRAGMA {pragma}").fetchall()
        self.store, = self.tables.execute("SELECT store FROM data_extension WHERE key = ?", (KEY,)).fetchone()
        _, content = self.tables.execute(FIND, (self.store, row_id(0).lower())).fetchone()
        if len(content) != len(stored(0, 0)):
            raise SystemExit(f"a row is stored otherwise than was thought: {content}")

    def upsert(self, rows):
        self.tables.execute("BEGIN IMMEDIATE")
        for key, content in rows:
            self.tables.execute(FIND, (self.store, key)).fetchone()
            self.tables.execute(PUT, (self.store, key, content))
        self.tables.execute("COMMIT")

    def measure(self, count, seed):
        dice = random.Random(seed)
        seconds = reads = writes = 0
        # Without checkpoints the log would grow from round to round, and what it costs to look into it.
        self.tables.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        for number in range(-count // 10, count):
            rows = [(row_id(one).lower(), stored(one, dice.randrange(9000))) for one in dice.sample(range(self.rows), UPSERTED)]
            calls_before, before = file_calls(), time.process_time()
            self.upsert(rows)
            after, calls_after = time.process_time(), file_calls()
            if number < 0:
                continue
            seconds += after - before
            reads += calls_after[0] - calls_before[0]
            writes += calls_after[1] - calls_before[1]
        return {"cpu_us": seconds / count * 1e6, "reads": reads / count, "writes": writes / count}


def main():
    path, rows, *settings = sys.argv[1:]
    floor = Floor(path, int(rows), settings)
    for line in sys.stdin:
        count, seed = map(int, line.split())
        print(json.dumps(floor.measure(count, seed)), flush=True)


if __name__ == "__main__":
    main()
