"""What is stored of people: profiles, tokens of programs, invitations, sign-ins."""

from accounts.models.invitation import Invitation
from accounts.models.profile import Profile
from accounts.models.sign_in import SignIn
from accounts.models.token import ApiToken

__all__ = ["ApiToken", "Invitation", "Profile", "SignIn"]
