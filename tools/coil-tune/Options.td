include "llvm/Option/OptParser.td"

class F<string name, string help> : Flag<["--"], name>, HelpText<help>;
class J<string name, string help, string meta> : Joined<["--"], name#"=">, MetaVarName<"<"#meta#">">, HelpText<help>;

def help : F<"help", "Print this help">;
def h : Flag<["-"], "h">, Alias<help>;
def o : JoinedOrSeparate<["-"], "o">, MetaVarName<"<FILE>">, HelpText<"The tuning file, for coilc --tuning; the search begins with what is in it">;
def target : J<"target", "The machine, which must be this one (default: host)", "MACHINE">;
def dim : J<"dim", "Fix a symbolic dimension, as for coilc", "NAME=SIZE">;
def shape : J<"shape", "The shape of a generated input, as for coil-run", "NAME=2x3">;
def test_data : J<"test-data", "Inputs from ONNX test data, as for coil-run", "DIR">;
def threads : J<"threads", "Threads of a run (default: 1)", "N">;
def budget : J<"budget", "Seconds for the search (default: 120)", "N">;
