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
#include "passes/legalize/Elementwise.h"
#include "passes/legalize/Sequence.h"

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
    addCausalConvRecipes(t);
    addConvRecipes(t);
    addConvTransposeRecipes(t);
    addControlRecipes(t);
    addCumulativeRecipes(t);
    addCustomCallRecipes(t);
    addEinsumRecipes(t);
    addElementwiseRecipes(t);
    addGatherRecipes(t);
    addJoinRecipes(t);
    addGridRecipes(t);
    addImageRecipes(t);
    addLinearAttentionRecipes(t);
    addLinearRecipes(t);
    addLossRecipes(t);
    addFewBitsRecipes(t);
    addFlexAttentionRecipes(t);
    addFourierRecipes(t);
    addGroupQueryAttentionRecipes(t);
    addMixtureMicrosoftRecipes(t);
    addMlFeatureRecipes(t);
    addMlLinearRecipes(t);
    addNormalizeRecipes(t);
    addOptimizerRecipes(t);
    addPoolRecipes(t);
    addRandomRecipes(t);
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
    addSequenceRecipes(t);
    addShapeRecipes(t);
    addSignalRecipes(t);
    addSoftmaxRecipes(t);
    addTextRecipes(t);
    addTfIdfRecipes(t);
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

/// An output's, and so that of what an output has the shape of; and that of what
/// comes out of a sequence, which the importer notes.
std::optional<int64_t> statedRank(Value result) {
  if (Operation *maker = result.getDefiningOp())
    if (auto rank = maker->getAttrOfType<IntegerAttr>("onnx.rank"))
      return rank.getInt();
  for (OpOperand &use : result.getUses()) {
    if (keepsShape(use.getOwner()) && use.getOperandNumber() == 0)
      if (auto rank = statedRank(use.getOwner()->getResult(0)))
        return rank;
    auto exit = dyn_cast<func::ReturnOp>(use.getOwner());
    if (!exit)
      continue;
    auto func = exit->getParentOfType<func::FuncOp>();
    if (auto dims = func.getResultAttrOfType<ArrayAttr>(use.getOperandNumber(), "onnx.dims"))
      return dims.size();
  }
  return std::nullopt;
}

FailureOr<Dims> shapeOf(Operation *op, Value shape, CoreBuilder &b) {
  auto dims = b.indicesOf(shape);
  if (auto rank = statedRank(op->getResult(0)); !dims && rank)
    dims = b.indicesOf(shape, *rank);
  if (!dims)
    return op->emitOpError("the rank of the result is not known: the shape is ") << shape.getType();
  return *dims;
}

/// What is neither tensor nor absent stands only where the operator takes it.
static LogicalResult checkOperands(Operation *op) {
  auto onnxOp = cast<onnx::OnnxOpInterface>(op);
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    size_t bit = std::min<size_t>(i, 63);
    if (isTensor(operand) && CoreBuilder::isString(operand) && !(onnxOp.getStringInputs() >> bit & 1))
      return op->emitOpError("input ") << i << " holds strings, expected numbers";
    if (onnxOp.getSequenceInputs() >> bit & 1)
      continue;
    if (isSequence(operand))
      return op->emitOpError("input ") << i << " is a sequence, expected a tensor";
    if (isOptional(operand))
      return op->emitOpError("input ") << i << " is an optional value, expected a tensor";
    if (!given(operand) && onnxOp.getRequiredOnnxInputs() >> bit & 1)
      return op->emitOpError("input ") << i << " is an optional value without an element";
  }
  return success();
}

/// Replaces one op; ops of other dialects stay.
static LogicalResult legalizeOp(Operation *op, TensorFacts &facts) {
  if (failed(checkOperands(op)))
    return failure();
  RecipeTable::Function recipe = recipes().lookup(op->getName().getStringRef());
  if (!recipe)
    return failure(); // as checkSupport has said
  OpBuilder builder(op);
  CoreBuilder b(op->getLoc(), builder, facts);
  Operation *outer = std::exchange(facts.node, op); // a graph's op is at work inside of another
  Result result = recipe(op, b);
  facts.node = outer;
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
  return isa_and_present<onnx::OnnxDialect>(op->getDialect()) && !isa<onnx::NoneOp, onnx::ListOp>(op) &&
         !op->hasTrait<OpTrait::IsTerminator>();
}

/// One error for each operator that has no recipe, at the first of its nodes, or
/// at each.
static LogicalResult checkSupport(func::FuncOp func, bool everyNode) {
  llvm::MapVector<StringRef, SmallVector<Operation *>> unknown;
  func.walk([&](Operation *op) {
    if (isOperator(op) && !recipes().lookup(op->getName().getStringRef()))
      unknown[op->getName().stripDialect()].push_back(op);
  });
  for (auto &[name, nodes] : unknown)
    for (Operation *node : ArrayRef(nodes).take_front(everyNode ? nodes.size() : 1)) {
      InFlightDiagnostic error = emitError(node->getLoc()) << "operator " << name << " is not supported";
      if (nodes.size() > 1 && !everyNode)
        error << "; " << nodes.size() << " nodes use it";
    }
  return success(unknown.empty());
}

