// Plays a table of inputs to a core that Yosys has written as C++ (CXXRTL), and writes one of outputs.
//
// Files as in files.py: a line per clock cycle, a hexadecimal number per port. ports.h names the
// ports in their order, INPUTS and OUTPUTS, each as an argument of EACH.

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>

#include "core.cc"
#include "ports.h"

namespace {

constexpr size_t DIGIT_BITS = 4;
constexpr size_t CHUNK_DIGITS = 8 * sizeof(cxxrtl::chunk_t) / DIGIT_BITS;
const std::string DIGITS = "0123456789abcdef";

// The lowest digit is the text's last one.
template <size_t Bits>
void set(cxxrtl::value<Bits>& port, const std::string& text) {
    port = cxxrtl::value<Bits>{};
    for (size_t digit = 0; digit < text.size(); digit++) {
        const auto number = DIGITS.find(text[text.size() - 1 - digit]);
        port.data[digit / CHUNK_DIGITS] |= static_cast<cxxrtl::chunk_t>(number)
            << digit % CHUNK_DIGITS * DIGIT_BITS;
    }
}

template <size_t Bits>
std::string text(const cxxrtl::value<Bits>& port) {
    std::string found;
    for (size_t digit = (Bits + DIGIT_BITS - 1) / DIGIT_BITS; digit-- > 0;) {
        const auto chunk = port.data[digit / CHUNK_DIGITS];
        found += DIGITS[chunk >> digit % CHUNK_DIGITS * DIGIT_BITS & 0xf];
    }
    return found;
}

// An output that is a register.
template <size_t Bits>
std::string text(const cxxrtl::wire<Bits>& port) {
    return text(port.curr);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "needs the names of two files: inputs, outputs\n";
        return 2;
    }
    std::ifstream from{arguments[1]};
    std::ofstream to{arguments[2]};
    cxxrtl_design::p_convolith core;
    std::string word;
    while (true) {
#define EACH(port)                                                                                 \
    if (!(from >> word)) break;                                                                    \
    set(core.port, word);
        INPUTS
#undef EACH
        core.step();
#define EACH(port) to << text(core.port) << ' ';
        OUTPUTS
#undef EACH
        to << '\n';
        core.p_clk = cxxrtl::value<1>{1u};
        core.step();
        core.p_clk = cxxrtl::value<1>{};
        core.step();
    }
    to.close();
    return to ? 0 : 1;
}
