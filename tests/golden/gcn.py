"""Results of torch_geometric's GCNConv for tests/models/gcn_test.cpp. Run with torch 2.11 and torch_geometric."""

import torch
from torch import nn
from torch_geometric.nn import GCNConv

from formula import fill, gradients, numbers, store

NODES = 12


class Network(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.convs = nn.ModuleList([GCNConv(features, 5), GCNConv(5, 3)])

    def forward(self, x, edge_index, edge_weight=None):
        return self.convs[1](torch.relu(self.convs[0](x, edge_index, edge_weight)), edge_index, edge_weight)


def edges():
    """Directed, with a loop of its own at node 3, an edge given twice and a node (11) without neighbours."""
    i = torch.arange(30)
    return torch.cat([torch.stack([(i * 7) % 11, (i * i + 2) % 11]), torch.tensor([[3, 1, 1], [3, 2, 2]])], 1)


def words(features):
    """One feature in sixteen is not zero."""
    x = numbers((NODES, features))
    place = torch.arange(x.numel()).reshape(x.shape)
    return torch.where(place % 16 == 5, x, torch.zeros(()))


cases = {}
for name, x in {"dense": numbers((NODES, 6)), "sparse": words(40)}.items():
    network = fill(Network(x.shape[1]))
    output = network(x, edges())
    cases[name] = {"output": output, "gradients": gradients(network, output)}

# Weights of at least 0, among them the loop's and that of the edge given twice; node 11 gets a loop of weight 0, so that
# nothing flows into it, nor out of it into node 2.
graph = torch.cat([edges(), torch.tensor([[11, 11], [2, 11]])], 1)
weights = torch.arange(graph.shape[1]) % 7 * 0.5
weights[-1] = 0
network = fill(Network(6))
output = network(numbers((NODES, 6)), graph, weights)
cases["weighted"] = {"output": output, "gradients": gradients(network, output)}

store(__file__, cases)
