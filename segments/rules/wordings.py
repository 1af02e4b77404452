"""What can go wrong with rules, in words."""

from django.utils.translation import gettext_lazy as _

from config.problems import Wording

RULE_WORDINGS = {
    "rule_version": Wording(
        _("This version of Facteur can’t read the rule."), _("Build the rule again.")
    ),
    "rule_too_many_conditions": Wording(_("A rule has at most %(limit)s conditions.")),
    "rule_no_match": Wording(_("Choose whether all or any of the conditions must hold.")),
    "rule_too_deep": Wording(_("Groups can be nested %(limit)s deep.")),
    "rule_empty_group": Wording(
        _("The group has no condition."), _("Add one, or remove the group.")
    ),
    "rule_no_column": Wording(_("Choose a column.")),
    "rule_column_gone": Wording(
        _("The source has no column “%(column)s”."), _("Choose another column.")
    ),
    "rule_no_operator": Wording(
        _("“%(column)s” can’t be compared that way."), _("Choose a comparison.")
    ),
    "rule_no_value": Wording(_("Enter a value for “%(column)s”.")),
    "rule_not_two_values": Wording(_("Enter two values for “%(column)s”.")),
    "rule_not_one_value": Wording(_("Enter one value for “%(column)s”.")),
    "rule_too_many_values": Wording(_("Enter at most %(limit)s values for “%(column)s”.")),
    "rule_long_value": Wording(
        _("A value for “%(column)s” can’t be used: it has at most %(limit)s characters.")
    ),
    "rule_not_a_number": Wording(
        _("“%(value)s” is not a number."), _("Write numbers like 1234.5.")
    ),
    "rule_not_a_date": Wording(_("“%(value)s” is not a date."), _("Write dates like 2026-12-31.")),
    "rule_not_days": Wording(
        _("“%(value)s” is not a number of days."), _("Write a whole number from 1 to %(limit)s.")
    ),
    "rule_no_text": Wording(
        _("A value for “%(column)s” can’t be used: it holds half a character."),
        _("Type it again."),
    ),
    # Segments that rules name.
    "rule_no_segment": Wording(_("Choose a segment.")),
    "rule_no_membership": Wording(_("Choose whether members or everybody else are meant.")),
    "rule_segment_gone": Wording(
        _("The segment that is named here is not among those of the source."),
        _("Choose another one."),
    ),
    "rule_segment_broken": Wording(
        _("The rule of the segment “%(segment)s” can’t be evaluated."),
        _("Edit that segment: what is wrong is marked there."),
    ),
    "rule_segment_not_refreshed": Wording(
        _("The segment “%(segment)s” has no members yet."), _("Refresh it first.")
    ),
    "rule_members_gone": Wording(
        _("The members of the segment “%(segment)s” are not stored any more."),
        _("Refresh it first."),
    ),
    "rule_no_key": Wording(
        _(
            "The segment “%(segment)s” was refreshed with older data of its source, and there is "
            "no key that finds its members again."
        ),
        _("Refresh it, or choose a key for the source."),
    ),
    "rule_circle": Wording(
        _("Segments can’t be built on one another in a circle: %(circle)s."),
        _("Choose another segment."),
    ),
    "rule_long_chain": Wording(
        _("At most %(limit)s segments can be built on one another."), _("Choose another segment.")
    ),
    "rule_too_large": Wording(
        _("With the segments that it names, the rule has more than %(limit)s conditions."),
        _("Make a segment static that others are built on: its members are then looked up."),
    ),
    # Rules as text.
    "rule_text_empty": Wording(_("Paste the text of a rule first.")),
    "rule_text_long": Wording(_("The text has more than %(limit)s characters.")),
    "rule_text_broken": Wording(
        _("The text can’t be read from line %(line)s, character %(position)s on."),
        _("Copy the whole rule, from the first brace to the last."),
    ),
    "rule_text_odd": Wording(
        _("The text is not that of a rule."),
        _("Copy the whole rule, from the first brace to the last."),
    ),
    "rule_text_part": Wording(
        _("Part %(place)s of the text is neither a condition nor a group."),
        _("Correct that part, or copy the rule again."),
    ),
}
