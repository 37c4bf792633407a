import json
from pathlib import Path

import pytest

from gol.errors import InputError
from lottery.claims.frame.plan import PRESETS, Plan, changed, deviations, plan_from, plan_of
from lottery.claims.frame.small_networks import neighbours, small_widths, ticket_parameters
from lottery.networks.lifenet import parameter_count
from lottery.runs.files import settings_hash
from lottery.training.settings import TrainSettings

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "run.json"


def test_the_paper_preset_deviates_in_nothing():
    assert deviations(PRESETS["paper"]) == []


def test_every_shortened_setting_of_the_laptop_preset_is_said():
    said = " ".join(deviations(PRESETS["laptop"]))
    assert "20,000 updates per level instead of 125,000" in said
    assert "32 replicates instead of 64" in said
    assert len(deviations(PRESETS["laptop"])) == 2


def test_a_changed_protocol_setting_is_said():
    assert any("board is 16 instead of 32" in sentence for sentence in deviations(plan_of("paper", board=16)))


def test_the_last_level_keeps_the_final_density():
    plan = PRESETS["paper"]
    assert (1 - plan.prune_fraction) ** plan.levels == pytest.approx(0.1)
    assert plan.verdict_level == 7  # 0.1 ** 0.7 = 0.1995


def test_ticket_parameters_count_survivors_and_biases():
    # m=8: 280 weights and 25 biases; one level at the paper's fraction removes round(0.2057 * 280) = 58.
    assert ticket_parameters(PRESETS["paper"], 0) == 305
    assert ticket_parameters(PRESETS["paper"], 1) == 305 - 58


def test_small_networks_stand_on_both_sides_of_every_ticket():
    plan = PRESETS["paper"]
    for level in range(1, plan.levels + 1):
        target = ticket_parameters(plan, level)
        counts = {width: parameter_count(plan.network(width)) for width in range(1, 9)}
        if target in counts.values():
            assert [counts[width] for width in neighbours(plan, level)] == [target]
        else:
            below, above = neighbours(plan, level)
            assert counts[below] < target < counts[above]
            assert above == below + 1
    assert set(small_widths(plan)) == {w for level in range(1, 11) for w in neighbours(plan, level)}


def test_below_the_smallest_network_there_is_one_neighbour():
    plan = plan_of("paper", ticket_width=2, final_density=0.02, levels=2)
    assert ticket_parameters(plan, 2) < 25
    assert neighbours(plan, 2) == (1,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"levels": 0},
        {"widths": ()},
        {"widths": (1, 1)},
        {"final_density": 0.0},
        {"verdict_density": 1.0},
        {"width_updates": 1001},
        {"density": 1.5},
        {"rule": "B9/S23"},
        {"loss": "hinge"},
        {"initialiser": "zeros"},
        {"padding": "klein"},
        {"ticket_replicates": -3},
    ],
)
def test_a_plan_that_cannot_be_run_is_refused_in_a_sentence(wrong):
    with pytest.raises(InputError, match=r"\w+"):
        changed(PRESETS["laptop"], **wrong)


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="smoke, laptop, paper"):
        plan_of("huge")


def test_the_stored_settings_of_a_run_are_read_and_written_as_they_are():
    text = REFERENCE.read_text()
    assert json.dumps(plan_from(json.loads(text)).stored(), indent=2) == text.rstrip("\n")


@pytest.mark.parametrize(
    ("preset", "name"), [("smoke", "beb64d0bff"), ("laptop", "5d87db6b04"), ("paper", "f0be5c3a87")]
)
def test_the_folder_of_a_preset_has_the_name_it_always_had(preset, name):
    assert settings_hash(PRESETS[preset].stored()) == name


def test_a_setting_that_came_later_is_stored_where_it_differs(monkeypatch):
    monkeypatch.setattr("lottery.claims.frame.plan._ALWAYS_STORED", ("batch",))
    assert "group" not in plan_of("paper").stored()
    plan = plan_of("paper", group=4)
    assert plan.stored()["group"] == 4
    assert plan_from(plan.stored()) == plan


def test_the_budgets_and_the_checks_of_a_plan_are_changed_together():
    plan = plan_of("smoke", check_every=7, bank_updates=70, width_updates=700, ticket_updates=1400)
    assert plan.train.updates == 700
    assert plan.training(1400).check_every == 7


@pytest.mark.parametrize("setting", [{"optimiser": "sgd"}, {"stop_when_solved": True}])
def test_a_setting_that_claims_set_is_refused(setting):
    with pytest.raises(InputError, match="claims set it"):
        Plan(train=TrainSettings(**setting))
