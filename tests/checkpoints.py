"""Copies of the tiny base to damage."""

import json
import shutil
import struct

from leakguard.models.causal.files import BASES

LAYER = "transformer.h.0.attn.c_attn.weight"


def copied(folder):
    """A whole checkpoint in a folder of the test's own."""
    shutil.copytree(BASES / "tiny-a", folder)
    return folder


def rewritten(change, file="model.safetensors"):
    """Damage that changes tensors: `change` gets name -> tensor."""
    from safetensors.torch import load_file, save_file

    def damage(folder):
        tensors = load_file(folder / file)
        change(tensors)
        save_file(tensors, folder / file, metadata={"format": "pt"})

    return damage


def headed(change):
    """Damage of a header: `change` gets name -> entry."""

    def damage(folder):
        path = folder / "model.safetensors"
        content = path.read_bytes()
        (length,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        change(header)
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])

    return damage


def set_in(file, **values):
    """Damage of a JSON file."""

    def damage(folder):
        path = folder / file
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return damage


def sharded(places):
    """Weights in shards with an index; `places` changes the map from tensor to file."""

    def damage(folder):
        from safetensors.torch import load_file, save_file

        tensors = load_file(folder / "model.safetensors")
        (folder / "model.safetensors").unlink()
        halves = {name: f"part-{number % 2}.safetensors" for number, name in enumerate(tensors)}
        for file in set(halves.values()):
            save_file({name: tensors[name] for name in tensors if halves[name] == file}, folder / file, metadata={"format": "pt"})
        index = {"metadata": {}, "weight_map": places(halves)}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))

    return damage
