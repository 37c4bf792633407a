"""The claim about where batches come from, on made-up outcomes."""

import numpy as np
import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import streams
from lottery.claims.paper.streams import Streams
from lottery.training.settings import TrainSettings

PLAN = plan_of("laptop")


def _outcomes(solved, wrong):
    return {"solved_at_end": solved, "wrong_at_end": wrong, "seconds": 1.0}


def _results(spread):
    rng = np.random.default_rng(0)
    results = {}
    for (m, stream), piece in Streams(PLAN).pieces().items():
        scale = spread if stream == "shared" else 1.0
        wrong = rng.normal(100, 10 * scale, 192).round().astype(int).tolist()
        solved = 100 if stream == "bank" and m == 3 else 40
        results[piece.name] = _outcomes([i < solved for i in range(192)], wrong)
    return results


def _points(spread):
    return {point["id"]: point for point in Streams(PLAN, _results(spread)).points()}


def test_arms_differ_in_their_stream_alone():
    for m in streams.WIDTHS:
        found = [Streams(PLAN).pieces()[m, stream].settings for stream in streams.STREAMS]
        assert [TrainSettings(**one["training"]).stream for one in found] == list(streams.STREAMS)
        for one in found:
            assert one["network"] == found[0]["network"]
            assert one["replicates"] == found[0]["replicates"]
            one["training"].pop("stream", None)
            assert one["training"] == found[0]["training"]


def test_rates_are_paired_with_boards_of_ones_own():
    points = _points(1.0)
    assert points["streams/m=1/bank-own"]["verdict"] == "reproduced"
    other = points["streams/m=3/bank-own"]
    assert other["measured"] == pytest.approx(60 / 192)
    assert other["verdict"] == "contradicted"


def test_a_wider_spread_is_found_and_an_equal_one_is_not():
    equal, wider = _points(1.0), _points(3.0)
    assert {equal[f"streams/m={m}/shared/spread"]["verdict"] for m in streams.WIDTHS} == {"undecided"}
    for m in streams.WIDTHS:
        assert wider[f"streams/m={m}/shared/spread"]["verdict"] == "contradicted"
        assert wider[f"streams/m={m}/shared/spread"]["measured"] == pytest.approx(3, rel=0.2)
        assert wider[f"streams/m={m}/bank/spread"]["verdict"] == "undecided"


def test_networks_that_all_end_alike_have_no_spread_to_compare():
    same = np.zeros(4, int)
    assert streams.spread(same, same) == (1.0, 1.0)


def test_the_figure_shows_every_arm(tmp_path):
    (figure,) = Streams(PLAN, _results(1.0)).drawn(tmp_path)
    for words in streams.STREAMS.values():
        assert words in (tmp_path / "streams.csv").read_text()
    assert figure.claim == "streams"
