"""A browser for a module's tests, and pages as files."""

import pytest
from browser import Browser
from watched_pages import made


@pytest.fixture(scope="module")
def browser():
    one = Browser()
    yield one
    one.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """The file of a page, by its name."""
    folder = tmp_path_factory.mktemp("pages")

    def file(name):
        path = folder / f"{name.replace(' ', '_').replace('(', '').replace(')', '')}.html"
        if not path.exists():
            made(name).save(path)
        return path

    return file
