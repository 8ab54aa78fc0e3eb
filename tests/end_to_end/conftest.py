import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support import Authority  # noqa: E402


@pytest.fixture
def authority(tmp_path, request):
    """A running server with the standard policy, searched for secret values when the test is over.

    Its tokens live a second unless the module's SERVE_OPTIONS say otherwise: a rotation waits for as long as one lives."""
    server = Authority(tmp_path / "data", *getattr(request.module, "SERVE_OPTIONS", ("--expires-in", "1"))).start()
    yield server
    server.stop()
    server.check_no_value_is_visible()


@pytest.fixture
def quick_authority(authority):
    """The same with a settle time of a second, no overlap, and a usage window of a second."""
    authority.run("policy", "set", "settle=1s", "overlap=0", "usage_window=1s")
    return authority
