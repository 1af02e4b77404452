"""A child for the supervisor's tests: notes its process ID in a file, then sleeps.

    supervised_child.py polite|stubborn|family FILE

A polite one notes "stopped" when it is asked to stop, a stubborn one does not listen, a family
has a child itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

KIND, FILE = sys.argv[1], Path(sys.argv[2])


def note(text: str) -> None:
    with FILE.open("a") as file:
        file.write(f"{text}\n")


def stop(number: int, frame: FrameType | None) -> None:
    note("stopped")
    sys.exit()


if KIND == "family":
    subprocess.Popen([sys.executable, __file__, "stubborn", str(FILE)])
signal.signal(signal.SIGTERM, signal.SIG_IGN if KIND == "stubborn" else stop)
print("good morning", flush=True)
note(str(os.getpid()))
time.sleep(600)
