"""Worker and beat with a clock that can be set, without touching that of the machine."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.ground import Ground
from benchmarks.faults.scene import NotHere


@contextmanager
def movable(ground: Ground) -> Iterator[Callable[[int], None]]:
    """Give the function that sets the clocks of worker and beat so many seconds ahead.

    Raises NotHere.
    """
    library, offset = ground.folder / "clock.so", ground.folder / "clock-offset"
    _compile(library)
    offset.write_bytes(struct.pack("l", 0))

    def move(seconds: int) -> None:
        # In place: the processes look into this very file.
        with offset.open("r+b") as file:
            file.write(struct.pack("l", seconds))

    ground.restart_processes(LD_PRELOAD=str(library), CLOCK_OFFSET_FILE=str(offset))
    try:
        yield move
    finally:
        ground.restart_processes()


def _compile(library: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        raise NotHere("There is no C compiler.")
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
