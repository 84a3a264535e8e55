"""File lists and scripts for vendors' tools."""

import re

import convolith

__all__ = ["file_list", "quartus_list", "vivado_script"]

QUARTUS = """# For Quartus: add this file to a project.
set_global_assignment -name VERILOG_FILE [file join $::quartus(qip_path) "{name}.v"]
"""

VIVADO = """# Packages the core as an IP for Vivado, in the folder ip beside this file:
#
#     vivado -mode batch -source {name}_vivado.tcl
#
# A project then has that folder among its IP repositories.
set here [file dirname [file normalize [info script]]]
create_project -in_memory -part [lindex [get_parts] 0]
add_files [file join $here {name}.v]
set_property top {name} [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir [file join $here ip] -vendor convolith -library convolith \\
    -taxonomy /UserIP -import_files -set_current true
set core [ipx::current_core]
set_property name {name} $core
set_property version {version} $core
set_property display_name {{{about}}} $core
set_property description {{{about}}} $core
ipx::infer_bus_interface clk xilinx.com:signal:clock_rtl:1.0 $core
ipx::infer_bus_interface rst xilinx.com:signal:reset_rtl:1.0 $core
set reset [ipx::get_bus_interfaces rst -of_objects $core]
set_property value ACTIVE_HIGH [ipx::add_bus_parameter POLARITY $reset]
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::save_core $core
"""


def file_list(*names: str) -> str:
    """Verilog files, one per line, as most simulators and linters take them with ``-f``."""
    return "".join(f"{name}.v\n" for name in names)


def quartus_list(name: str) -> str:
    """A file that Quartus adds to a project (``.qip``)."""
    return QUARTUS.format(name=name)


def vivado_script(name: str, about: str) -> str:
    """A Tcl script for Vivado, which makes an IP (IP-XACT) of the core."""
    found = re.match(r"\d+\.\d+", convolith.__version__)
    assert found, "a version begins with two numbers"
    return VIVADO.format(name=name, about=about, version=found[0])
