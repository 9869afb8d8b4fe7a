//===- Descriptor.cpp - the coil_model of a model, as constants -----------===//
//
// Mirrors `struct coil_model` of include/coil/runtime.h, field by field.
//
//===----------------------------------------------------------------------===//

#include "lib/emit/Descriptor.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace coil {
namespace {

constexpr int32_t kAbi = 6; // COIL_ABI

class Builder {
public:
  explicit Builder(llvm::Module &module)
      : module(module), context(module.getContext()), ptr(PointerType::getUnqual(context)),
        i32(Type::getInt32Ty(context)), i64(Type::getInt64Ty(context)) {}

  Constant *number(int32_t n) { return ConstantInt::get(i32, n, /*IsSigned=*/true); }
  Constant *half(int64_t n) { return ConstantInt::get(Type::getInt16Ty(context), n, /*IsSigned=*/true); }
  Constant *wide(uint64_t n) { return ConstantInt::get(i64, n); }
  Constant *null() { return ConstantPointerNull::get(ptr); }

  Constant *data(Constant *value, const Twine &name) {
    auto *global = new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage,
                                      value, name);
    global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    return global;
  }
  Constant *text(StringRef s) {
    Constant *&known = texts[s];
    if (!known)
      known = data(ConstantDataArray::getString(context, s), "text");
    return known;
  }
  Constant *record(ArrayRef<Constant *> fields) { return ConstantStruct::getAnon(context, fields); }
  Constant *list(ArrayRef<Constant *> elements, const Twine &name) {
    if (elements.empty())
      return null();
    return data(ConstantArray::get(ArrayType::get(elements.front()->getType(), elements.size()), elements), name);
  }

  Constant *values(ArrayRef<ValueSignature> list, ArrayRef<std::string> symbols, const Twine &name) {
    std::vector<Constant *> records;
    for (const ValueSignature &value : list) {
      SmallVector<uint64_t> dims;
      for (auto [size, symbol] : llvm::zip(value.shape, value.dimNames))
        dims.push_back(mlir::ShapedType::isDynamic(size) ? dynamicDim(symbol, symbols) : size);
      Constant *shape = dims.empty() ? null() : data(ConstantDataArray::get(context, dims), "dims");
      int64_t rank = value.ranked ? int64_t(dims.size()) : -1; // COIL_RANK_UNKNOWN
      unsigned kind = (value.isSequence ? 1 : 0) | (value.isOptional ? 2 : 0); // coil_kind
      records.push_back(record({text(value.name), number(onnxType(value.element)), half(rank), half(kind), shape}));
    }
    return this->list(records, name);
  }

  /// The coil_string_table, or null in a model that has no strings.
  Constant *strings(const std::optional<std::vector<std::string>> &list) {
    if (!list)
      return null();
    SmallVector<uint64_t> offsets{0};
    std::string texts;
    for (const std::string &text : *list) {
      texts += text + '\0';
      offsets.push_back(texts.size());
    }
    return data(record({external("coil_rt_strings", /*function=*/false), wide(list->size()),
                        data(ConstantDataArray::get(context, offsets), "string_offsets"),
                        data(ConstantDataArray::getString(context, texts, /*AddNull=*/false), "strings")}),
                "string_table");
  }

  /// -1 - the symbol's number; INT64_MIN for a size that only the data tells.
  static int64_t dynamicDim(StringRef name, ArrayRef<std::string> symbols) {
    auto it = llvm::find(symbols, name);
    return it == symbols.end() ? std::numeric_limits<int64_t>::min() : -1 - (it - symbols.begin());
  }

  Constant *external(StringRef name, bool function) {
    if (function) {
      auto callee = module.getOrInsertFunction(name, FunctionType::get(i32, {ptr}, false));
      return cast<Constant>(callee.getCallee());
    }
    auto *global = new GlobalVariable(module, Type::getInt8Ty(context), true, GlobalValue::ExternalLinkage, nullptr, name);
    global->setVisibility(GlobalValue::HiddenVisibility);
    return global;
  }

  llvm::Module &module;
  LLVMContext &context;
  PointerType *ptr;
  Type *i32, *i64;
  StringMap<Constant *> texts;
};

/// Puts the weights into a section of their own, without a copy in LLVM IR.
void embed(llvm::Module &module, StringRef symbol, StringRef path) {
  std::string text;
  raw_string_ostream os(text);
  os << ".section .rodata.coil_weights,\"a\",@progbits\n.balign 64\n.hidden " << symbol << "\n.globl " << symbol
     << "\n" << symbol << ":\n.incbin \"";
  printEscapedString(path, os);
  os << "\"\n.byte 0\n.text\n";
  module.appendModuleInlineAsm(text);
}

} // namespace

void addDescriptor(llvm::Module &module, const Signature &s, const WeightPlace &weights) {
  Builder b(module);
  std::vector<Constant *> symbols, sites, shares;
  for (const std::string &symbol : s.symbols)
    symbols.push_back(b.text(symbol));
  for (auto &[kernel, nodes] : s.sites)
    sites.push_back(b.record({b.text(kernel), b.text(nodes)}));

  for (const ShareSignature &share : s.shares)
    shares.push_back(b.record({b.number(share.output), b.number(share.input), b.number(share.axis), b.number(0),
                               b.wide(share.capacity)}));

  Constant *embedded = b.null();
  if (!weights.embed.empty()) {
    std::string symbol = s.name + "_weights";
    embed(module, symbol, weights.embed);
    embedded = b.external(symbol, /*function=*/false);
  }
  Constant *descriptor = b.record(
      {b.number(kAbi), b.number(s.inputs.size()), b.number(s.outputs.size()), b.number(s.symbols.size()),
       b.number(s.sites.size()), b.number(s.shares.size()), b.text(s.name), b.text(s.target), b.text(s.compiler),
       b.values(s.inputs, s.symbols, "inputs"), b.values(s.outputs, s.symbols, "outputs"),
       b.list(symbols, "symbols"), b.list(sites, "sites"), b.list(shares, "shares"), embedded,
       weights.file.empty() ? b.null() : b.text(weights.file), b.wide(weights.bytes), b.wide(weights.hash),
       b.external("main", /*function=*/true), b.external("coil_rt_api", /*function=*/false),
       b.strings(s.strings)});
  auto *global = new GlobalVariable(module, descriptor->getType(), /*isConstant=*/true,
                                    GlobalValue::ExternalLinkage, descriptor, s.name + "_model");
  global->setAlignment(Align(8));
}

} // namespace coil
