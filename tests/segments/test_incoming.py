"""Files that others put into the storage, in a folder and in a bucket."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from config.storages.choosing import in_folders
from segments import incoming
from segments.incoming import check_pattern, chosen, matching, open_incoming
from segments.models import Source
from segments.problems import BadFile, describe_problem

if TYPE_CHECKING:
    from tests.buckets import TestBucket

NEWEST, ALL = Source.Takes.NEWEST, Source.Takes.ALL
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Return the folder that files are put into."""
    settings.STORAGES = settings.STORAGES | in_folders(tmp_path, tmp_path / "incoming")
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming"


Put = Callable[..., None]


def put_into(folder: Path, name: str, content: bytes = b"id\n1\n", *, age: int = 0) -> None:
    """Write a file as it was `age` minutes before a day long ago."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (LONG_AGO - age * 60,) * 2)


@pytest.fixture(params=["folder", "bucket"])
def put(request: pytest.FixtureRequest) -> Iterator[Put]:
    """Return a function that puts a file where Facteur looks for it."""
    if request.param == "folder":
        place = request.getfixturevalue("folder")
        return lambda name, content=b"id\n1\n": put_into(place, name, content)
    bucket = request.getfixturevalue("bucket")
    return lambda name, content=b"id\n1\n": bucket.put(f"incoming/{name}", content)


def names(pattern: str) -> set[str]:
    return {file.name for file in matching(pattern)}


def refusal(pattern: str, takes: str = ALL) -> str:
    with pytest.raises(BadFile) as refused, open_incoming(pattern, takes, patience=0):
        pass
    assert str(describe_problem(refused.value.problem))
    return str(refused.value.problem["code"])


def test_stars_and_question_marks_stand_for_characters_within_a_name(put: Put) -> None:
    for name in ("exports/a_1.csv", "exports/a_12.csv", "exports/b_1.csv", "exports/old/a_1.csv"):
        put(name)

    assert names("exports/a_*.csv") == {"exports/a_1.csv", "exports/a_12.csv"}
    assert names("exports/a_?.csv") == {"exports/a_1.csv"}
    assert names("exports/a_1.csv") == {"exports/a_1.csv"}
    assert names("*/old/*.csv") == {"exports/old/a_1.csv"}
    assert names("*.csv") == set()


def test_two_stars_stand_for_any_folders(put: Put) -> None:
    for name in ("a.csv", "x/a.csv", "x/y/a.csv", "x/y/b.txt", "z/a.csv"):
        put(name)

    assert names("**/a.csv") == {"a.csv", "x/a.csv", "x/y/a.csv", "z/a.csv"}
    assert names("x/**/*") == {"x/a.csv", "x/y/a.csv", "x/y/b.txt"}
    assert names("**/y/**/a.csv") == {"x/y/a.csv"}


def test_other_signs_of_a_pattern_stand_for_themselves(put: Put) -> None:
    put("a[1].csv")
    put("a1.csv")

    assert names("a[1].csv") == {"a[1].csv"}


def test_hidden_files_are_those_that_a_program_has_not_finished(put: Put) -> None:
    put(".customers.csv.x7")
    put(".parts/customers.csv")

    assert names("*") == names("**/*") == set()
    assert names(".customers*") == {".customers.csv.x7"}


def test_many_stars_are_answered_at_once(put: Put) -> None:
    put("a" * 100 + ".csv")

    assert names("*a" * 60 + "*b") == set()
    assert names("**/" * 60 + "x") == set()


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "/etc/passwd",
        "../secrets/*",
        "a/../../b",
        "a//b",
        "a/",
        "./a",
        "a\\b",
        "a\x00",
        "a**",
        "**",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(pattern: str) -> None:
    with pytest.raises(BadFile) as refused:
        check_pattern(pattern)

    assert refused.value.problem["code"] == "incoming_pattern"


def test_all_files_come_by_name_and_the_newest_alone(folder: Path) -> None:
    put_into(folder, "a.csv", age=3)
    put_into(folder, "b.csv", age=1)
    put_into(folder, "c.csv", age=2)

    assert [file.name for file in matching("*.csv")] == ["b.csv", "c.csv", "a.csv"]
    assert [file.name for file in chosen("*.csv", ALL)] == ["a.csv", "b.csv", "c.csv"]
    assert [file.name for file in chosen("*.csv", NEWEST)] == ["b.csv"]


def test_what_is_read_are_copies_that_are_gone_afterwards(put: Put, data_folder: Path) -> None:
    put("exports/a.csv", b"first")
    put("exports/b.csv", b"second")

    with open_incoming("exports/*.csv", ALL) as files:
        read = [(Path(path).read_bytes(), name) for path, name in files]
        assert all(Path(path).parent == data_folder / "work" for path, _ in files)

    assert read == [(b"first", "exports/a.csv"), (b"second", "exports/b.csv")]
    assert not any(Path(path).exists() for path, _ in files)


def test_without_a_file_the_message_names_the_path(put: Put) -> None:
    put("exports/a.csv")

    with pytest.raises(BadFile) as refused:
        chosen("exports/*.parquet", NEWEST)

    assert refused.value.problem == {"code": "incoming_none", "pattern": "exports/*.parquet"}


def test_files_over_the_limit_of_uploads_are_refused_together(put: Put, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 9
    put("a.csv", b"12345")
    put("b.csv", b"12345")

    assert refusal("*.csv") == "incoming_too_large"
    assert len(chosen("*.csv", NEWEST)) == 1


def test_too_many_files_are_refused_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        put_into(folder, f"{number}.csv")
    monkeypatch.setattr(incoming, "MAX_FILES", 3)

    assert refusal("*.csv") == "incoming_too_many"
    assert len(chosen("*.csv", NEWEST)) == 1

    monkeypatch.setattr(incoming, "MAX_LISTED", 3)
    assert refusal("*.csv", NEWEST) == "incoming_crowded"


def test_a_link_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    put_into(tmp_path, "outside/secret.csv")
    (folder / "exports").mkdir()
    (folder / "exports" / "secret.csv").symlink_to(tmp_path / "outside" / "secret.csv")
    (folder / "linked").symlink_to(tmp_path / "outside")

    assert names("exports/*") == names("linked/*") == names("linked/secret.csv") == set()
    assert names("**/*.csv") == names("*/secret.csv") == set()


def test_a_link_that_takes_the_place_of_a_listed_file_is_not_followed(
    folder: Path, tmp_path: Path
) -> None:
    put_into(folder, "exports/a.csv")
    put_into(tmp_path, "outside/a.csv")
    storage = incoming.incoming_storage()
    (listed,) = storage.walk("exports")
    (folder / "exports").rename(folder / "before")
    (folder / "exports").symlink_to(tmp_path / "outside")

    with pytest.raises(incoming.ChangedMeanwhile):
        storage.fetch(listed, str(tmp_path / "copy"))


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "a.csv")

    assert refusal("a.csv") == "incoming_none"


def test_a_file_that_changed_after_it_was_listed_is_not_read(put: Put, tmp_path: Path) -> None:
    put("a.csv", b"before")
    storage = incoming.incoming_storage()
    (listed,) = matching("a.csv")
    time.sleep(0.01)  # so that the two writings differ in time
    put("a.csv", b"after!!")

    with pytest.raises(incoming.ChangedMeanwhile):
        storage.fetch(listed, str(tmp_path / "copy"))


def test_a_file_that_was_taken_away_is_missed(folder: Path, tmp_path: Path) -> None:
    put_into(folder, "a.csv")
    (listed,) = incoming.incoming_storage().walk()
    (folder / "a.csv").unlink()

    with pytest.raises(FileNotFoundError):
        incoming.incoming_storage().fetch(listed, str(tmp_path / "copy"))


def test_a_file_that_was_just_written_is_read_once_it_is_quiet(
    folder: Path, settings: Settings
) -> None:
    settings.INCOMING_QUIET_SECONDS = 0.2
    (folder / "a.csv").write_bytes(b"complete")

    with open_incoming("a.csv", NEWEST, patience=0) as [(path, _name)]:
        assert Path(path).read_bytes() == b"complete"


def test_a_file_from_the_future_is_read_once_it_is_quiet(folder: Path, settings: Settings) -> None:
    settings.INCOMING_QUIET_SECONDS = 0.2
    put_into(folder, "a.csv")
    tomorrow = (datetime.now(tz=UTC) + timedelta(days=1)).timestamp()
    os.utime(folder / "a.csv", (tomorrow, tomorrow))

    with open_incoming("a.csv", NEWEST, patience=0) as files:
        assert len(files) == 1


def test_a_file_that_is_being_written_is_waited_for(folder: Path, settings: Settings) -> None:
    settings.INCOMING_QUIET_SECONDS = 0.5
    writer = threading.Thread(target=write_slowly, args=(folder / "a.csv", 8))
    writer.start()
    time.sleep(0.1)

    with open_incoming("a.csv", NEWEST, patience=60) as [(path, _name)]:
        read = Path(path).read_bytes()

    writer.join()
    assert read == b"12345678"


def test_a_file_that_does_not_get_finished_is_left_to_the_next_refresh(
    folder: Path, settings: Settings
) -> None:
    settings.INCOMING_QUIET_SECONDS = 0.5
    writer = threading.Thread(target=write_slowly, args=(folder / "a.csv", 20))
    writer.start()
    time.sleep(0.1)

    code = refusal("a.csv")

    writer.join()
    assert code == "incoming_unfinished"


def write_slowly(path: Path, pieces: int) -> None:
    with path.open("ab", buffering=0) as file:
        for number in range(pieces):
            file.write(str((number + 1) % 10).encode())
            time.sleep(0.05)


def test_an_unreadable_file_says_so(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    put_into(folder, "a.csv")
    (folder / "a.csv").chmod(0)

    assert refusal("a.csv") == "incoming_unreadable"


def test_a_prefix_of_the_bucket_keeps_others_out(bucket: TestBucket) -> None:
    bucket.use(prefix="facteur")
    bucket.put("incoming/a.csv", b"not ours")
    bucket.put("facteur/incoming/a.csv", b"ours")
    bucket.put("facteur/tables/a.csv", b"no incoming file")

    with open_incoming("**/*.csv", ALL) as files:
        read = [(Path(path).read_bytes(), name) for path, name in files]

    assert read == [(b"ours", "a.csv")]
