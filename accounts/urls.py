"""Pages of people. Included at the root, because signing in is at "login/"."""

from django.urls import path

from accounts.views import door, own, people

app_name = "accounts"
urlpatterns = [
    path("account/", own.profile, name="profile"),
    path("account/security/", own.security, name="security"),
    path("account/sessions/end/", own.sessions_end, name="sessions_end"),
    path("account/sessions/<int:sign_in_id>/end/", own.session_end, name="session_end"),
    path("account/tokens/", own.api_tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", own.token_revoke, name="token_revoke"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path(
        "people/invitations/<int:invitation_id>/revoke/",
        people.invitation_revoke,
        name="invitation_revoke",
    ),
    path("people/<int:user_id>/role/", people.person_role, name="person_role"),
    path("people/<int:user_id>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("people/<int:user_id>/reactivate/", people.person_reactivate, name="person_reactivate"),
    path("people/<int:user_id>/factor/", people.person_reset_factor, name="person_reset_factor"),
    path("join/<str:token>/", door.join, name="join"),
]
