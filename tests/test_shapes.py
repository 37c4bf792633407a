import numpy as np
import pytest
from jaxtyping import TypeCheckError

from lottery.training.losses import patterns_loss


@pytest.mark.thorough
def test_shapes_and_dtypes_are_checked_where_files_are_named_and_in_the_thorough_run():
    with pytest.raises(TypeCheckError, match="weights"):
        patterns_loss({}, np.zeros(511, np.float32), np.zeros(512, np.float32), "bce")
