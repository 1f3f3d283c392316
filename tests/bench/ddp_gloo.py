"""What exchanging gradients costs PyTorch's DistributedDataParallel over Gloo: exchange_speed.cpp's measurement.

usage: ddp_gloo.py resnet18|mlp ROWS [RANKS] [STEPS]      (torch 2.11, torchvision)
"""
import os
import resource
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


def processor():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def step(network, optimizer, input, target):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(network(input), target).backward()
    optimizer.step()


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
    times, used = [[], [], []], [[], [], []]

    def measure(k, which, work):
        dist.barrier()
        begin, before = time.perf_counter(), processor()
        work()
        took = torch.tensor([time.perf_counter() - begin, processor() - before], dtype=torch.float64)
        all_took = [torch.empty_like(took) for _ in range(ranks)]
        dist.all_gather(all_took, took)
        if k >= 0:
            times[which].append(max(t[0].item() for t in all_took))
            used[which].append(sum(t[1].item() for t in all_took))

    for k in range(-3, steps):
        measure(k, 0, lambda: step(alone, optimizers[0], input, target))
        measure(k, 1, lambda: step(joined, optimizers[1], input, target))
        measure(k, 2, lambda: dist.all_reduce(gradients))
    if rank == 0:
        apart, together, exchange = (1e3 * sorted(t)[len(t) // 2] for t in times)
        own, both, sums = (1e3 * sorted(t)[len(t) // 2] for t in used)
        print(f"PyTorch DDP {name}, {ranks} ranks, {rows} rows each, {numbers * 4e-6:.1f} MB of gradients: "
              f"alone {apart:.2f} ms, together {together:.2f} ms, exchange {exchange:.2f} ms; "
              f"the processors' time of the three {own:.2f}, {both:.2f}, {sums:.2f} ms")
    dist.destroy_process_group()


if __name__ == "__main__":
    name, rows, ranks, steps = sys.argv[1], *[int(a) for a in (sys.argv[2:] + ["2", "20"][len(sys.argv) - 3:])]
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=os.environ.get("MASTER_PORT", "29511"))
    processes.spawn(work, (name, rows, ranks, steps), nprocs=ranks)
