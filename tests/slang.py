"""slang, the SystemVerilog front end, from Python."""

from contextlib import chdir
from pathlib import Path

__all__ = ["read_by_slang"]


def read_by_slang(folder: Path, *words: str) -> tuple[int, int]:
    """Reads and elaborates files in a folder; the numbers of errors and warnings."""
    from pyslang.driver import Driver

    driver = Driver()
    driver.addStandardArgs()
    with chdir(folder):
        assert driver.parseCommandLine(" ".join(["slang", *words]))
        assert driver.processOptions()
        driver.parseAllSources()
        driver.reportCompilation(driver.createCompilation(), True)
    return driver.diagEngine.numErrors, driver.diagEngine.numWarnings
