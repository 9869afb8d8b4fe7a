//===- LegalizeOnnx.cpp - every onnx op by its recipe ---------------------===//
//
// Comes in: functions of onnx ops, typed only at their arguments. Goes out:
// core ops, every tensor typed. Producers are visited first, so a recipe sees
// typed operands. Operators without a recipe are refused all at once, before
// anything is rewritten: who must change a model wants to know of all of them.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/Passes.h"

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

namespace coil {
#define GEN_PASS_DEF_LEGALIZEONNXPASS
#include "passes/legalize/Passes.h.inc"

/// The table of all recipes, made once.
static const RecipeTable &recipes() {
  static const RecipeTable table = [] {
    RecipeTable t;
    addArgReduceRecipes(t);
    addAttentionMicrosoftRecipes(t);
    addAttentionRecipes(t);
    addCastRecipes(t);
    addConvRecipes(t);
    addControlRecipes(t);
    addCumulativeRecipes(t);
    addEinsumRecipes(t);
    addElementwiseRecipes(t);
    addGatherRecipes(t);
    addJoinRecipes(t);
    addGridRecipes(t);
    addImageRecipes(t);
    addLinearRecipes(t);
    addLossRecipes(t);
    addFewBitsRecipes(t);
    addGroupQueryAttentionRecipes(t);
    addNormalizeRecipes(t);
    addPoolRecipes(t);
    addRecurrentRecipes(t);
    addReduceRecipes(t);
    addRegionRecipes(t);
    addResizeRecipes(t);
    addFusedMicrosoftRecipes(t);
    addQuantizeConvRecipes(t);
    addQuantizeMicrosoftRecipes(t);
    addQuantizeRecipes(t);
    addRotaryRecipes(t);
    addMakeRecipes(t);
    addScatterRecipes(t);
    addSelectRecipes(t);
    addShapeRecipes(t);
    addSoftmaxRecipes(t);
    addTransformerMicrosoftRecipes(t);
    addTreeRecipes(t);
    return t;
  }();
  return table;
}

FailureOr<int64_t> normalAxis(Operation *op, int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return op->emitOpError("axis ") << axis << " is out of range for rank " << rank;
  return axis < 0 ? axis + rank : axis;
}

LogicalResult sameElements(Operation *op, ValueRange operands) {
  Type element;
  for (Value x : operands) {
    if (!given(x))
      continue;
    Type own = CoreBuilder::elementOf(x);
    if (element && own != element)
      return op->emitOpError("operands have element types ") << element << " and " << own;
    element = own;
  }
  return success();
}

LogicalResult areIntegers(Operation *op, ValueRange operands) {
  for (Value x : operands)
    if (given(x) && !isa<IntegerType>(CoreBuilder::elementOf(x)))
      return op->emitOpError("an operand has type ") << x.getType() << ", expected integers";
  return success();
}

LogicalResult haveRank(Operation *op, ValueRange operands, int64_t rank) {
  for (Value x : operands)
    if (given(x) && CoreBuilder::rankOf(x) != rank)
      return op->emitOpError("an operand has type ") << x.getType() << ", expected rank " << rank;
  return success();
}

/// Replaces one op; ops of other dialects stay.
static LogicalResult legalizeOp(Operation *op, TensorFacts &facts) {
  RecipeTable::Function recipe = recipes().lookup(op->getName().getStringRef());
  assert(recipe && "refused by checkSupport");
  OpBuilder builder(op);
  CoreBuilder b(op->getLoc(), builder, facts);
  Result result = recipe(op, b);
  if (failed(result.values) || facts.failed)
    return failure();
  for (auto [i, old] : llvm::enumerate(op->getResults())) {
    if (i < result.values->size() && (*result.values)[i])
      old.replaceAllUsesWith((*result.values)[i]);
    else if (!old.use_empty())
      return op->emitOpError("output ") << i << " is used, which is not supported";
  }
  op->erase();
  return success();
}

/// An op that a recipe replaces.
static bool isOperator(Operation *op) {
  return isa_and_present<onnx::OnnxDialect>(op->getDialect()) && !isa<onnx::NoneOp>(op) &&
         !op->hasTrait<OpTrait::IsTerminator>();
}

/// One error for each operator that has no recipe, at the first of its nodes.
static LogicalResult checkSupport(func::FuncOp func) {
  llvm::MapVector<StringRef, SmallVector<Operation *>> unknown;
  func.walk([&](Operation *op) {
    if (isOperator(op) && !recipes().lookup(op->getName().getStringRef()))
      unknown[op->getName().stripDialect()].push_back(op);
  });
  for (auto &[name, nodes] : unknown) {
    InFlightDiagnostic error = emitError(nodes.front()->getLoc()) << "operator " << name << " is not supported";
    if (nodes.size() > 1)
      error << "; " << nodes.size() << " nodes use it";
  }
  return success(unknown.empty());
}

LogicalResult legalizeBlock(Block &block, TensorFacts &facts) {
  for (Operation &op : llvm::make_early_inc_range(block))
    if (isOperator(&op) && failed(legalizeOp(&op, facts)))
      return failure();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isa<onnx::NoneOp>(op) && op.use_empty())
      op.erase();
  return success();
}

