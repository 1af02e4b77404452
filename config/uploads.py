"""Uploads: to disk, from people who are signed in, and no further than the limit."""

import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, TemporaryFileUploadHandler


class _UploadedToWork(TemporaryUploadedFile):
    """An upload on the disk that holds DATA_DIR: storing it there is a move, not a copy."""

    def __init__(self, name: Any, content_type: Any, size: int, *more: Any) -> None:
        folder = settings.DATA_DIR / "work"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = tempfile.NamedTemporaryFile(dir=folder, suffix=".upload")  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, size, *more)


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Writes a file to disk while it arrives, and nothing that could fill the disk.

    Forms are read before anybody has looked whether the sender may post them: without this, a
    stranger could fill the disk. What is over the limit is counted but not kept, so that the
    form can say that the file is too large.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.request is None or not self.request.user.is_authenticated:
            raise SkipFile
        FileUploadHandler.new_file(self, *args, **kwargs)  # without a file in another place
        self.file = _UploadedToWork(
            self.file_name, self.content_type, 0, self.charset, self.content_type_extra
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start < settings.MAX_UPLOAD_BYTES:
            super().receive_data_chunk(raw_data, start)
        return None
