// Offers layers to a core, one behind the other, and writes the addresses that it reads.
//
// A program: the file of the layers' registers, and a folder, in which it writes a file of 32-bit
// numbers for each memory. Memories give zeros. A layer is offered as soon as the core takes one, so
// that the sums of the layer before are still on their way.

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <type_traits>
#include <vector>

#include "Vnative.h"
#include "ports.h"
#include "verilated.h"

namespace {

using Layer = std::remove_reference_t<decltype(Vnative::layer)>;

constexpr int MOST_CYCLES_TO_ACCEPT = 1000000;
constexpr int QUIET_CYCLES = 200;  // after the last layer: longer than any word is on its way

enum Memory {
#define EACH(name) MEMORY_##name,
    MEMORIES
#undef EACH
    MEMORY_COUNT
};

std::vector<Layer> layers_in(const char* name) {
    std::ifstream file{name, std::ios::binary};
    std::vector<Layer> layers;
    Layer layer;
    while (file.read(reinterpret_cast<char*>(&layer), sizeof layer)) layers.push_back(layer);
    return layers;
}

class Core {
public:
    Core() : top_{&context_, ""} {
        top_.layer_valid = 0;
        top_.eval();
    }

    // False if the core never takes the layer.
    bool run(const Layer& layer) {
        std::memcpy(&top_.layer, &layer, sizeof layer);
        top_.layer_valid = 1;
        for (int i = 0; i < MOST_CYCLES_TO_ACCEPT; i++) {
            top_.eval();
            const bool accepted = top_.layer_ready;
            cycle();
            if (accepted) {
                top_.layer_valid = 0;
                return true;
            }
        }
        return false;
    }

    // Until nothing has been read for some cycles.
    void rest() {
        for (int quiet = 0; quiet < QUIET_CYCLES; quiet++) {
            const auto before = reads_;
            cycle();
            if (reads_ != before) quiet = 0;
        }
    }

    bool write(const std::string& folder) const {
        bool good = true;
#define EACH(name) good = write(folder + "/" #name, found_[MEMORY_##name]) && good;
        MEMORIES
#undef EACH
        return good;
    }

private:
    void cycle() {
#define EACH(name) if (top_.name##_en) note(MEMORY_##name, top_.name##_address);
        MEMORIES
#undef EACH
        top_.clk = 1;
        top_.eval();
        top_.clk = 0;
        top_.eval();
    }

    void note(Memory memory, uint32_t address) {
        reads_++;
        found_[memory].push_back(address);
    }

    static bool write(const std::string& name, const std::vector<uint32_t>& found) {
        std::ofstream file{name, std::ios::binary};
        file.write(reinterpret_cast<const char*>(found.data()), found.size() * sizeof found[0]);
        file.close();
        return static_cast<bool>(file);
    }

    VerilatedContext context_;
    Vnative top_;
    uint64_t reads_ = 0;
    std::vector<uint32_t> found_[MEMORY_COUNT];
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "needs a file of layers and a folder\n";
        return 2;
    }
    Core core;
    int number = 0;
    for (const Layer& layer : layers_in(arguments[1])) {
        if (!core.run(layer)) {
            std::cerr << "the core does not take layer " << number << '\n';
            return 1;
        }
        number++;
    }
    core.rest();
    return core.write(arguments[2]) ? 0 : 1;
}
