"""Uploaded files that wait to be read, and hold the person: they are discarded.

A file that comes from people can be of any kind, and broken, which may be why it waits. Taking
somebody out of it would change what they uploaded; so they upload it again, without the person.
"""

from django.db import transaction

from config.storages.stored import own_storage
from exports.erasing.files import Work, delete_stray
from exports.erasing.progress import Clean, delete_replaced, note
from exports.erasing.waiting import check_source_rests
from segments import parquet
from segments.files.mentions import file_mentions
from segments.files.options import Options
from segments.mentions import Mentioned
from segments.models import Source, Upload
from segments.problems import BadFile
from segments.sources.saving import discard_upload
from segments.uploads import FOLDER, delete_upload


def erase_from_uploads(work: Work, clean: Clean) -> None:
    """Discard the uploads that hold the person, and those that nobody can read.

    Raises NotYet when one is being read, and LeaseLost.
    """
    named = {}
    for upload in Upload.objects.order_by("pk"):
        named[upload.file] = upload
        if upload.file in clean:
            continue
        source = Source.objects.filter(upload=upload).first()
        options = Options.from_json(source.reading) if source else Options()
        if _holds(upload.file, options, work.address):
            _discard(work, upload, source)
        else:
            clean.add(upload.file)
    for file in own_storage().walk(FOLDER):
        if file.name not in named and _holds(file.name, Options(), work.address):
            delete_stray(work, file)
            delete_replaced(work.erasure)


def _discard(work: Work, upload: Upload, source: Source | None) -> None:
    with transaction.atomic():
        if source is None:
            delete_upload(upload)
        else:
            Source.objects.select_for_update().get(pk=source.pk)
            check_source_rests(source)
            discard_upload(source=source)
        note(work.erasure, erased={"uploads": 1}, to_delete=[upload.file])
    delete_replaced(work.erasure)


def _holds(name: str, options: Options, address: Mentioned) -> bool:
    try:
        with parquet.reading(name) as path:
            return file_mentions(path, options, address)
    except FileNotFoundError:
        return False
    except BadFile:
        return True
