"""Chat templates are filled as Hugging Face documents it, and none of them keeps, fills or ends the program."""

from pathlib import Path

import pytest

from leakguard.core.errors import UsageError
from leakguard.models.causal.chat_templates import TemplateRenderer

pytest.importorskip("transformers")

HERE = Path("model")
CHATS = [
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi  \n there"}],
    [{"role": "user", "content": "\N{OWL} <b> {{ 1 }}"}],
]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


@pytest.fixture(scope="module")
def renderer():
    return TemplateRenderer()


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{{ eos_token }}\n{% endfor %}{% if add_generation_prompt %}<|a|>{% endif %}",
        "{{- bos_token }}\n  {%- for m in messages if m.role == 'user' %}\n    [{{ loop.index0 }}] {{ m.content | trim | tojson }}\n  {%- endfor %}\n",
        "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% if ns.n > 1 %}{% break %}{% endif %}{{ m | tojson(indent=1) }}{% endfor %}",
        "{% for m in messages %}\n  {% generation %}\n  {{ m.content }}\n  {% endgeneration %}\n{% endfor %}",
        "{{ messages[0]['content'].split()[0] }}{{ tools }}{{ documents }}{{ undefined_name }}",
    ],
)
def test_a_template_is_filled_as_transformers_fills_it(renderer, template):
    from transformers.utils.chat_template_utils import render_jinja_template

    wanted, _ = render_jinja_template(CHATS, chat_template=template, add_generation_prompt=True, **TOKENS)
    assert renderer.render(HERE, template, TOKENS, CHATS) == wanted


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(70) }}",
        "{{ 7 ** 9999999 % 3 + 9 ** (9 ** 9) }}",
    ],
)
def test_a_template_that_never_ends_is_refused(template):
    """By the time of the processor that it took, and without a second try; the next template is filled again."""
    renderer = TemplateRenderer(seconds=0.2)
    for _ in range(2):
        with pytest.raises(UsageError, match=r"^model: its chat template does not end"):
            renderer.render(HERE, template, {}, CHATS)
    assert renderer.render(HERE, "{{ messages | length }}", {}, CHATS) == ["2", "1"]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ 'a' * 99999999999 }}", "needs more than 512 MiB"),
        ("{% set ns = namespace(x='ab') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}", "more than 512 MiB"),
        ("{% for a in range(9999) %}{{ '%1000d' % a }}{% endfor %}", "writes more than 4,194,304 characters"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "calls itself, too deeply"),
        ("{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}", "too deeply"),
        ("{{ raise_exception('no system prompts here') }}", "no system prompts here"),
        ("{{ messages.pop() }}", "unsafe"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ messages + 1 }}", "TypeError"),
        ("{% for %}", "Expected an expression"),
        ("x" * 2_000_000, "has 2,000,000 characters"),
    ],
)
def test_a_template_beyond_its_bounds_is_refused_in_a_line(renderer, template, said):
    with pytest.raises(UsageError) as error:
        renderer.render(HERE, template, {}, CHATS)
    assert said in str(error.value) and str(error.value).startswith("model: its chat template") and "\n" not in str(error.value)


def test_many_conversations_come_back_in_their_order(renderer):
    chats = [[{"role": "user", "content": str(number)}] for number in range(1000)]
    assert renderer.render(HERE, "{{ messages[0].content }}", {}, chats) == [str(number) for number in range(1000)]
