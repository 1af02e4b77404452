"""Exports, their runs, and what else is kept of them."""

from exports.models.alerts import Alert
from exports.models.approvals import Approval
from exports.models.batches import Batch
from exports.models.drafts import ExportDraft
from exports.models.erasures import Erasure
from exports.models.exports import Export, ExportQuerySet
from exports.models.readbacks import ReadBack
from exports.models.runs import LATE, Run, RunQuerySet
from exports.models.suppression import SuppressionList

__all__ = [
    "LATE",
    "Alert",
    "Approval",
    "Batch",
    "Erasure",
    "Export",
    "ExportDraft",
    "ExportQuerySet",
    "ReadBack",
    "Run",
    "RunQuerySet",
    "SuppressionList",
]
