"""Results of TabNet of pytorch-tabnet 4.1 for tests/models/tabnet_test.cpp. Run with torch 2.11."""

import torch
from pytorch_tabnet.sparsemax import entmax15, sparsemax
from pytorch_tabnet.tab_network import TabNet

from formula import fill, gradients, numbers, store, tokens, waves


def make(n_numbers, kinds, sizes, output_dim, **options):
    count = n_numbers + len(kinds)
    network = TabNet(count, output_dim, cat_idxs=list(range(n_numbers, count)), cat_dims=kinds, cat_emb_dim=sizes,
                     group_attention_matrix=torch.eye(count), **options)
    del network.tabnet.initial_bn  # It is never used.
    return network


def run(network, x):
    """Output and sparsity term; its gradient is part of that of the whole."""
    output, entropy = network(x)
    return output, -entropy


cases = {}
for name, n_numbers, kinds, sizes, output_dim, options in [
    ("numbers", 5, [], [], 3, dict(n_d=4, n_a=3, n_steps=3)),
    ("table", 4, [3, 7], [3, 5], 2, dict(n_d=3, n_a=4, n_steps=2, gamma=1.5, mask_type="entmax", virtual_batch_size=4)),
    ("shared", 4, [], [], 2, dict(n_d=3, n_a=3, n_steps=2, n_independent=0, n_shared=1, epsilon=1e-10)),
    ("independent", 4, [], [], 2, dict(n_d=3, n_a=3, n_steps=2, n_independent=3, n_shared=0, momentum=0.3)),
]:
    network = fill(make(n_numbers, kinds, sizes, output_dim, **options)).train()
    x = torch.cat([numbers((6, n_numbers))] + [tokens((6,), count).float()[:, None] for count in kinds], 1)
    output, term = run(network, x)
    cases[name] = {"train": output, "sparsity": term.item(), "gradients": gradients(network, output)}
    fill(network)  # The running statistics have moved.
    output, term = run(network, x)
    network.zero_grad()
    term.backward()
    weight = network.tabnet.encoder.att_transformers[0].fc.weight
    cases[name]["sparsity_gradient"] = weight.grad
    cases[name]["eval"] = network.eval()(x)[0]

for name, function in [("sparsemax", sparsemax), ("entmax15", entmax15)]:
    scores = (3 * numbers((5, 6))).requires_grad_()
    shares = function(scores.clone(), -1)
    (shares * waves(30, 2.0).reshape(5, 6)).sum().backward()
    cases[name] = {"shares": shares, "gradient": scores.grad}

torch.manual_seed(7)
network = make(5, [], [], 3, n_d=4, n_a=3, n_steps=2)
cases["drawn"] = {name: tensor for name, tensor in network.named_parameters() if name in (
    "tabnet.encoder.initial_splitter.shared.shared_layers.0.weight",
    "tabnet.encoder.feat_transformers.1.specifics.glu_layers.1.fc.weight",
    "tabnet.encoder.att_transformers.1.fc.weight",
    "tabnet.final_mapping.weight")}

store(__file__, cases)
