"""Results of a small torch.nn convolutional network for series, for tests/models/cnn1d_test.cpp. Run with torch 2.11."""

from torch import nn

from formula import fill, gradients, numbers, store


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(3, 6, 5, 2, 2, bias=False), nn.BatchNorm1d(6), nn.ReLU(), nn.MaxPool1d(2), nn.Dropout(0.0),
            nn.Conv1d(6, 8, 3, 1, 0), nn.SiLU(), nn.AvgPool1d(2), nn.Dropout(0.0),
        )
        self.classifier = nn.Sequential(nn.Linear(8 * 4, 7), nn.Tanh(), nn.Dropout(0.0), nn.Linear(7, 5))

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


network = fill(Network())
x = numbers((4, 3, 40))
output = network(x)
cases = {"train": {"output": output, "gradients": gradients(network, output)}}
cases["eval"] = {"output": network.eval()(x), "features": network.features(x).flatten(1)}

store(__file__, cases)
