// The clock loop around one core: its memories as arrays, its results into arrays.
//
// A memory has an address register and an output register, as `WordMemory` has: the word of the
// address in one cycle is at the core three cycles later. Called from Python through ctypes.

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>

#include "Vnative.h"
#include "verilated.h"
#ifdef CONVOLITH_OBSERVED
#include "Vnative___024root.h"
#include "verilated_vcd_c.h"
#endif

namespace {

// A core that never asks for a layer would keep us waiting for ever.
constexpr int MOST_CYCLES_TO_ACCEPT = 1000;
constexpr uint64_t PERIOD_NS = 10;

template <typename Word>
class Memory {
public:
    void fill(uint8_t* words, int64_t count) {
        words_ = words;
        count_ = static_cast<uint64_t>(count);
        next_ = addressed_ = register_ = nullptr;
    }
    // What the edge does, in two parts: look at the ports before, change them after.
    void sample(bool en, uint64_t address) {
        next_ = addressed_;
        if (en) next_ = address < count_ ? words_ + address * sizeof(Word) : nullptr;
    }
    void output(Word& data) {
        if (register_) {
            std::memcpy(&data, register_, sizeof(Word));
        } else {
            std::memset(&data, 0, sizeof(Word));
        }
        register_ = addressed_;
        addressed_ = next_;
    }
    // Puts some bits into a word; nobody reads it in these cycles.
    void write(uint64_t address, int first, int bits, const uint8_t* data) {
        if (address >= count_) return;
        uint8_t* word = words_ + address * sizeof(Word);
        if (first % 8 == 0 && bits % 8 == 0) {
            std::memcpy(word + first / 8, data, bits / 8);
            return;
        }
        for (int i = 0; i < bits; i++) {
            const int to = first + i;
            const int bit = data[i / 8] >> (i % 8) & 1;
            word[to / 8] = (word[to / 8] & ~(1 << (to % 8))) | bit << (to % 8);
        }
    }

private:
    uint8_t* words_ = nullptr;
    uint64_t count_ = 0;
    const uint8_t* register_ = nullptr;
    const uint8_t* addressed_ = nullptr;
    const uint8_t* next_ = nullptr;
};

#ifdef CONVOLITH_OBSERVED
// Remembers what went wrong, a full disk say: Verilator itself would end the process, or hang.
class WaveFile : public VerilatedVcdFile {
public:
    bool open(const std::string& name) override {
        const bool opened = VerilatedVcdFile::open(name);
        if (!opened) error_ = errno;
        return opened;
    }
    ssize_t write(const char* data, ssize_t size) override {
        if (error_) return size;
        const ssize_t written = VerilatedVcdFile::write(data, size);
        if (written >= 0 || errno == EAGAIN || errno == EINTR) return written;
        error_ = errno;
        return size;
    }
    int error() const { return error_; }

private:
    int error_ = 0;
};
#endif

using Act = std::remove_reference_t<decltype(Vnative::act_data)>;
using Weight = std::remove_reference_t<decltype(Vnative::weight_data)>;
#ifdef CONVOLITH_BIAS
using Bias = std::remove_reference_t<decltype(Vnative::bias_data)>;
#endif
#ifdef CONVOLITH_PARAMETERS
using Parameters = std::remove_reference_t<decltype(Vnative::parameters_data)>;
using Result = std::remove_reference_t<decltype(Vnative::result)>;
#endif
using Layer = std::remove_reference_t<decltype(Vnative::layer)>;
using Row = std::remove_reference_t<decltype(Vnative::row)>;

}  // namespace

extern "C" {

// One run of the core; what comes out goes to rows and row_cycles: sums, or activations, which
// have their own last_bit.
struct Load {
    const uint8_t* layer;
    uint8_t* act;
    int64_t act_words;
    uint8_t* weight;
    int64_t weight_words;
    uint8_t* weight_odd;
    int64_t weight_odd_words;
    uint8_t* bias;
    int64_t bias_words;
    uint8_t* parameters;
    int64_t parameters_words;
    uint8_t* rows;
    int64_t* row_cycles;
    int64_t most_rows;
    int64_t last_bit;
};

// For an observed core: a window of cycles to be shown, a bit to be flipped.
struct Options {
    const char* waves;
    int64_t from_cycle;
    int64_t to_cycle;
    int64_t fault_cycle;
    int64_t fault_row;
    int64_t fault_col;
    uint64_t fault_mask;
};
}

