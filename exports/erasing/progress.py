"""How far an erasure is: what it erased, which files it has yet to delete, where people look next.

`progress` holds {"to_delete": [names], "hosts": [accounts that know the person], "done": [hosts
that were asked], "profiles": [[source, generation, key] that have corrections]}; `erased` counts;
`remains` says what people have to see to. None of it names the person.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from config.storages.stored import own_storage
from exports.models import Erasure

_CLEAN_FOR = 24 * 3600


def note(
    erasure: Erasure,
    *,
    erased: dict[str, int] | None = None,
    to_delete: Sequence[str] = (),
    hosts: Collection[str] = (),
    profiles: Collection[list[object]] = (),
    done: Collection[str] = (),
    remains: dict[str, list[Any]] | None = None,
) -> None:
    """Write down what was done, in the transaction that does it; raises LeaseLost."""
    erasure.renew_lease(timezone.now())
    for kind, count in (erased or {}).items():
        erasure.erased[kind] = erasure.erased.get(kind, 0) + count
    _add(erasure.progress, "to_delete", to_delete)
    _add(erasure.progress, "hosts", hosts)
    _add(erasure.progress, "done", done)
    _add(erasure.progress, "profiles", profiles)
    for kind, found in (remains or {}).items():
        _add(erasure.remains, kind, found)
    _save(erasure)


def delete_replaced(erasure: Erasure) -> None:
    """Delete the files that no row names any more; after a crash, those that it left."""
    names = erasure.progress.get("to_delete", [])
    if not names:
        return
    for name in names:
        own_storage().delete(name)
    with transaction.atomic():
        erasure.renew_lease(timezone.now())
        erasure.progress["to_delete"] = []
        _save(erasure)


class Clean:
    """The files that were looked into and don't hold the person; files don't change.

    Where that is kept may lose it: then they are looked into again.
    """

    def __init__(self, erasure: Erasure) -> None:
        self._key = f"exports:erasure:{erasure.pk}:clean"
        self._names: set[str] = cache.get(self._key) or set()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, name: str) -> None:
        self._names.add(name)

    def keep(self) -> None:
        """Let the next slice know."""
        cache.set(self._key, self._names, _CLEAN_FOR)

    def forget(self) -> None:
        cache.delete(self._key)


def _add(where: dict[str, Any], name: str, found: Collection[Any]) -> None:
    known = where.setdefault(name, []) if found else []
    known += [each for each in found if each not in known]


def _save(erasure: Erasure) -> None:
    # Without signals: the audit trail says who asked, and what came of it, once.
    Erasure.objects.filter(pk=erasure.pk).update(
        erased=erasure.erased, progress=erasure.progress, remains=erasure.remains
    )
