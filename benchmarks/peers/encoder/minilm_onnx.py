"""MiniLM (BERT) as an ONNX graph, made from the same safetensors file that familiar reads; optimised by onnxruntime's own
transformer optimiser (fused attention, layer norms with residuals, GELU with bias); with 8-bit products by onnxruntime's
dynamic quantisation, and by NNCF's for OpenVINO.

The graph is laid out as PyTorch exports BERT, since that is what the optimiser's patterns look for.
"""
from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    kinds = {"F32": np.float32, "I64": np.int64}
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name == "__metadata__" or entry["dtype"] not in kinds:
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[8 + size + begin : 8 + size + end], kinds[entry["dtype"]]).reshape(entry["shape"])
    return tensors


class Graph:
    """Nodes and constants of a graph under construction; every operation returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str | None = None, **attributes) -> str:
        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind}_{len(self.nodes)}", **attributes))
        return output


def build(folder: Path) -> onnx.ModelProto:
    config = json.loads((folder / "config.json").read_text())
    weights = read_safetensors(folder / "model.safetensors")
    hidden, heads, layers = config["hidden_size"], config["num_attention_heads"], config["num_hidden_layers"]
    head = hidden // heads
    assert config["hidden_act"] == "gelu" and config["position_embedding_type"] == "absolute"
    g = Graph()

    def scalar(name: str, value: float) -> str:
        return g.constant(name, np.array(value, np.float32))

    def linear(x: str, name: str) -> str:
        w = g.constant(name + ".weight", weights[name + ".weight"].T)
        return g.add("Add", [g.add("MatMul", [x, w]), g.constant(name + ".bias", weights[name + ".bias"])])

    def norm(x: str, name: str, output: str | None = None) -> str:
        gain, bias = (g.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return g.add("LayerNormalization", [x, gain, bias], output, axis=-1, epsilon=config["layer_norm_eps"])

    # Embeddings; positions are the first n of 0…511.
    tables = {k: g.constant(f"embeddings.{k}", weights[f"embeddings.{k}_embeddings.weight"]) for k in ("word", "position", "token_type")}
    one = g.constant("axis_1", np.array([1], np.int64))
    two = g.constant("axis_2", np.array([2], np.int64))
    length = g.add("Gather", [g.add("Shape", ["input_ids"]), g.constant("index_1", np.array(1, np.int64))], axis=0)
    end = g.add("Unsqueeze", [length, g.constant("axis_0", np.array([0], np.int64))])
    all_positions = g.constant("positions", np.arange(config["max_position_embeddings"], dtype=np.int64)[None, :])
    positions = g.add("Slice", [all_positions, g.constant("begin", np.array([0], np.int64)), end, one])
    words = g.add("Gather", [tables["word"], "input_ids"])
    types = g.add("Gather", [tables["token_type"], "token_type_ids"])
    x = g.add("Add", [g.add("Add", [words, types]), g.add("Gather", [tables["position"], positions])])
    x = norm(x, "embeddings.LayerNorm")

    # 0 where a token counts, -10000 where it is padding.
    mask = g.add("Unsqueeze", [g.add("Unsqueeze", ["attention_mask", one]), two])
    mask = g.add("Cast", [mask], to=TensorProto.FLOAT)
    mask = g.add("Mul", [g.add("Sub", [scalar("1.0", 1.0), mask]), scalar("-10000.0", -10000.0)])

    split = g.constant("split", np.array([0, 0, heads, head], np.int64))
    join = g.constant("join", np.array([0, 0, hidden], np.int64))
    root = scalar("sqrt_of_head", float(np.sqrt(head)))
    gelu = {name: scalar(name, value) for name, value in (("sqrt_2", float(np.sqrt(2.0))), ("1.0_gelu", 1.0), ("0.5", 0.5))}
    for i in range(layers):
        name = f"encoder.layer.{i}."

        def heads_of(part: str, permutation: list[int]) -> str:
            rows = linear(x, f"{name}attention.self.{part}")
            return g.add("Transpose", [g.add("Reshape", [rows, split])], perm=permutation)

        query, key, value = heads_of("query", [0, 2, 1, 3]), heads_of("key", [0, 2, 3, 1]), heads_of("value", [0, 2, 1, 3])
        scores = g.add("Add", [g.add("Div", [g.add("MatMul", [query, key]), root]), mask])
        context = g.add("MatMul", [g.add("Softmax", [scores], axis=-1), value])
        context = g.add("Reshape", [g.add("Transpose", [context], perm=[0, 2, 1, 3]), join])
        x = norm(g.add("Add", [linear(context, name + "attention.output.dense"), x]), name + "attention.output.LayerNorm")
        inner = linear(x, name + "intermediate.dense")
        erf = g.add("Add", [g.add("Erf", [g.add("Div", [inner, gelu["sqrt_2"]])]), gelu["1.0_gelu"]])
        inner = g.add("Mul", [g.add("Mul", [inner, erf]), gelu["0.5"]])
        output = "last_hidden_state" if i + 1 == layers else None
        x = norm(g.add("Add", [linear(inner, name + "output.dense"), x]), name + "output.LayerNorm", output)

    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "length"]) for n in ("input_ids", "attention_mask", "token_type_ids")]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "length", hidden])]
    model = helper.make_model(helper.make_graph(g.nodes, "minilm", inputs, outputs, g.constants),
                              opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    return model


def write_plain(folder: Path, target: Path) -> None:
    onnx.save(build(folder), target)


def write_optimised(folder: Path, plain: Path, target: Path) -> None:
    """All fusions for BERT; says which there were."""
    from onnxruntime.transformers import optimizer

    config = json.loads((folder / "config.json").read_text())
    model = optimizer.optimize_model(str(plain), model_type="bert", num_heads=config["num_attention_heads"],
                                     hidden_size=config["hidden_size"], opt_level=0)
    model.save_model_to_file(str(target))
    fused = {kind: count for kind, count in model.get_fused_operator_statistics().items() if count}
    print(f"{target.name}: fused {', '.join(f'{count} {kind}' for kind, count in fused.items())}")


def write_int8(source: Path, target: Path) -> None:
    """8-bit products with a scale an output for weights, one a matrix for activations, found as they pass."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(str(source), str(target), per_channel=True, weight_type=QuantType.QInt8,
                     extra_options={"DefaultTensorType": TensorProto.FLOAT})


def write_openvino_int8(plain: Path, target: Path, feeds: list[dict[str, np.ndarray]]) -> None:
    """NNCF's quantisation for transformers: scales of activations are fixed beforehand, from these inputs."""
    import nncf
    import openvino

    model = nncf.quantize(openvino.Core().read_model(plain), nncf.Dataset(feeds), model_type=nncf.ModelType.TRANSFORMER,
                          subset_size=len(feeds))
    openvino.save_model(model, target, compress_to_fp16=False)
