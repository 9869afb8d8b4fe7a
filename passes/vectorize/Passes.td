#ifndef COIL_PASSES_VECTORIZE_PASSES_TD
#define COIL_PASSES_VECTORIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ApproximateMathPass : Pass<"vectorize-approximate-math", "mlir::func::FuncOp"> {
  let summary = "Compute functions as polynomials instead of calling libm";
  let description = [{
    Upstream's polynomials (1-4 ULP in f32) for exp, log, tanh, erf and their
    kin; f16 and bf16 are computed in f32. A loop without calls is one that
    vectorizes. Sine and cosine are left to libm: their polynomial is poor near
    zero. f64 is left to libm too.

    Before:
    ```mlir
    %0 = math.exp %x : f32
    ```
    After:
    ```mlir
    %0 = arith.mulf %x, %log2e : f32
    %1 = math.floor %0 : f32
    ...
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect",
    "mlir::vector::VectorDialect"];
}

#endif // COIL_PASSES_VECTORIZE_PASSES_TD
