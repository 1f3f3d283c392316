"""Results of FTTransformer of rtdl_revisiting_models 0.0.2 for tests/models/ft_transformer_test.cpp; torch 2.11."""

import torch
from rtdl_revisiting_models import FTTransformer

from formula import fill, gradients, numbers, store, tokens

plain = dict(attention_dropout=0.0, ffn_dropout=0.0, residual_dropout=0.0)
cases = {}
for name, n_numbers, kinds, options in [
    ("numbers", 5, [], dict(d_out=3, n_blocks=2, d_block=8, attention_n_heads=2, ffn_d_hidden_multiplier=4 / 3)),
    ("table", 3, [3, 7], dict(d_out=2, n_blocks=3, d_block=12, attention_n_heads=4, ffn_d_hidden_multiplier=4 / 3)),
    ("categories", 0, [4, 6, 5],
     dict(d_out=1, n_blocks=1, d_block=6, attention_n_heads=1, ffn_d_hidden=9, ffn_d_hidden_multiplier=None,
          ffn_activation="ReLU")),
]:
    network = fill(FTTransformer(n_cont_features=n_numbers, cat_cardinalities=kinds, **options, **plain)).train()
    x = numbers((6, n_numbers)) if n_numbers else None
    ids = torch.stack([tokens((6,), count) for count in kinds], 1) if kinds else None
    output = network(x, ids)
    cases[name] = {"train": output, "gradients": gradients(network, output)}
    cases[name]["eval"] = network.eval()(x, ids)

torch.manual_seed(7)
drawn = FTTransformer(
    n_cont_features=3, cat_cardinalities=[3, 7], d_out=2, n_blocks=2, d_block=8, attention_n_heads=2,
    ffn_d_hidden_multiplier=4 / 3, **plain)
cases["drawn"] = drawn.backbone.output.linear.weight
cases["default"] = sum(
    p.numel()
    for p in FTTransformer(n_cont_features=3, cat_cardinalities=[3, 7], d_out=2,
                           **FTTransformer.get_default_kwargs()).parameters())

store(__file__, cases)
