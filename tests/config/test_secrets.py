"""Secrets: from the environment, from a file, or made once."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.secrets import read_secret


def test_an_embedded_installation_makes_its_own_that_only_its_owner_can_read(tmp_path):
    folder = tmp_path / "secrets"

    secret = read_secret("SOME_SECRET", make=lambda: "made", folder=folder)

    assert secret == "made"
    assert (folder / "some_secret").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in folder.iterdir()] == ["some_secret"]


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path):
    numbers = count()

    with ThreadPoolExecutor(8) as pool:
        read = [
            pool.submit(
                read_secret, "SOME_SECRET", make=lambda: str(next(numbers)), folder=tmp_path
            )
            for _ in range(40)
        ]

    assert len({future.result() for future in read}) == 1


def test_the_environment_comes_first_and_then_the_file_it_names(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").write_text("from a file\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "elsewhere"))
    from_file = read_secret("SOME_SECRET", make=str, folder=None)
    monkeypatch.setenv("SOME_SECRET", "from the environment")

    assert from_file == "from a file"
    assert read_secret("SOME_SECRET", make=str, folder=None) == "from the environment"


def test_a_secret_that_is_missing_names_the_fix():
    with pytest.raises(ImproperlyConfigured, match=r"config\.secrets SOME_SECRET"):
        read_secret("SOME_SECRET", make=str, folder=None)
