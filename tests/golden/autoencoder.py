"""Results of torch.nn autoencoders for tests/models/autoencoder_test.cpp. Run with torch 2.11."""

from torch import nn

from formula import fill, gradients, numbers, store


class Autoencoder(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)


def conv(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ELU(), nn.Dropout(0.0)]


def dense(inputs, outputs):
    return [nn.Linear(inputs, outputs), nn.LayerNorm(outputs), nn.SiLU(), nn.Dropout(0.0)]


models = {
    "dense": Autoencoder(
        [nn.Flatten(), *dense(12, 8), *dense(8, 5), nn.Linear(5, 3)],
        [*dense(3, 5), *dense(5, 8), nn.Linear(8, 12), nn.Unflatten(1, (2, 3, 2)), nn.Sigmoid()],
    ),
    "conv": Autoencoder(
        [*conv(2, 4), *conv(4, 6), nn.Flatten(), nn.Linear(6 * 3 * 2, 3)],
        [
            nn.Linear(3, 6 * 3 * 2), nn.ELU(), nn.Unflatten(1, (6, 3, 2)),
            nn.ConvTranspose2d(6, 4, 3, 2, 1, (0, 1), bias=False), nn.BatchNorm2d(4), nn.ELU(), nn.Dropout(0.0),
            nn.ConvTranspose2d(4, 2, 3, 2, 1, (1, 0)), nn.Tanh(),
        ],
    ),
}
inputs = {"dense": numbers((3, 2, 3, 2)), "conv": numbers((3, 2, 10, 7))}
cases = {}
for name, model in models.items():
    fill(model)
    latent = model.encoder(inputs[name])
    output = model.decoder(latent)
    assert output.shape == inputs[name].shape
    cases[name] = {"output": output, "latent": latent, "gradients": gradients(model, output)}

store(__file__, cases)
