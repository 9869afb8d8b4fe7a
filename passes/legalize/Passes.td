#ifndef COIL_PASSES_LEGALIZE_PASSES_TD
#define COIL_PASSES_LEGALIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

def LegalizeOnnxPass : Pass<"legalize-onnx", "mlir::func::FuncOp"> {
  let summary = "Rewrite every onnx op as typed core ops";
  let description = [{
    One recipe per operator, in program order, so that each recipe sees its
    operands already typed and shapes follow from construction. Broadcasting is
    in the indexing maps; shape computations fold while they are built; a
    dynamic dimension is the `coil.symbol` of its name.

    Before:
    ```mlir
    func.func @main(%x: tensor<?x8xf32> {onnx.dims = ["batch", ""], onnx.name = "x"}) -> !onnx.value {
      %y = onnx.Exp %x : (tensor<?x8xf32>) -> !onnx.value
    ```
    After:
    ```mlir
    %batch = coil.symbol "batch"
    %e = tensor.empty(%batch) : tensor<?x8xf32>
    %y = linalg.generic ... ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = math.exp %in : f32
      linalg.yield %0 : f32
    }
    ```
  }];
  let options = [
    Option<"allErrors", "all-errors", "bool", "false",
      "After an operator was refused go on with those that do not need its results, and say what else is refused">
  ];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect",
    "mlir::math::MathDialect", "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect",
    "::coil::core::CoreDialect"];
}

#endif // COIL_PASSES_LEGALIZE_PASSES_TD
