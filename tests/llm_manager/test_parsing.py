"""Whatever a model writes is read as a JSON object or refused; a worker is never stalled by it."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_manager.errors import BadResponse
from llm_manager.providers.parsing import read_json_object, storable

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=5)


@pytest.mark.parametrize(
    "text",
    [
        '{"answer": "Yes."}',
        '  \n{"answer": "Yes."}\n',
        '```json\n{"answer": "Yes."}\n```',
        '```\n{"answer": "Yes."}\n```',
        'Here is the answer:\n```json\n{"answer": "Yes."}\n```\nAnything else?',
        'Sure! {"answer": "Yes."} Hope that helps.',
        '{"answer": "Yes.",}',
        "{'answer': 'Yes.'}",
        '{answer: "Yes."}',
        "{'answer': 'Yes.',}",
        "Of course:\n```python\n{'answer': 'Yes.'}\n```",
        '<think>Is it {"answer": "No."}? No.</think>{"answer": "Yes."}',
    ],
)
def test_an_object_is_found_however_it_is_wrapped(text: str) -> None:
    assert read_json_object(text) == {"answer": "Yes."}


def test_commas_inside_texts_are_left_alone_when_others_are_dropped() -> None:
    text = '{"answer": "a, ] and b,}", "list": [1, 2,], }'
    assert read_json_object(text) == {"answer": "a, ] and b,}", "list": [1, 2]}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("{'answer': 'It\\'s on, isn't it?', 'choice': None}", "It's on, isn't it?"),
        ("{'answer': 'the \"big\" one', choice: null}", 'the "big" one'),
        ("""{'answer': "it's {'b': 1,}", 'choice': None,}""", "it's {'b': 1,}"),
        ("{'answer': 'a\\nb \\\\ c', 'choice': None}", "a\nb \\ c"),
        ('{"answer": "None, True: 1e5", "choice": None}', "None, True: 1e5"),
    ],
)
def test_what_is_repaired_leaves_the_words_as_they_were(text: str, answer: str) -> None:
    assert read_json_object(text) == {"answer": answer, "choice": None}


def test_line_ends_inside_texts_are_taken_as_written() -> None:
    assert read_json_object('{"answer": "one\ntwo\tthree"}') == {"answer": "one\ntwo\tthree"}


#: A citation of it is an object, but not the answer.
CUT_OFF = '{"answer": "Yes", "citations": [{"passage": 1, "quote": "x"}, {"pass'


@pytest.mark.parametrize(
    "text", ["", "  ", "Yes.", "[1]", '"x"', "null", '{"a": 1', "{a}", "{]}", "{'a': 1", CUT_OFF]
)
def test_what_holds_no_object_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(BadResponse, match="answer"):
        read_json_object(text)


def test_an_answer_longer_than_any_answer_is_refused() -> None:
    with pytest.raises(BadResponse, match="too long"):
        read_json_object('{"a": "' + "x" * 1_000_000 + '"}')


@pytest.mark.parametrize(
    "text",
    [
        "{" + '\\"' * 400_000,
        "```" + " " * 900_000,
        "<think>" + " <think>" * 100_000,
        "{" * 900_000,
        '{"a":' * 150_000,
        "[" * 900_000 + "]",
        '{"a": "' + ", " * 400_000,
        "{" + ",\n" * 400_000 + "}",
        '{"n": ' + "9" * 500_000 + "}",
        "{" + "'" * 900_000 + "}",
        "{" + "' " * 400_000 + "}",
        "{" + "'a " * 300_000 + "}",
        "{'" + "\\" * 900_000 + "}",
        "{" + "a" * 900_000 + "}",
        "{" + "a " * 400_000 + "}",
        "{" + ("a" + " " * 900) * 900 + "}",
        "{" + ("'" + " " * 900) * 900 + "}",
        "{," + " " * 900_000 + "1}",
        "{" + "1a" * 400_000 + "}",
    ],
)
def test_texts_made_to_stall_a_reader_are_refused_at_once(text: str) -> None:
    with pytest.raises(BadResponse):
        read_json_object(text)


@settings(max_examples=100, deadline=None)
@given(OBJECTS)
def test_every_object_that_json_can_write_is_read_back(data: dict[str, Any]) -> None:
    assert read_json_object(json.dumps(data)) == data
    assert read_json_object("So:\n" + json.dumps(data, ensure_ascii=False)) == data


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}[]\",:\\ \n`abc1'", max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(BadResponse):
        assert isinstance(read_json_object(text), dict)


def test_what_a_database_refuses_is_taken_out() -> None:
    data = read_json_object(
        '{"a\\u0000": ["x\\u0000y", "\\ud800"], "n": NaN, "i": -Infinity, "f": 1e999,'
        ' "big": 123456789012345678901234567890, "fine": -1.5, "yes": true}'
    )
    assert storable(data) == {
        "a": ["xy", "?"], "n": None, "i": None, "f": None, "big": None, "fine": -1.5, "yes": True,
    }  # fmt: skip


def test_a_reply_nested_without_end_is_refused() -> None:
    data: dict[str, Any] = {}
    for _ in range(200):
        data = {"a": [data]}
    with pytest.raises(BadResponse):
        storable(data)
