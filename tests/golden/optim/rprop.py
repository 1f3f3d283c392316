"""torch.optim.Rprop. Writes rprop.json beside this file."""

import torch

from trajectory import store, trajectory

store(__file__, {
    "plain": trajectory(lambda parameters: [torch.optim.Rprop(parameters.values(), lr=0.01)]),
    "all": trajectory(lambda parameters: [torch.optim.Rprop(parameters.values(), lr=0.02, etas=(0.4, 1.3),
                                                            step_sizes=(1e-4, 0.05))]),
})
