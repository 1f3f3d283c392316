"""Results of segmentation_models_pytorch's Unet for tests/models/unet_test.cpp. Run with torch 2.11, torchvision 0.26
and segmentation_models_pytorch 0.6."""

import torch
from segmentation_models_pytorch import Unet

from formula import fill, gradients, numbers, store

channels = [32, 24, 16, 12, 8]


def unet(classes, norm="batchnorm", in_channels=3):
    return Unet(
        "resnet18",
        encoder_weights=None,
        in_channels=in_channels,
        classes=classes,
        decoder_channels=channels,
        decoder_use_norm=norm,
    )


def thinned(output):
    """Every third row and column: a small file."""
    return output[..., ::3, ::3]


def case(model, x):
    """Training, so that batch statistics count; then evaluation with the updated running statistics."""
    fill(model)
    model.check_input_shape = lambda image: None  # The decoder takes every size; only its caller refuses some.
    output = model(x)
    result = {"train": thinned(output), "gradients": gradients(model, output)}
    fill(model)
    with torch.no_grad():
        result["eval"] = thinned(model.eval()(x))
    return result


# Inputs for which no number before a ReLU lies within 1e-5 of 0 (in float64): with one that does, another order of a
# sum, of more threads, turns its gradient on or off.
cases = {
    "multiple": case(unet(3), numbers((1, 3, 128, 32))),
    "other": case(unet(1), numbers((2, 3, 50, 37))),
    "plain": case(unet(2, norm=False), numbers((2, 3, 64, 48))),
}
cases["shapes"] = {
    name: list(tensor.shape) for name, tensor in Unet("resnet18", encoder_weights=None, classes=2).state_dict().items()
}

store(__file__, cases)
