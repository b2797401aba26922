"""MiniLM (BERT) in PyTorch, as its documentation advises for CPUs: fused attention, one product for query, key and value."""
from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

import minilm_onnx


class Layer(nn.Module):
    def __init__(self, hidden: int, inner: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value, self.output = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.up, self.down = nn.Linear(hidden, inner), nn.Linear(inner, hidden)
        self.attention_norm, self.norm = nn.LayerNorm(hidden, epsilon), nn.LayerNorm(hidden, epsilon)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        batch, length, hidden = x.shape
        query, key, value = self.query_key_value(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        context = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = self.attention_norm(x + self.output(context.transpose(1, 2).reshape(batch, length, hidden)))
        return self.norm(x + self.down(functional.gelu(self.up(x))))


class MiniLM(nn.Module):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        config = json.loads((folder / "config.json").read_text())
        hidden, inner, epsilon = config["hidden_size"], config["intermediate_size"], config["layer_norm_eps"]
        self.words, self.types = nn.Embedding(config["vocab_size"], hidden), nn.Embedding(config["type_vocab_size"], hidden)
        self.positions, self.norm = nn.Embedding(config["max_position_embeddings"], hidden), nn.LayerNorm(hidden, epsilon)
        self.layers = nn.ModuleList(
            Layer(hidden, inner, config["num_attention_heads"], epsilon) for _ in range(config["num_hidden_layers"]))
        self.take(minilm_onnx.read_safetensors(folder / "model.safetensors"))

    def take(self, weights: dict) -> None:
        def tensors(name: str, part: str) -> torch.Tensor:
            return torch.tensor(weights[f"{name}.{part}"])

        state = {f"{ours}.weight": tensors(f"embeddings.{theirs}_embeddings", "weight")
                 for ours, theirs in (("words", "word"), ("types", "token_type"), ("positions", "position"))}
        for part in ("weight", "bias"):
            state[f"norm.{part}"] = tensors("embeddings.LayerNorm", part)
            for i in range(len(self.layers)):
                name = f"encoder.layer.{i}"
                state[f"layers.{i}.query_key_value.{part}"] = torch.cat(
                    [tensors(f"{name}.attention.self.{which}", part) for which in ("query", "key", "value")])
                for ours, theirs in (("output", "attention.output.dense"), ("up", "intermediate.dense"), ("down", "output.dense"),
                                     ("attention_norm", "attention.output.LayerNorm"), ("norm", "output.LayerNorm")):
                    state[f"layers.{i}.{ours}.{part}"] = tensors(f"{name}.{theirs}", part)
        self.load_state_dict(state)

    def forward(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """@param mask true where a token counts, [batch, 1, 1, length]; none where all do"""
        x = self.words(ids) + self.types(types) + self.positions(torch.arange(ids.shape[1]))
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x, mask)
        return x
