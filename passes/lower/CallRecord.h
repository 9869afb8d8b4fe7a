//===- CallRecord.h - the coil_call of a custom operator ------------------===//
#ifndef COIL_PASSES_LOWER_CALLRECORD_H
#define COIL_PASSES_LOWER_CALLRECORD_H

#include "passes/lower/Passes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coil {

/// Writes the coil_call of include/coil/runtime.h, field by field, into memory of
/// the entry block.
class CallRecord {
public:
  using Text = llvm::function_ref<Value(ImplicitLocOpBuilder &, StringRef)>;

  /// What the function is told beside tensors. `text` makes C strings.
  struct Callee {
    StringRef function, operatorName;
    ArrayAttr types; // of inputs, unit for an absent one, then of outputs
    DictionaryAttr values;
  };

  /// Memory for a call is made in `entry`, the rest at `b`.
  CallRecord(ImplicitLocOpBuilder &b, Block *entry, const Callee &callee, size_t outputs, Text text);

  /// Inputs in order, absent ones left out.
  void setInputs(ValueRange buffers);
  void setOutput(size_t index, Value buffer);
  /// An output without data, whose sizes are to be told.
  void setShape(size_t index, ValueRange sizes);
  Value loadSize(size_t output, size_t axis);

  Value getPointer() { return record; }

private:
  Value field(Value pointer, Type type, ArrayRef<LLVM::GEPArg> at);
  Value number(Type type, int64_t n);
  Value list(Block *entry, Type type, size_t count);
  void setTensor(Value list, size_t index, Type element, Value data, Value bytes, ValueRange dims);
  void setBuffer(Value list, size_t index, Type element, Value buffer);
  Value attributes(DictionaryAttr values);
  std::tuple<int32_t, int64_t, Value> attribute(Attribute value);
  Value global(Type type, Attribute value);
  Value global(Type type, llvm::function_ref<Value(ImplicitLocOpBuilder &)> make);

  ImplicitLocOpBuilder &b;
  ArrayAttr types;
  size_t inputCount;
  Text text;
  Type ptr, i32, i64, tensorType, recordType;
  Value record, inputs, outputs;
};

} // namespace coil

#endif // COIL_PASSES_LOWER_CALLRECORD_H
