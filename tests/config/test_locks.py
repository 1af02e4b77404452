from __future__ import annotations

from pathlib import Path

from config.checks.locks import HOUSE, addresses


def test_an_address_in_a_lock_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("django==5.2.1\n")
    (tmp_path / "requirements-dev.txt").write_text(
        "pytest==9.0.0\n--index-url https://packages.example.com/simple\n"
    )

    assert addresses(tmp_path) == [
        "requirements-dev.txt:2: names an address: --index-url https://packages.example.com/simple"
    ]


def test_our_lock_files_name_no_address() -> None:
    assert addresses(HOUSE) == []
