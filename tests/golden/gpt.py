"""Results of transformers' GPT2LMHeadModel for tests/models/gpt_test.cpp. Run with torch 2.11 and transformers."""

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from formula import fill, gradients, store, tokens

torch.manual_seed(7)
config = GPT2Config(
    vocab_size=11, n_positions=12, n_embd=16, n_layer=2, n_head=4, attn_pdrop=0, embd_pdrop=0, resid_pdrop=0
)
model = GPT2LMHeadModel(config)
shapes = {name: list(parameter.shape) for name, parameter in model.named_parameters()}
deviations = {name: parameter.std().item() for name, parameter in model.named_parameters() if parameter.dim() > 1}
fill(model)
ids = tokens((2, 9), 11)
output = model(ids).logits

store(__file__, {
    "output": output, "gradients": gradients(model, output), "shapes": shapes, "deviations": deviations,
})
