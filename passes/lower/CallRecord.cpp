//===- CallRecord.cpp - the coil_call of a custom operator ----------------===//
//
// Mirrors coil_call, coil_tensor and coil_attribute of include/coil/runtime.h.
// What is the same in every run is a constant.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/CallRecord.h"

#include "dialects/coil/Core.h"

namespace coil {

/// Fields of coil_tensor, coil_call and coil_attribute by position.
enum TensorField : int32_t { kData, kBytes, kType, kRank, kDims };
enum RecordField : int32_t { kInputCount, kOutputCount, kAttributeCount, kReserved, kInputs, kOutputs, kAttributes, kOperator, kNode, kMessage };
enum AttributeKind : int32_t { kInt = 1, kFloat, kString, kInts, kFloats, kStrings };

static StringRef nodeName(Location loc) {
  auto name = loc->findInstanceOf<NameLoc>();
  return name ? name.getName().getValue() : "";
}

CallRecord::CallRecord(ImplicitLocOpBuilder &b, Block *entry, const Callee &callee, size_t outputCount, Text text)
    : b(b), types(callee.types), inputCount(types.size() - outputCount), text(text),
      ptr(LLVM::LLVMPointerType::get(b.getContext())), i32(b.getI32Type()), i64(b.getI64Type()) {
  tensorType = LLVM::LLVMStructType::getLiteral(b.getContext(), {ptr, i64, i32, i32, LLVM::LLVMArrayType::get(i64, core::kMaxRank)});
  recordType = LLVM::LLVMStructType::getLiteral(b.getContext(), {i32, i32, i32, i32, ptr, ptr, ptr, ptr, ptr, ptr});
  record = list(entry, recordType, 1);
  inputs = list(entry, tensorType, inputCount);
  outputs = list(entry, tensorType, outputCount);
  auto set = [&](RecordField at, Value value) {
    LLVM::StoreOp::create(b, value, field(record, recordType, {0, at}));
  };
  set(kInputCount, number(i32, inputCount));
  set(kOutputCount, number(i32, outputCount));
  set(kAttributeCount, number(i32, callee.values.size()));
  set(kReserved, number(i32, 0));
  set(kInputs, inputs);
  set(kOutputs, outputs);
  set(kAttributes, attributes(callee.values));
  set(kOperator, text(b, callee.operatorName));
  set(kNode, text(b, nodeName(b.getLoc())));
  set(kMessage, LLVM::ZeroOp::create(b, ptr));
}

Value CallRecord::field(Value pointer, Type type, ArrayRef<LLVM::GEPArg> at) {
  return LLVM::GEPOp::create(b, ptr, type, pointer, at);
}

Value CallRecord::number(Type type, int64_t n) { return LLVM::ConstantOp::create(b, type, b.getIntegerAttr(type, n)); }

/// In the entry block, so that a loop does not grow the stack.
Value CallRecord::list(Block *entry, Type type, size_t count) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(entry);
  return LLVM::AllocaOp::create(b, ptr, type, number(i64, std::max<size_t>(count, 1)));
}

void CallRecord::setTensor(Value list, size_t index, Type element, Value data, Value bytes, ValueRange dims) {
  int32_t i = index;
  auto set = [&](ArrayRef<LLVM::GEPArg> at, Value value) { LLVM::StoreOp::create(b, value, field(list, tensorType, at)); };
  set({i, kData}, data);
  set({i, kBytes}, bytes);
  set({i, kType}, number(i32, element ? rt::typeNumber(element) : 0));
  set({i, kRank}, number(i32, dims.size()));
  for (auto [axis, size] : llvm::enumerate(dims))
    set({i, kDims, int32_t(axis)}, arith::IndexCastOp::create(b, i64, size));
}

void CallRecord::setBuffer(Value list, size_t index, Type element, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<Value> dims;
  Value bytes = arith::ConstantIndexOp::create(b, llvm::divideCeil(type.getElementTypeBitWidth(), 8));
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    dims.push_back(b.createOrFold<memref::DimOp>(buffer, axis));
    bytes = b.createOrFold<arith::MulIOp>(bytes, dims.back());
  }
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  Value bits = arith::IndexCastOp::create(b, i64, address);
  Value data = LLVM::IntToPtrOp::create(b, ptr, bits);
  setTensor(list, index, element, data, arith::IndexCastOp::create(b, i64, bytes), dims);
}

void CallRecord::setInputs(ValueRange buffers) {
  auto next = buffers.begin();
  for (size_t i = 0; i < inputCount; ++i) {
    if (auto type = dyn_cast<TypeAttr>(types[i]))
      setBuffer(inputs, i, type.getValue(), *next++);
    else
      setTensor(inputs, i, {}, LLVM::ZeroOp::create(b, ptr), number(i64, 0), {});
  }
}

void CallRecord::setOutput(size_t index, Value buffer) {
  setBuffer(outputs, index, cast<TypeAttr>(types[inputCount + index]).getValue(), buffer);
}

void CallRecord::setShape(size_t index, ValueRange sizes) {
  setTensor(outputs, index, cast<TypeAttr>(types[inputCount + index]).getValue(), LLVM::ZeroOp::create(b, ptr),
            number(i64, 0), sizes);
}

