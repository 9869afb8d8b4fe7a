//===- Signature.h - what a compiled model says of itself -----------------===//
#ifndef COIL_LIB_PACKAGE_SIGNATURE_H
#define COIL_LIB_PACKAGE_SIGNATURE_H

#include "llvm/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"

namespace coil {

/// An input or output; of a sequence or an optional value what is known of its
/// elements.
struct ValueSignature {
  std::string name;
  mlir::Type element;
  llvm::SmallVector<int64_t> shape;         // kDynamic where it is not fixed
  llvm::SmallVector<std::string> dimNames;  // names of dynamic dimensions, "" if none
  bool ranked = true;                       // else each element has a shape of its own
  bool isSequence = false, isOptional = false;

  bool isTensor() const { return !isSequence && !isOptional; }
  /// "optional sequence"; nothing for a tensor.
  std::string kind() const;
};

/// An output in the buffer of an input, as coil_share has it.
struct ShareSignature {
  int64_t output, input, axis, capacity;

  bool grows() const { return axis >= 0; }
};

struct Signature {
  std::string name;     // a C identifier
  std::string target;
  std::string compiler; // "coilc VERSION"
  std::vector<ValueSignature> inputs, outputs;
  std::vector<std::string> symbols;
  std::vector<ShareSignature> shares;
  std::vector<std::pair<std::string, std::string>> sites; // kernel, nodes
  std::optional<std::vector<std::string>> strings; // by their numbers; absent in a model without any
  int64_t weightBytes = 0;
  std::optional<int64_t> arenaBytes; // absent when it depends on the dimensions
  int64_t kernelCount = 0;

  /// How an input or output shares its buffer; null where it has its own.
  const ShareSignature *shareOfInput(int64_t input) const;
  const ShareSignature *shareOfOutput(int64_t output) const;
};

/// Reads the attributes that the bufferize and lower stages left on a module.
Signature readSignature(mlir::ModuleOp module);

/// Bytes of an element in a caller's buffer.
int64_t typeBytes(mlir::Type element);
/// The number of ONNX's TensorProto.DataType for an element type.
int32_t onnxType(mlir::Type element);
/// Its name in C ("float", "int64_t") and its ONNX name ("FLOAT", "INT64").
llvm::StringRef cTypeName(mlir::Type element);
llvm::StringRef onnxTypeName(mlir::Type element);

} // namespace coil

#endif // COIL_LIB_PACKAGE_SIGNATURE_H
