"""The consumers of a fleet, in a process of their own: each reads its secret from its file at every turn and asks for a token.

    fleet_consumers.py PORT CONSUMERS.json PERIOD_SECONDS

CONSUMERS.json: [{"client_id", "path", "user_agent"}, …]. Turns are spread evenly over the period. On SIGTERM prints
{"requests", "refused", "refusals", "latest_seconds"}: how far behind its time the latest turn was.
"""

import json
import signal
import socket
import sys
import time
from pathlib import Path


class Connection:
    def __init__(self, port):
        self.port = port
        self.socket = None

    def status_of(self, request):
        for _ in range(2):  # a kept connection may have been closed meanwhile
            try:
                if self.socket is None:
                    self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
                    self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.socket.sendall(request)
                reply = self.socket.recv(65536)
                while b"\r\n\r\n" not in reply:
                    reply += self.socket.recv(65536)
                head, _, body = reply.partition(b"\r\n\r\n")
                lower = head.lower()
                at = lower.index(b"content-length:") + 15
                length = int(lower[at:lower.find(b"\r\n", at) if b"\r\n" in lower[at:] else None])
                while len(body) < length:
                    body += self.socket.recv(65536)
                return int(head[9:12])
            except OSError:
                self.socket = None
        return 0


def main():
    port, consumers, period = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), float(sys.argv[3])
    is_stopping = False

    def stop(*_):
        nonlocal is_stopping
        is_stopping = True
    signal.signal(signal.SIGTERM, stop)
    connection = Connection(port)
    refusals, requests, latest = [], 0, 0.0
    begin = time.monotonic()
    step = period / len(consumers)
    while not is_stopping:
        one = consumers[requests % len(consumers)]
        due = begin + requests * step
        now = time.monotonic()
        if due > now:
            time.sleep(due - now)
        else:
            latest = max(latest, now - due)
        with open(one["path"]) as file:
            value = file.read().split("=", 1)[1].strip().strip('"')
        body = (f'{{"grant_type":"client_credentials","client_id":"{one["client_id"]}",'
                f'"client_secret":"{value}"}}').encode()
        status = connection.status_of(
            b"POST /v2/token HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: " + one["user_agent"].encode()
            + b"\r\nContent-Type: application/json\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        requests += 1
        if status != 200:
            refusals.append([one["user_agent"], status, round(time.monotonic() - begin, 3)])
    print(json.dumps({"requests": requests, "refused": len(refusals), "refusals": refusals[:20],
                      "latest_seconds": round(latest, 3)}))


if __name__ == "__main__":
    main()
