"""Lists that are not Unicode are read in the letters of their own language."""

from pathlib import Path

import pytest

from rfp_manager.exporting import Fill, fill
from rfp_manager.importing import read_questionnaire

LISTS = {
    "cp1250": ["Czy firma wdrożyła politykę bezpieczeństwa?", "Jak często wykonują państwo kopie?",
               "Proszę opisać sposób zarządzania uprawnieniami."],
    "cp1251": ["Имеется ли политика безопасности?", "Опишите порядок копирования данных.",
               "Где расположены центры обработки данных?"],
    "cp1252": ["Où les données sont-elles hébergées ?", "Décrivez la procédure d’escalade.",
               "Quel est le délai de rétablissement garanti ?"],
    "cp1253": ["Υπάρχει υπεύθυνος προστασίας δεδομένων;", "Περιγράψτε τη διαδικασία ανάκτησης.",
               "Πού βρίσκονται τα κέντρα δεδομένων;"],
    "cp1254": ["Güvenlik politikanız onaylandı mı?", "Yedekleme yöntemini açıklayınız.",
               "Çalışanlara eğitim veriliyor mu?"],
    "cp932": ["情報セキュリティ方針は策定されていますか。", "暗号化方式を記載してください。",
              "バックアップの頻度はどのくらいですか。"],
    "cp949": ["정보보호 정책이 수립되어 있습니까?", "고객 데이터의 암호화 방식을 기술하십시오.",
              "백업 주기는 어떻게 됩니까?"],
    "gb18030": ["贵公司是否建立了信息安全管理体系？", "请说明客户数据的加密方式。",
                "请列出所有分包商。"],
    "big5": ["請說明貴公司的資訊安全政策。", "是否每年進行測試？", "請提供客戶服務的時間。"],
}  # fmt: skip


def write(folder: Path, encoding: str) -> Path:
    path = folder / "list.csv"
    rows = [f"{n}\t{text}\t" for n, text in enumerate(LISTS[encoding], 1)]
    rows.insert(0, "No\tQuestion\tAnswer")
    path.write_bytes("\r\n".join(rows).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", LISTS)
def test_the_code_page_is_told_by_its_letters(encoding: str, tmp_path: Path) -> None:
    path = write(tmp_path, encoding)
    found = read_questionnaire(path, filename="list.csv").questions
    assert [q.text for q in found] == LISTS[encoding]


@pytest.mark.parametrize("encoding", LISTS)
def test_the_answers_come_back_in_the_code_page_of_the_list(encoding: str, tmp_path: Path) -> None:
    path, out = write(tmp_path, encoding), tmp_path / "out.csv"
    found = read_questionnaire(path, filename="list.csv").questions
    fills = [Fill(q.answer_place, f"{q.text} - 1") for q in found]
    assert fill(path, fills=fills, out=out).untouched
    wanted = [f"{n}\t{text}\t{text} - 1" for n, text in enumerate(LISTS[encoding], 1)]
    assert out.read_bytes().decode(encoding).split("\r\n")[1:] == wanted
