#ifndef COIL_PASSES_VECTORIZE_PASSES_TD
#define COIL_PASSES_VECTORIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

def EmitLoopsPass : Pass<"vectorize-emit-loops", "mlir::func::FuncOp"> {
  let summary = "Make linalg ops loops over vectors";
  let description = [{
    One general path for every op. The lanes run across the result where it and
    all inputs are contiguous along one loop, else along a sum. A reduction
    keeps a tile of rows x columns vectors in registers; what does not fill a
    tile is done with single and ever shorter vectors. Sizes follow from the
    module's `coil.target` (vector bytes, registers); NEON without one.

    Before:
    ```mlir
    linalg.generic {iterator_types = ["parallel"]} ins(%a : memref<8xf32>) outs(%b : memref<8xf32>) { math.exp }
    ```
    After:
    ```mlir
    scf.for %i = %c0 to %c8 step %c4 {
      %0 = vector.load %a[%i] : memref<8xf32>, vector<4xf32>
      %1 = math.exp %0 : vector<4xf32>
      vector.store %1, %b[%i] : memref<8xf32>, vector<4xf32>
    }
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::scf::SCFDialect", "mlir::memref::MemRefDialect",
    "mlir::vector::VectorDialect", "mlir::affine::AffineDialect"];
}

def ApproximateMathPass : Pass<"vectorize-approximate-math", "mlir::func::FuncOp"> {
  let summary = "Compute functions as polynomials instead of calling libm";
  let description = [{
    Upstream's polynomials (1-4 ULP in f32) for exp, log, tanh, erf and their
    kin; f16 and bf16 are computed in f32. A loop without calls is one that
    vectorizes. Sine and cosine are left to libm: their polynomial is poor near
    zero. f64 is left to libm too. A vector divided by a constant is multiplied by
    its inverse and corrected by what is left over, right to the last bit.

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