void eraseUnused(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isa<onnx::NoneOp, onnx::ListOp>(op) && op.use_empty())
      op.erase();
}

/// The same of any op. An operand without a type is what an op that was refused
/// would have made: nothing can be said of who uses it.
static LogicalResult legalizeOrSkip(Operation *op, TensorFacts &facts) {
  if (llvm::any_of(op->getOperandTypes(), llvm::IsaPred<onnx::ValueType>))
    return facts.allErrors ? failure() : op->emitOpError("has an operand without a type");
  return isOperator(op) ? legalizeOp(op, facts) : success();
}

LogicalResult legalizeBlock(Block &block, TensorFacts &facts) {
  bool whole = true;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (succeeded(legalizeOrSkip(&op, facts)))
      continue;
    if (!facts.allErrors)
      return failure();
    facts.failed = false;
    whole = false;
  }
  if (!whole)
    return failure();
  eraseUnused(block);
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
  SmallVector<Attribute> names;
  auto type = dyn_cast<RankedTensorType>(result.getType());
  if (!type) // the elements of a sequence have sizes of their own
    return b.getArrayAttr(names);
  Dims dims = facts.dims.lookup(result);
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

/// The strings that the program knows; none at all where it deals with none.
static void listStrings(func::FuncOp func, TensorFacts &facts) {
  auto isString = [](Type type) {
    if (auto optional = dyn_cast<core::OptionalType>(type))
      type = optional.getElement();
    if (auto sequence = dyn_cast<core::SequenceType>(type))
      type = sequence.getElement();
    auto tensor = dyn_cast<TensorType>(type);
    return isa<core::StringType>(tensor ? tensor.getElementType() : type);
  };
  bool any = llvm::any_of(func.getArgumentTypes(), isString) || func.walk([&](Operation *op) {
    return llvm::any_of(op->getResultTypes(), isString) ? WalkResult::interrupt() : WalkResult::advance();
  }).wasInterrupted();
  auto texts = llvm::to_vector_of<StringRef>(facts.strings.all());
  if (any)
    func->setAttr("coil.strings", Builder(func.getContext()).getStrArrayAttr(texts));
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
  using LegalizeOnnxPassBase::LegalizeOnnxPassBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration())
      return;
    if (failed(checkSupport(func, allErrors)) && !allErrors)
      return signalPassFailure();
    // Where branches differ in rank, the first way that fits is taken, of those
    // whose results have the ranks that the model states if there is one; if
    // none fits, what was wrong with the first is what is said.
    bool branches = func.walk([](onnx::IfOp) { return WalkResult::interrupt(); }).wasInterrupted();
    OwningOpRef<func::FuncOp> original = branches ? func.clone() : func::FuncOp();
    Assumptions assumptions, fitting;
    std::vector<Diagnostic> complaints;
    bool fits = false;
    for (int tries = 0; tries < kMostAttempts; ++tries) {
      std::vector<Diagnostic> unsaid;
      Assumptions way = assumptions.restarted();
      if (tries > 0)
        restore(func, *original);
      Fit fit = attempt(func, assumptions, /*stated=*/branches, tries == 0 ? complaints : unsaid);
      if (fit == Fit::yes)
        return;
      if (fit == Fit::otherRanks && !std::exchange(fits, true))
        fitting = way;
      if (!branches || !assumptions.another())
        break;
    }
    if (fits) {
      restore(func, *original);
      if (attempt(func, fitting, /*stated=*/false, complaints) == Fit::yes)
        return;
    }
    for (Diagnostic &complaint : complaints)
      getContext().getDiagEngine().emit(std::move(complaint));
    signalPassFailure();
  }

  enum class Fit { no, otherRanks, yes };

  /// With `stated`, only results of the ranks that the model states fit.
  Fit attempt(func::FuncOp func, Assumptions &assumptions, bool stated, std::vector<Diagnostic> &complaints) {
    ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &d) { complaints.push_back(std::move(d)); });
    TensorFacts facts(assumptions);
    facts.allErrors = allErrors;
    nameDimensions(func, facts);
    if (failed(fixLengths(func, facts)))
      return Fit::no;
    if (failed(legalizeBlock(func.front(), facts)))
      return Fit::no;
    if (stated && !hasStatedRanks(func))
      return Fit::otherRanks;
    if (failed(finishResults(func, facts)))
      return Fit::no;
    describeSignature(func, facts);
    listStrings(func, facts);
    return Fit::yes;
  }

  static void restore(func::FuncOp func, func::FuncOp original) {
    func.getBody().takeBody(OwningOpRef<func::FuncOp>(original.clone())->getBody());
  }

  static bool hasStatedRanks(func::FuncOp func) {
    for (auto [i, result] : llvm::enumerate(func.front().getTerminator()->getOperands())) {
      auto stated = func.getResultAttrOfType<ArrayAttr>(i, "onnx.dims");
      if (stated && isTensor(result) && int64_t(stated.size()) != CoreBuilder::rankOf(result))
        return false;
    }
    return true;
  }
};
} // namespace
} // namespace coil
