from django.urls import path

from connections import views

app_name = "connections"
urlpatterns = [
    path("connections/", views.show_list, name="list"),
    path("connections/add/", views.set_up, name="add"),
    path("connections/add/export-user/", views.become_export_user, name="add_export_user"),
    path("connections/<int:pk>/edit/", views.set_up, name="edit"),
    path(
        "connections/<int:pk>/edit/export-user/",
        views.become_export_user,
        name="edit_export_user",
    ),
]
