"""The acts that are written down, with what the page calls them.

A name that is recorded somewhere and stands not here fails a test. Those of accounts begin with
"account.", those that Django's admin reports with "admin.".
"""

ACTIONS = {
    # -- who comes in
    "session.began": "Signed in",
    "session.ended": "Signed out",
    "session.refused": "Sign-in failed",
    "session.expired": "Session ended by its age",
    "session.rotated": "Session renewed after a change of rights",
    # -- people and their rights
    "user.created": "Account made",
    "user.changed": "Account changed",
    "user.rights_changed": "Rights of an account changed",
    "user.deleted": "Account deleted",
    "account.created": "Person joined",
    "account.suspended": "Account suspended",
    "account.restored": "Account restored",
    "account.connected": "Company account connected",
    "account.disconnected": "Company account disconnected",
    "role.changed": "Role changed",
    "sign_in.blocked": "Sign-in blocked for a while",
    "session.ended_everywhere": "Signed out everywhere",
    "password.changed": "Password changed",
    "password.reset": "Password reset",
    "email.changed": "E-mail address changed",
    "mfa.added": "Second factor added",
    "mfa.removed": "Second factor removed",
    "mfa.recovery_used": "Recovery code used",
    "invitation.sent": "Invitation sent",
    "invitation.accepted": "Invitation accepted",
    "invitation.revoked": "Invitation revoked",
    "token.created": "API token made",
    "token.revoked": "API token revoked",
    "member.added": "Member added to an RFP",
    "member.changed": "Role in an RFP changed",
    "member.removed": "Member removed from an RFP",
    "webhook.created": "Webhook added",
    "webhook.changed": "Webhook changed",
    "webhook.deleted": "Webhook deleted",
    # -- what leaves the house
    "export.started": "Export started",
    "file.downloaded": "File downloaded",
    "audit.exported": "Audit log downloaded",
    # -- what comes in
    "upload.infected": "File with a virus refused",
    "upload.unscanned": "File not scanned for viruses",
    # -- answers and RFPs
    "answer.approved": "Answer approved",
    "answer.taken_back": "Approval taken back",
    "rfp.deleted": "RFP deleted",
    "rfp.owner_changed": "Owner of an RFP changed",
    "rfp.four_eyes_changed": "Four-eyes rule of an RFP changed",
    "rfp.submitted": "Submission of an RFP noted or taken back",
    # -- the library
    "document.uploaded": "Document uploaded",
    "document.reviewed": "Review status of a document changed",
    "document.owner_changed": "Owner of a document changed",
    "document.deleted": "Document deleted",
    "collection.created": "Collection added",
    "collection.changed": "Collection changed",
    "collection.members_changed": "Members of a collection changed",
    "collection.contents_changed": "Documents put into or taken out of a collection",
    "collection.deleted": "Collection deleted",
    "source.created": "Source added",
    "source.changed": "Source changed",
    "source.credentials_changed": "Credentials of a source changed",
    "source.deleted": "Source deleted",
    # -- models, keys and money
    "api.created": "LLM API added",
    "api.changed": "LLM API changed",
    "api.key_changed": "Key of an LLM API changed",
    "api.deleted": "LLM API deleted",
    "model.created": "Model added",
    "model.changed": "Model changed",
    "model.default_changed": "Default model changed",
    "model.deleted": "Model deleted",
    "budget.created": "Budget added",
    "budget.changed": "Budget changed",
    "budget.deleted": "Budget deleted",
    # -- operation
    "admin.added": "Added in the admin",
    "admin.changed": "Changed in the admin",
    "admin.deleted": "Deleted in the admin",
    "schedule.created": "Periodic work added",
    "schedule.changed": "Periodic work changed",
    "schedule.deleted": "Periodic work deleted",
    "backup.made": "Backup made",
    "audit.pruned": "Old entries of this log deleted",
    "backup.restored": "Backup restored",
}


def label(action: str) -> str:
    """In words; an action of an older or newer version as it is written."""
    return ACTIONS.get(action) or action.replace("_", " ").replace(".", ": ")