namespace {

class Simulation {
public:
    explicit Simulation(const Options& options) : options_{options} {
#ifdef CONVOLITH_OBSERVED
        context_.traceEverOn(true);
#endif
        top_ = std::make_unique<Vnative>(&context_, "");
        top_->eval();
    }

    // Fills the memories and hands the layer over; cycles count on.
    void load(const Load& load) {
        load_ = load;
        act_.fill(load.act, load.act_words);
        weight_.fill(load.weight, load.weight_words);
#ifdef CONVOLITH_WEIGHT_ODD
        weight_odd_.fill(load.weight_odd, load.weight_odd_words);
#endif
#ifdef CONVOLITH_BIAS
        bias_.fill(load.bias, load.bias_words);
#endif
#ifdef CONVOLITH_PARAMETERS
        parameters_.fill(load.parameters, load.parameters_words);
#endif
        count_ = 0;
        done_ = begun_ = false;
        std::memcpy(&top_->layer, load.layer, sizeof(Layer));
        top_->layer_valid = 1;
        bool accepted = false;
        for (int i = 0; i < MOST_CYCLES_TO_ACCEPT && !accepted; i++) {
            watch();
            top_->eval();
            accepted = top_->layer_ready;
            edge(accepted);
        }
    }

    // Runs to the end of cycle `limit`, or to the layer's end: 1 if that came. If the waveform
    // cannot be written, minus the number of the error.
    int advance(int64_t limit) {
        while (!done_ && cycle_ < limit && count_ < load_.most_rows) {
            cycle_++;
            if (top_->row_valid) take(top_->row);
#ifdef CONVOLITH_RESULTS
            if (top_->result_valid) take(top_->result);
#endif
#ifdef CONVOLITH_KEPT
            if (top_->kept) done_ = true;
#endif
            edge(false);
        }
#ifdef CONVOLITH_OBSERVED
        if (file_.error()) return -file_.error();
#endif
        return done_;
    }

    // Completes the waveform; the error is minus a number likewise. Otherwise, so many cycles
    // later, the rows that came after the last one of a load.
    int finish(int64_t cycles) {
#ifdef CONVOLITH_OBSERVED
        close();
        if (file_.error()) return -file_.error();
#endif
        for (; cycles > 0; cycles--) {
            watch();
            edge(false);
        }
        return late_;
    }

    int64_t cycle() const { return cycle_; }
    int64_t count() const { return count_; }

private:
    template <typename Word>
    void take(const Word& word) {
        uint8_t* row = load_.rows + count_ * sizeof(Word);
        std::memcpy(row, &word, sizeof(Word));
        load_.row_cycles[count_++] = cycle_;
        done_ = row[load_.last_bit / 8] >> (load_.last_bit % 8) & 1;
    }

    // In cycles in which nothing may come.
    void watch() {
        if (top_->row_valid) late_++;
#ifdef CONVOLITH_RESULTS
        if (top_->result_valid) late_++;
#endif
    }

#ifdef CONVOLITH_STORE
    void store() {
        const auto* en = reinterpret_cast<const uint8_t*>(&top_->store_en);
        const auto* data = reinterpret_cast<const uint8_t*>(&top_->store_data);
        for (int bank = 0; bank < CONVOLITH_STORE_BANKS; bank++) {
            if (!(en[bank / 8] >> (bank % 8) & 1)) continue;
            act_.write(top_->store_address, bank * CONVOLITH_STORE, CONVOLITH_STORE, data);
        }
    }
#endif

