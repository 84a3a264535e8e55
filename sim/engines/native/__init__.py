"""The core as native code: built with Verilator and a C++ compiler, kept in a cache."""
