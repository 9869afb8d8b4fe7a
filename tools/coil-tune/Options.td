// coil-tune's options, and those of tools/Model.td.
include "tools/Model.td"

def o : JoinedOrSeparate<["-"], "o">, MetaVarName<"FILE">, HelpText<"The tuning file, for coilc --tuning; the search begins with what is in it">;
def target : J<"target", "The machine, which must be this one (default: host)", "NAME">;
def shape : J<"shape", "The shape of a generated input, as for coil-run", "NAME=2x3">;
def test_data : J<"test-data", "Inputs from ONNX test data, as for coil-run", "DIR">;
def threads : J<"threads", "Threads of a run (default: 1)", "N">;
def budget : J<"budget", "Seconds for the search (default: 120)", "N">;
