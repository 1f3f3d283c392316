"""What the scripts of recurrent networks share: a network around torch.nn's layer, with packed sequences."""

import torch
from torch import nn

from formula import fill, gradients, numbers, store, tokens

lengths = torch.tensor([7, 2, 5])


class Sequence(nn.Module):
    """Embedding or numbers, a recurrent layer called `name`, and fc over its last states or over every position."""

    def __init__(self, name, layer, per_position=False, vocabulary=11):
        super().__init__()
        self.name, self.per_position = name, per_position
        if vocabulary:
            self.embedding = nn.Embedding(vocabulary, layer.input_size)
        setattr(self, name, layer)
        self.fc = nn.Linear(layer.hidden_size * (2 if layer.bidirectional else 1), 3)

    def forward(self, x, lengths=None):
        values = self.embedding(x) if hasattr(self, "embedding") else x
        layer = getattr(self, self.name)
        if lengths is None:
            states, last = layer(values)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(values, lengths, batch_first=True, enforce_sorted=False)
            states, last = layer(packed)
            states = nn.utils.rnn.pad_packed_sequence(states, batch_first=True, total_length=x.shape[1])[0]
        if self.per_position:
            return self.fc(states)
        last = last[0] if isinstance(last, tuple) else last
        return self.fc(torch.cat([last[-2], last[-1]], 1) if layer.bidirectional else last[-1])


def reference(script, name, make):
    """`make(inputs, **options)` gives torch.nn's layer of hidden size 6."""
    cases = {}
    for case, options, per_position, packed in (
            ("plain", {}, False, False),
            ("both", dict(num_layers=2, bidirectional=True), False, False),
            ("packed", dict(num_layers=2), False, True),
            ("packed_both", dict(num_layers=2, bidirectional=True), False, True),
            ("positions", dict(bidirectional=True), True, True)):
        network = fill(Sequence(name, make(5, batch_first=True, **options), per_position))
        output = network(tokens((3, 7), 11), lengths if packed else None)
        cases[case] = {"output": output, "gradients": gradients(network, output)}
    network = fill(Sequence(name, make(4, batch_first=True), vocabulary=0))
    output = network(numbers((3, 7, 4)))
    cases["numbers"] = {"output": output, "gradients": gradients(network, output)}
    torch.manual_seed(7)
    drawn = make(5, num_layers=2, bidirectional=True)
    cases["drawn"] = torch.cat([parameter.detach().flatten() for parameter in drawn.parameters()])[::7]
    store(script, cases)
