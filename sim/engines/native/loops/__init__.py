"""Verilator's C++ in another form: one loop where it has a statement for each PE.

Verilator writes a member for each register and a statement for each time that one is set: 256 PEs
are 256 times the same statement, on members that lie anywhere. Compilers seldom find out that one
instruction could do 16 of them. Here members of one kind become arrays in the order of their
numbers, and statements of one form become loops over these arrays, which every compiler knows.
"""
