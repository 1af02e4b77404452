"""The addresses of exports and runs."""

from django.urls import path

from exports.views import (
    approvals,
    commands,
    connections,
    corrections,
    detail,
    listing,
    people,
    preview,
    runs,
    segment_exports,
    setup,
    status,
    suppression,
)

app_name = "exports"
urlpatterns = [
    path("exports/", listing.export_list, name="list"),
    path("exports/add/", setup.add, name="add"),
    path("exports/run-all/", commands.run_all, name="run_all"),
    path("exports/<int:pk>/", detail.export_detail, name="detail"),
    path("exports/<int:pk>/edit/", setup.edit, name="edit"),
    path("exports/<int:pk>/duplicate/", setup.duplicate, name="duplicate"),
    path("exports/<int:pk>/run/", commands.run_export, name="run"),
    path("exports/<int:pk>/preview/", preview.preview_export, name="preview"),
    path("exports/<int:pk>/full/", commands.run_fully, name="run_fully"),
    path("exports/<int:pk>/schedule/", commands.schedule, name="schedule"),
    path("exports/<int:pk>/unpause/", commands.unpause, name="unpause"),
    path("exports/<int:pk>/detach/", commands.detach, name="detach"),
    path("exports/<int:pk>/corrections/drop/", corrections.drop, name="drop_corrections"),
    path("exports/<int:pk>/remove/", commands.remove, name="remove"),
    path("exports/<int:pk>/suppression/", suppression.of_export, name="suppression"),
    path("exports/<int:pk>/suppression.csv", suppression.of_export_csv, name="suppression_csv"),
    path(
        "exports/<int:pk>/suppression/empty/", suppression.empty_of_export, name="empty_suppression"
    ),
    path("runs/<int:pk>/", runs.run_detail, name="run_detail"),
    path("runs/<int:pk>/progress/", runs.run_progress, name="run_progress"),
    path("runs/<int:pk>/batches/", runs.run_batches, name="run_batches"),
    path("runs/<int:pk>/rejects/", runs.run_rejects, name="run_rejects"),
    path("runs/<int:pk>/rejects.csv", runs.rejects_csv, name="rejects_csv"),
    path("runs/<int:pk>/correct/", corrections.correct, name="correct"),
    path("runs/<int:pk>/correct/deliver/", corrections.deliver, name="deliver_corrected"),
    path("runs/<int:pk>/retry/", corrections.retry, name="retry_rejects"),
    path("runs/<int:pk>/person/", runs.find_in_run, name="find_in_run"),
    path("runs/<int:pk>/cancel/", runs.cancel, name="cancel"),
    path("runs/<int:pk>/approve/", approvals.approve, name="approve"),
    path("runs/<int:pk>/resume/", runs.resume, name="resume"),
    path("segments/<int:pk>/exports/", segment_exports.exports_of_segment, name="of_segment"),
    path("segments/<int:pk>/exports/add/", segment_exports.add, name="add_segment"),
    path("segments/<int:pk>/exports/remove/", segment_exports.remove, name="remove_segment"),
    path("person/", people.find, name="people"),
    path("system/status/", status.status, name="status"),
    path("system/status/refresh/", status.refresh_now, name="refresh_now"),
    path("system/status/<int:pk>/", status.refresh_detail, name="refresh_detail"),
    path("system/status/<int:pk>/cancel/", status.cancel, name="cancel_refresh"),
    path("connections/<int:pk>/remove/", connections.remove_connection, name="remove_connection"),
    path("connections/<int:pk>/suppression/", suppression.of_account, name="account_suppression"),
    path(
        "connections/<int:pk>/suppression.csv",
        suppression.of_account_csv,
        name="account_suppression_csv",
    ),
    path(
        "connections/<int:pk>/suppression/empty/",
        suppression.empty_of_account,
        name="empty_account_suppression",
    ),
]
