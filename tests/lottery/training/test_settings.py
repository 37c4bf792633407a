"""Settings are plain values of their types; what else a user may mean is made plain, and the rest is refused."""

import jaxtyping
import numpy as np
import pytest

from gol.errors import InputError
from lottery.claims.frame.plan import Plan
from lottery.networks.lifenet import LifeNet
from lottery.runs.files import non_defaults
from lottery.tickets.settings import PruningSettings
from lottery.tickets.shrinking import ShrinkSettings
from lottery.training.scores.popup import EdgePopup
from lottery.training.settings import TrainSettings


@pytest.fixture(autouse=True)
def _as_a_user(monkeypatch):
    """The annotations that tests have checked everywhere are not checked at a user's."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.mark.parametrize(
    ("kind", "wrong", "sentence"),
    [
        (TrainSettings, {"updates": "x"}, "updates is 'x': it has to be a whole number"),
        (TrainSettings, {"updates": None}, "updates is None"),
        (TrainSettings, {"batch": True}, "batch is True"),
        (TrainSettings, {"batch": 8.0}, "batch is 8.0"),
        (TrainSettings, {"stop_when_solved": 1}, "stop_when_solved is 1: it has to be True or False"),
        (TrainSettings, {"density": [0.5]}, r"density is \[0.5\]: it has to be a finite number or None"),
        (TrainSettings, {"rule": None}, "rule is None: it has to be a text"),
        (TrainSettings, {"updates": "x" * 1000}, r"updates is 'x{55} \.\.\.: it"),
        (PruningSettings, {"levels": "2"}, "levels is '2'"),
        (PruningSettings, {"controls": "reinit"}, "controls is 'reinit': it has to be a tuple of texts"),
        (PruningSettings, {"at": (1.0,)}, "at is"),
        (ShrinkSettings, {"rounds": None}, "rounds is None"),
        (Plan, {"widths": 3}, "widths is 3: it has to be a tuple of whole numbers"),
        (Plan, {"seed": "0"}, "seed is '0'"),
        (Plan, {"train": 5}, "train is 5: it has to be a TrainSettings"),
        (LifeNet, {"steps": 2.0}, "steps is 2.0"),
        (LifeNet, {"features": (1, 2, 3)}, "it has to be a tuple of 2 whole numbers or None"),
        (EdgePopup, {"density": "half"}, "density is 'half'"),
    ],
)
def test_a_value_of_another_type_is_refused_where_settings_are_made(kind, wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        kind(**wrong)


FLOATS = [(TrainSettings, name) for name in ("density", "learning_rate", "l1", "l2", "final_rate")] + [
    (PruningSettings, "prune_fraction"),
    (ShrinkSettings, "share"),
    (LifeNet, "output_bias"),
    (EdgePopup, "density"),
]


@pytest.mark.thorough(but=15)
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), np.float32("inf")])
@pytest.mark.parametrize(("kind", "name"), FLOATS)
def test_a_number_that_is_not_finite_is_refused(kind, name, value):
    with pytest.raises(InputError, match=f"{name} is .*a finite number"):
        kind(**{name: value})


def test_what_a_user_means_is_made_plain():
    meant = TrainSettings(updates=np.int64(500), learning_rate=np.float32(2e-3), stop_when_solved=np.bool_(True))
    plain = TrainSettings(updates=500, learning_rate=2e-3, stop_when_solved=True)
    assert meant == plain
    assert {type(value) for value in non_defaults(meant).values()} == {int, float, bool}
    assert PruningSettings(controls=["reinit"], at=np.array([1, 2])) == PruningSettings(controls=("reinit",), at=(1, 2))
    net = LifeNet(features=[np.int32(4), 2])
    assert net == LifeNet(features=(4, 2))
    assert hash(net) == hash(LifeNet(features=(4, 2)))
    assert net.features == (4, 2)
    assert type(TrainSettings(density=1).density) is int  # its name on disk is that of 1, not of 1.0
