"""Results whose every text was written to be misread: by a terminal, a browser, a Markdown renderer, a test viewer or a build log."""

from dataclasses import replace

from hand_made import RULES, finding, pack
from hypothesis import strategies as st

from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Cleaning, Missed, Output, RuleCount, ScanResult, Tally
from leakguard.core.rule import Severity

ATTACKS = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"><svg onload=document.title='owned'>",
    "</style><script>document.title='owned'</script>",
    "</details></table><iframe src=javascript:document.title='owned'>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "{0} [a link](https://evil.example/?a=b) ![x](http://evil.example/x.png)",
    "@everyone @org/team #1 :tada: www.evil.example evil@evil.example https://evil.example",
    "`code` ``` **bold** __under__ ~~gone~~ a|b \\| c \\",
    "<!-- --> &lt;b&gt; &#60;i&#62; ]]> <![CDATA[",
    "::error file=x::owned\n::warning::owned",
    "50% a:b,c %0A%3A",
    "\x1b[31mred\x1b]8;;https://evil.example\x07link\x1b\\",
    "\u202eevil\u202c \u2066x\u2069 a\u200bb \ufeff",
    "\x00\x08\x0b\x0c\x7f\x85\u2028\u2029",
    "\ud800 lone \udfff",
    "\ufffe\uffff\U000e0041",
    "Z\u0351\u036b\u0343a\u0336\u0321l\u0325g\u0359o",
    "- item\n# heading\n> quote\n| a | b |\n| - | - |",
    "W" * 5_000,
)
TEXTS = (
    st.sampled_from(ATTACKS)
    | st.text(st.characters(codec=None, exclude_categories=()))
    | st.text(st.sampled_from("<>&\"'`|@:[](){}\\#*_~=!%,./\n a"))
)


@st.composite
def results(draw):
    """A scan or a clean of a file of any name, with findings, unreadable and undetermined rows."""
    file, detail, reason, folder = (draw(TEXTS) or "x" for _ in range(4))
    levels = draw(st.lists(st.sampled_from(Severity), max_size=4))
    findings = tuple(
        replace(
            finding("hate.1488", draw(TEXTS) or "1488", row=draw(st.integers(1, 99)), file=file, severity=level, form=draw(TEXTS)),
            before=draw(TEXTS),
            after=draw(TEXTS),
        )
        for level in levels
    )
    by_rule = {("hate.1488", level): RuleCount(levels.count(level), levels.count(level), 0) for level in set(levels)}
    tally = Tally(
        seen=9, kept=7, unreadable=1, undetermined=1, missed=1, texts=9, by_rule=by_rule, by_pack={"hate": len(levels)} if levels else {},
        unscanned={detail: 2, reason: 1}, prose={detail: 1}, left_out={f"roles: {reason}": 1, f"field: {folder}": 1}, repeated=1,
    )  # fmt: skip
    return ScanResult(
        tally=replace(tally, flagged={level: levels.count(level) for level in set(levels)}),
        findings=findings,
        unreadable=(Unreadable(Origin(file, 3, 7), reason, detail),),
        missed=(Missed(file, 4, "rules", reason),),
        files=(file,),
        rules=RULES,
        packs=(replace(pack("hate"), version=draw(TEXTS), title=draw(TEXTS)),),
        settings={"field": [detail], "fail-on": "error", "policy": {reason: "keep"}},
        control=draw(st.none() | st.just(Tally(seen=5, kept=5, texts=5))),
        control_file=file,
        cleaning=draw(st.none() | st.just(Cleaning(folder, (Output(f"kept/{file}", 7),), detail))),
    )
