"""What is read from the source of a settings class is what the imported class has."""

from dataclasses import MISSING, dataclass, fields
from importlib import import_module
from typing import get_type_hints

import pytest
import tyro

from lottery.claims.frame.plan import Plan
from lottery.inputs.options import Source, declared, given, names_of, with_settings
from lottery.networks.lifenet import LifeNet
from lottery.tickets.settings import PruningSettings
from lottery.training.settings import TrainSettings

NETWORK = Source("lottery.networks.LifeNet", leave_out=("tied",), defaults={"width": 8})
PRUNING = Source("lottery.tickets.PruningSettings", unset="default: ours")


@dataclass(frozen=True)
class _Own:
    out: str = "runs"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lottery.claims.frame.plan.Plan", Plan),
        ("lottery.training.TrainSettings", TrainSettings),
        ("lottery.tickets.PruningSettings", PruningSettings),
        ("lottery.networks.LifeNet", LifeNet),
    ],
)
def test_every_field_is_read_with_its_type_and_default_and_has_a_text(name, kind):
    hints = get_type_hints(kind)
    has = {own.name: own.default for own in fields(kind) if own.default is not MISSING and own.name != "parent"}
    has.pop("name", None)  # flax gives every network a name
    found = declared(name)
    assert {own: (one.kind, one.default) for own, one in found.items()} == {
        own: (hints[own], default) for own, default in has.items()
    }
    assert all(one.text for one in found.values())
    assert not [one.text for one in found.values() if "as in `" in one.text]


@pytest.mark.parametrize(
    "registry",
    [
        "lottery.networks.ACTIVATIONS",
        "lottery.networks.INITIALISERS",
        "lottery.pruning.CRITERIA",
        "lottery.pruning.allocation.SCOPES",
        "lottery.tickets.ARMS",
        "lottery.tickets.STARTS",
        "lottery.training.losses.LOSSES",
        "lottery.training.optimisers.OPTIMISERS",
        "lottery.training.schedules.SCHEDULES",
        "lottery.claims.frame.plan.SET_BY_CLAIMS",
    ],
)
def test_the_names_of_a_registry_are_those_it_has(registry):
    module, _, name = registry.rpartition(".")
    assert names_of(registry) == tuple(getattr(import_module(module), name))


def test_a_reference_is_written_out():
    texts = {name: one.text for name, one in declared("lottery.tickets.PruningSettings").items()}
    assert texts["scope"].endswith("one of global, layerwise, erk.")
    assert "some of rewound, reinit," in texts["controls"]  # and not "ticket"
    assert declared("lottery.claims.frame.plan.Plan")["scope"].text == texts["scope"]


def test_options_are_parsed_to_what_is_given():
    made = with_settings(_Own, NETWORK, PRUNING)
    options = tyro.cli(made, args=["--padding", "zero", "--levels", "3", "--inverted", "True", "--at", "1", "2"])
    assert options.out == "runs"
    assert LifeNet(**given(options, NETWORK)) == LifeNet(width=8, padding="zero")
    assert given(options, PRUNING) == {"levels": 3, "inverted": True, "at": (1, 2)}
    assert not hasattr(options, "tied")


def test_what_is_no_class_of_settings_is_refused():
    with pytest.raises(LookupError, match="has no Trainsettings"):
        declared("lottery.training.settings.Trainsettings")
    with pytest.raises(LookupError, match="is no class"):
        declared("lottery.training.losses.LOSSES")
    with pytest.raises(LookupError, match=r"layers of .* needs a default and a text"):
        declared("lottery.pruning.allocation.Pool")
