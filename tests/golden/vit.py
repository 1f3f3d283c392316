"""Results of torchvision's VisionTransformer for tests/models/vit_test.cpp, and of timm's for weights under its names. Run with torch 2.11,
torchvision 0.26 and timm 1.0.31."""

import torch
from timm.models.vision_transformer import VisionTransformer as TimmVisionTransformer
from torch import nn
from torchvision.models.vision_transformer import EncoderBlock, VisionTransformer, interpolate_embeddings

from formula import fill, gradients, numbers, store

small = {"image_size": 16, "patch_size": 4, "num_layers": 2, "num_heads": 2, "hidden_dim": 8, "mlp_dim": 12, "num_classes": 5}


class ScaledBlock(EncoderBlock):
    """A block with factors of its branches, as timm's LayerScale has them."""

    def __init__(self, other):
        super().__init__(2, 8, 12, 0.0, 0.0)
        self.layer_scale_1, self.layer_scale_2 = nn.Parameter(torch.empty(8)), nn.Parameter(torch.empty(8))

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.layer_scale_1 * self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.layer_scale_2 * self.mlp(self.ln_2(x))


class Mean(VisionTransformer):
    """Pictures of 8 x 12 pixels and two channels, registers, no class token, the mean of the patches."""

    def __init__(self):
        super().__init__(**small)
        del self.class_token
        self.conv_proj = nn.Conv2d(2, 8, 4, 4)
        self.encoder.pos_embedding = nn.Parameter(torch.empty(1, 6, 8))
        self.encoder.register_tokens = nn.Parameter(torch.empty(1, 3, 8))
        self.encoder.layers = nn.Sequential()
        for i in range(2):
            self.encoder.layers.add_module(f"encoder_layer_{i}", ScaledBlock(i))

    def forward(self, x):
        x = self.conv_proj(x).flatten(2).transpose(1, 2) + self.encoder.pos_embedding
        x = torch.cat([self.encoder.register_tokens.expand(len(x), -1, -1), x], 1)
        return self.heads(self.encoder.ln(self.encoder.layers(x))[:, 3:].mean(1))


cases = {}
for name, model, x in (
    ("plain", VisionTransformer(**small), numbers((3, 3, 16, 16))),
    ("representation", VisionTransformer(**{**small, "patch_size": 8}, representation_size=6), numbers((3, 3, 16, 16))),
    ("mean", Mean(), numbers((3, 2, 8, 12))),
):
    fill(model)
    output = model(x)
    cases[name] = {"output": output, "gradients": gradients(model, output)}
    with torch.no_grad():
        cases[name]["eval"] = model.eval()(x)

torch.manual_seed(7)
state = VisionTransformer(**small, representation_size=6).state_dict()
cases["names"] = [[name, list(tensor.shape)] for name, tensor in state.items()]
cases["drawn"] = {name: tensor.flatten()[-16:] for name, tensor in state.items() if tensor.flatten()[-16:].std() > 0}

state = fill(VisionTransformer(**small)).state_dict()
cases["interpolated"] = {str(size): interpolate_embeddings(size, 4, dict(state))["encoder.pos_embedding"] for size in (8, 28)}

for name, options in (
    ("timm", {}),
    ("timm_registers", {"init_values": 1e-2, "reg_tokens": 3, "no_embed_class": True}),
):
    model = TimmVisionTransformer(img_size=16, patch_size=4, embed_dim=8, depth=2, num_heads=2, mlp_ratio=1.5, num_classes=5, **options)
    fill(model).eval()
    with torch.no_grad():
        output = model(numbers((3, 3, 16, 16)))
    cases[name] = {"state": [[name, list(tensor.shape)] for name, tensor in model.state_dict().items()], "output": output}
store(__file__, cases)
