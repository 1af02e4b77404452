"""python -m benchmarks.encryption: what would it cost to encrypt profile tables, and buy?

Compares a table of a million profiles as it is, encrypted by DuckDB, and encrypted as a whole
file (in pieces, as the program age does it; and by Fernet, which has no pieces). Then looks at
what an encrypted file of DuckDB's still shows.
"""

import argparse
import os
import statistics
import struct
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PIECE = 64 * 1024
KEY, OTHER_KEY = "0123456789112345" * 2, "9123456789112345" * 2
ENCRYPTED = ", ENCRYPTION_CONFIG {footer_key: 'key'}"
CONFIG = ", encryption_config = {footer_key: 'key'}"
PEOPLE = """
    SELECT i AS __row, 'C' || i AS customer, hash(i) || '@example.test' AS email,
        'First' || (i * 7919 % 5000) AS first_name, 'Last' || (i * 104729 % 20000) AS last_name,
        '+33 6 ' || hash(i + 1) % 100000000 AS phone, hash(i + 2) % 9000 || ' rue X' AS street,
        75000 + i % 1000 || '' AS postcode, 'City ' || i % 700 AS city,
        ['France', 'Brazil', 'Canada'][i % 3 + 1] AS country,
        strftime(DATE '1950-01-01' + (hash(i + 3) % 20000)::INTEGER, '%Y-%m-%d') AS born,
        (hash(i + 4) % 100000 / 100)::VARCHAR AS spent, ['yes', 'no'][i % 2 + 1] AS consent
    FROM range({rows}) numbers(i)
"""
COUNT = "SELECT count(*) FROM {} WHERE country = 'France' AND spent::DOUBLE > 500"
READ = "SELECT bit_xor(hash(COLUMNS(*))) FROM {}"


def connect(key: str = KEY, *, unsafe: bool = False) -> duckdb.DuckDBPyConnection:
    """Return a connection as Facteur's are, which knows a key."""
    limits = {"memory_limit": "256MB", "threads": 2, "autoload_known_extensions": False}
    connection = duckdb.connect(config={**limits, "autoinstall_known_extensions": False})
    if unsafe:
        connection.execute("SET force_mbedtls_unsafe = 'true'")
    connection.execute(f"PRAGMA add_parquet_key('key', '{key}')")
    return connection


def copy(query: str, target: Path, options: str = "") -> None:
    """Write the result of a query as Facteur writes tables."""
    with connect(unsafe=True) as connection:
        connection.execute(
            f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd{options})"
        )


def ask(query: str, path: Path, options: str = "", key: str = KEY) -> object:
    """Return the answer to a query about a file."""
    with connect(key) as connection:
        return connection.execute(query.format(f"read_parquet('{path}'{options})")).fetchall()


@dataclass(frozen=True)
class Way:
    """How a table is kept: `close` encrypts a finished file, `open` decrypts it for a reader."""

    name: str
    write_options: str = ""
    read_options: str = ""
    close: Callable[[Path, Path], object] | None = None
    open: Callable[[Path, Path], object] | None = None


def close_in_pieces(plain: Path, stored: Path) -> None:
    """Encrypt a file piece by piece; each is numbered, and bound to a salt of the file."""
    cipher = AESGCM(KEY.encode())
    salt = os.urandom(4)
    with plain.open("rb") as source, stored.open("wb") as target:
        target.write(salt)
        for number, piece in enumerate(iter(lambda: source.read(PIECE), b"")):
            target.write(cipher.encrypt(salt + struct.pack(">Q", number), piece, None))


def open_in_pieces(stored: Path, plain: Path) -> None:
    """Undo `close_in_pieces`."""
    cipher = AESGCM(KEY.encode())
    with stored.open("rb") as source, plain.open("wb") as target:
        salt = source.read(4)
        for number, piece in enumerate(iter(lambda: source.read(PIECE + 16), b"")):
            target.write(cipher.decrypt(salt + struct.pack(">Q", number), piece, None))


FERNET = Fernet(Fernet.generate_key())
WAYS = (
    Way("as it is"),
    Way("DuckDB", ENCRYPTED, CONFIG),
    Way("whole file, in pieces", close=close_in_pieces, open=open_in_pieces),
    Way(
        "whole file, Fernet",
        close=lambda plain, stored: stored.write_bytes(FERNET.encrypt(plain.read_bytes())),
        open=lambda stored, plain: plain.write_bytes(FERNET.decrypt(stored.read_bytes())),
    ),
)


def write(way: Way, query: str, stored: Path) -> None:
    """Write a table in this way."""
    if way.close is None:
        copy(query, stored, way.write_options)
        return
    plain = stored.with_suffix(".plain")
    copy(query, plain)
    way.close(plain, stored)


