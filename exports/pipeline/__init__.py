"""plan -> send -> confirm -> settle, in short slices, each under the run's lease."""

from exports.pipeline.start import (
    AlreadyRunning,
    NotResumable,
    NotRunnable,
    NotWaiting,
    approve_run,
    request_cancel,
    resume_run,
    start_run,
)

__all__ = [
    "AlreadyRunning",
    "NotResumable",
    "NotRunnable",
    "NotWaiting",
    "approve_run",
    "request_cancel",
    "resume_run",
    "start_run",
]
