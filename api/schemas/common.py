"""What all schemas share."""

from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict


def storable(text: str) -> str:
    """PostgreSQL keeps no NUL, and nothing keeps half of a pair of UTF-16."""
    if "\x00" in text:
        raise ValueError("holds a NUL character, which cannot be stored")
    if any(0xD800 <= ord(sign) <= 0xDFFF for sign in text):
        raise ValueError("holds half of a surrogate pair, which is no character")
    return text


Text = Annotated[str, AfterValidator(storable)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Input(Schema):
    """A body. A name that we do not know is a typing error, and said to be one."""

    model_config = ConfigDict(extra="forbid")


class Person(Schema):
    """Somebody, as colleagues see them."""

    id: int
    username: str

    @staticmethod
    def of(user: Any) -> "Person | None":
        return Person(id=user.pk, username=user.get_username()) if user else None


class FieldProblem(Schema):
    where: str = Field(description="for example `body.version`")
    says: str


class ProblemOut(Schema):
    """An RFC 9457 problem, sent as `application/problem+json`."""

    type: str = Field(description="names the problem and stays the same, e.g. for programs")
    title: str
    status: int
    detail: str = Field(description="a sentence for people")
    errors: list[FieldProblem] | None = Field(None, description="what is wrong in the request")
    missing_scope: str | None = Field(None, description="of a 403: the scope the token lacks")
    job_id: int | None = Field(None, description="of a 409: the work that is under way already")
    current_version: int | None = Field(None, description="of a 409: the answer's version now")
    retry_after: int | None = Field(None, description="of a 429: seconds to wait")
