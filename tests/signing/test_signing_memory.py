"""A process that holds keys leaves no core file and lets nobody look into it."""

import subprocess
import sys

import pytest

LOOK = """
import ctypes, resource
from {module} import {name}
{call}
print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux whether it may be dumped")
@pytest.mark.parametrize(
    ("module", "name", "call"),
    [
        ("signing.seal.memory", "keep_memory_private", "keep_memory_private()"),
        ("routes", "way", "from routes.signing_settings import SigningSettings\nway.equip(SigningSettings())"),
    ],
    ids=["alone", "as a worker's child is equipped"],
)
def test_there_are_no_core_dumps_of_a_process_with_keys(module: str, name: str, call: str) -> None:
    program = LOOK.format(module=module, name=name, call=call)
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["0", "0"]
