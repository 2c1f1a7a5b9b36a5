"""What people type about documentation sources."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.db.models import Q

from solution_library.models import Collection, DocumentationSource, SourceKind, SyncEvery, Tag
from solution_library.previewing import check_source
from solution_library.sources import SourceRefused
from solution_library.sources.settings import SECRETS, packed, place_name, unpacked
from solution_library.syncs.moving import SAME
from solution_library.syncs.removing import Fate
from solution_library.syncs.schedule import next_time

PATTERN_HELP = "One per line, * stands for anything, e.g. /docs/*"
#: The settings that each kind has, in the order of the page.
SETTINGS: dict[str, tuple[str, ...]] = {
    SourceKind.FOLDER: ("include", "exclude"),
    SourceKind.WEBSITE: (
        "include", "exclude", "max_pages", "max_depth", "delay", "extra_hosts",
    ),
    SourceKind.SITEMAP: ("include", "exclude", "max_pages", "delay", "extra_hosts"),
    SourceKind.FEED: ("max_pages", "extra_hosts"),
    SourceKind.SINGLE_URL: (),
    SourceKind.GIT: ("include", "exclude", "branch", "folder", "username"),
    SourceKind.S3: ("region", "begins_with", "endpoint", "anonymous", "include", "exclude"),
}  # fmt: skip
#: Forms have a `prefix` of their own.
STORED_AS = {"begins_with": "prefix"}


def area(label: str, help_text: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(required=False, widget=widget, help_text=help_text, label=label)


def line(label: str, help_text: str, length: int = 500) -> forms.CharField:
    return forms.CharField(required=False, max_length=length, label=label, help_text=help_text)


def secret(label: str, help_text: str) -> forms.CharField:
    """Written and never shown again, not even to whoever wrote it."""
    widget = forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.CharField(
        required=False, max_length=500, label=label, help_text=help_text, widget=widget
    )


class SourceForm(forms.ModelForm[DocumentationSource]):
    """A new documentation source. Its kind itself checks the settings."""

    include = area("Only paths like", PATTERN_HELP)
    exclude = area("Never paths like", PATTERN_HELP)
    max_pages = forms.IntegerField(
        required=False, min_value=1, label="At most so many pages", help_text="1,000 if left empty."
    )
    max_depth = forms.IntegerField(
        required=False, min_value=0, label="At most so many links deep",
        help_text="10 if left empty.",
    )  # fmt: skip
    delay = forms.FloatField(
        required=False, min_value=0, max_value=60, label="Seconds between two pages",
        help_text="0.5 if left empty; longer if the site's robots.txt asks for it.",
    )  # fmt: skip
    extra_hosts = area(
        "Other hosts that belong to it", "One per line, e.g. help.example.com. All others are left."
    )
    branch = line("Branch", "The usual one if left empty.", 200)
    folder = line("Only this folder", "A folder inside the repository.")
    username = line("User name", "Only if the server wants one beside the token.", 200)
    token = secret("Access token", "For private repositories. Stored encrypted.")
    region = line("Region", "us-east-1 if left empty.", 40)
    begins_with = line("Only keys that begin with", "e.g. handbook/")
    endpoint = line("Address of the store", "For other stores than Amazon's, with https://")
    anonymous = forms.BooleanField(
        required=False, label="The bucket is open to everybody", help_text="Then no key is sent."
    )
    access_key = secret("Access key", "One that may only read this bucket. Stored encrypted.")
    secret_key = secret("Secret key", "Stored encrypted.")

    class Meta:
        model = DocumentationSource
        fields = ("name", "kind", "location", "collection", "tags", "sync_every")
        widgets = {"tags": forms.CheckboxSelectMultiple}
        help_texts = {
            "location": "The address, e.g. https://docs.example.com/; for a folder its whole path "
            "on the server, for a bucket its name.",
            "tags": "Given to each of its documents when it arrives.",
            "collection": "Each of its documents goes in there when it arrives.",
            "sync_every": "Every day means the nightly round.",
        }

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["kind"] = forms.ChoiceField(
            choices=SourceKind.choices, widget=forms.RadioSelect, initial=SourceKind.WEBSITE
        )
        self.fields["location"].label = "Where"
        self.fields["sync_every"].label = "How often"
        self.fields["sync_every"].required = False
        self._limit_choices()
        if not (user is not None and user.is_staff):
            del self.fields["endpoint"]

    def _limit_choices(self) -> None:
        collection, tags = self.fields["collection"], self.fields["tags"]
        assert isinstance(collection, forms.ModelChoiceField)
        if self.user is not None:
            # Its own one stays to be chosen by who is no member: saving must not open it to all.
            seen = Collection.objects.for_user(self.user).values("pk")
            own = Q(pk=self.instance.collection_id or 0)
            collection.queryset = Collection.objects.filter(Q(pk__in=seen) | own)
        collection.empty_label = "None"
        if not Tag.objects.exists():
            del self.fields["tags"]
        else:
            tags.required = False

    # -- settings --------------------------------------------------------------------------
    @property
    def kind(self) -> str:
        return str(self.cleaned_data.get("kind") or "")

    def config(self) -> dict[str, Any]:
        """The settings as they are stored; those that the kind has no use for are left out."""
        given = self.cleaned_data
        names = SETTINGS.get(SourceKind(self.kind), ()) if self.kind else ()
        found = {
            STORED_AS.get(name, name): given[name]
            for name in names if given.get(name) not in (None, "", False)
        }  # fmt: skip
        if "endpoint" not in self.fields and (kept := self.instance.config.get("endpoint")):
            found["endpoint"] = kept
        return found

    def secrets(self) -> dict[str, str]:
        """The secrets that hold: those just typed, else the stored ones."""
        names = SECRETS.get(self.kind, ())
        typed = {name: self.cleaned_data.get(name) or "" for name in names}
        if any(typed.values()) or self.cleaned_data.get("forget"):
            return {name: value for name, value in typed.items() if value}
        stored: Any = self.instance.credentials if self.instance.pk else ""
        return unpacked(self.kind, stored.reveal()) if stored else {}

    def full_config(self) -> dict[str, Any]:
        """The settings with place and secrets, for looking at the source; never to be stored."""
        place = {place_name(self.kind): self.cleaned_data["location"]}
        return self.config() | place | self.secrets()

    # -- checks ----------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("kind") and cleaned.get("location") and not self.errors:
            try:
                self.check_secrets()
                check_source(cleaned["kind"], self.full_config())
            except SourceRefused as refusal:
                self.add_error("location", refusal.reason)
        return cleaned

    def check_secrets(self) -> None:
        """For what inherits: raise SourceRefused where stored secrets must not be used."""

    def save(self, commit: bool = True) -> DocumentationSource:
        source = self.instance
        source.config = self.config()
        source.credentials = packed(self.kind, self.secrets())
        if source.pk is None or "sync_every" in self.changed_data:
            source.next_sync_at = next_time(source.sync_every)
        return super().save(commit)


class SourceEditForm(SourceForm):
    """A source that exists. Its kind stays, and its secrets are only written."""

    is_active = forms.BooleanField(required=False, label="Synced by itself, as often as said below")
    forget = forms.BooleanField(required=False, label="Forget what is stored")
    fate = forms.ChoiceField(
        required=False, label="It has a new address. What about the documents that it has brought?",
        choices=[(SAME, "They are the same documents, which have moved along"), *Fate.choices],
        widget=forms.RadioSelect,
    )  # fmt: skip

    class Meta(SourceForm.Meta):
        fields = ("name", "kind", "location", "collection", "tags", "sync_every", "is_active")  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: The place as it is stored: validating a form writes into its instance.
        self.old_location = self.instance.location
        self.old_endpoint = str(self.instance.config.get("endpoint", ""))
        self.fields["kind"].disabled = True
        kind = SourceKind(self.instance.kind)
        own = {*SETTINGS[kind], *SECRETS.get(kind, ())}
        for name in {n for names in SETTINGS.values() for n in names} | {"token", "access_key",
                                                                        "secret_key"}:  # fmt: skip
            if name not in own:
                self.fields.pop(name, None)
            elif (stored := self.instance.config.get(STORED_AS.get(name, name))) is not None:
                self.initial.setdefault(name, _typed(stored))
        if not self.instance.credentials:
            del self.fields["forget"]

    @property
    def has_moved(self) -> bool:
        return bool(self.cleaned_data.get("location", self.old_location) != self.old_location)

    def columns(self) -> list[str]:
        """Those that the form decides, but for the place: a sync may be writing the rest."""
        own = ["name", "collection", "sync_every", "is_active", "config", "credentials"]
        return [*own, "next_sync_at"] if "sync_every" in self.changed_data else own

    @property
    def asks_for_fate(self) -> bool:
        return self.is_bound and "fate" in self.errors or bool(self.data.get("fate"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        brought = self.instance.documents.exists()
        if self.has_moved and brought and not cleaned.get("fate") and not self.errors:
            self.add_error("fate", "Choose one, then save again.")
        return cleaned

    def check_secrets(self) -> None:
        """A stored secret was given for one host; it is not sent to another."""
        typed = any(self.cleaned_data.get(name) for name in SECRETS.get(self.kind, ()))
        if typed or not self.instance.credentials or self.cleaned_data.get("forget"):
            return
        endpoint = str(self.config().get("endpoint", ""))
        moved = self.kind == SourceKind.GIT and _host(self.old_location) != _host(
            self.cleaned_data["location"]
        )
        if moved or endpoint != self.old_endpoint:
            raise SourceRefused(
                "The stored access key or token was given for another host. Enter it again, or "
                "choose to forget it."
            )


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return address


def _typed(value: Any) -> Any:
    return "\n".join(value) if isinstance(value, list | tuple) else value


class RemovalForm(forms.Form):
    """What becomes of the documents of a source that goes."""

    fate = forms.ChoiceField(
        choices=Fate.choices, widget=forms.RadioSelect, initial=Fate.ARCHIVE, label="Its documents"
    )


__all__ = ["RemovalForm", "SourceEditForm", "SourceForm", "SyncEvery"]
