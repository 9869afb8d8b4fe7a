#ifndef COIL_PASSES_LOWER_PASSES_TD
#define COIL_PASSES_LOWER_PASSES_TD

include "mlir/Pass/PassBase.td"

def MarkSitesPass : Pass<"lower-mark-sites", "mlir::ModuleOp"> {
  let summary = "Number the kernel calls, for profiles";
  let description = [{
    Before each call of a kernel the run tells the runtime where it is. Kernel
    names and the ONNX nodes behind each call go into a module attribute.

    Before:
    ```mlir
    call @map_0(%a, %b) : ... loc("relu_1")
    ```
    After:
    ```mlir
    module attributes {coil.sites = [["map_0", "relu_1"]]}
    rt.site %f, 0
    call @map_0(%a, %b)
    ```
  }];
  let dependentDialects = ["::coil::rt::RtDialect"];
}

def OutlineParallelPass : Pass<"lower-outline-parallel", "mlir::ModuleOp"> {
  let summary = "Make the bodies of parallel ranges functions";
  let description = [{
    The values that a body uses are packed into a closure on the stack; the body
    becomes a function of the closure and a range, which the runtime calls once
    for each part.

    Before:
    ```mlir
    rt.parallel %f, %n grain %g {
    ^bb0(%begin: index, %end: index): ... %a ...
    }
    ```
    After:
    ```mlir
    func.func private @map_0_part(%closure: !llvm.ptr, %begin: i64, %end: i64) {...}
    llvm.call @coil_rt_parallel(%f, @map_0_part, %closure, %n, %g)
    ```
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect", "mlir::arith::ArithDialect", "mlir::func::FuncDialect"];
}

def LowerRtPass : Pass<"lower-rt", "mlir::ModuleOp"> {
  let summary = "Make rt ops loads from the frame and calls of the runtime";
  let description = [{
    Runs on a control flow graph: an op that can fail ends its block, and the
    run with it. The entry function returns 0 or 1 from here on.

    Before:
    ```mlir
    %b = rt.input %f, 1 : memref<?xi8>
    rt.require %f, %ok, "index out of range"
    ```
    After:
    ```mlir
    %0 = llvm.getelementptr %f[0, 0] ...
    %1 = llvm.load %0 : !llvm.ptr -> !llvm.ptr
    ...
    cf.cond_br %ok, ^next, ^fail
    ```
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect", "mlir::cf::ControlFlowDialect"];
}

def LowerToLlvmPass : Pass<"lower-to-llvm", "mlir::ModuleOp"> {
  let summary = "Everything that is left becomes the llvm dialect";
  let description = [{
    One conversion with upstream's patterns. Where all buffers of a function have
    their shapes in their types they are passed as pointers, else as pointer,
    offset, sizes and strides; kernels are internal and not inlined.

    Before:
    ```mlir
    %0 = arith.addf %a, %b : f32
    ```
    After:
    ```mlir
    %0 = llvm.fadd %a, %b : f32
    ```
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

#endif // COIL_PASSES_LOWER_PASSES_TD
