// Verilator's helpers for signed numbers, once more, in a form that compilers know: two shifts become
// one load with sign extension, where `-(x & sign) | x` stays as many instructions. Half of a MAC
// array's work is sign extension: 1.7 times as many cycles per second at 8x8x4 (docs/benchmarks.md).
// Widths and results are those of verilated_funcs.h.
#include "verilated.h"

#include "verilated_funcs.h"

static inline IData convolith_extend(int bits, IData x) {
    return static_cast<IData>(static_cast<int32_t>(x << (32 - bits)) >> (32 - bits));
}
static inline QData convolith_extend_64(int bits, QData x) {
    return static_cast<QData>(static_cast<int64_t>(x << (64 - bits)) >> (64 - bits));
}
#define VL_EXTENDS_II(result_bits, bits, x) convolith_extend(bits, x)
#define VL_EXTENDS_QI(result_bits, bits, x) convolith_extend_64(bits, x)
#define VL_EXTENDS_QQ(result_bits, bits, x) convolith_extend_64(bits, x)
#define VL_MULS_III(bits, x, y) (convolith_extend(bits, x) * convolith_extend(bits, y))
#define VL_MULS_QQQ(bits, x, y) (convolith_extend_64(bits, x) * convolith_extend_64(bits, y))
