//===- Reloads.cpp - constants that are loaded at each use ----------------===//

#include "passes/lower/Reloads.h"

#include "dialects/coil/Core.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coil {

static constexpr llvm::StringLiteral kTable = "coil_constants";
/// Equal constants close to each other have places of their own, or LLVM would load
/// them once for all; of long bodies not each.
static constexpr int64_t kMostPlaces = 4;

namespace {
/// The table, as it is filled: numbers, and where the n-th use of a constant in a
/// function finds its own.
struct Table {
  SmallVector<float> numbers;
  llvm::MapVector<std::pair<Attribute, int64_t>, int64_t> places;

  int64_t placeOf(DenseElementsAttr value, int64_t n) {
    auto [known, isNew] = places.try_emplace({value, n % kMostPlaces}, numbers.size());
    if (isNew) {
      llvm::append_range(numbers, value.getValues<float>());
      while (numbers.size() % 4)
        numbers.push_back(0);
    }
    return known->second;
  }
};
} // namespace

/// Whether a block stores nothing, or on the stack. LLVM knows then that the
/// table is not changed, and takes loads out of the loop.
static bool storesOnStack(Block &block) {
  return llvm::all_of(block, [](Operation &op) {
    SmallVector<MemoryEffects::EffectInstance> effects;
    if (auto memory = dyn_cast<MemoryEffectOpInterface>(op))
      memory.getEffects(effects);
    return llvm::all_of(effects, [](auto &effect) {
      Value place = effect.getValue();
      while (auto view = place ? place.getDefiningOp<ViewLikeOpInterface>() : ViewLikeOpInterface())
        place = view.getViewSource();
      return !isa<MemoryEffects::Write>(effect.getEffect()) || (place && place.getDefiningOp<memref::AllocaOp>());
    });
  });
}

/// The same address, of which LLVM knows nothing; with `each`, nothing each time that
/// the place is reached, which takes an instruction.
static Value hideAddress(ImplicitLocOpBuilder &b, Value address, bool each) {
  auto dialect = LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT);
  return LLVM::InlineAsmOp::create(b, address.getType(), ValueRange{address}, /*asm_string=*/"", /*constraints=*/"=r,0",
                                   /*has_side_effects=*/each, /*is_align_stack=*/false,
                                   LLVM::tailcallkind::TailCallKind::None, dialect, /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

static void lowerReloads(func::FuncOp func, Table &table) {
  SmallVector<core::ReloadOp> ops;
  func.walk([&](core::ReloadOp op) { ops.push_back(op); });
  if (ops.empty())
    return;
  ImplicitLocOpBuilder b(func.getLoc(), OpBuilder::atBlockBegin(&func.getBody().front()));
  auto pointer = LLVM::LLVMPointerType::get(func.getContext());
  Value address = LLVM::AddressOfOp::create(b, pointer, kTable);
  Value base = hideAddress(b, address, /*each=*/false);
  DenseMap<Block *, Value> bases;
  DenseMap<Attribute, int64_t> uses;
  for (core::ReloadOp op : ops) {
    b.setInsertionPoint(op);
    Value &here = bases[op->getBlock()];
    if (!here)
      here = storesOnStack(*op->getBlock()) ? hideAddress(b, base, /*each=*/true) : base;
    auto value = cast<DenseElementsAttr>(op.getValue());
    int64_t at = table.placeOf(value, uses[value]++);
    Value from = LLVM::GEPOp::create(b, pointer, b.getF32Type(), here, LLVM::GEPArg(int32_t(at)));
    Value loaded = LLVM::LoadOp::create(b, op.getType(), from, /*alignment=*/16);
    op.replaceAllUsesWith(loaded);
    op.erase();
  }
}

void lowerReloads(ModuleOp module) {
  Table table;
  for (auto func : module.getOps<func::FuncOp>())
    if (!func.isExternal())
      lowerReloads(func, table);
  if (table.numbers.empty())
    return;
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  auto type = LLVM::LLVMArrayType::get(b.getF32Type(), table.numbers.size());
  auto numbers = DenseElementsAttr::get(RankedTensorType::get({int64_t(table.numbers.size())}, b.getF32Type()), ArrayRef(table.numbers));
  LLVM::GlobalOp::create(b, module.getLoc(), type, /*isConstant=*/true, LLVM::Linkage::Internal, kTable, numbers, /*alignment=*/16);
}

} // namespace coil
