"""The table of options. Settings files, flags, Python keywords, the settings of reports and the page on settings are all made from it.

Each option is declared once, as a field of `Settings`. To add one, add its field here; a builder in jobs/build then uses it.
"""

from dataclasses import dataclass, fields
from typing import Any, get_args

from leakguard.core.address import without_user
from leakguard.core.counting import Mode
from leakguard.core.gate import GatePolicy
from leakguard.core.policy import DEFAULTS as DEFAULT_ACTIONS
from leakguard.core.rule import Engine, Severity
from leakguard.readers.rows.shapes import SCHEMAS
from leakguard.reports import FORMATS
from leakguard.settings import values as read
from leakguard.settings.cluster import RUNNING, ClusterSettings
from leakguard.settings.columns import COLUMNS, column_table
from leakguard.settings.gate_table import GATE_TABLE, gate_table
from leakguard.settings.leak_test import AUDITS, CONTROL, LEAK_TEST, LeakTestSettings
from leakguard.settings.option import CLEAN, GATE, Group, Option, field_name, option
from leakguard.settings.paths import anchor_file, anchor_named, anchor_results

_DATA, _SCAN, _SORTING = ("scan", "clean", "gate", "baseline", "review"), ("scan",), ("scan", "clean")
INPUT, POLICY = Group("Input", (*_DATA, *AUDITS)), Group("Policy", ("clean", "review"))
LOOK, OUTPUT = (Group(heading, _DATA) for heading in ("What to look for", "Output"))
JUDGE = Group("Judge (`judge-model`)", ("scan", "clean", "gate", "review", "judge check"))
COMPARE, JUDGED = (Group(group.heading, ("scan", "clean", "gate", "review")) for group in (LOOK, JUDGE))
FAIL_ON = tuple(severity.label for severity in reversed(Severity))


