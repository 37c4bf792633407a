"""PyTorch as a peer of `bench train`: the same network, batch and optimiser, the two ways that pay on a CPU.

    python lottery/benchmarks/torch_peer.py N M one|stack SECONDS               # prints network updates per second
    python lottery/benchmarks/torch_peer.py stacks DEVICE SECONDS N,M,COUNT ... # of stacks of COUNT networks

Run by training_speed.py and machine_card.py in processes of its own, because thread counts are fixed when torch starts.
"""

import sys
import time
from collections.abc import Callable
from statistics import median

import torch

BATCH, SIDE = 8, 32


def network(steps: int, width: int) -> torch.nn.Sequential:
    """The paper's network with torus padding."""
    layers: list[torch.nn.Module] = []
    inputs = 1
    for _ in range(steps):
        wide = torch.nn.Conv2d(inputs, 2 * width, 3, padding=1, padding_mode="circular")
        layers += [wide, torch.nn.ReLU(), torch.nn.Conv2d(2 * width, width, 1), torch.nn.ReLU()]
        inputs = width
    return torch.nn.Sequential(*layers, torch.nn.Conv2d(width, 1, 1))


def one_network(steps: int, width: int, seconds: float) -> float:
    """Updates per second of one network on one thread, as open_lth trains them."""
    torch.set_num_threads(1)
    net = network(steps, width)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    boards, after = (torch.rand(64, BATCH, 1, SIDE, SIDE).lt(0.4).float() for _ in range(2))
    loss = torch.nn.BCEWithLogitsLoss()

    def update(index: int) -> None:
        optimizer.zero_grad()
        loss(net(boards[index % 64]), after[index % 64]).backward()
        optimizer.step()

    return speed(update, seconds)


def stack_of_networks(steps: int, width: int, seconds: float, count: int = 8, device: str = "cpu") -> float:
    """Updates per second of `count` networks under torch.func's vmap, on two threads or on a GPU."""
    torch.set_num_threads(2)
    nets = [network(steps, width).to(device) for _ in range(count)]
    params, _ = torch.func.stack_module_state(nets)
    optimizer = torch.optim.Adam(params.values(), 1e-3, fused=True)
    boards, after = (torch.rand(8, count, BATCH, 1, SIDE, SIDE, device=device).lt(0.4).float() for _ in range(2))

    def loss(one: dict[str, torch.Tensor], x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(torch.func.functional_call(nets[0], one, (x,)), t)

    gradient = torch.func.vmap(torch.func.grad(loss))

    def update(index: int) -> None:
        found = gradient({name: leaf.detach() for name, leaf in params.items()}, boards[index % 8], after[index % 8])
        for name, leaf in params.items():
            leaf.grad = found[name]
        optimizer.step()

    return count * speed(update, seconds, torch.cuda.synchronize if device == "cuda" else None)


def speed(update: Callable[[int], None], seconds: float, wait: Callable[[], None] | None = None) -> float:
    """Calls per second, median of five stretches after a warm-up; `wait` for what a device has not done yet."""
    for index in range(5):
        update(index)
    rates = []
    for _ in range(5):
        done, started = 0, time.perf_counter()
        while (passed := time.perf_counter() - started) < seconds / 5:
            update(done)
            done += 1
            if wait is not None and done % 16 == 0:
                wait()
        if wait is not None:
            wait()
            passed = time.perf_counter() - started
        rates.append(done / passed)
    return median(rates)


if __name__ == "__main__":
    if sys.argv[1] == "stacks":
        where, duration = sys.argv[2], float(sys.argv[3])
        for text in sys.argv[4:]:
            n, m, count = (int(number) for number in text.split(","))
            print(stack_of_networks(n, m, duration, count, where), flush=True)
        sys.exit()
    n, m, kind, duration = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    if kind == "one":
        print(one_network(n, m, duration))
    else:
        print(max(stack_of_networks(n, m, duration / 2, count) for count in ((8, 32) if n * m < 8 else (4, 8))))
