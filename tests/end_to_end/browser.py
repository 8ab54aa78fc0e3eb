"""A headless Chromium, driven over its DevTools pipe: JSON messages that end in a zero byte, no other library."""

import base64
import json
import os
import select
import shutil
import subprocess
import time

from support import DEADLINE_SECONDS

CHROMIUM = shutil.which("chromium")
KEYS = {"Tab": 9, "Enter": 13, " ": 32}


class Browser:
    """One page in one browser; keeps every request, console message and policy violation."""

    def __init__(self, folder):
        assert CHROMIUM, "there is no chromium: setup/install test"
        to_read, self.sending = os.pipe()
        self.receiving, to_write = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--remote-debugging-pipe", "--ignore-certificate-errors", f"--user-data-dir={folder}",
                 "--disable-background-networking", "about:blank"]
        # The browser reads from descriptor 3 and writes to 4.
        self.log = open(f"{folder}.log", "wb")
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "bash", CHROMIUM, *flags],
            pass_fds=[to_read, to_write], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        os.close(to_read)
        os.close(to_write)
        self.received = b""
        self.last_id = 0
        self.session = None
        self.events = []
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(one for one in targets if one["type"] == "page")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Accessibility", "DOM"):
            self.call(f"{domain}.enable")

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.sending)
        os.close(self.receiving)
        self.log.close()

    def _next_message(self, deadline):
        while b"\0" not in self.received:
            left = deadline - time.monotonic()
            assert left > 0, "the browser did not answer in time"
            if select.select([self.receiving], [], [], left)[0]:
                piece = os.read(self.receiving, 1 << 20)
                assert piece, "the browser is gone"
                self.received += piece
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.sending, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            answer = self._next_message(deadline)
            if answer.get("id") == self.last_id:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def run(self, expression):
        """The value of a JavaScript expression, which the page's own policy does not bind."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, expression, what):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self.run(expression):
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.02)

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.wait_for(f"location.href === {json.dumps(url)} && document.readyState === 'complete'", url)

    def paste(self, text):
        """As a paste or an input method would: into what has the focus."""
        self.call("Input.insertText", text=text)

    def press(self, key):
        text = "\r" if key == "Enter" else " " if key == " " else None
        event = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": KEYS[key]}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def show_as(self, width, height, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path, of):
        """Of the first element that the selector names, with what is around it, however long it is."""
        box = self.run(f"(({{x, y, width, height}}) => ({{x: x + scrollX, y: y + scrollY, width, height}}))"
                       f"(document.querySelector({json.dumps(of)}).getBoundingClientRect())")
        around = min(20, box["x"], box["y"])
        clip = {"x": box["x"] - around, "y": box["y"] - around, "width": box["width"] + 2 * around,
                "height": box["height"] + 2 * around, "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))

    def named(self, role):
        """The names of all things of a role, as a screen reader would hear them."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [node.get("name", {}).get("value", "") for node in nodes
                if not node["ignored"] and node["role"]["value"] == role]

    def requests(self):
        return [event["params"]["request"] for event in self.events if event["method"] == "Network.requestWillBeSent"]

    def complaints(self):
        """What the browser held against the page: violations of its policy, errors of its script."""
        return [event["params"] for event in self.events
                if event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")]