Value CallRecord::loadSize(size_t output, size_t axis) {
  Value size = LLVM::LoadOp::create(b, i64, field(outputs, tensorType, {int32_t(output), kDims, int32_t(axis)}));
  return arith::IndexCastOp::create(b, b.getIndexType(), size);
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// A constant of the module, made by `make` or of a value.
Value CallRecord::global(Type type, llvm::function_ref<Value(ImplicitLocOpBuilder &)> make) {
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  unsigned n = 0;
  while (module.lookupSymbol(("constant_" + Twine(n)).str()))
    ++n;
  OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
  auto global = LLVM::GlobalOp::create(top, b.getLoc(), type, /*isConstant=*/true, LLVM::Linkage::Internal,
                                       b.getStringAttr("constant_" + Twine(n)), Attribute());
  Block *block = new Block;
  global.getInitializerRegion().push_back(block);
  ImplicitLocOpBuilder inside(b.getLoc(), OpBuilder::atBlockBegin(block));
  LLVM::ReturnOp::create(inside, make(inside));
  return LLVM::AddressOfOp::create(b, ptr, global.getSymName());
}

Value CallRecord::global(Type type, Attribute value) {
  return global(type, [&](ImplicitLocOpBuilder &in) { return LLVM::ConstantOp::create(in, type, value); });
}

/// Kind, number of elements, and the constant that holds them.
std::tuple<int32_t, int64_t, Value> CallRecord::attribute(Attribute value) {
  auto numbers = [&](auto list, int32_t kind, DenseElementsAttr elements) {
    Type type = LLVM::LLVMArrayType::get(elements.getElementType(), list.size());
    return std::tuple<int32_t, int64_t, Value>(kind, list.size(), list.empty() ? Value(LLVM::ZeroOp::create(b, ptr)) : global(type, elements));
  };
  auto shape = [](auto list, Type element) { return RankedTensorType::get({int64_t(list.size())}, element); };
  if (auto n = dyn_cast<IntegerAttr>(value))
    return {kInt, 1, global(i64, n)};
  if (auto f = dyn_cast<FloatAttr>(value))
    return {kFloat, 1, global(b.getF32Type(), f)};
  if (auto list = dyn_cast<DenseI64ArrayAttr>(value))
    return numbers(list.asArrayRef(), kInts, DenseElementsAttr::get(shape(list, i64), list.asArrayRef()));
  if (auto list = dyn_cast<DenseF32ArrayAttr>(value))
    return numbers(list.asArrayRef(), kFloats, DenseElementsAttr::get(shape(list, b.getF32Type()), list.asArrayRef()));
  bool one = isa<StringAttr>(value);
  SmallVector<StringRef> strings;
  if (one)
    strings.push_back(cast<StringAttr>(value).getValue());
  else
    llvm::append_range(strings, cast<ArrayAttr>(value).getAsValueRange<StringAttr>());
  if (strings.empty())
    return {kStrings, 0, LLVM::ZeroOp::create(b, ptr)};
  Type type = LLVM::LLVMArrayType::get(ptr, strings.size());
  return {one ? kString : kStrings, strings.size(), global(type, [&](ImplicitLocOpBuilder &in) {
            Value list = LLVM::PoisonOp::create(in, type);
            for (auto [i, string] : llvm::enumerate(strings))
              list = LLVM::InsertValueOp::create(in, list, text(in, string), ArrayRef<int64_t>{int64_t(i)});
            return list;
          })};
}

Value CallRecord::attributes(DictionaryAttr values) {
  if (values.empty())
    return LLVM::ZeroOp::create(b, ptr);
  Type one = LLVM::LLVMStructType::getLiteral(b.getContext(), {ptr, i32, i32, ptr});
  Type type = LLVM::LLVMArrayType::get(one, values.size());
  SmallVector<std::tuple<int32_t, int64_t, StringAttr>> parts;
  for (NamedAttribute named : values) {
    auto [kind, count, data] = attribute(named.getValue());
    auto address = data.getDefiningOp<LLVM::AddressOfOp>();
    parts.emplace_back(kind, count, address ? b.getStringAttr(address.getGlobalName()) : StringAttr());
    data.getDefiningOp()->erase(); // an address is taken where it is needed
  }
  return global(type, [&](ImplicitLocOpBuilder &in) {
    Value list = LLVM::PoisonOp::create(in, type);
    for (auto [i, named] : llvm::enumerate(values)) {
      auto [kind, count, data] = parts[i];
      Value address = data ? Value(LLVM::AddressOfOp::create(in, ptr, data.getValue())) : Value(LLVM::ZeroOp::create(in, ptr));
      Value fields[] = {text(in, named.getName()), LLVM::ConstantOp::create(in, i32, in.getI32IntegerAttr(kind)),
                        LLVM::ConstantOp::create(in, i32, in.getI32IntegerAttr(count)), address};
      for (auto [k, value] : llvm::enumerate(fields))
        list = LLVM::InsertValueOp::create(in, list, value, ArrayRef<int64_t>{int64_t(i), int64_t(k)});
    }
    return list;
  });
}

} // namespace coil
