"""Turns of WGAN-GP as its code writes them in PyTorch, for tests/tasks/wgan_gp_test.cpp. Run with torch 2.11.

Latents and shares come from torch's generator after manual_seed(7), in the order in which dlrun draws them.
"""

import torch
from torch import nn

from formula import fill, gradients, numbers, store
from mlp_gan import Pair, pair


def penalty(critic, real, fake):
    share = torch.rand(real.shape[0], *[1] * (real.dim() - 1))
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    slope, = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return ((slope.flatten(1).norm(2, dim=1) - 1) ** 2).mean()


def turns(one, real, latent_size, weight):
    torch.manual_seed(7)
    with torch.no_grad():
        fake = one.generator(torch.randn(real.shape[0], latent_size)).reshape(real.shape)
    on_real, on_fake = one.discriminator(real), one.discriminator(fake)
    excess = penalty(one.discriminator, real, fake)
    critic = on_fake.mean() - on_real.mean() + weight * excess
    numbers = {"critic": critic.item(), "wasserstein": (on_real.mean() - on_fake.mean()).item(), "penalty": excess.item(),
               "critic_gradients": gradients(one.discriminator, critic)}
    torch.manual_seed(7)
    generator = -one.discriminator(one.generator(torch.randn(real.shape[0], latent_size)).reshape(real.shape)).mean()
    numbers["generator"] = generator.item()
    numbers["generator_gradients"] = gradients(one.generator, generator)
    return numbers


class Convolutions(nn.Module):
    """The discriminator of dcgan for [1, 16, 16] with a norm over each picture."""

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(1, 2, 4, 2, 1, bias=False), nn.LeakyReLU(0.2), nn.Conv2d(2, 4, 4, 2, 1, bias=False),
            nn.GroupNorm(1, 4), nn.LeakyReLU(0.2), nn.Conv2d(4, 1, 4, bias=False))

    def forward(self, x):
        return self.main(x).flatten(1)


class Up(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(3, 4, 4, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
            nn.ConvTranspose2d(4, 2, 4, 2, 1, bias=False), nn.BatchNorm2d(2), nn.ReLU(),
            nn.ConvTranspose2d(2, 1, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, x):
        return self.main(x[:, :, None, None])


store(__file__, {
    "relu": turns(pair(3, [7, 6], 2, nn.ReLU), numbers((5, 2)), 3, 10.0),
    "tanh": turns(pair(3, [7, 6], 2, nn.Tanh), numbers((5, 2)), 3, 0.1),
    "pictures": turns(fill(Pair(Up(), Convolutions())), numbers((4, 1, 16, 16)), 3, 10.0),
})
