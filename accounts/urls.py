from django.urls import path

from accounts.views import audit, people, profile

app_name = "accounts"
urlpatterns = [
    path("people/", people.show_people, name="people"),
    path("people/invite/", people.InvitePersonView.as_view(), name="invite"),
    path("people/<int:pk>/", people.EditPersonView.as_view(), name="person"),
    path("people/<int:pk>/invite/", people.invite_again, name="invite_again"),
    path(
        "people/<int:pk>/deactivate/", people.ConfirmDeactivationView.as_view(), name="deactivate"
    ),
    path("people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path(
        "people/<int:pk>/reset-second-factor/",
        people.reset_second_factor,
        name="reset_second_factor",
    ),
    path("profile/", profile.ProfileView.as_view(), name="profile"),
    path("system/audit/", audit.show_audit, name="audit"),
]
