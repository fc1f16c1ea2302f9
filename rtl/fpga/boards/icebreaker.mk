# icebreaker.mk - iCEBreaker: iCE40 UP5K in SG48, 12 MHz oscillator, USB serial at 1 Mbaud.
FPGA_DEVICE  := up5k
FPGA_PACKAGE := sg48
FPGA_CLOCK   := 12000000
FPGA_BAUD    := 1000000
FPGA_PINS    := clk_i=35 rst_ni=10 uart_rx_i=6 uart_tx_o=9 running_no=37 fault_no=11
