"""What of the chip is used? Training and encoding against the chip's own measured peaks.

    XDREC_DEVICE=cuda python -m benchmarks.gpu       # a GPU; without one: the CPU's own peaks
    python -m benchmarks.gpu --small                 # seconds, to see that it runs

The peaks are those of the machine at hand: the best of a few large matrix products (GEMM), in
float32 and bfloat16, and the best of a few large copies within it and from pinned memory.
What is measured are a transformer's training steps by `xdrec.train`, with their products counted
(FlopCounterMode of torch), in float32 and bf16, as written and by `torch.compile`. Of a bf16 step
only the products are in bf16. A small net is bound by the calls, one of little width by the copies.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from xdrec.device import pick_device, placed
from xdrec.plan import Plan
from xdrec.train import train

SIZES: dict[str, dict[str, int]] = {
    "full": {"gemm": 4096, "copy": 2**28, "width": 768, "layers": 6, "batch": 64, "steps": 60},
    "small": {"gemm": 256, "copy": 2**20, "width": 32, "layers": 1, "batch": 4, "steps": 4},
}
TOKENS = 128


def wait(device: str) -> None:
    """Until the device has done what it was told; a CPU always has."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def best(call: Callable[[], Any], device: str, rounds: int = 5) -> float:
    """The least seconds of a call, after one to warm up."""
    spent = []
    for _ in range(rounds + 1):
        wait(device)
        start = time.perf_counter()
        call()
        wait(device)
        spent.append(time.perf_counter() - start)
    return min(spent[1:])


def gemm_peak(device: str, dtype: torch.dtype, n: int) -> float:
    """FLOP/s of the product of two [n, n] matrices: 2 n³ over the least seconds."""
    a, b = (torch.randn(n, n, device=device).to(dtype) for _ in range(2))
    return 2 * n**3 / best(lambda: a @ b, device)


def copy_peak(device: str, bytes_: int) -> dict[str, float]:
    """Bytes/s of a copy within the device (read and written), and onto it from the host."""
    there = torch.empty(bytes_, dtype=torch.uint8, device=device)
    other, host = torch.empty_like(there), torch.ones(bytes_, dtype=torch.uint8)
    if device.startswith("cuda"):
        host = host.pin_memory()
    return {
        "within": 2 * bytes_ / best(lambda: other.copy_(there), device),
        "onto": bytes_ / best(lambda: there.copy_(host, non_blocking=True), device),
    }


class Reader(nn.Module):
    """A transformer of the size of a small language model over vectors, [b, tokens, width]."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, max(1, width // 64), 4 * width, dropout=0.0,
                                       batch_first=True, norm_first=True)
            for _ in range(layers)
        )  # fmt: skip
        self.last = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return self.last(x)


def rebuilt(model: nn.Module, x: Tensor) -> Tensor:
    return (model(x) - x).float().square().mean()


def step_flops(model: nn.Module, x: Tensor) -> int:
    """FLOPs of one step forward and back, its matrix products counted."""
    with FlopCounterMode(display=False) as counter:
        rebuilt(model, x).backward()
    model.zero_grad(set_to_none=True)
    return int(counter.get_total_flops())


def training(device: str, size: dict[str, int], precision: str, compiled: bool) -> dict[str, float]:
    """Seconds a step of `train` after a warm-up, FLOPs and bytes of a batch."""
    torch.manual_seed(0)
    model = Reader(size["width"], size["layers"]).to(device)
    batch = size["batch"]
    data = torch.randn(size["steps"] * batch, TOKENS, size["width"])
    flops = step_flops(model, placed(data[:batch], device))
    plan = Plan(epochs=1, batch_size=batch, precision=precision)
    options: dict[str, Any] = {"collate": torch.stack, "device": device, "compiled": compiled}
    train(model, rebuilt, data[: 2 * batch], plan, **options)  # kernels chosen, code compiled
    wait(device)
    history = train(model, rebuilt, data, plan, **options)
    seconds = history.epochs[0]["seconds"] / size["steps"]
    return {"seconds": seconds, "flops": flops, "bytes": data[:batch].numel() * 4}


def measured(device: str, size: dict[str, int], compiled: bool = True) -> dict[str, Any]:
    """Peaks, and a row a way of training: what it reaches of them."""
    peaks = {"no": gemm_peak(device, torch.float32, size["gemm"]),
             "bf16": gemm_peak(device, torch.bfloat16, size["gemm"])}  # fmt: skip
    copies = copy_peak(device, size["copy"])
    rows = []
    for precision in peaks:
        for by_compiler in (False, True)[: 2 if compiled else 1]:
            found = training(device, size, precision, by_compiler)
            rows.append({
                "precision": precision, "compiled": by_compiler, **found,
                "of_gemm": found["flops"] / found["seconds"] / peaks[precision],
                "of_copy": found["bytes"] / found["seconds"] / copies["onto"],
            })  # fmt: skip
    name = torch.cuda.get_device_name() if device.startswith("cuda") else "CPU"
    return {"device": name, "gemm": peaks, "copy": copies, "rows": rows}


def main() -> None:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--small", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument("--no-compile", action="store_true", help="without torch.compile")
    asked = parser.parse_args()
    device = pick_device()
    found = measured(device, SIZES["small" if asked.small else "full"], not asked.no_compile)
    print(f"{found['device']}: GEMM {found['gemm']['no'] / 1e9:,.1f} GFLOP/s in float32, "
          f"{found['gemm']['bf16'] / 1e9:,.1f} in bf16; copies {found['copy']['within'] / 1e9:.1f} "
          f"GB/s within, {found['copy']['onto'] / 1e9:.1f} onto it")  # fmt: skip
    print("| training | ms a step | of the GEMM peak | of the copy peak |")
    print("|---|---:|---:|---:|")
    for row in found["rows"]:
        way = "bf16" if row["precision"] == "bf16" else "float32"
        way += ", compiled" * row["compiled"]
        print(f"| {way} | {1000 * row['seconds']:.2f} | {row['of_gemm']:.0%} | "
              f"{row['of_copy']:.1%} |")  # fmt: skip


if __name__ == "__main__":
    main()
