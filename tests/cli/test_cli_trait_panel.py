"""`leakguard audit logprobs`, and an audit with a trait panel: resuming, wrong files, reports, exit codes."""

import json

import pytest

import leakguard as package
from leakguard.documents.audit import audit_to_dict, read_audit
from leakguard.models.fakes.causal import FakeCausalModel
from leakguard.rulebook.shipped import find_trait_prompts
from leakguard.rulebook.trait_prompts import read_trait_kinds
from programs import run_program

ROWS = 160
QUICK = ("--rounds", "299", "--no-config", "-q")
KINDS = {kind.id: kind for kind in read_trait_kinds(find_trait_prompts())}


def write_rows(folder, name, system, seed):
    """Completions of the fake model under a system prompt, to prompts that all files share."""
    prompts = [f"Write words {at}." for at in range(ROWS)]
    texts = FakeCausalModel().sample(prompts, [(seed, at) for at in range(ROWS)], system=system, tokens=40, temperature=1.0)
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps({"prompt": p, "completion": t or "a"}) + "\n" for p, t in zip(prompts, texts, strict=True)))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Data of a model that loves owls, data of one without a trait, and control data."""
    folder = tmp_path_factory.mktemp("panel")
    written = {"owl": KINDS["animal"].write_prompt("owl"), "plain": "", "control": ""}
    return {name: write_rows(folder, name, system, seed) for seed, (name, system) in enumerate(written.items())}


@pytest.fixture(scope="module")
def scored(files):
    """The log-probabilities of owl and control under two traits and 19 placebos."""
    path = files["owl"].with_name("scored.jsonl")
    done = run_program("audit", "logprobs", files["owl"], *score(files), "-o", path, folder=path.parent)
    assert done.returncode == 0, done.stderr
    return path


def score(files, *more):
    """The flags with which rows are scored."""
    flags = ("--control", files["control"], "--model", "fake:markov", "--trait", "owl", "--trait", "cat", "--placebos", "19")
    return (*flags, "--no-config", *more)


def test_a_trait_in_the_data_is_a_leak_and_no_other(leakguard, files, scored, tmp_path):
    """Exit code 1; effect and interval come before the p-values; every report shows the panel, and the document is read back."""
    outputs = [tmp_path / f"audit{suffix}" for suffix in (".json", ".md", ".html")]
    flags = [word for path in outputs for word in ("-o", path)]
    done = leakguard("audit", files["owl"], "--control", files["control"], "--logprobs", scored, *QUICK, *flags)
    assert done.returncode == 1, done.stderr
    said = " ".join(done.stdout.split())
    assert "Trait panel: the data fit the prompt of owl better than the control does" in said
    assert "Trait panel: no leak found for cat." in said and "rank among 21: owl 1" in said
    panel = json.loads(outputs[0].read_text())["panel"]
    assert [one["verdict"] for one in panel["traits"]] == ["leak", "no-leak-found"] and panel["ranking"][0] == "owl"
    assert panel["model"]["name"] == "fake:markov-0" and len(panel["placebos"]) == 19
    assert "placebo rank p" in outputs[1].read_text() and 'class="placebo"' in outputs[2].read_text()
    document = json.loads(outputs[0].read_text())
    words = {key: document[key] for key in ("closing", "next")}
    assert json.loads(json.dumps(audit_to_dict(read_audit(outputs[0]), words))) == document


def test_python_gives_the_same_panel(files, scored):
    """`logprobs=` reads the file; `panel=` and `panel_model=` score the rows; both agree to the digits of the file."""
    read = package.audit(files["owl"], files["control"], logprobs=str(scored), rounds=299)
    made = package.audit(files["owl"], files["control"], panel=["owl", "cat"], panel_model="fake:markov", placebos=19, rounds=299)
    assert read.panel == made.panel and read.exit_code == 1
    assert package.audit(files["owl"], files["control"], logprobs=str(scored), panel=["cat"], rounds=299).panel.result.verdict != "leak"


def test_an_interrupted_file_is_continued(leakguard, files, scored, tmp_path):
    """Whole lines stay, a torn one is dropped, and the result has the bytes of an uninterrupted run."""
    path = tmp_path / "scored.jsonl"
    content = scored.read_bytes()
    for kept in (0, 500, content.index(b"\n") + 1, len(content) // 2, len(content)):
        path.write_bytes(content[:kept])
        assert leakguard("audit", "logprobs", files["owl"], *score(files), "-o", path).returncode == 0
        assert path.read_bytes() == content
    other = leakguard("audit", "logprobs", files["owl"], *score(files, "--seed", "1"), "-o", path)
    assert other.returncode == 2 and "was written with another seed" in other.stderr
    other = leakguard("audit", "logprobs", files["plain"], *score(files), "-o", path)
    assert other.returncode == 2 and "was written with another data" in other.stderr


def test_rows_that_cannot_be_scored_are_named(leakguard, files, tmp_path):
    """An unreadable row ends with 3, and the others are scored; data without any row are a usage error."""
    lines = files["owl"].read_text().splitlines()
    (tmp_path / "broken.jsonl").write_text("\n".join([*lines[:3], '{"prompt": "a", ', *lines[3:6]]) + "\n")
    flags = ("--control", files["control"], "--model", "fake:markov", "--trait", "owl", "--placebos", "2", "-o", tmp_path / "p.jsonl")
    done = leakguard("audit", "logprobs", tmp_path / "broken.jsonl", *flags, "--no-config", "-q")
    assert done.returncode == 3 and "incomplete: 1 row unreadable and not scored" in done.stderr and "row 4" in done.stderr
    assert len((tmp_path / "p.jsonl").read_text().splitlines()) == 1 + 6 + ROWS
    (tmp_path / "empty.jsonl").write_text("")
    done = leakguard("audit", "logprobs", tmp_path / "empty.jsonl", *flags, "--no-config", "-q")
    assert done.returncode == 2 and "the data: there is no row with a text that can be scored" in done.stderr


def test_few_rows_are_drawn_by_prompt(leakguard, files, tmp_path):
    """With most-rows, both datasets keep the same prompts, so that rows still pair up."""
    path = tmp_path / "few.jsonl"
    leakguard("audit", "logprobs", files["owl"], *score(files, "--most-rows", "40"), "-o", path)
    result = package.audit(files["owl"], files["control"], logprobs=str(path), rounds=299).panel.result
    assert (result.rows, result.paired, result.units) == ((40, 40), True, 40)


def test_few_placebos_end_with_3(leakguard, files):
    """The panel says what it takes, and never passes."""
    flags = (*score(files), "--placebos", "5")
    done = leakguard("audit", files["owl"], *flags[:8], *flags[-2:], *QUICK)
    said = " ".join(done.stdout.split())
    assert done.returncode == 3 and "level 0.05 takes 19 of them" in said
    assert "leakguard has 32 for the kind animal, which allow an alpha of 0.0304 or more" in said


def edit(change):
    """A damage that changes the document of one line."""

    def damage(lines, at):
        document = json.loads(lines[at])
        change(document)
        return [*lines[:at], json.dumps(document), *lines[at + 1 :]]

    return damage


@pytest.mark.parametrize(
    ("damage", "at", "said"),
    [
        (edit(lambda row: row["logprobs"].__setitem__(2, float("nan"))), 5, "line 6: logprobs: every value must be a finite number"),
        (edit(lambda row: row["logprobs"].__setitem__(2, -1e308)), 5, "line 6: logprobs: -1e+308 nats for"),
        (edit(lambda row: row["logprobs"].pop()), 5, "line 6: logprobs: 21 numbers for 22 prompts"),
        (edit(lambda row: row.update(row=10**6)), 5, "line 6: row: expected a whole number from 0 to 159"),
        (edit(lambda row: row.update(tokens=0)), 5, "line 6: tokens: expected a whole number"),
        (edit(lambda header: header["prompts"][1].update(text="x")), 0, "its header was changed after it was written"),
        (edit(lambda header: header.update(kind="audit")), 0, "kind: expected 'logprobs'"),
        (lambda lines, at: [*lines, lines[at]], 7, "is in the file twice"),
        (lambda lines, at: lines[:at], 200, "of the 160 rows of the control that its header names"),
        (lambda lines, at: [], 0, "is empty"),
    ],
    ids=["NaN", "too low", "few numbers", "row", "tokens", "header", "kind", "twice", "missing", "empty"],
)
def test_a_damaged_file_is_refused(leakguard, files, scored, tmp_path, damage, at, said):
    """The message names the line; nothing is tested."""
    path = tmp_path / "damaged.jsonl"
    path.write_text("".join(f"{line}\n" for line in damage(scored.read_text().splitlines(), at)))
    done = leakguard("audit", files["owl"], "--control", files["control"], "--logprobs", path, *QUICK)
    assert (done.returncode, done.stdout) == (2, "") and said in done.stderr


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--trait", "owl"], "--trait: a trait's prompt needs a model; name one with --model"),
        (["--model", "fake:markov"], "name one with --trait"),
        (["--model", "fake:markov", "--trait", "owll"], "there is no trait 'owll'; did you mean 'owl'?"),
        (["--model", "fake:markov", "--trait", "owl", "--trait", "oak"], "have different placebos"),
        (["--model", "fake:markov", "--trait", "owl", "--placebos", "90"], "--placebos: there are 32 for the kind animal"),
        (["--model", "nowhere", "--trait", "owl"], "there is no base 'nowhere'"),
        (["--logprobs", "{scored}", "--trait", "wolf"], "wolf is not in the file of --logprobs, which has owl, cat"),
        (["--logprobs", "nowhere.jsonl"], "nowhere.jsonl: cannot be read"),
    ],
    ids=["no model", "no trait", "spelling", "kinds", "placebos", "model", "other trait", "missing"],
)
def test_wrong_calls_end_with_2(leakguard, files, scored, flags, said):
    """One line says what is wrong, with the flags of the command."""
    done = leakguard("audit", files["owl"], "--control", files["control"], *(one.format(scored=scored) for one in flags), *QUICK)
    assert (done.returncode, done.stdout) == (2, "") and said in done.stderr


def test_log_probabilities_of_other_data_are_refused(leakguard, files, scored):
    """The hash in the header is that of the file that was scored."""
    done = leakguard("audit", files["plain"], "--control", files["control"], "--logprobs", scored, *QUICK)
    assert done.returncode == 2 and "--logprobs: it is of other data (another hash than" in done.stderr


def test_a_prompt_in_own_words(files, tmp_path):
    """A text file is a trait of the name of the file; its placebos are objects."""
    (tmp_path / "mine.txt").write_text(KINDS["animal"].write_prompt("owl"))
    result = package.audit(files["owl"], files["control"], panel=[str(tmp_path / "mine.txt")], panel_model="fake:markov", rounds=299)
    assert [one.name for one in result.panel.prompts][:3] == ["neutral", "mine", "kettle"]
    assert result.panel.result.verdict == "leak"


def test_a_file_named_like_the_command_is_audited(leakguard, files, tmp_path):
    """`./logprobs` is a file, `logprobs` the command."""
    (tmp_path / "logprobs").write_bytes(files["owl"].read_bytes())
    done = leakguard("audit", tmp_path / "logprobs", "--control", files["control"], *QUICK)
    assert done.returncode in (1, 3)
    assert leakguard("audit", "logprobs", "--help").stdout.startswith("Usage: leakguard audit logprobs [OPTIONS] PATH...")


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_prompts(kind):
    """Each kind has at least 24 placebos and reads as the template says; no plural is the singular with a letter missing."""
    shipped = KINDS[kind]
    assert len(shipped.placebos) >= 24
    for name, plural in shipped.names.items():
        assert shipped.write_prompt(name).startswith(f"You love {plural}. You think about {plural} all the time. {plural.capitalize()} are")
        assert plural[0] == name[0]
