"""What a stranger, or too large a file, may put on the disk: nothing to speak of."""

from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from accounts.models import User
from config.uploads import BoundedUploadHandler

CHUNK = BoundedUploadHandler.chunk_size


def received(user, content: bytes):
    """Return the file of an upload as a view gets it; None when it was not kept."""
    file = SimpleUploadedFile("people.csv", content)
    request = RequestFactory().post("/sources/add/", {"name": "People", "file": file})
    request.user = user
    assert request.POST["name"] == "People"
    return request.FILES.get("file")


def test_a_file_of_somebody_who_is_signed_in_is_kept_on_disk(contributor: User):
    with received(contributor, b"id,email\n") as file:
        assert file.read() == b"id,email\n"


def test_a_file_of_a_stranger_is_not_kept(db):
    assert received(AnonymousUser(), b"id,email\n") is None


def test_of_a_file_over_the_limit_the_size_is_known_and_the_rest_is_not_kept(
    contributor: User, settings
):
    settings.MAX_UPLOAD_BYTES = CHUNK

    with received(contributor, b"x" * (3 * CHUNK)) as file:
        assert file.size == 3 * CHUNK
        assert len(file.read()) <= 2 * CHUNK