/// Dimensions of one name are one coil.symbol.
static void nameDimensions(func::FuncOp func, TensorFacts &facts) {
  OpBuilder builder = OpBuilder::atBlockBegin(&func.front());
  llvm::StringMap<Value> symbols;
  for (BlockArgument arg : func.getArguments()) {
    auto names = func.getArgAttrOfType<ArrayAttr>(arg.getArgNumber(), "onnx.dims");
    auto type = dyn_cast<RankedTensorType>(arg.getType());
    if (!names || !type)
      continue;
    Dims dims;
    for (auto [name, size] : llvm::zip(names.getAsRange<StringAttr>(), type.getShape())) {
      if (!ShapedType::isDynamic(size)) {
        dims.push_back(builder.getIndexAttr(size));
        continue;
      }
      Value &symbol = symbols[name.getValue()];
      if (!symbol)
        symbol = core::SymbolOp::create(builder, func.getLoc(), builder.getIndexType(), name);
      dims.push_back(symbol);
    }
    facts.dims[arg] = dims;
  }
}

/// The names of a result's dimensions: that of the symbol it is, else what the
/// model declares, if that says as many.
static ArrayAttr resultDims(Value result, ArrayAttr declared, TensorFacts &facts) {
  Builder b(result.getContext());
  auto type = cast<RankedTensorType>(result.getType());
  Dims dims = facts.dims.lookup(result);
  SmallVector<Attribute> names;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    Attribute name = b.getStringAttr("");
    if (type.isDynamicDim(axis)) {
      if (declared && int64_t(declared.size()) == type.getRank())
        name = declared[axis];
      if (axis < int64_t(dims.size()))
        if (auto value = dyn_cast<Value>(dims[axis]))
          if (auto symbol = value.getDefiningOp<core::SymbolOp>())
            name = symbol.getNameAttr();
    }
    names.push_back(name);
  }
  return b.getArrayAttr(names);
}

/// The signature's types as ONNX has them; later stages forget signs.
static void describeSignature(func::FuncOp func, TensorFacts &facts) {
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
    func.setArgAttr(i, "onnx.type", TypeAttr::get(type));
  for (auto [i, result] : llvm::enumerate(func.front().getTerminator()->getOperands())) {
    func.setResultAttr(i, "onnx.type", TypeAttr::get(result.getType()));
    func.setResultAttr(i, "onnx.dims", resultDims(result, func.getResultAttrOfType<ArrayAttr>(i, "onnx.dims"), facts));
  }
}

/// Each If of two ranks doubles the ways there are.
static constexpr int kMostAttempts = 64;

namespace {
struct LegalizeOnnxPass : impl::LegalizeOnnxPassBase<LegalizeOnnxPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration())
      return;
    if (failed(checkSupport(func)))
      return signalPassFailure();
    // Where branches differ in rank, the first way that fits is taken; if none
    // does, what was wrong with the first is what is said.
    bool branches = func.walk([](onnx::IfOp) { return WalkResult::interrupt(); }).wasInterrupted();
    OwningOpRef<func::FuncOp> original = branches ? func.clone() : func::FuncOp();
    Assumptions assumptions;
    std::vector<Diagnostic> complaints;
    if (succeeded(attempt(func, assumptions, complaints)))
      return;
    for (int tries = 1; tries < kMostAttempts && assumptions.another(); ++tries) {
      std::vector<Diagnostic> unsaid;
      func.getBody().takeBody(OwningOpRef<func::FuncOp>(original->clone())->getBody());
      if (succeeded(attempt(func, assumptions, unsaid)))
        return;
    }
    for (Diagnostic &complaint : complaints)
      getContext().getDiagEngine().emit(std::move(complaint));
    signalPassFailure();
  }

  LogicalResult attempt(func::FuncOp func, Assumptions &assumptions, std::vector<Diagnostic> &complaints) {
    ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &d) { complaints.push_back(std::move(d)); });
    TensorFacts facts(assumptions);
    nameDimensions(func, facts);
    if (failed(legalizeBlock(func.front(), facts)))
      return failure();
    func.setType(FunctionType::get(&getContext(), func.getArgumentTypes(),
                                   func.front().getTerminator()->getOperandTypes()));
    describeSignature(func, facts);
    return success();
  }
};
} // namespace
} // namespace coil
