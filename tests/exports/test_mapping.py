"""Data matching as it is stored, judged and worded."""

import pytest
from django.utils import translation

from exports.mapping import InvalidMapping, MappedField, Mapping

GOOD = Mapping(
    (
        MappedField("E-mail", "email"),
        MappedField("Tel", "phone"),
        MappedField("born", "field:7", "date", "Birthday"),
    )
)


def test_a_mapping_survives_being_stored():
    again = Mapping.from_json(GOOD.to_json())

    assert again == GOOD
    assert GOOD.to_json()[1] == {"column": "Tel", "target": "phone"}
    assert GOOD.to_json()[2]["title"] == "Birthday"


@pytest.mark.parametrize("stored", [None, {}, "email", [1, None, "x"], [[]]])
def test_reading_leaves_out_what_is_no_row(stored):
    assert Mapping.from_json(stored) == Mapping()


def test_a_row_without_a_column_is_read_and_then_judged():
    mapping = Mapping.from_json([{"target": "email"}])

    assert [(fault.row, fault.message) for fault in mapping.faults()] == [
        (0, "Choose a column for Email.")
    ]


def test_the_address_is_required():
    faults = Mapping((MappedField("Tel", "phone"),)).faults()

    assert faults[0].row is None
    assert faults[0].message == "Choose the column with the e-mail address."


def test_a_target_twice_is_said_at_both_rows():
    mapping = Mapping((*GOOD, MappedField("Mobile", "phone")))

    assert [fault.row for fault in mapping.faults()] == [1, 3]
    with pytest.raises(InvalidMapping, match="Phone is matched twice"):
        mapping.validate()


@pytest.mark.parametrize("target", ["", "fax", "field:", "field:0", "field:x", "field:1 "])
def test_only_known_targets_are_taken(target):
    mapping = Mapping((*GOOD, MappedField("Other", target)))

    assert [fault.row for fault in mapping.faults()] == [3]


def test_one_column_may_be_sent_as_two_fields():
    Mapping((*GOOD, MappedField("born", "field:8", "text", "Born"))).validate()

    assert GOOD.columns == ["E-mail", "Tel", "born"]
    assert GOOD.email_column == "E-mail"


def test_fields_are_named_in_the_readers_language_and_by_their_own_title():
    assert [field.label for field in GOOD] == ["Email", "Phone", "Birthday"]
    assert MappedField("x", "field:12").label == "Field 12"
    with translation.override("fr"):
        assert GOOD.fields[2].label == "Birthday"


def test_a_custom_field_knows_its_number():
    assert GOOD.fields[2].field_id == 7
    assert GOOD.fields[0].field_id is None
