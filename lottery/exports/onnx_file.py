"""ONNX: a graph of standard operators, for onnxruntime, onnxruntime-web and whatever else reads the format.

    boards (batch, height, width), float32  ->  logits, float32, and alive, bool, of the same shape

All three sizes are free. The wrap around the edges of a torus is a part of the graph: the last rows and columns are put
before the first ones, and the first ones behind the last, once for all steps.

We build the graph node by node. jax2onnx makes four times as many nodes of it, because sizes that are not known yet are
computed by nodes of their own, and depends on a good deal more than onnx.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

from gol.errors import InputError
from lottery.exports.form import Answers, optional
from lottery.networks.activations import LEAK
from lottery.networks.lifenet import slope_of
from lottery.networks.masks import layers_in_order
from lottery.runs.saved_networks import SavedNetwork

OPSET = 16  # the first that has PRelu and LeakyRelu as they are now; readers of later opsets read it
IR_VERSION = 8  # of the file, the one that came with this opset
SIZES = ("batch", "height", "width")

# Activation -> (operator, attributes); of those that are one operator of one argument.
_OPERATORS: dict[str, tuple[str, dict[str, float]]] = {
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LEAK}),
    "celu": ("Celu", {"alpha": 1.0}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "sine": ("Sin", {}),
}


class _Graph:
    """Nodes and constants, in the order in which they were added."""

    def __init__(self) -> None:
        self.helper, self.numpy_helper = optional("onnx.helper"), optional("onnx.numpy_helper")
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def add(self, operator: str, *inputs: str, name: str, **attributes: Any) -> str:
        """A node with one result, which has the name of the node."""
        self.nodes.append(self.helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, values: np.ndarray) -> str:
        """A constant; one of a name that is there already is that one."""
        if name not in self.constants:
            self.constants[name] = self.numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def file(self, about: str, facts: Mapping[str, str]) -> bytes:
        """The checked file of a graph from `boards` to `logits` and `alive`."""
        checker, kinds = optional("onnx.checker"), optional("onnx").TensorProto
        types = {"boards": kinds.FLOAT, "logits": kinds.FLOAT, "alive": kinds.BOOL}
        first, *last = (self.helper.make_tensor_value_info(name, kind, SIZES) for name, kind in types.items())
        made = self.helper.make_model(
            self.helper.make_graph(self.nodes, "life", [first], last, list(self.constants.values())),
            opset_imports=[self.helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="gol-lottery",
            doc_string=about,
        )
        self.helper.set_model_props(made, dict(facts))
        checker.check_model(made, full_check=True)
        return made.SerializeToString(deterministic=True)


def render(network: SavedNetwork, facts: Mapping[str, str]) -> bytes:
    """The file: the graph, with the facts as its metadata.

    Args:
        network: compacted, of any number of steps.
        facts: what is known about it.

    Raises:
        InputError: where onnx is not installed, or the format has no such activation.
    """
    graph, net, names = _Graph(), network.network, layers_in_order(network.params)
    channel = graph.constant("channel", np.array([1], np.int64))
    x = graph.add("Unsqueeze", "boards", channel, name="cells")
    if net.padding == "torus":
        for axis, name in ((2, "rows"), (3, "columns")):
            x = _wrap(graph, x, axis, net.steps, name)
    for layer in names:
        x = _convolve(graph, x, layer, network)
        if layer != names[-1]:
            x = _activate(graph, x, network, layer)
    graph.add("Squeeze", x, channel, name="logits")
    graph.add("Greater", "logits", graph.constant("zero", np.zeros((), np.float32)), name="alive")
    return graph.file(network.origin, facts)


def _wrap(graph: _Graph, x: str, axis: int, steps: int, name: str) -> str:
    """A torus cut open along an axis, with as many cells of the other side at each end as the network has steps."""

    def cut(side: str, start: int, end: int) -> str:
        bounds = {"start": start, "end": end, "axis": axis}
        inputs = [graph.constant(f"{name}_{side}_{at}", np.array([value], np.int64)) for at, value in bounds.items()]
        return graph.add("Slice", x, *inputs, name=f"{name}_{side}")

    last, first = cut("last", -steps, np.iinfo(np.int64).max), cut("first", 0, steps)
    return graph.add("Concat", last, x, first, name=f"{name}_wrapped", axis=axis)


def _convolve(graph: _Graph, x: str, layer: str, network: SavedNetwork) -> str:
    kernel, bias = network.params[layer]["kernel"], network.params[layer]["bias"]
    weights = graph.constant(f"{layer}/kernel", np.transpose(kernel, (3, 2, 0, 1)))  # (out, in, height, width)
    at_edges = int(network.padding == "zero" and kernel.shape[0] > 1)
    return graph.add(
        "Conv", x, weights, graph.constant(f"{layer}/bias", bias), name=layer, kernel_shape=kernel.shape[:2],
        pads=[at_edges] * 4,
    )  # fmt: skip


def _activate(graph: _Graph, x: str, network: SavedNetwork, layer: str) -> str:
    name, slope = f"{layer}_activated", slope_of(network.params, layer)
    if slope is not None:
        shaped = np.reshape(slope, (-1, 1, 1)).astype(np.float32)  # one, or one for each channel
        return graph.add("PRelu", x, graph.constant(f"{layer}/slope", shaped), name=name)
    if network.activation == "square":
        return graph.add("Mul", x, x, name=name)
    if network.activation == "silu":
        return graph.add("Mul", x, graph.add("Sigmoid", x, name=f"{layer}_gate"), name=name)
    if network.activation not in _OPERATORS:
        raise InputError(f"The activation {network.activation!r} has no operator in ONNX that we know of.")
    operator, attributes = _OPERATORS[network.activation]
    return graph.add(operator, x, name=name, **attributes)


def answers(content: bytes) -> Answers:
    """What onnxruntime answers on the CPU.

    Raises:
        InputError: where onnxruntime is not installed.
    """
    runtime = optional("onnxruntime")
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])

    def ask(boards: UInt8[np.ndarray, "boards height width"]) -> Bool[np.ndarray, "boards height width"]:
        return session.run(["alive"], {"boards": boards.astype(np.float32)})[0]

    return ask
