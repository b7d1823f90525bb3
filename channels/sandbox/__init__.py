"""Simulators of the providers: part of the product, for trials, the demo, tests and benchmarks."""

from channels.sandbox.server import Sandbox, run_sandbox

__all__ = ["Sandbox", "run_sandbox"]
