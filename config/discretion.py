"""Keeps people out of what operators and developers read: logs, and the pages of DEBUG."""

import logging
import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

# Bounded, so that a long line takes no longer than its length.
_ADDRESS = re.compile(r"[^\s@\"'<>()\[\]{},;:=/?&]{1,64}(?:@|%40)[^\s@\"'<>()\[\]{},;:=/?&]{1,255}")


class WithoutAddresses(logging.Formatter):
    """A formatter of lines, and of the tracebacks below them, that hold no e-mail address.

    We log none; but an error's message may quote a row, and libraries log what they like.
    """

    def format(self, record: logging.LogRecord) -> str:
        return _without_addresses(super().format(record))


class DiscreetReporter(ExceptionReporter):
    """The page of DEBUG, also without the address that an error's message quotes."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(_without_addresses(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(_without_addresses(super().get_traceback_text()))


class WithoutValues(SafeExceptionReporterFilter):
    """What a page of DEBUG tells of a request: code, and the names of fields and variables.

    Their values may be somebody's, or a key that was just entered.
    """

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return dict.fromkeys(request.POST, self.cleansed_substitute) if request else {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub("[address]", text) if "@" in text or "%40" in text else text
