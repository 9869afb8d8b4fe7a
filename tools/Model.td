// Options of every tool that compiles a model. Not cl::opt: that registry is shared
// with LLVM, which has a -stop-after of its own.
include "llvm/Option/OptParser.td"

class F<string name, string help> : Flag<["--", "-"], name>, HelpText<help>;
class J<string name, string help, string meta> : Joined<["--", "-"], name # "=">, HelpText<help>, MetaVarName<meta>;

def help : F<"help", "Show this text">;
def h : Flag<["-"], "h">, Alias<help>;
def dim : J<"dim", "Fix a symbolic dimension, e.g. --dim=batch=4", "NAME=SIZE">;
def length : J<"length", "Fix the number of elements, at most 64, of an input that is a sequence, e.g. --length=images=3", "NAME=SIZE">;
def share : J<"share", "An output lies in the buffer of an input, and a run writes only what is new; with room for CAPACITY in the dimension that grows, "
  "e.g. --share=present.*=past_key_values.*:2048", "OUTPUT=INPUT[:CAPACITY]">;
def custom_op : J<"custom-op", "Bind an operator to a C function; several: in a JSON file (README.md, Custom operators)", "DOMAIN::OP=FUNCTION|FILE.json">;
def link : J<"link", "Link an object, an archive or a library of yours into what is made, e.g. with functions of custom operators", "FILE">;
def winograd : J<"winograd", "Convolve by 3 x 3 in few multiplications: auto (default: where the model of the machine prefers it), off, 2 or 4 (tiles of so many pixels)", "HOW">;
