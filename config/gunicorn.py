"""How gunicorn serves Facteur: `gunicorn --config python:config.gunicorn config.wsgi`.

It reads two variables by itself: WEB_CONCURRENCY is the number of processes; with PORT it
listens on every address of the machine, without it on 127.0.0.1:8000.
"""

import gc
from pathlib import Path
from typing import Any

# Threads keep answering while somebody uploads a large file over a slow line.
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 30
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # not ours
# The path without its query: somebody may have searched for an e-mail address.
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


def post_worker_init(worker: Any) -> None:
    """Leave what every request needs out of each later look for garbage.

    All of the code and its settings, 170,000 objects: looking through them would let a page wait
    a quarter of a second now and then.
    """
    gc.collect()
    gc.freeze()
    # Not for each 700 objects: a page makes tens of thousands, and hardly any of them in a circle.
    gc.set_threshold(10_000, 20, 20)
