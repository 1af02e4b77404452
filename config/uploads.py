"""Uploads: to disk, from people who are signed in, and no further than the limit."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Writes a file to disk while it arrives, and nothing that could fill the disk.

    Forms are read before anybody has looked whether the sender may post them: without this, a
    stranger could fill the disk. What is over the limit is counted but not kept, so that the
    form can say that the file is too large.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.request is None or not self.request.user.is_authenticated:
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start < settings.MAX_UPLOAD_BYTES:
            super().receive_data_chunk(raw_data, start)
        return None