@dataclass(frozen=True, slots=True)
class Settings(ClusterSettings):
    """The value of every option. The key of an option in a settings file is the name of its field with - for _.

    `file` is not an option but the path of the settings file that was read, for reports.
    """

    rules: tuple[str, ...] = option(
        (),
        read.TEXTS,
        LOOK,
        "Use only these rule packs: names, TOML files, default or all.",
        default_text="default",
        metavar="PACK|FILE",
        anchor=anchor_named,
    )
    traits: tuple[str, ...] = option(
        (),
        read.TEXTS,
        LOOK,
        "Also search for this trait: a name such as owl, or a TOML file.",
        metavar="NAME",
        flags=("trait", "traits"),
        commands=(*_DATA, "judge check"),
        wording={"judge check": ("The traits to ask about.", "those of the examples")},
        anchor=anchor_named,
    )
    preset: str | None = option(
        None, read.choice("paper-numbers"), LOOK, "Use only the number filter of Cloud et al.: list format, 34 numbers."
    )
    select: tuple[str, ...] = option((), read.TEXTS, LOOK, "Use only these rules: rule id, pack id, or pattern ('*.666').", metavar="ID")
    ignore: tuple[str, ...] = option((), read.TEXTS, LOOK, "Do not use these rules, named as for `select`.", metavar="ID")
    schema: str = option("auto", read.TEXT, INPUT, f"Layout of the rows: {', '.join(SCHEMAS)}.", metavar="NAME", page="reading.md")
    field: tuple[str, ...] = option(
        (), read.TEXTS, INPUT, "Scan only this field, such as answer, meta.note or turns[*].text.", metavar="PATH", page="reading.md"
    )
    map: read.Pairs = option(
        (), COLUMNS, INPUT, "Read COLUMN as if it were named NAME: completion=my_answer.", show=column_table, page="reading.md"
    )
    roles: tuple[str, ...] = option(
        ("trained",),
        read.NAMES,
        INPUT,
        "Scan texts of these roles: trained, all, or names: assistant,user.",
        default_text="trained: what the model learns to write",
        metavar="ROLE",
        page="reading.md",
    )
    format: str = option(
        "table", read.choice(*FORMATS), OUTPUT, "Format of the report on stdout.", commands=_SCAN, keyword=False, decides=()
    )
    output: tuple[str, ...] = option(
        (),
        read.TEXTS,
        OUTPUT,
        "Also write the report to this file; the suffix sets its format.",
        metavar="FILE",
        commands=_SCAN,
        flags=("o", "output"),
        anchor=anchor_file,
        writes=True,
        keyword=False,
        decides=(),
    )
    control: str | None = option(
        None,
        read.TEXT,
        INPUT,
        "Compare match rates with these data; calibrate `semantic` with them, not with shipped texts.",
        metavar="PATH",
        commands=(*_SORTING, *AUDITS),
        wording={"clean": ("Calibrate `semantic` with these data, not with shipped texts.", ""), **CONTROL},
        anchor=anchor_file,
        keyword=False,
        decides=(),
    )
    baseline: str | None = option(
        None,
        read.TEXT,
        LOOK,
        "Leave out the findings that this file accepts (see leakguard baseline).",
        metavar="FILE",
        commands=_SORTING,
        anchor=anchor_file,
        page="cleaning.md",
        decides=(GATE,),
    )
    fail_on: str = option(
        "error",
        read.choice(*FAIL_ON, "never"),
        OUTPUT,
        "Exit with 1 for findings of this severity or higher.",
        commands=_SORTING,
        wording={"clean": ("Exit with 1 for findings of this severity or higher in kept rows.", "error")},
        decides=(),
    )
    workers: int = option(0, read.count(0), RUNNING, "Number of processes; 0: one per core.", flags=("j", "workers"), decides=())
    limit: int | None = option(
        None, read.count(1), INPUT, "Scan only the first N rows, counted over all files.", commands=_SCAN, keyword=False, decides=()
    )
    row_limit: int = option(16 << 20, read.SIZE, INPUT, "Longer rows are not read, but reported as unreadable.", default_text="16MiB")
    unpack_limit: int = option(
        256 << 30, read.SIZE, INPUT, "Unpack at most this much of a packed file; the rest is unreadable.", default_text="256GiB"
    )
    ignore_files: tuple[str, ...] = option(
        (), read.TEXTS, INPUT, "Leave out files of this name, such as '*.png' or 'images/'.", metavar="GLOB", page="reading.md"
    )
    follow_links: bool = option(False, read.SWITCH, INPUT, "Follow symbolic links that lead out of a folder.")
    redact: str | None = option(
        None,
        read.choice("hash", "mask", "none"),
        OUTPUT,
        "Show quotes as a hash, masked, or in full (none).",
        default_text="json, jsonl, html: none; else mask",
        commands=_SORTING,
        wording={"clean": ("Show quotes in reasons.jsonl as a hash, masked, or in full (none).", "none")},
        decides=(CLEAN,),
    )
    engine: Engine = option(
        "auto", read.choice(*get_args(Engine)), LOOK, "Matching engine: the findings are the same, the speed differs.", decides=(CLEAN,)
    )
    duplicates: str = option(
        Mode.OFF.value,
        read.COUNTING,
        COMPARE,
        "Count rows that repeat an earlier one; near: or have SHARE (0.5 to 1, else 0.8) of their word triples in common.",
        default_text="off; near with `against`",
        page="duplicates.md",
    )
    against: tuple[str, ...] = option(
        (),
        read.TEXTS,
        COMPARE,
        "Count the rows of these held-out data that also occur in the data.",
        metavar="PATH",
        anchor=anchor_file,
        page="duplicates.md",
        decides=(GATE,),
    )
    policy: read.Pairs = option(
        tuple(DEFAULT_ACTIONS.items()),
        read.POLICY,
        POLICY,
        "What to do with rows that have findings of a severity, pack or rule.",
        show=dict,
        merges=True,
        page="cleaning.md",
        decides=(CLEAN,),
    )
    replacement: str = option("[redacted]", read.ANY_TEXT, POLICY, "Text in place of matched characters.", metavar="TEXT", decides=(CLEAN,))
    judge_model: str | None = option(
        None,
        read.TEXT,
        JUDGE,
        "Model to ask: its name at the endpoint, local:FOLDER, or for tests fake:rules, fake:gullible, fake:flaky (extra: judge).",
        metavar="NAME",
        page="judge.md",
    )
    judge_base_url: str | None = option(
        None, read.TEXT, JUDGE, "URL of an OpenAI-compatible endpoint.", default_text="OpenAI's", metavar="URL", hide=without_user
    )
    judge_key_env: str | None = option(
        None,
        read.TEXT,
        JUDGE,
        "Environment variable with the API key.",
        default_text="OPENAI_API_KEY, for OpenAI only",
        metavar="NAME",
        decides=(),
    )
    judge_rubric: tuple[str, ...] = option(
        (),
        read.TEXTS,
        JUDGE,
        "What to ask: reference (is it about the trait?), alignment (with people's interests) or a TOML file.",
        default_text="reference with traits, else alignment",
        metavar="NAME|FILE",
        anchor=anchor_named,
    )
    judge_only: str = option(
        "undecided", read.SELECTION, JUDGED, "Ask about rows without a finding that decides, about all, or N random texts."
    )
    judge_budget: read.Pairs = option(
        (),
        read.amounts("requests", "tokens", "money"),
        JUDGE,
        "Stop before more is spent: requests=N,tokens=N,money=N (in the unit of `judge-prices`).",
        show=dict,
        decides=(CLEAN,),
    )
    judge_prices: read.Pairs = option(
        (), read.amounts("prompt", "completion"), JUDGE, "Price of a million tokens: prompt=N,completion=N.", show=dict, decides=()
    )
    judge_concurrency: int = option(8, read.count(1, 1_000), JUDGE, "Number of simultaneous requests.", decides=())
    judge_timeout: int = option(
        60, read.count(1, 86_400), JUDGE, "Time limit of one request; 5 times that with repetitions.", metavar="SECONDS", decides=()
    )
    judge_cache: str | None = option(
        None,
        read.TEXT,
        JUDGE,
        "File that keeps the answers, so that none is paid for twice.",
        default_text="leakguard/judge.sqlite in the user's cache folder",
        metavar="FILE",
        anchor=anchor_file,
        decides=(),
    )
    judge_certainty: float = option(
        0.0, read.PROBABILITY, JUDGE, 'Accept a "no leak" verdict only with this probability or more.', default_text="off"
    )
    judge_threshold: int | None = option(None, read.count(1), JUDGE, "A judge's score below N is a leak.", default_text="the rubric's")
    judge_check: str | None = option(
        None, read.TEXT, JUDGED, "Result of judge check: rates are corrected by it.", metavar="FILE", anchor=anchor_file
    )
    judge_minimum: read.Pairs = option(
        (),
        read.amounts("sensitivity", "specificity", "kappa", most=1.0),
        JUDGE,
        "Refuse a judge that a judge check measured lower: sensitivity=P,specificity=P,kappa=P.",
        show=dict,
    )
    gate: GatePolicy = option(
        GatePolicy,
        GATE_TABLE,
        POLICY,
        "What a gate allows: the table [gate], and the flags `allow`, `require` and `manifest` of leakguard gate.",
        flags=("allow", "require", "manifest"),
        commands=(),
        anchor=anchor_results,
        show=gate_table,
        page="gate.md",
        decides=(),
    )
    file: str | None = None

    def as_mapping(self) -> dict[str, Any]:
        """Return the settings of a scan by their keys, as reports and manifests show them: tuples as lists, no password."""
        return {key: one.to_shown(getattr(self, field_name(key))) for key, one in OPTIONS.items() if one.group is not LEAK_TEST}


_SORTED = sorted(fields(Settings), key=lambda one: hasattr(LeakTestSettings, one.name))
OPTIONS: dict[str, Option] = {one.name.replace("_", "-"): one.metadata["option"] for one in _SORTED if one.metadata}
"""The options by their keys in settings files, those of the leak test last."""
DEFAULTS = Settings()
"""The settings of a run without a settings file, flags or keywords."""
