"""The forward pass of a BERT model in torch: one thread, float32, and batches of one size."""

import os
from collections.abc import Mapping
from typing import Any

from leakguard.models.embedding.weights import BertShape, Forward

# Every batch has this number of texts, because the vectors of larger ones differ in the last bits.
FIXED = 8
# A masked token gets this attention before the softmax: none.
_MASKED = -1e30


def build_forward(weights: Mapping[str, Any], shape: BertShape) -> Forward:
    """Return the forward pass: token ids and mask in, mean of the last hidden states as unit vectors out."""
    # torch reads this when it is loaded. Waiting threads must not spin: while other processes work, that costs far more than it saves.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import numpy as np
    import torch
    from torch.nn import functional as net

    torch.set_num_threads(1)
    held = {name: torch.from_numpy(value) for name, value in weights.items()}
    width = held["embeddings.word_embeddings.weight"].shape[1]

    def normalise(states: Any, name: str) -> Any:
        return net.layer_norm(states, (width,), held[f"{name}.weight"], held[f"{name}.bias"], shape.epsilon)

    def project(states: Any, name: str) -> Any:
        return net.linear(states, held[f"{name}.weight"], held[f"{name}.bias"])

    def attend(states: Any, bias: Any, layer: str) -> Any:
        texts, tokens, _ = states.shape
        split = (texts, tokens, shape.heads, width // shape.heads)
        query, key, value = (
            project(states, f"{layer}attention.self.{name}").view(split).transpose(1, 2) for name in ("query", "key", "value")
        )
        seen = net.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return project(seen.transpose(1, 2).reshape(texts, tokens, width), f"{layer}attention.output.dense")

    def run(tokens: Any, mask: Any) -> Any:
        states = held["embeddings.word_embeddings.weight"][tokens] + held["embeddings.position_embeddings.weight"][: tokens.shape[1]]
        states = normalise(states + held["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        bias = ((1 - mask) * _MASKED)[:, None, None, :]
        for layer in (f"encoder.layer.{number}." for number in range(shape.layers)):
            states = normalise(states + attend(states, bias, layer), f"{layer}attention.output.LayerNorm")
            wide = net.gelu(project(states, f"{layer}intermediate.dense"))
            states = normalise(states + project(wide, f"{layer}output.dense"), f"{layer}output.LayerNorm")
        return net.normalize((states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True), dim=1)

    def forward(tokens: Any, mask: Any) -> Any:
        # Batches are cut into parts of FIXED texts; the last part is filled up with repeats of its first text.
        parts = []
        for start in range(0, len(tokens), FIXED):
            rows = np.arange(start, start + FIXED)
            rows[rows >= len(tokens)] = start
            with torch.inference_mode():
                parts.append(run(torch.from_numpy(tokens[rows]), torch.from_numpy(mask[rows])).numpy()[: len(tokens) - start])
        return np.concatenate(parts)

    return forward
