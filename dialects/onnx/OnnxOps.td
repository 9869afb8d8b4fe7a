// All operators, a file a family, and what the importer asks of each.
#ifndef COIL_DIALECTS_ONNX_ONNXOPS_TD
#define COIL_DIALECTS_ONNX_ONNXOPS_TD

include "mlir/IR/OpBase.td"

// What the importer needs to know about an operator, asked through its name. It
// stands here because mlir-tblgen generates interfaces of the main file only.
def Onnx_OpInterface : OpInterface<"OnnxOpInterface"> {
  let cppNamespace = "::coil::onnx";
  let methods = [
    StaticInterfaceMethod<"Opset that introduced this form.", "int64_t", "getSinceVersion">,
    StaticInterfaceMethod<"Positional inputs, absent ones included; -1 when variadic.", "int64_t", "getNumOnnxInputs">,
    StaticInterfaceMethod<"Bit i is set when input i must be present.", "uint64_t", "getRequiredOnnxInputs">,
    StaticInterfaceMethod<"Bit i is set when input i may be a sequence or an optional value.", "uint64_t", "getSequenceInputs">,
    StaticInterfaceMethod<"Bit i is set when input i may hold strings.", "uint64_t", "getStringInputs">,
    StaticInterfaceMethod<"Outputs, unused ones included; -1 when variadic.", "int64_t", "getNumOnnxOutputs">,
    StaticInterfaceMethod<"Names of the graph attributes, in the order of the regions, each followed by a space, and by ? before it if it may be absent.", "::llvm::StringRef", "getGraphNames">
  ];
}

include "dialects/onnx/OnnxControl.td"
include "dialects/onnx/OnnxCustom.td"
include "dialects/onnx/OnnxLogic.td"
include "dialects/onnx/OnnxMath.td"
include "dialects/onnx/OnnxMicrosoft.td"
include "dialects/onnx/OnnxMl.td"
include "dialects/onnx/OnnxNn.td"
include "dialects/onnx/OnnxPreview.td"
include "dialects/onnx/OnnxQuant.td"
include "dialects/onnx/OnnxRandom.td"
include "dialects/onnx/OnnxReduce.td"
include "dialects/onnx/OnnxRnn.td"
include "dialects/onnx/OnnxSequence.td"
include "dialects/onnx/OnnxSignal.td"
include "dialects/onnx/OnnxString.td"
include "dialects/onnx/OnnxTensor.td"

#endif // COIL_DIALECTS_ONNX_ONNXOPS_TD
