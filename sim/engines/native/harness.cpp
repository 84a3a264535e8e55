// The clock loop around one core: its memories as arrays, its results into arrays.
//
// A memory has an address register and an output register, as `WordMemory` has: the word of the
// address in one cycle is at the core three cycles later. Called from Python through ctypes.
//
// Which memories, streams, flags and write ports there are is written in ports.h, for each core:
// MEMORIES, STREAMS, FLAGS and WRITES name them one after the other, each as an argument of EACH.
//
// Kinds of builds (kind.py): the plain one; CONVOLITH_TESTED has outputs that are not always ready,
// and watches the ports; CONVOLITH_OBSERVED, which is tested as well, shows what is inside;
// CONVOLITH_MUTANTS, tested as well, has faults, one of which can be chosen.

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "Vnative.h"
#include "ports.h"
#include "verilated.h"
#ifdef CONVOLITH_OBSERVED
#include "Vnative___024root.h"
#include "verilated_vcd_c.h"
#endif

namespace {

// A core that never asks for a layer would keep us waiting for ever.
constexpr int MOST_CYCLES_TO_ACCEPT = 1000;
constexpr uint64_t PERIOD_NS = 10;

// The words of a memory, and the addresses that the layer may read: from `first` on, before `end`.
struct Words {
    uint8_t* bytes;
    int64_t count;
    int64_t first;
    int64_t end;
};

#ifdef CONVOLITH_TESTED
// 64 bits that look random, of a number: the finalizer of SplitMix64, as in readiness.py.
uint64_t hashed(uint64_t number) {
    number += 0x9E3779B97F4A7C15;
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
    return number ^ (number >> 31);
}
#endif

template <typename Word>
class Memory {
public:
    void fill(const Words& words) {
        words_ = words.bytes;
        count_ = static_cast<uint64_t>(words.count);
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
    // Puts some bits into a word; nobody reads it in these cycles. False if there is no such word.
    bool write(uint64_t address, int first, int bits, const uint8_t* data) {
        if (address >= count_) return false;
        uint8_t* word = words_ + address * sizeof(Word);
        if (first % 8 == 0 && bits % 8 == 0) {
            std::memcpy(word + first / 8, data, bits / 8);
            return true;
        }
        for (int i = 0; i < bits; i++) {
            const int to = first + i;
            const int bit = data[i / 8] >> (i % 8) & 1;
            word[to / 8] = (word[to / 8] & ~(1 << (to % 8))) | bit << (to % 8);
        }
        return true;
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

template <typename Port>
using Word = std::remove_reference_t<Port>;
using Layer = Word<decltype(Vnative::layer)>;

enum Place {
#define EACH(name) PLACE_##name,
    MEMORIES
#undef EACH
    MEMORY_COUNT
};

}  // namespace

extern "C" {

// A step: the words of all memories, in their order; what comes out goes to rows and row_cycles:
// sums, or activations, which have their own row_bytes and last_bit.
struct Step {
    const uint8_t* layer;
    const Words* memories;
    uint8_t* rows;
    int64_t* row_cycles;
    int64_t most_rows;
    int64_t row_bytes;
    int64_t last_bit;
};

// For an observed core: a window of cycles to be shown, a bit to be flipped. For a tested one: the
// cycles in which outputs are ready, per cent; whether idle inputs are scrambled; the seed of both.
struct Options {
    const char* waves;
    int64_t from_cycle;
    int64_t to_cycle;
    int64_t fault_cycle;
    int64_t fault_row;
    int64_t fault_col;
    uint64_t fault_mask;
    // Room for the samples of so many cycles, and the first and the last that are wanted.
    uint8_t* samples;
    int64_t most_samples;
    int64_t first_sample;
    int64_t last_sample;
    int64_t percent;
    int64_t scrambled;
    uint64_t seed;
    uint64_t mutant;  // of a core with mutants: the one that is there; 0 for none
};

// What the ports of a tested core did in a step. Cycles count from its first one.
struct Activity {
    int64_t ready;         // the first cycle in which it took layers again
    int64_t lanes_active;  // cycles
    int64_t* reads;        // of each memory
    // The first word that was read and is not the layer's; without one, its memory is -1.
    int64_t stray_memory;
    int64_t stray_address;
    int64_t stray_cycle;
    // The first address beyond a memory that was written since the reset, likewise.
    int64_t lost_memory;
    int64_t lost_address;
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
#ifdef CONVOLITH_MUTANTS
        top_->mutsel = options.mutant;
#endif
        top_->eval();
#ifdef CONVOLITH_MUTANTS
        reset();  // their registers have lost their first values
#endif
    }

    // Fills the memories and hands the layer over; cycles count on.
    void start(const Step& step) {
        step_ = step;
#define EACH(name) name##_.fill(step.memories[PLACE_##name]);
        MEMORIES
#undef EACH
        count_ = 0;
        done_ = begun_ = false;
        idle();
        std::memcpy(&top_->layer, step.layer, sizeof(Layer));
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
        while (!done_ && cycle_ < limit && count_ < step_.most_rows) {
            if (options_.samples && sampled_ == options_.most_samples) break;
            cycle_++;
            surround();
#define EACH(name) if (top_->name##_valid && ready_) take(top_->name);
            STREAMS
#undef EACH
#define EACH(name) if (top_->name) done_ = true;
            FLAGS
#undef EACH
            sample();
            edge(false);
        }
#ifdef CONVOLITH_OBSERVED
        if (file_.error()) return -file_.error();
#endif
        return done_;
    }

    // Completes the waveform; the error is minus a number likewise. Otherwise, so many cycles
    // later, the rows that came after the last one of a step.
    int finish(int64_t cycles) {
#ifdef CONVOLITH_OBSERVED
        close();
        if (file_.error()) return -file_.error();
#endif
        for (; cycles > 0; cycles--) {
#ifdef CONVOLITH_TESTED
            rest();
#else
            watch();
            edge(false);
#endif
        }
        return late_;
    }

#ifdef CONVOLITH_TESTED
    // A reset of one cycle, whatever runs. A layer that is offered in it must not start. Then
    // cycles count from the beginning.
    void reset() {
        top_->layer_valid = 1;
        top_->rst = 1;
        rest();
        top_->rst = top_->layer_valid = 0;
        top_->eval();
        cycle_ = count_ = 0;
        // The port is closed for a cycle. One that is open counts like a row that comes late.
        late_ = top_->layer_ready;
        started_ = scrambles_ = 0;
        lost_memory_ = -1;
        clear();
    }

    // After the layer's end: goes on until it takes the next layer, in cycles that do not count.
    // What the ports did since it was started. Once more after `finish`: a read behind the end.
    void settle(Activity& activity) {
        for (int i = 0; i < MOST_CYCLES_TO_ACCEPT && !ready_again_; i++) rest();
        activity.ready = ready_again_;
        activity.lanes_active = lanes_active_;
        std::memcpy(activity.reads, reads_, sizeof(reads_));
        activity.stray_memory = stray_memory_;
        activity.stray_address = stray_address_;
        activity.stray_cycle = stray_cycle_;
        activity.lost_memory = lost_memory_;
        activity.lost_address = lost_address_;
    }
#endif

    int64_t cycle() const { return cycle_; }
    int64_t count() const { return count_; }
    // How many cycles were sampled since it was asked.
    int64_t sampled() {
        const int64_t sampled = sampled_;
        sampled_ = 0;
        return sampled;
    }

private:
    // All probes of this cycle, one after the other.
    void sample() {
#ifdef CONVOLITH_OBSERVED
        if (!options_.samples) return;
        if (cycle_ < options_.first_sample || cycle_ > options_.last_sample) return;
        const auto& core = *top_->rootp;
        uint8_t* next = options_.samples + sampled_++ * sample_bytes();
#define PROBE(signal)                                                                              \
    std::memcpy(next, &core.signal, sizeof(core.signal));                                          \
    next += sizeof(core.signal);
#include "probes.h"
#undef PROBE
#endif
    }

#ifdef CONVOLITH_OBSERVED
    static constexpr size_t sample_bytes() {
        return 0
#define PROBE(signal) +sizeof(std::declval<Vnative___024root&>().signal)
#include "probes.h"
#undef PROBE
            ;
    }
#endif

    template <typename Word>
    void take(const Word& word) {
#ifdef CONVOLITH_MUTANTS
        // The other stream: there is no room for its words.
        if (sizeof(Word) != static_cast<size_t>(step_.row_bytes) || count_ >= step_.most_rows) {
            late_++;
            return;
        }
#endif
        uint8_t* row = step_.rows + count_ * sizeof(Word);
        std::memcpy(row, &word, sizeof(Word));
        step_.row_cycles[count_++] = cycle_;
        done_ = row[step_.last_bit / 8] >> (step_.last_bit % 8) & 1;
    }

#ifdef CONVOLITH_TESTED
    // The inputs of this cycle, and what follows from them at once.
    void surround() {
        ready_ = options_.percent == 100
            || (hashed((options_.seed << 32) + cycle_) >> 32) * 100 >> 32
                < static_cast<uint64_t>(options_.percent);
        scramble();
#define EACH(name) top_->name##_ready = ready_;
        STREAMS
#undef EACH
        top_->eval();
    }

    // A cycle in which no layer is offered and nothing may come.
    void rest() {
        ready_ = true;
        scramble();
#define EACH(name) top_->name##_ready = 1;
        STREAMS
#undef EACH
        top_->eval();
        watch();
        edge(false);
    }

    // Some of them, before a layer is offered.
    void idle() {
        clear();
        stray_memory_ = -1;
        top_->layer_valid = 0;
        const auto cycles = options_.scrambled ? hashed(options_.seed + ++started_) % 8 : 0;
        for (uint64_t i = 0; i < cycles; i++) rest();
    }

    void clear() {
        since_ = ready_again_ = lanes_active_ = 0;
        std::memset(reads_, 0, sizeof(reads_));
    }

    // Other registers in each cycle, as long as they do not count.
    void scramble() {
        if (!options_.scrambled || top_->layer_valid) return;
        uint8_t bytes[sizeof(Layer) + 8] = {};
        for (size_t i = 0; i * 64 < LAYER_BITS; i++) {
            const uint64_t word = hashed(options_.seed + ++scrambles_);
            std::memcpy(bytes + i * 8, &word, 8);
        }
        // Verilator wants zeros in the bits beyond.
        for (size_t bit = LAYER_BITS; bit < sizeof(Layer) * 8; bit++) {
            bytes[bit / 8] &= ~(1 << (bit % 8));
        }
        std::memcpy(&top_->layer, bytes, sizeof(Layer));
    }

    void watch_ports() {
        since_++;
        if (!ready_again_ && top_->layer_ready) ready_again_ = since_;
#ifdef CONVOLITH_GATED
        lanes_active_ += top_->lanes_active;
#endif
#define EACH(name) if (top_->name##_en) watch_read(PLACE_##name, top_->name##_address);
        MEMORIES
#undef EACH
    }

    void watch_read(int memory, int64_t address) {
        reads_[memory]++;
        if (!step_.memories || stray_memory_ >= 0) return;  // no layer yet
        const Words& words = step_.memories[memory];
        if (begun_ && words.first <= address && address < words.end) return;
        stray_memory_ = memory;
        stray_address_ = address;
        stray_cycle_ = begun_ ? since_ : 0;
    }
#else
    void surround() {}
    void idle() {}
    void watch_ports() {}
#endif

    // In cycles in which nothing may come.
    void watch() {
#define EACH(name) if (top_->name##_valid) late_++;
        STREAMS
#undef EACH
    }

    // What a write port of some banks puts into a memory.
    template <typename Word, typename Enable, typename Data>
    void write(
        Memory<Word>& memory, int place, int banks, int bits, const Enable& enable,
        uint64_t address, const Data& data
    ) {
        const auto* en = reinterpret_cast<const uint8_t*>(&enable);
        const auto* from = reinterpret_cast<const uint8_t*>(&data);
        for (int bank = 0; bank < banks; bank++) {
            if (!(en[bank / 8] >> (bank % 8) & 1)) continue;
            if (memory.write(address, bank * bits, bits, from)) continue;
#ifdef CONVOLITH_TESTED
            if (lost_memory_ >= 0) continue;
            lost_memory_ = place;
            lost_address_ = address;
#endif
        }
    }

    void edge(bool accepted) {
        watch_ports();
#define EACH(name) name##_.sample(top_->name##_en, top_->name##_address);
        MEMORIES
#undef EACH
#define EACH(name, memory, banks, bits)                                                            \
    write(memory##_, PLACE_##memory, banks, bits, top_->name##_en, top_->name##_address,           \
          top_->name##_data);
        WRITES
#undef EACH
#ifdef CONVOLITH_GATED
        top_->lanes_clk = top_->lanes_active;
#endif
        top_->clk = 1;
        top_->eval();
        if (accepted) {
            top_->layer_valid = 0;
            begun_ = true;
#ifdef CONVOLITH_TESTED
            clear();
#endif
        }
#define EACH(name) name##_.output(top_->name##_data);
        MEMORIES
#undef EACH
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
            vcd_->set_time_unit("1ns");
            vcd_->set_time_resolution("1ns");
            vcd_->open(options_.waves);
        }
        vcd_->dump(shown * PERIOD_NS + ns);
        if (shown == options_.to_cycle && ns) close();
    }
    WaveFile file_;  // outlives its user
    std::unique_ptr<VerilatedVcdC> vcd_;
#endif

    Options options_;
    Step step_{};
    VerilatedContext context_;
    std::unique_ptr<Vnative> top_;
#define EACH(name) Memory<Word<decltype(Vnative::name##_data)>> name##_;
    MEMORIES
#undef EACH
    int64_t cycle_ = 0;
    int64_t count_ = 0;
    int64_t sampled_ = 0;
    int late_ = 0;
#ifdef CONVOLITH_TESTED
    uint64_t started_ = 0, scrambles_ = 0;
    int64_t since_ = 0;  // cycles since the layer was accepted
    int64_t ready_again_ = 0;
    int64_t lanes_active_ = 0;
    int64_t reads_[MEMORY_COUNT] = {};
    int64_t stray_memory_ = -1, stray_address_ = 0, stray_cycle_ = 0;
    int64_t lost_memory_ = -1, lost_address_ = 0;
    bool ready_ = true;
#else
    static constexpr bool ready_ = true;
#endif
    bool begun_ = false;
    bool flipped_ = false;
    bool done_ = false;
};

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

// Bytes of a word, as they lie in memory: of a layer's registers, of each memory, of each stream.
void convolith_sizes(int64_t* sizes) {
    *sizes++ = sizeof(Layer);
#define EACH(name) *sizes++ = sizeof(Word<decltype(Vnative::name##_data)>);
    MEMORIES
#undef EACH
#define EACH(name) *sizes++ = sizeof(Word<decltype(Vnative::name)>);
    STREAMS
#undef EACH
}
void* convolith_begin(const Options* options) { return new Simulation{*options}; }
void convolith_start(void* simulation, const Step* step) {
    static_cast<Simulation*>(simulation)->start(*step);
}
int convolith_advance(void* simulation, int64_t limit) {
    return static_cast<Simulation*>(simulation)->advance(limit);
}
int convolith_finish(void* simulation, int64_t cycles) {
    return static_cast<Simulation*>(simulation)->finish(cycles);
}
int64_t convolith_cycle(void* simulation) { return static_cast<Simulation*>(simulation)->cycle(); }
int64_t convolith_sampled(void* simulation) {
    return static_cast<Simulation*>(simulation)->sampled();
}
#ifdef CONVOLITH_TESTED
void convolith_reset(void* simulation) { static_cast<Simulation*>(simulation)->reset(); }
void convolith_settle(void* simulation, Activity* activity) {
    static_cast<Simulation*>(simulation)->settle(*activity);
}
#endif
int64_t convolith_count(void* simulation) { return static_cast<Simulation*>(simulation)->count(); }
void convolith_end(void* simulation) { delete static_cast<Simulation*>(simulation); }
}
