"""Makes the tables of docs/reliability.md from what the runs wrote.

python -m tests.chaos.report RESULTS            prints them
python -m tests.chaos.report RESULTS --write    puts them into the page, between its marks
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "reliability.md"
KEPT = ROOT / "docs" / "measured" / "chaos.jsonl"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
RAIN = "rain of kills"
CRAWL = "crawl under kills"
Row = dict[str, Any]


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def tables(rows: list[Row]) -> str:
    """Everything that stands between the marks."""
    by_kind = {
        "machine": [r for r in rows if r["scenario"] == "machine"],
        "rain": [r for r in rows if r["scenario"] == RAIN],
        "crawl": [r for r in rows if r["scenario"] == CRAWL],
        "other": [r for r in rows if r["scenario"] not in ("machine", RAIN, CRAWL)],
    }
    parts = [
        machine(by_kind["machine"]), rain(by_kind["rain"]), kinds(by_kind["rain"]),
        crawls(by_kind["crawl"]), others(by_kind["other"]),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def machine(rows: list[Row]) -> str:
    """Where the runs were, and how busy it was as each of them began."""
    if not rows:
        return ""
    last = rows[-1]
    loads = "; ".join(f"load {row['load']} at the start, {row['load_note']}" for row in rows)
    runs = "" if len(rows) == 1 else f", in {len(rows)} runs"
    return (
        f"Measured on {last['date']}{runs}, {last['cores']} cores, {last['memory_gb']} GB, Python "
        f"{last['python']}; {loads}."
    )


def table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def rain(rows: list[Row]) -> str:
    head = [
        "broker", "seed", "questions", "`kill -9`", "lost", "doubled", "calls made again",
        "in flight at the kills", "replies kept at the kills, asked again",
        "taken up again after: half, 95 %, all", "next item recorded after: half, 95 %, all",
        "the batches took",
    ]  # fmt: skip
    lines = [
        [
            r["broker"], str(r["seed"]), f"{r['questions']:,}", str(sum(r["kills"].values())),
            str(r["lost"]), str(r["doubled"]), str(r["extra_calls"]),
            str(r["in_flight_at_kills"]), f"{r['replies_kept_at_kills']}, {r['asked_again']}",
            _times(r["taken_up"], "p50", "p95", "max"),
            _times(r["recovery"], "p50", "p95", "max"), f"{r['seconds']} s",
        ]
        for r in rows
    ]  # fmt: skip
    return table(head, lines) if rows else ""


def kinds(rows: list[Row]) -> str:
    """The same kills by what was hit, over all seeds of a broker."""
    lines = [
        [broker, kind, str(sum(r["kills"].get(kind, 0) for r in of)), _over(of, kind)]
        for broker in dict.fromkeys(r["broker"] for r in rows)
        for of in [[r for r in rows if r["broker"] == broker]]
        for kind in sorted({kind for r in of for kind in r["kills"]})
    ]
    head = ["broker", "what was killed", "times", "next item recorded after: half, all"]
    return table(head, lines) if lines else ""


def _over(rows: list[Row], kind: str) -> str:
    seconds = sorted(s for r in rows for s in r["by_kind"].get(kind, []))
    if not seconds:
        return "no work was hit"
    return f"{seconds[len(seconds) // 2]:.1f} s, {seconds[-1]:.1f} s"


def crawls(rows: list[Row]) -> str:
    head = [
        "broker", "seed", "pages", "editions of each", "`kill -9`", "syncs, given up", "lost", "doubled",
        "seen half-made between kills", "failed until the next sync", "requests",
        "taken up again after: half, 95 %, all", "took",
    ]  # fmt: skip
    lines = [
        [
            r["broker"], str(r["seed"]), f"{r['pages']:,}", str(r["editions"]),
            str(sum(r["kills"].values())), f"{r['syncs']}, {r['ended'].get('failed', 0)}", str(r["lost"]), str(r["doubled"]), str(r["torn"]),
            str(r["failed_for_now"]), f"{r['requests']:,}",
            _times(r["taken_up"], "p50", "p95", "max"), f"{r['seconds']:,} s",
        ]
        for r in rows
    ]  # fmt: skip
    return table(head, lines) if rows else ""


def others(rows: list[Row]) -> str:
    head = [
        "what happened", "broker", "times", "questions", "lost", "doubled", "calls made again",
        "work went on after: half, all",
    ]  # fmt: skip
    lines = [
        [
            r["scenario"], r["broker"], str(r["times"]), _or_none(r, "questions"),
            _or_none(r, "lost"), _or_none(r, "doubled"), _calls(r),
            _times(r["recovery"], "p50", "max"),
        ]
        for r in rows
    ]  # fmt: skip
    return table(head, lines) if rows else ""


def _or_none(row: Row, name: str) -> str:
    return f"{row[name]:,}" if name in row else "–"


def _calls(row: Row) -> str:
    if "extra_calls" not in row:
        return "–"
    return f"{row['extra_calls']} of {row['in_flight_at_kills']} in flight"


def _times(recovery: Row, *names: str) -> str:
    return ", ".join(f"{recovery[name]:.1f} s" for name in names) if recovery else "–"


def put_into(page: str, text: str) -> str:
    """The page with `text` between its marks. ValueError if it has none."""
    before, mark, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"{PAGE.name} has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def main(arguments: list[str]) -> None:
    results = Path(arguments[0])
    text = tables(read(results))
    if "--write" not in arguments:
        print(text)
        return
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(results.read_text())
    PAGE.write_text(put_into(PAGE.read_text(), text))


if __name__ == "__main__":
    main(sys.argv[1:])
