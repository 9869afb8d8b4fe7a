// coilc's options, and those of tools/Model.td.
include "tools/Model.td"

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
def O : Joined<["-"], "O">, MetaVarName<"<0-3>">, HelpText<"Optimization level (default 2)">;
def tuning : J<"tuning", "Take tiles and loop orders from FILE, which coil-tune writes", "FILE">;
def threads : J<"threads", "Compile on at most so many threads (default: one a core); the output does not depend on it", "N">;
def remarks : F<"remarks", "Say what was optimized and what was not">;
def verbose : F<"verbose", "Say what is being done and how long it took">;
