import pytest

from collection_tools.collect.sources import Stated, rights_of, state
from nlcl_bench.core.errors import InputError
from nlcl_bench.data.record import Rights


def test_the_nearest_statement_wins_key_by_key(tmp_path):
    near = tmp_path / "a" / "b"
    near.mkdir(parents=True)
    (tmp_path / "sources.toml").write_text('licence = "cc-by-4.0"\nauthor = "Far"\nsource = "https://example.org"\n')
    (near / "sources.toml").write_text('author = "Near"\n[files."x*.jpg"]\nauthor = "Glob"\nconsent = "asked"\n')
    given = Stated(licence="MIT", author="Flag", consent="flag")
    assert rights_of(near / "y.jpg", tmp_path, given) == Rights(
        licence="CC-BY-4.0", author="Near", source="https://example.org", consent="flag"
    )
    assert rights_of(near / "x1.jpg", tmp_path, given).author == "Glob"
    assert rights_of(near / "x1.jpg", tmp_path, given).consent == "asked"
    assert rights_of(tmp_path / "z.jpg", tmp_path, given).author == "Far"


def test_nothing_above_the_given_folder_speaks(tmp_path):
    (tmp_path / "sources.toml").write_text('author = "Outside"\nlicence = "MIT"')
    folder = tmp_path / "photos"
    folder.mkdir()
    assert rights_of(folder / "a.jpg", folder, Stated()) == Rights(licence="NOASSERTION", author="unknown")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('licence = "free"', "licence"),
        ('license = "MIT"', "license"),
        ("author = 5", "author"),
        ('author = " "', "author"),
        ('[files."*.jpg"]\nlicense = "MIT"', r"files.*license"),
        ("author = ", "is no TOML"),
    ],
)
def test_a_mistake_in_a_sources_file_names_file_and_key(tmp_path, text, finding):
    (tmp_path / "sources.toml").write_text(text)
    with pytest.raises(InputError, match=rf"sources\.toml: .*{finding}"):
        rights_of(tmp_path / "a.jpg", tmp_path, Stated())


def test_a_licence_needs_an_author(tmp_path):
    with pytest.raises(InputError, match="no author"):
        rights_of(tmp_path / "a.jpg", tmp_path, Stated(licence="MIT"))


def test_licences_on_the_command_line_are_spdx_expressions():
    def licence(text):
        return state(licence=text, author=None, source=None, consent=None).licence

    assert licence("cc0-1.0") == "CC0-1.0"
    assert licence("LicenseRef-own-terms") == "LicenseRef-own-terms"
    assert licence("NOASSERTION") == "NOASSERTION"
    with pytest.raises(InputError, match="SPDX"):
        licence("do what you want")
