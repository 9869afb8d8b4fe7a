// coilc's options. Not cl::opt: that registry is shared with LLVM, which has a
// -stop-after of its own.
include "llvm/Option/OptParser.td"

class F<string name, string help> : Flag<["--", "-"], name>, HelpText<help>;
class J<string name, string help, string meta> : Joined<["--", "-"], name # "=">, HelpText<help>, MetaVarName<meta>;

def help : F<"help", "Show this text">;
def h : Flag<["-"], "h">, Alias<help>;
def version : F<"version", "Show the version">;
def o : JoinedOrSeparate<["-"], "o">, MetaVarName<"FILE">,
  HelpText<"The output; OUT.h, OUT.json and, for external weights, OUT.weights are written beside a library. '-' prints text">;
def check : F<"check", "Say whether the model will compile, with all that stands in the way, and what it costs; no output">;
def json : F<"json", "With --check, say it as JSON">;
def target : J<"target", "altra (default), altra-max, ampereone, ampereone-m, aarch64 or host", "NAME">;
def emit : J<"emit", "so (default), a, obj, llvm, asm or mlir", "KIND">;
def weights : J<"weights", "auto (default: in the library up to 64 MiB), embedded, or external (in OUT.weights)", "PLACE">;
def stop_after : J<"stop-after", "Print the IR after a stage: import, legalize, structure, bufferize, vectorize or lower", "STAGE">;
def dump_stages : J<"dump-stages", "Write the IR after each stage to DIR/N-STAGE.mlir, large constants elided", "DIR">;
def name : J<"name", "The model's name in C (default: from the output's name)", "NAME">;
def dim : J<"dim", "Fix a symbolic dimension, e.g. --dim=batch=4", "NAME=SIZE">;
def length : J<"length", "Fix the number of elements, at most 64, of an input that is a sequence, e.g. --length=images=3", "NAME=SIZE">;
def share : J<"share", "An output lies in the buffer of an input, and a run writes only what is new; with room for CAPACITY in the dimension that grows, "
  "e.g. --share=present.*=past_key_values.*:2048", "OUTPUT=INPUT[:CAPACITY]">;
def custom_op : J<"custom-op", "Bind an operator to a C function; several: in a JSON file (README.md, Custom operators)", "DOMAIN::OP=FUNCTION|FILE.json">;
def link : J<"link", "Link an object, an archive or a library of yours into OUT, e.g. with functions of custom operators", "FILE">;
def O : Joined<["-"], "O">, MetaVarName<"<0-3>">, HelpText<"Optimization level (default 2)">;
def tuning : J<"tuning", "Take tiles and loop orders from FILE, which coil-tune writes", "FILE">;
def winograd : J<"winograd", "Convolve by 3 x 3 in few multiplications: auto (default: where the model of the machine prefers it), off, 2 or 4 (tiles of so many pixels)", "HOW">;
def threads : J<"threads", "Compile on at most so many threads (default: one a core); the output does not depend on it", "N">;
def remarks : F<"remarks", "Say what was optimized and what was not">;
def verbose : F<"verbose", "Say what is being done and how long it took">;
