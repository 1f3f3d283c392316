"""A generator and a discriminator of linear layers for tests/models/mlp_gan_test.cpp. Run with torch 2.11."""

from torch import nn

from formula import fill, gradients, numbers, store


class Part(nn.Module):
    def __init__(self, widths, activation, *last):
        super().__init__()
        layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [nn.Linear(inputs, outputs), activation()]
        self.layers = nn.Sequential(*layers[:-1], *last)

    def forward(self, x):
        return self.layers(x.flatten(1))


class Pair(nn.Module):
    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator


def pair(latent, widths, size, activation, *last):
    return fill(Pair(Part([latent, *widths, size], activation, *last), Part([size, *widths, 1], activation)))


if __name__ == "__main__":
    cases = {}
    for name, one in {
        "rows": pair(3, [5, 4], 2, nn.ReLU),
        "pictures": pair(3, [6], 12, nn.Tanh, nn.Tanh()),
    }.items():
        samples = one.generator(numbers((4, 3)))
        logits = one.discriminator(samples)
        cases[name] = {"samples": samples, "logits": logits, "gradients": gradients(one, logits)}
    store(__file__, cases)
