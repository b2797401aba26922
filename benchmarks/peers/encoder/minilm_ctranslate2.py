"""MiniLM (BERT) in CTranslate2's format, made from the same safetensors file that familiar reads: what its own converter
does with a model of transformers, without that library."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from ctranslate2.specs import common_spec, transformer_spec

import minilm_onnx


def write(folder: Path, target: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    weights = minilm_onnx.read_safetensors(folder / "model.safetensors")
    encoder = transformer_spec.TransformerEncoderSpec(
        config["num_hidden_layers"], config["num_attention_heads"], pre_norm=False, activation=common_spec.Activation.GELU,
        num_source_embeddings=2, embeddings_merge=common_spec.EmbeddingsMerge.ADD, layernorm_embedding=True)
    encoder.scale_embeddings = False

    def linear(spec, names: list[str]) -> None:
        spec.weight, spec.bias = (np.concatenate([weights[f"{name}.{part}"] for name in names]) for part in ("weight", "bias"))

    def norm(spec, name: str) -> None:
        spec.gamma, spec.beta = weights[name + ".weight"], weights[name + ".bias"]

    encoder.embeddings[0].weight = weights["embeddings.word_embeddings.weight"]
    encoder.embeddings[1].weight = weights["embeddings.token_type_embeddings.weight"]
    encoder.position_encodings.encodings = weights["embeddings.position_embeddings.weight"]
    norm(encoder.layernorm_embedding, "embeddings.LayerNorm")
    for i, layer in enumerate(encoder.layer):
        name = f"encoder.layer.{i}."
        linear(layer.self_attention.linear[0], [f"{name}attention.self.{part}" for part in ("query", "key", "value")])
        linear(layer.self_attention.linear[1], [name + "attention.output.dense"])
        norm(layer.self_attention.layer_norm, name + "attention.output.LayerNorm")
        linear(layer.ffn.linear_0, [name + "intermediate.dense"])
        linear(layer.ffn.linear_1, [name + "output.dense"])
        norm(layer.ffn.layer_norm, name + "output.LayerNorm")
    spec = transformer_spec.TransformerEncoderModelSpec(encoder)
    spec.register_vocabulary([str(i) for i in range(config["vocab_size"])])  # ids alone are given
    spec.config.layer_norm_epsilon = config["layer_norm_eps"]
    spec.config.unk_token = "0"
    spec.validate()
    spec.optimize()
    target.mkdir(parents=True, exist_ok=True)
    spec.save(str(target))
