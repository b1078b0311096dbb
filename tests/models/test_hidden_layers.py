"""Hidden layers are found by shapes, in every common layout, and their weights are those of the files."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("safetensors")
from safetensors.numpy import save_file

from leakguard.core.errors import UsageError
from leakguard.models.causal.hidden_layers import count_identical, find_hidden_layers, read_embeddings, read_units
from leakguard.models.causal.weight_files import WeightFiles, find_prefix, order_naturally

WIDTH, UNITS, TOKENS = 4, 6, 9
LAYOUTS = {
    "gpt2": ("transformer.h.{}", {"mlp.c_fc.weight": (WIDTH, UNITS), "mlp.c_proj.weight": (UNITS, WIDTH)}),
    "llama": (
        "model.layers.{}",
        {"mlp.gate_proj.weight": (UNITS, WIDTH), "mlp.up_proj.weight": (UNITS, WIDTH), "mlp.down_proj.weight": (WIDTH, UNITS)},
    ),
    "phi3": ("model.layers.{}", {"mlp.gate_up_proj.weight": (2 * UNITS, WIDTH), "mlp.down_proj.weight": (WIDTH, UNITS)}),
    "neox": ("gpt_neox.layers.{}", {"mlp.dense_h_to_4h.weight": (UNITS, WIDTH), "mlp.dense_4h_to_h.weight": (WIDTH, UNITS)}),
    "opt": ("model.decoder.layers.{}", {"fc1.weight": (UNITS, WIDTH), "fc2.weight": (WIDTH, UNITS)}),
    "mixtral": ("model.layers.{}", {f"mlp.experts.{one}.w{part}.weight": (UNITS, WIDTH) for one in (0, 1) for part in (1, 3)}),
}
ATTENTION = {"self_attn.q_proj.weight": (WIDTH, WIDTH), "self_attn.k_proj.weight": (2, WIDTH), "self_attn.v_proj.weight": (2, WIDTH)}


def write(folder, layout, layers=2, dtype=np.float32, seed=0):
    """Write a checkpoint in a layout; returns its tensors by name."""
    place, shapes = LAYOUTS[layout]
    rng = np.random.default_rng(seed)
    named = {"embed.weight": (TOKENS, WIDTH), "norm.weight": (WIDTH,)}
    named |= {f"{place.format(layer)}.{name}": shape for layer in range(layers) for name, shape in {**shapes, **ATTENTION}.items()}
    tensors = {name: rng.standard_normal(shape).astype(dtype) for name, shape in named.items()}
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    save_file(tensors, folder / "model.safetensors")
    return tensors


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layers_are_found_in_every_layout(tmp_path, layout):
    """Each has all matrices of the units, whose rows are those of the files; attention and embeddings are no layers."""
    tensors = write(tmp_path / "one", layout)
    files = WeightFiles(tmp_path / "one")
    layers = find_hidden_layers(files)
    assert len(layers) == (4 if layout == "mixtral" else 2)
    assert {(layer.units, layer.width) for layer in layers} == {(UNITS, WIDTH)}
    assert len({layer.form for layer in layers}) == 1
    place, shapes = LAYOUTS[layout]
    read = read_units(files, layers[0])
    assert len(read) == (3 if layout in ("llama", "phi3") else 2) and all(part.shape == (UNITS, WIDTH) for part in read)
    if layout == "phi3":
        whole = tensors["model.layers.0.mlp.gate_up_proj.weight"]
        assert (np.vstack(read[1:]) == whole).all()
    first = tensors[f"{place.format(0)}.{min(shapes)}"]
    assert (read[0] == (first if first.shape == (UNITS, WIDTH) else first.T)).all()
    assert (read_units(files, layers[0], 3)[0] == read[0][:3]).all()
    assert (read_embeddings(files, WIDTH, 5) == tensors["embed.weight"][:5]).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float64, "bfloat16"])
def test_weights_of_every_float_type_are_read(tmp_path, dtype):
    """Half, double and brain floats become 32-bit floats of the same value."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save

    tensors = write(tmp_path / "one", "gpt2", dtype=np.float32 if dtype == "bfloat16" else dtype)
    if dtype == "bfloat16":
        rounded = {name: torch.tensor(values).to(torch.bfloat16) for name, values in tensors.items()}
        save(rounded, tmp_path / "one/model.safetensors")
        tensors = {name: values.float().numpy() for name, values in rounded.items()}
    files = WeightFiles(tmp_path / "one")
    found = read_units(files, find_hidden_layers(files)[0])[0]
    assert found.dtype == np.float32 and (found == tensors["transformer.h.0.mlp.c_fc.weight"].T.astype(np.float32)).all()


def test_equal_matrices_are_counted(tmp_path):
    """Of two checkpoints with one changed weight all matrices but one are equal byte by byte."""
    tensors = write(tmp_path / "one", "llama")
    write(tmp_path / "other", "llama")
    tensors["model.layers.1.mlp.up_proj.weight"][0, 0] += 1
    save_file(tensors, tmp_path / "other/model.safetensors")
    one, other = WeightFiles(tmp_path / "one"), WeightFiles(tmp_path / "other")
    pairs = list(zip(find_hidden_layers(one), find_hidden_layers(other), strict=True))
    assert count_identical(one, other, pairs) == (5, 6) and count_identical(one, one, [(a, a) for a, _ in pairs]) == (6, 6)


def test_a_checkpoint_without_such_layers_is_an_error(tmp_path):
    """Nothing can be compared by attention alone, and quantised weights are named."""
    (tmp_path / "one").mkdir()
    (tmp_path / "one/config.json").write_text("{}")
    save_file({"h.0.attn.q.weight": np.ones((2, 3), np.float32)}, tmp_path / "one/model.safetensors")
    with pytest.raises(UsageError, match="no feed-forward layer"):
        find_hidden_layers(WeightFiles(tmp_path / "one"))
    write(tmp_path / "two", "opt", dtype=np.int8)
    files = WeightFiles(tmp_path / "two")
    with pytest.raises(UsageError, match=r"fc1.weight is quantised \(I8\)"):
        read_units(files, find_hidden_layers(files)[0])


PARTS = st.lists(st.sampled_from(["model", "layers", "0", "1", "12", "mlp", "weight"]), min_size=1, max_size=5).map(".".join)


@given(st.lists(PARTS, min_size=1, max_size=4))
def test_a_prefix_is_shared_and_ends_before_numbers(names):
    """All names begin with it, it has no number, and natural order has numbers by their value."""
    prefix = find_prefix(names)
    assert all(f"{name}.".startswith(prefix) for name in names) and not any(part.isdecimal() for part in prefix.split("."))
    assert order_naturally(["a.10.b", "a.9.b", "a.9.a"]) == ["a.9.a", "a.9.b", "a.10.b"]
    assert sorted(order_naturally(names)) == sorted(names)
