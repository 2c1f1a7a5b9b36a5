"""A guess at tokens is near to what tokenizers count, in whatever language."""

import pytest

from llm_manager.tokens import guess

#: Texts with what two tokenizers of large models count (o200k_base and DeepSeek's), and how far
#: off a guess may be.
COUNTED = {
    "English": (
        "All database backups are encrypted with AES-256 every night. Backup copies are kept for "
        "35 days in a second data centre, and access rights are reviewed every quarter by the "
        "security team. Customers are told of an incident within 72 hours.",
        (49, 49),
        0.1,
    ),
    "German": (
        "Alle Sicherungen der Datenbank werden jede Nacht verschlüsselt. Die Kopien bleiben 35 "
        "Tage in einem zweiten Rechenzentrum, und die Zugriffsrechte werden vierteljährlich vom "
        "Sicherheitsteam überprüft.",
        (45, 51),
        0.25,
    ),
    "JSON": (
        '{"type": "object", "properties": {"outcome": {"type": "string", "enum": ["answered", '
        '"partly", "no_evidence"]}, "answer": {"type": "string"}, "citations": {"type": "array", '
        '"items": {"type": "object"}}}, "required": ["outcome", "answer", "citations"]}',
        (79, 80),
        0.1,
    ),
    "Russian": (
        "Все резервные копии базы данных шифруются каждую ночь. Копии хранятся 35 дней во втором "  # noqa: RUF001
        "центре обработки данных, а права доступа проверяются каждый квартал.",  # noqa: RUF001
        (40, 47),
        0.35,
    ),
    "Japanese": (
        "データベースのバックアップはすべて毎晩暗号化されます。コピーは第二のデータセンターに三十五日間"
        "保管され、アクセス権は四半期ごとに確認されます。",
        (51, 44),
        0.25,
    ),
    "Chinese": (
        "所有数据库备份每晚都会加密。副本在第二个数据中心保存三十五天，安全团队每季度检查一次访问权限。",  # noqa: RUF001
        (31, 24),
        0.35,
    ),
}


@pytest.mark.parametrize("language", COUNTED)
def test_a_guess_lies_near_what_is_counted(language: str) -> None:
    text, counts, off = COUNTED[language]
    mean = sum(counts) / len(counts)
    assert guess(text) == pytest.approx(mean, rel=off)


def test_an_empty_text_has_no_tokens() -> None:
    assert guess("") == 0
