"""plan -> send -> confirm -> settle, in short slices, each under the run's lease."""

from exports.pipeline.start import (
    AlreadyRunning,
    NotResumable,
    NotRunnable,
    NotWaiting,
    Outdated,
    approve_run,
    request_cancel,
    resume_run,
    start_run,
)
from exports.pipeline.whole_list import AlreadyReading, NotReadable, request_read_back

__all__ = [
    "AlreadyReading",
    "AlreadyRunning",
    "NotReadable",
    "NotResumable",
    "NotRunnable",
    "NotWaiting",
    "Outdated",
    "approve_run",
    "request_cancel",
    "request_read_back",
    "resume_run",
    "start_run",
]
