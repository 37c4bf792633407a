import re
from pathlib import Path

import gol
import lottery
from lottery.commands.choice import NAMES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_python_of_the_readme_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert "updates=2500" in code
    assert "levels=3" in code
    code = code.replace("updates=2500", "updates=250").replace("levels=3", "levels=1")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own file
    assert capsys.readouterr().out.count("of 8 tickets are right on every board") == 2


def test_the_readme_shows_every_command():
    shown = re.findall(r"^    gol-lottery (\w+)", README, re.MULTILINE)  # that they are parsed: test_command_line.py
    assert {*shown, "replicate"} == set(NAMES)


def test_the_readme_has_the_two_lines_of_set_up():
    assert "python -m pip install . && gol-lottery replicate" in README
    assert "python -m pip install '.[test]' && python -m pytest" in README


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 120
    without_code = re.sub(r"```.*?```|^    .*?$", "", README, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\]\([^)]*\)|<[^>]*>", " ", without_code)  # nor addresses and comments
    assert len([word for word in text.split() if re.search(r"\w", word)]) <= 900


def test_every_file_the_readme_links_to_is_there():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("https://")]
    links += re.findall(r'src="([^"]+)"', README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_public_names_are_where_the_package_says():
    for package in (gol, lottery):
        for name in package.__all__:
            assert getattr(package, name) is not None
