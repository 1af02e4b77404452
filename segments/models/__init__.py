"""Sources, segments, snapshots, the refreshes that make them, and when those are due."""

from segments.models.refreshes import Refresh, RefreshTask
from segments.models.schedules import RefreshSchedule, Scheduled
from segments.models.segments import Segment, Snapshot, Tag
from segments.models.sources import ProfileTable, Source, Upload

__all__ = [
    "ProfileTable",
    "Refresh",
    "RefreshSchedule",
    "RefreshTask",
    "Scheduled",
    "Segment",
    "Snapshot",
    "Source",
    "Tag",
    "Upload",
]
