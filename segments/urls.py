"""Addresses of sources, segments, the schedule and the status of the system."""

from django.urls import path

from segments.views import (
    builder,
    bulk,
    detail,
    listing,
    members,
    schedules,
    segments,
    source_uploads,
    sources,
)

app_name = "segments"
urlpatterns = [
    path("sources/", sources.show_list, name="sources"),
    path("sources/add/", sources.choose_kind, name="add_source"),
    path("sources/add/upload/", source_uploads.add_upload, name="add_upload"),
    path("sources/add/files/", sources.add_files, name="add_files"),
    path("sources/add/database/", sources.add_database, name="add_database"),
    path("uploads/<int:pk>/", source_uploads.check_upload, name="check_upload"),
    path("uploads/<int:pk>/cancel/", source_uploads.cancel_upload, name="cancel_upload"),
    path("sources/<int:pk>/", sources.show_source, name="source_detail"),
    path("sources/<int:pk>/file/", source_uploads.replace, name="replace_file"),
    path("sources/<int:pk>/edit/", sources.edit, name="edit_source"),
    path("sources/<int:pk>/schedule/", schedules.source, name="schedule_source"),
    path("sources/<int:pk>/refresh/", sources.refresh, name="refresh_source"),
    path("sources/<int:pk>/discard/", sources.discard, name="discard_upload"),
    path("sources/<int:pk>/remove/", sources.remove, name="remove_source"),
    path("segments/", listing.show_list, name="list"),
    path("segments/add/", builder.add, name="add"),
    path("segments/bulk/", bulk.change_several, name="bulk"),
    path("segments/<int:pk>/", detail.show_segment, name="detail"),
    path("segments/<int:pk>/edit/", builder.edit, name="edit"),
    path("segments/<int:pk>/refresh/", segments.refresh, name="refresh"),
    path("segments/<int:pk>/activate/", segments.activate, name="activate"),
    path("segments/<int:pk>/deactivate/", segments.deactivate, name="deactivate"),
    path("segments/<int:pk>/schedule/", schedules.segment, name="schedule_segment"),
    path("segments/<int:pk>/static/", segments.make_static, name="make_static"),
    path("segments/<int:pk>/dynamic/", segments.make_dynamic, name="make_dynamic"),
    path("segments/<int:pk>/tags/", segments.tags, name="tags"),
    path("segments/<int:pk>/person/", members.find_person, name="find_person"),
    path("segments/<int:pk>/members.csv", members.download, name="members_csv"),
    path("segments/<int:pk>/delete/", segments.delete, name="delete"),
    path("system/schedule/", schedules.system, name="schedule"),
]
