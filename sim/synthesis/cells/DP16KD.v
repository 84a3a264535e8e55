// The ECP5's block RAM as we use it, for simulation: Yosys has none. SPDX-License-Identifier: Apache-2.0
//
// Port A writes, port B reads, words of the same width on both; a register at port B's output where
// REGMODE_B is "OUTREG". A word of 18 has its bytes enabled by ADA0 and ADA1. Contents begin as zero,
// as a bitstream leaves them. Reading at A, writing at B, resets, chip selects, and widths that
// differ are refused: x. After: Lattice FPGA-TN-02204, ECP5 Memory Usage Guide.
module DP16KD (
    input CLKA, CEA, OCEA, WEA, RSTA, CSA0, CSA1, CSA2,
    input CLKB, CEB, OCEB, WEB, RSTB, CSB0, CSB1, CSB2,
    input ADA0, ADA1, ADA2, ADA3, ADA4, ADA5, ADA6, ADA7, ADA8, ADA9, ADA10, ADA11, ADA12, ADA13,
    input ADB0, ADB1, ADB2, ADB3, ADB4, ADB5, ADB6, ADB7, ADB8, ADB9, ADB10, ADB11, ADB12, ADB13,
    input DIA0, DIA1, DIA2, DIA3, DIA4, DIA5, DIA6, DIA7, DIA8, DIA9, DIA10, DIA11, DIA12, DIA13, DIA14, DIA15, DIA16, DIA17,
    input DIB0, DIB1, DIB2, DIB3, DIB4, DIB5, DIB6, DIB7, DIB8, DIB9, DIB10, DIB11, DIB12, DIB13, DIB14, DIB15, DIB16, DIB17,
    output DOA0, DOA1, DOA2, DOA3, DOA4, DOA5, DOA6, DOA7, DOA8, DOA9, DOA10, DOA11, DOA12, DOA13, DOA14, DOA15, DOA16, DOA17,
    output DOB0, DOB1, DOB2, DOB3, DOB4, DOB5, DOB6, DOB7, DOB8, DOB9, DOB10, DOB11, DOB12, DOB13, DOB14, DOB15, DOB16, DOB17
);
    parameter DATA_WIDTH_A = 18;
    parameter DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG";
    parameter REGMODE_B = "NOREG";
    parameter RESETMODE = "SYNC";
    parameter WRITEMODE_A = "NORMAL";
    parameter WRITEMODE_B = "NORMAL";
    parameter CSDECODE_A = "0b000";
    parameter CSDECODE_B = "0b000";
    parameter GSR = "ENABLED";

    // The address of a word is in the upper bits.
    localparam LOW = DATA_WIDTH_A == 18 ? 4 : DATA_WIDTH_A == 9 ? 3 : DATA_WIDTH_A == 4 ? 2 :
                     DATA_WIDTH_A == 2 ? 1 : 0;
    wire [13:0] written = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
    wire [13:0] wanted = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
    wire [17:0] data = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};

    reg [8:0] lower [0:(16384 >> LOW) - 1];
    reg [8:0] upper [0:(16384 >> LOW) - 1];
    reg [17:0] word, out;
    integer i;
    initial
        for (i = 0; i < (16384 >> LOW); i = i + 1) begin
            lower[i] = 0;
            upper[i] = 0;
        end

    always @(posedge CLKA)
        if (CEA & WEA) begin
            if (DATA_WIDTH_A != 18 || ADA0) lower[written >> LOW] <= data[8:0];
            if (DATA_WIDTH_A != 18 || ADA1) upper[written >> LOW] <= data[17:9];
        end

    always @(posedge CLKB) begin
        if (CEB) word <= {upper[wanted >> LOW], lower[wanted >> LOW]};
        if (OCEB) out <= word;
    end

    wire supported = ~WEB & ~RSTB & ~RSTA & (DATA_WIDTH_A == DATA_WIDTH_B)
        & ~(CSA0 | CSA1 | CSA2 | CSB0 | CSB1 | CSB2)
        & (CSDECODE_A == "0b000") & (CSDECODE_B == "0b000")
        & (REGMODE_B == "OUTREG" | REGMODE_B == "NOREG");
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0}
        = supported ? (REGMODE_B == "OUTREG" ? out : word) : 18'bx;
endmodule
