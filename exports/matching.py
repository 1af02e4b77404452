"""The rows of *Data matching* while somebody edits them; a saved form is an exports.mapping."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as translate

from exports.fitting import Misfit, find_misfits
from exports.mapping import EMAIL, TARGETS, MappedField, Mapping
from exports.samples import sample_values
from exports.suggestions import CustomField, suggest_mapping
from segments.columns import ColumnType
from segments.models import Segment, Source

# The parts of a row, each a list in what the form sends, in the order of the rows.
_PARTS = ("column", "target", "type", "title", "suggested")
ROW_FIELDS = tuple(f"row_{part}" for part in _PARTS)
# Among the declined: whatever else could be suggested.
EVERY_OTHER = "*"
_HELP_WITH = {"date": "date", "datetime": "date", "listbox": "several", "checkbox": "several"}


@dataclass
class Row:
    """One row; `suggested` is the column that was suggested for it, while there was one."""

    mapped: MappedField
    suggested: str = ""
    errors: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    # The chosen column is in none of the sources any more; it is kept until somebody decides.
    is_gone: bool = False
    # What of the column does not fit the field; a warning, the export may be saved.
    misfit: Misfit | None = None
    # Just added: the form leads there.
    is_new: bool = False

    @property
    def is_suggestion(self) -> bool:
        return bool(self.suggested) and self.suggested == self.mapped.column

    @property
    def is_email(self) -> bool:
        return self.mapped.target == EMAIL

    @property
    def help(self) -> str:
        """Return which kind of help the type of the field needs: date, several or none."""
        return _HELP_WITH.get(self.mapped.type, "")


@dataclass(frozen=True)
class Column:
    """A column that may be chosen, and the sources that don't have it.

    `kind` is one of segments.columns.ColumnType, `type` its name for people.
    """

    name: str
    kind: str
    type: str
    missing_in: tuple[Source, ...]


class Matching:
    """What is matched so far, what may be, and what is wrong with it.

    The e-mail is always the first row. `sources` are those of the chosen segments.
    """

    def __init__(
        self,
        rows: Iterable[Row],
        sources: Iterable[Source],
        fields: Iterable[CustomField] = (),
        declined: Iterable[str] = (),
    ) -> None:
        given = list(rows)
        emails = [row for row in given if row.is_email] or [Row(MappedField("", EMAIL))]
        self.rows = [*emails, *(row for row in given if not row.is_email)]
        self.sources = list(sources)
        self.fields = list(fields)
        # Targets whose suggestion was taken away: it isn't made again.
        self.declined = set(declined)

    @classmethod
    def of(
        cls, mapping: Mapping, sources: Iterable[Source], fields: Iterable[CustomField] = ()
    ) -> "Matching":
        """Return the rows of a stored mapping."""
        return cls((Row(mapped) for mapped in mapping), sources, fields)

    @classmethod
    def posted(
        cls, data: QueryDict, sources: Iterable[Source], fields: Iterable[CustomField] = ()
    ) -> "Matching":
        """Return the rows that a form sent."""
        parts = (data.getlist(name) for name in ROW_FIELDS)
        rows = (_row(texts) for texts in zip(*parts, strict=False))
        return cls(rows, sources, fields, data.getlist("declined"))

    @property
    def mapping(self) -> Mapping:
        return Mapping(tuple(self._with_facts(row.mapped) for row in self.rows))

    @property
    def columns(self) -> list[Column]:
        """Return the columns of the sources; those that one of them lacks say so."""
        return [
            Column(name, kind, str(ColumnType(kind).label), self._without(name))
            for name, kind in self._column_types().items()
        ]

    @property
    def addable(self) -> list[tuple[str, str]]:
        """Return the targets that no row has yet, with their names."""
        every = [MappedField("", target) for target in TARGETS]
        every += [_of_field(custom) for custom in self.fields]
        used = {row.mapped.target for row in self.rows}
        return [(one.target, one.label) for one in every if one.target not in used]

    def entries(self) -> dict[str, list[str]]:
        """Return what the form of these rows sends, by the names of its fields."""
        rows = [
            (row.mapped.column, row.mapped.target, row.mapped.type, row.mapped.title, row.suggested)
            for row in self.rows
        ]
        fields = dict(zip(ROW_FIELDS, map(list, zip(*rows, strict=True)), strict=True))
        return fields | {"declined": sorted(self.declined)}

    # --- Editing

    def suggest(self) -> None:
        """Fill in what suggests itself; what a person chose or took away stays as it is."""
        suggestions = {row.target: row for row in self._suggestions()}
        kept = [row for row in self.rows if not row.is_suggestion or row.is_email]
        self.rows = [_renewed(row, suggestions) for row in kept]
        taken = {row.mapped.target for row in self.rows} | self.declined
        used = {row.mapped.column for row in self.rows}
        for target, mapped in suggestions.items():
            if EVERY_OTHER in self.declined:
                break
            if target not in taken and mapped.column not in used:
                self.rows.append(Row(mapped, suggested=mapped.column))

    def add(self, target: str) -> None:
        """Add a row for a target, with the column that suggests itself; others are ignored."""
        if target not in dict(self.addable):
            return
        fields = {f"field:{custom.id}": custom for custom in self.fields}
        mapped = _of_field(fields[target]) if target in fields else MappedField("", target)
        self.declined.discard(target)
        row = _renewed(Row(mapped), {row.target: row for row in self._suggestions()})
        row.is_new = True
        self.rows.append(row)

    def remove(self, index: int) -> None:
        """Take a row away; the e-mail stays."""
        if 0 < index < len(self.rows):
            self.declined.add(self.rows.pop(index).mapped.target)

    # --- Judging

    def check(self, *, account_answers: bool, is_final: bool = True) -> bool:
        """Note at each row what is wrong with it; return whether nothing is.

        Until it `is_final`, only what was chosen is judged, not what is still to be chosen.
        """
        for row in self.rows:
            row.errors = [_missing(row.mapped, source) for source in self._lacking(row.mapped)]
            if account_answers and self._is_unknown(row.mapped):
                row.errors.append(
                    translate("The account has no such field any more: remove the row.")
                )
        for fault in self.mapping.faults() if is_final else ():
            self.rows[fault.row or 0].errors.insert(0, fault.message)
        return not any(row.errors for row in self.rows)

    def check_columns(self) -> None:
        """Note only which columns are gone: what changed since the export was saved."""
        for row in self.rows:
            row.errors = [_missing(row.mapped, source) for source in self._lacking(row.mapped)]

    def illustrate(self, segments: Iterable[Segment]) -> None:
        """Give each row a few values of its column, or note that it is gone, or does not fit."""
        chosen = list(segments)
        samples = sample_values(chosen, self.mapping.columns)
        misfits = find_misfits(self.mapping, self.fields, chosen)
        known = self._column_types()
        for row in self.rows:
            row.samples = samples.get(row.mapped.column, [])
            row.is_gone = bool(row.mapped.column) and row.mapped.column not in known
            row.misfit = misfits.get(row.mapped.target)

    # --- Details

    def _suggestions(self) -> list[MappedField]:
        everywhere = {column.name: column for column in self.columns if not column.missing_in}
        types = {name: kind for name, kind in self._column_types().items() if name in everywhere}
        return suggest_mapping(types, self.fields)

    def _column_types(self) -> dict[str, str]:
        types: dict[str, str] = {}
        for source in self.sources:
            for name, kind in source.column_types.items():
                types.setdefault(name, kind)
        return types

    def _without(self, column: str) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if column not in source.column_types)

    def _lacking(self, mapped: MappedField) -> tuple[Source, ...]:
        return self._without(mapped.column) if mapped.column else ()

    def _is_unknown(self, mapped: MappedField) -> bool:
        numbers = {custom.id for custom in self.fields}
        return mapped.field_id is not None and mapped.field_id not in numbers

    def _with_facts(self, mapped: MappedField) -> MappedField:
        """Return the row with the type and title that the account gives now, where it does."""
        for custom in self.fields:
            if custom.id == mapped.field_id:
                return MappedField(mapped.column, mapped.target, custom.type, custom.title)
        return mapped


def _row(texts: tuple[str, ...]) -> Row:
    # PostgreSQL takes no NUL, and nothing that people name is longer.
    column, target, kind, title, suggested = (text.replace("\0", "")[:255] for text in texts)
    return Row(MappedField(column, target, kind, title), suggested)


def _of_field(custom: CustomField) -> MappedField:
    return MappedField("", f"field:{custom.id}", custom.type, custom.title)


def _renewed(row: Row, suggestions: dict[str, MappedField]) -> Row:
    """Return the row with today's suggestion, where no person has chosen a column."""
    if row.mapped.column and not row.is_suggestion:
        return row
    suggestion = suggestions.get(row.mapped.target)
    if suggestion is None:
        return Row(MappedField("", row.mapped.target, row.mapped.type, row.mapped.title))
    return Row(suggestion, suggested=suggestion.column)


def _missing(mapped: MappedField, source: Source) -> str:
    return translate(
        "“%(source)s” has no column “%(column)s”: choose another one, or remove the row."
    ) % {"source": source.name, "column": mapped.column}
