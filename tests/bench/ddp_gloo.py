"""What exchanging gradients costs PyTorch's DistributedDataParallel over Gloo: exchange_speed.cpp's measurement.

usage: ddp_gloo.py resnet18|mlp ROWS [RANKS] [STEPS]      (torch 2.11, torchvision)
"""
import os
import sys
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as processes
from torch.nn.parallel import DistributedDataParallel


def network_of(name):
    if name == "mlp":  # recipes/mlp_adult.yaml
        return torch.nn.Sequential(torch.nn.Linear(108, 128), torch.nn.ReLU(), torch.nn.Linear(128, 64),
                                   torch.nn.ReLU(), torch.nn.Linear(64, 2)), (108,), 2
    import torchvision
    network = torchvision.models.resnet18(num_classes=10)
    network.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    network.maxpool = torch.nn.Identity()
    return network.to(memory_format=torch.channels_last), (3, 32, 32), 10


def step(network, optimizer, input, target):
    begin = time.perf_counter()
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(network(input), target).backward()
    optimizer.step()
    return time.perf_counter() - begin


def work(rank, name, rows, ranks, steps):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    dist.init_process_group("gloo", rank=rank, world_size=ranks)
    alone, sizes, classes = network_of(name)
    joined = DistributedDataParallel(network_of(name)[0], gradient_as_bucket_view=True)
    optimizers = [torch.optim.SGD(n.parameters(), lr=1e-6, momentum=0.9, foreach=True) for n in (alone, joined)]
    input, target = torch.randn(rows, *sizes), torch.randint(classes, (rows,))
    if len(sizes) == 3:
        input = input.to(memory_format=torch.channels_last)
    numbers = sum(p.numel() for p in alone.parameters())
    gradients = torch.zeros(numbers)
    times = [[], [], []]
    for k in range(-3, steps):
        dist.barrier()
        one = [step(alone, optimizers[0], input, target)]
        dist.barrier()
        one.append(step(joined, optimizers[1], input, target))
        dist.barrier()
        begin = time.perf_counter()
        dist.all_reduce(gradients)
        one.append(time.perf_counter() - begin)
        if k >= 0:
            for seconds, found in zip(times, one):
                seconds.append(found)
    if rank == 0:
        apart, together, exchange = (1e3 * sorted(t)[len(t) // 2] for t in times)
        print(f"PyTorch DDP {name}, {ranks} ranks, {rows} rows each, {numbers * 4e-6:.1f} MB of gradients: "
              f"alone {apart:.2f} ms, together {together:.2f} ms, exchange {exchange:.2f} ms, "
              f"hidden {100 * (1 - (together - apart) / exchange):.0f} %")
    dist.destroy_process_group()


if __name__ == "__main__":
    name, rows, ranks, steps = sys.argv[1], *[int(a) for a in (sys.argv[2:] + ["2", "20"][len(sys.argv) - 3:])]
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=os.environ.get("MASTER_PORT", "29511"))
    processes.spawn(work, (name, rows, ranks, steps), nprocs=ranks)
