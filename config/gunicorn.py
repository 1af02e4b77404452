"""How gunicorn serves Facteur: `gunicorn --config python:config.gunicorn config.wsgi`.

It reads two variables by itself: WEB_CONCURRENCY is the number of processes; with PORT it
listens on every address of the machine, without it on 127.0.0.1:8000.
"""

from pathlib import Path

# Threads keep answering while somebody uploads a large file over a slow line.
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 30
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # not ours
# The path without its query: somebody may have searched for an e-mail address.
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