def read(way: Way, query: str, stored: Path) -> None:
    """Ask something about a table that is kept in this way."""
    if way.open is None:
        ask(query, stored, way.read_options)
        return
    plain = stored.with_suffix(".plain")
    way.open(stored, plain)
    ask(query, plain)


def measure(work: Callable[[], object], times: int) -> float:
    """Return how many milliseconds of all processors it takes, in the median.

    Processor time, because it hardly depends on what else the machine is doing.
    """
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return statistics.median(took) * 1000


def python_memory(work: Callable[[], object]) -> float:
    """Return how many MB of Python's own memory the work takes at most; DuckDB's is not in it."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1024**2


def compare(folder: Path, rows: int, times: int) -> None:
    """Print what each way costs."""
    people = folder / "people.parquet"
    copy(PEOPLE.format(rows=rows), people)
    query = f"FROM read_parquet('{people}')"
    print(f"{rows:,} profiles of 12 columns, processor time, medians of {times}")
    print(f"{'':24}{'write':>9}{'count':>9}{'read all':>10}{'size':>10}{'Python':>9}")
    for way in WAYS:
        stored = folder / "stored"
        written = measure(lambda: write(way, query, stored), times)  # noqa: B023
        counted = measure(lambda: read(way, COUNT, stored), times)  # noqa: B023
        everything = measure(lambda: read(way, READ, stored), times)  # noqa: B023
        size = stored.stat().st_size / 1024**2
        memory = python_memory(lambda: read(way, COUNT, stored))  # noqa: B023
        print(
            f"{way.name:24}{written:6.0f} ms{counted:6.0f} ms{everything:7.0f} ms"
            f"{size:7.1f} MB{memory:6.1f} MB"
        )


def modules(stored: bytes) -> list[bytes]:
    """Return what an encrypted Parquet file consists of, without its footer.

    Each module has four bytes for its length, and then the nonce that it was encrypted with.
    """
    found, at = [], 4
    while at + 16 < len(stored):
        (length,) = struct.unpack_from("<I", stored, at)
        if length < 28 or at + 4 + length > len(stored):
            break
        found.append(stored[at : at + 4 + length])
        at += 4 + length
    return found


def attempt(work: Callable[[], object]) -> str:
    """Return what comes of it, in one line."""
    try:
        return str(work())
    except duckdb.Error as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"


def inspect(folder: Path) -> None:
    """Print what an encrypted file of DuckDB's still shows, and to whom."""
    stored = folder / "stored"
    copy("SELECT 'ana@example.test' AS email", stored, ENCRYPTED)
    content = stored.read_bytes()
    safe = f"COPY (SELECT 1) TO '{stored}x' (FORMAT parquet{ENCRYPTED})"
    count = "SELECT count(*) FROM {}"
    print("\nwritten without force_mbedtls_unsafe:", attempt(lambda: connect().execute(safe)))
    print("names of columns in the file:", b"email" in content)
    print("values in the file:", b"example.test" in content)
    print("read with the key:", attempt(lambda: ask(count, stored, CONFIG)))
    print("without:", attempt(lambda: ask(count, stored)))
    print("with another:", attempt(lambda: ask(count, stored, CONFIG, key=OTHER_KEY)))
    schema = "SELECT * FROM parquet_schema(?)"
    answer = attempt(lambda: connect().execute(schema, [str(stored)]))
    print("parquet_schema(), which plans ask:", answer)


def tamper(folder: Path) -> None:
    """Print whether anybody notices when somebody without the key writes to the file."""
    stored = folder / "stored"
    copy("SELECT 'yes' AS newsletter, 'no ' AS calls", stored, ENCRYPTED)
    content = stored.read_bytes()
    stored.write_bytes(content[:60] + bytes([content[60] ^ 1]) + content[61:])
    values = "SELECT newsletter, calls FROM {}"
    print("\na bit flipped:", attempt(lambda: ask(values, stored, CONFIG)))
    parts = modules(content)
    first, second = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    footer = content[4 + sum(map(len, parts)) :]
    stored.write_bytes(content[:4] + b"".join(second + first) + footer)
    print("two columns exchanged:", attempt(lambda: ask(values, stored, CONFIG)))
    many = ", ".join(f"i % 2 AS c{number}" for number in range(60))
    query = f"SELECT {many} FROM range(1000000) t(i)"  # noqa: S608  # the names are this file's
    copy(query, stored, f", ROW_GROUP_SIZE 2048{ENCRYPTED}")
    nonces = [module[4:16] for module in modules(stored.read_bytes())]
    print(f"nonces: {len(nonces):,}, of which different: {len(set(nonces)):,}")


def main() -> None:
    """Measure in a folder that is gone afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="facteur-encryption-") as folder:
        compare(Path(folder), options.rows, options.times)
        inspect(Path(folder))
        tamper(Path(folder))


if __name__ == "__main__":
    main()
