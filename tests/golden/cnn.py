"""Results of a small torch.nn convolutional network for tests/models/cnn_test.cpp. Run with torch 2.11."""

from torch import nn

from formula import fill, gradients, numbers, store


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
                nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
                nn.MaxPool2d(2), nn.Dropout(0.0),
            ),
            nn.Sequential(
                nn.Conv2d(8, 12, 5, 2, 1, bias=False), nn.GroupNorm(4, 12), nn.SiLU(), nn.AvgPool2d(2), nn.Dropout(0.0)
            ),
        )
        self.classifier = nn.Sequential(nn.Linear(12 * 2 * 1, 7), nn.Tanh(), nn.Dropout(0.0), nn.Linear(7, 5))

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


network = fill(Network())
x = numbers((2, 3, 20, 14))
output = network(x)
cases = {"train": {"output": output, "gradients": gradients(network, output)}}
cases["eval"] = {"output": network.eval()(x)}

store(__file__, cases)
