package special_pkg;
  function automatic logic [31:0] execute(input logic [7:0] op, input logic [31:0] a);
    /* verilator no_inline_task */
    execute = a ^ {24'd0, op};
  endfunction
endpackage