    void edge(bool accepted) {
        act_.sample(top_->act_en, top_->act_address);
        weight_.sample(top_->weight_en, top_->weight_address);
#ifdef CONVOLITH_WEIGHT_ODD
        weight_odd_.sample(top_->weight_odd_en, top_->weight_odd_address);
#endif
#ifdef CONVOLITH_BIAS
        bias_.sample(top_->bias_en, top_->bias_address);
#endif
#ifdef CONVOLITH_PARAMETERS
        parameters_.sample(top_->parameters_en, top_->parameters_address);
#endif
#ifdef CONVOLITH_STORE
        store();
#endif
#ifdef CONVOLITH_GATED
        top_->lanes_clk = top_->lanes_active;
#endif
        top_->clk = 1;
        top_->eval();
        if (accepted) {
            top_->layer_valid = 0;
            begun_ = true;
        }
        act_.output(top_->act_data);
        weight_.output(top_->weight_data);
#ifdef CONVOLITH_WEIGHT_ODD
        weight_odd_.output(top_->weight_odd_data);
#endif
#ifdef CONVOLITH_BIAS
        bias_.output(top_->bias_data);
#endif
#ifdef CONVOLITH_PARAMETERS
        parameters_.output(top_->parameters_data);
#endif
#ifdef CONVOLITH_OBSERVED
        if (cycle_ == options_.fault_cycle && !flipped_) flip();
        top_->eval();
        dump(0);
#endif
        top_->clk = 0;
#ifdef CONVOLITH_GATED
        top_->lanes_clk = 0;
#endif
        top_->eval();
#ifdef CONVOLITH_OBSERVED
        dump(PERIOD_NS / 2);
#endif
    }

#ifdef CONVOLITH_OBSERVED
    void flip() {
        flipped_ = true;
        auto& core = *top_->rootp;
        switch (options_.fault_row * CONVOLITH_COLS + options_.fault_col) {
#define ACCUMULATOR(r, c)                                                                          \
    case r * CONVOLITH_COLS + c:                                                                   \
        core.native__DOT__core__DOT__array__DOT__pe_##r##_##c##__DOT__accumulator ^=               \
            options_.fault_mask;                                                                       \
        break;
#include "accumulators.h"
        }
    }

    void close() {
        if (vcd_) vcd_->close();
        vcd_.reset();
    }

    // After the edge that ends a cycle come the next cycle's values: cycle 12 is at 120 ns.
    void dump(uint64_t ns) {
        const int64_t shown = cycle_ + 1;
        if (!begun_ || !options_.waves || done_) return;
        if (shown < options_.from_cycle || shown > options_.to_cycle) return;
        if (!vcd_) {
            vcd_ = std::make_unique<VerilatedVcdC>(&file_);
            top_->trace(vcd_.get(), 99);
            vcd_->open(options_.waves);
        }
        vcd_->dump(shown * PERIOD_NS + ns);
        if (shown == options_.to_cycle && ns) close();
    }
    WaveFile file_;  // outlives its user
    std::unique_ptr<VerilatedVcdC> vcd_;
#endif

    Options options_;
    Load load_{};
    VerilatedContext context_;
    std::unique_ptr<Vnative> top_;
    Memory<Act> act_;
    Memory<Weight> weight_;
#ifdef CONVOLITH_WEIGHT_ODD
    Memory<Weight> weight_odd_;
#endif
#ifdef CONVOLITH_BIAS
    Memory<Bias> bias_;
#endif
#ifdef CONVOLITH_PARAMETERS
    Memory<Parameters> parameters_;
#endif
    int64_t cycle_ = 0;
    int64_t count_ = 0;
    int late_ = 0;
    bool begun_ = false;
    bool flipped_ = false;
    bool done_ = false;
};

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

// Bytes of a word, as they lie in memory: of a layer's registers, of act, weight, a row of sums,
// bias, requantization's parameters, activations that leave, the second bank of weights.
void convolith_sizes(int64_t* sizes) {
    std::memset(sizes, 0, 8 * sizeof *sizes);
    sizes[0] = sizeof(Layer);
    sizes[1] = sizeof(Act);
    sizes[2] = sizeof(Weight);
    sizes[3] = sizeof(Row);
#ifdef CONVOLITH_WEIGHT_ODD
    sizes[7] = sizeof(Weight);
#endif
#ifdef CONVOLITH_BIAS
    sizes[4] = sizeof(Bias);
#endif
#ifdef CONVOLITH_PARAMETERS
    sizes[5] = sizeof(Parameters);
    sizes[6] = sizeof(Result);
#endif
}
void* convolith_start(const Options* options) { return new Simulation{*options}; }
void convolith_load(void* simulation, const Load* load) {
    static_cast<Simulation*>(simulation)->load(*load);
}
int convolith_advance(void* simulation, int64_t limit) {
    return static_cast<Simulation*>(simulation)->advance(limit);
}
int convolith_finish(void* simulation, int64_t cycles) {
    return static_cast<Simulation*>(simulation)->finish(cycles);
}
int64_t convolith_cycle(void* simulation) { return static_cast<Simulation*>(simulation)->cycle(); }
int64_t convolith_count(void* simulation) { return static_cast<Simulation*>(simulation)->count(); }
void convolith_end(void* simulation) { delete static_cast<Simulation*>(simulation); }
}
