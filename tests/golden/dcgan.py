"""Results of the networks of PyTorch's DCGAN tutorial for tests/models/dcgan_test.cpp. Run with torch 2.11."""

from torch import nn

from formula import fill, gradients, numbers, store


class Part(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.main = nn.Sequential(*layers)

    def forward(self, x):
        return self.main(x)


def up(inputs, outputs, *last):
    return [nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False), *(last or [nn.BatchNorm2d(outputs), nn.ReLU(True)])]


def down(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, True)]


def first(inputs, outputs, side):
    return [nn.ConvTranspose2d(inputs, outputs, side, 1, 0, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True)]


def start(channels, outputs):
    return [nn.Conv2d(channels, outputs, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True)]


class Pair(nn.Module):
    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = Part(*generator), Part(*discriminator)


# The tutorial's 64 x 64 pixels, in narrow; and the same idea for 28 x 28.
pairs = {
    "64": Pair(
        [*first(10, 32, 4), *up(32, 16), *up(16, 8), *up(8, 4), *up(4, 3, nn.Tanh())],
        [*start(3, 4), *down(4, 8), *down(8, 16), *down(16, 32), nn.Conv2d(32, 1, 4, 1, 0, bias=False)],
    ),
    "28": Pair(
        [*first(10, 8, 7), *up(8, 4), *up(4, 1, nn.Tanh())],
        [*start(1, 4), *down(4, 8), nn.Conv2d(8, 1, 7, 1, 0, bias=False)],
    ),
}
cases = {}
for name, pair in pairs.items():
    fill(pair)
    images = pair.generator(numbers((2, 10, 1, 1)))
    logits = pair.discriminator(images).flatten(1)
    cases[name] = {"images": images[:, :, ::9, ::9], "logits": logits, "gradients": gradients(pair, logits)}

store(__file__, cases)
