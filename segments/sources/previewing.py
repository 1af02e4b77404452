"""A look at what a source would read, before anything is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from config.storages.stored import StoredFile
from segments.columns import Column
from segments.databases.reading import inspect_query
from segments.databases.steps import Step, test_database
from segments.files.reading import Inspection, Options, inspect
from segments.incoming import matching, open_incoming
from segments.models import Source
from segments.sources.uses import Use, uses_of
from segments.uploads import reading_upload

# How long somebody waits for a query in the browser; the worker has the source's own limit.
TEST_SECONDS = 60


@dataclass(frozen=True)
class Preview:
    """What a look at a source found."""

    inspection: Inspection | None = None
    # Of files in the storage: those that match, the newest first.
    files: Sequence[StoredFile] = ()
    # Of a database: how its test went.
    steps: Sequence[Step] = field(default=())


@dataclass(frozen=True)
class Comparison:
    """Which columns a source would have that it has not now, and the other way round."""

    new: list[str]
    gone: list[str]
    # By whom those that are gone are used: they could not be replaced.
    uses: list[Use]
    key_is_gone: bool

    @property
    def is_possible(self) -> bool:
        return not self.uses and not self.key_is_gone


def preview(source: Source) -> Preview:
    """Look into what a source would read, saved or not; raises Refused."""
    options = Options.from_json(source.reading)
    if source.kind == Source.Kind.DATABASE:
        return _preview_query(source)
    if source.kind == Source.Kind.FILES:
        files = matching(source.pattern)
        first = files[0].name if files else source.pattern
        with open_incoming(first, Source.Takes.NEWEST, patience=0) as [(path, name)]:
            return Preview(inspect(path, name, options), files)
    assert source.upload is not None, "whoever asks has one"  # noqa: S101
    with reading_upload(source.upload) as path:
        return Preview(inspect(path, source.upload.original_name, options))


def compare(source: Source, columns: Sequence[Column]) -> Comparison:
    """Return how these columns differ from those that a source has."""
    now = {column["name"]: None for column in columns}
    gone = [name for name in source.column_types if name not in now]
    return Comparison(
        new=[name for name in now if name not in source.column_types],
        gone=gone,
        uses=uses_of(source, gone),
        key_is_gone=source.key_column in gone,
    )


def _preview_query(source: Source) -> Preview:
    seconds = min(source.timeout_seconds, TEST_SECONDS)
    asked = (source.database_url, source.database_password, source.query)
    steps = test_database(*asked, seconds)
    if any(step.state == "failed" for step in steps):
        return Preview(steps=steps)
    return Preview(inspect_query(*asked, seconds), steps=steps)
