"""The forward pass of a BERT model in OpenVINO: the graph is built from the weights, without a conversion; one thread, float32."""

from collections.abc import Mapping
from typing import Any

from leakguard.models.embedding.weights import BertShape, Forward

# A masked token gets this attention before the softmax: none.
_MASKED = -1e30
# Vectors do not depend on the number of texts of a batch (measured: to the last bit), so batches need no fixed size.
_SETTINGS = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}


def build_forward(weights: Mapping[str, Any], shape: BertShape) -> Forward:
    """Return the forward pass: token ids and mask in, mean of the last hidden states as unit vectors out."""
    import numpy as np
    import openvino
    from openvino import opset13 as op

    width = weights["embeddings.word_embeddings.weight"].shape[1]

    def constant(value: Any) -> Any:
        return op.constant(np.ascontiguousarray(value))

    def normalise(states: Any, name: str) -> Any:
        level = op.mvn(states, constant(np.array([-1])), True, shape.epsilon, "inside_sqrt")
        return op.add(op.multiply(level, constant(weights[f"{name}.weight"])), constant(weights[f"{name}.bias"]))

    def project(states: Any, name: str) -> Any:
        return op.add(op.matmul(states, constant(weights[f"{name}.weight"]), False, True), constant(weights[f"{name}.bias"]))

    def attend(states: Any, bias: Any, layer: str) -> Any:
        # Heads become an axis of their own for the attention, and are joined again after it.
        split, swap = constant(np.array([0, 0, shape.heads, width // shape.heads])), constant(np.array([0, 2, 1, 3]))
        query, key, value = (
            op.transpose(op.reshape(project(states, f"{layer}attention.self.{name}"), split, True), swap)
            for name in ("query", "key", "value")
        )
        seen = op.transpose(op.scaled_dot_product_attention(query, key, value, bias), swap)
        return project(op.reshape(seen, constant(np.array([0, 0, width])), True), f"{layer}attention.output.dense")

    tokens, mask = op.parameter([-1, -1], np.int64), op.parameter([-1, -1], np.float32)
    first, last, second = constant(np.array([0])), constant(np.array([-1])), constant(np.array([1]))
    length = op.gather(op.shape_of(tokens), second, constant(np.array(0)))
    positions = constant(weights["embeddings.position_embeddings.weight"])
    places = op.slice(positions, first, length, second, first)
    states = op.add(op.gather(constant(weights["embeddings.word_embeddings.weight"]), tokens, constant(np.array(0))), places)
    states = normalise(op.add(states, constant(weights["embeddings.token_type_embeddings.weight"][0])), "embeddings.LayerNorm")
    hidden = op.multiply(op.subtract(constant(np.float32(1)), mask), constant(np.float32(_MASKED)))
    bias = op.unsqueeze(op.unsqueeze(hidden, second), second)
    for layer in (f"encoder.layer.{number}." for number in range(shape.layers)):
        states = normalise(op.add(states, attend(states, bias, layer)), f"{layer}attention.output.LayerNorm")
        wide = op.gelu(project(states, f"{layer}intermediate.dense"), "erf")
        states = normalise(op.add(states, project(wide, f"{layer}output.dense")), f"{layer}output.LayerNorm")
    # The mean over the tokens has the direction of their sum.
    total = op.reduce_sum(op.multiply(states, op.unsqueeze(mask, last)), second)
    model = openvino.Model([op.normalize_l2(total, second, 1e-24, "max")], [tokens, mask], "bert")
    request = openvino.Core().compile_model(model, "CPU", _SETTINGS).create_infer_request()
    return lambda ids, shown: np.array(request.infer([ids, shown])[0])
