//===- Recipe.h - the meaning of an operator as a function ----------------===//
//
// A recipe is a free function `Result name(onnx::XOp op, CoreBuilder &b)` that
// returns the values of the operator's results. It sees typed operands, since
// producers come first. A table finds it by the op's name.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_RECIPE_H
#define COIL_PASSES_LEGALIZE_RECIPE_H

#include "passes/legalize/CoreBuilder.h"

namespace coil {

/// The values of an op's results, or failure after an error was emitted.
/// Fewer values than results: the rest must be unused.
class Result {
public:
  Result(Value value) : values(SmallVector<Value>{value}) {}
  Result(std::initializer_list<Value> list) : values(SmallVector<Value>(list)) {}
  Result(SmallVector<Value> list) : values(std::move(list)) {}
  Result(LogicalResult result) : values(failure()) { assert(failed(result)); }
  Result(InFlightDiagnostic &&diagnostic) : values(failure()) { (void)LogicalResult(diagnostic); }
  Result(InFlightDiagnostic &diagnostic) : values(failure()) { (void)LogicalResult(diagnostic); }

  FailureOr<SmallVector<Value>> values;
};

/// Recipes by operation name. Also how a recipe of a control flow operator
/// legalizes its regions.
class RecipeTable {
public:
  using Function = Result (*)(Operation *, CoreBuilder &);

  template <auto... fns> void add() { (addOne<fns>(), ...); }
  Function lookup(StringRef name) const { return table.lookup(name); }

private:
  template <auto fn> void addOne() { insert<fn>(fn); }
  template <auto fn, typename OpTy> void insert(Result (*)(OpTy, CoreBuilder &)) {
    table[OpTy::getOperationName()] = [](Operation *op, CoreBuilder &b) {
      return fn(cast<OpTy>(op), b);
    };
  }
  llvm::StringMap<Function> table;
};

/// Replaces the ops of a block by their recipes' values, in order. The block's
/// arguments have their types already.
LogicalResult legalizeBlock(Block &block, TensorFacts &facts);

/// The block's ops, legalized, instead of the op that it is a graph of; the
/// results are its outputs.
Result inlineGraph(Operation *op, Block &graph, CoreBuilder &b);

/// The operand is given (not `onnx.None`).
inline bool given(Value operand) { return !isa<NoneType>(operand.getType()); }

/// An ONNX axis in [-rank, rank) as one in [0, rank); an error at `op` otherwise.
FailureOr<int64_t> normalAxis(Operation *op, int64_t axis, int64_t rank);

/// Of the operands that are given: one element type; integers; a rank. Errors at
/// `op` otherwise.
LogicalResult sameElements(Operation *op, ValueRange operands);
LogicalResult areIntegers(Operation *op, ValueRange operands);
LogicalResult haveRank(Operation *op, ValueRange operands, int64_t rank);

/// The rank that the model states of a value, which it does of its outputs.
std::optional<int64_t> statedRank(Value result);
/// The entries of a shape that is an operand of `op`: as many as it has, or as
/// the result has by `statedRank`. An error at `op` where neither is known.
FailureOr<Dims> shapeOf(Operation *op, Value shape, CoreBuilder &b);

// Formulas that several families use.
Value softmax(CoreBuilder &b, Value x, int64_t axis);
Value logSoftmax(CoreBuilder &b, Value x, int64_t axis);

// One function a family, each in the file of its name.
void addArgReduceRecipes(RecipeTable &table);
void addAttentionMicrosoftRecipes(RecipeTable &table);
void addAttentionRecipes(RecipeTable &table);
void addCastRecipes(RecipeTable &table);
void addCausalConvRecipes(RecipeTable &table);
void addConvRecipes(RecipeTable &table);
void addConvTransposeRecipes(RecipeTable &table);
void addCumulativeRecipes(RecipeTable &table);
void addCustomCallRecipes(RecipeTable &table);
void addEinsumRecipes(RecipeTable &table);
void addElementwiseRecipes(RecipeTable &table);
void addFewBitsRecipes(RecipeTable &table);
void addFlexAttentionRecipes(RecipeTable &table);
void addFourierRecipes(RecipeTable &table);
void addFusedMicrosoftRecipes(RecipeTable &table);
void addGridRecipes(RecipeTable &table);
void addGroupQueryAttentionRecipes(RecipeTable &table);
void addImageRecipes(RecipeTable &table);
void addLinearAttentionRecipes(RecipeTable &table);
void addLinearRecipes(RecipeTable &table);
void addLossRecipes(RecipeTable &table);
void addMixtureMicrosoftRecipes(RecipeTable &table);
void addMlFeatureRecipes(RecipeTable &table);
void addMlLinearRecipes(RecipeTable &table);
void addNormalizeRecipes(RecipeTable &table);
void addOptimizerRecipes(RecipeTable &table);
void addPoolRecipes(RecipeTable &table);
void addQuantizeConvRecipes(RecipeTable &table);
void addQuantizeMicrosoftRecipes(RecipeTable &table);
void addQuantizeRecipes(RecipeTable &table);
void addRandomRecipes(RecipeTable &table);
void addRecurrentRecipes(RecipeTable &table);
void addReduceRecipes(RecipeTable &table);
void addRegionRecipes(RecipeTable &table);
void addResizeRecipes(RecipeTable &table);
void addRotaryRecipes(RecipeTable &table);
void addControlRecipes(RecipeTable &table);
void addGatherRecipes(RecipeTable &table);
void addJoinRecipes(RecipeTable &table);
void addMakeRecipes(RecipeTable &table);
void addScatterRecipes(RecipeTable &table);
void addSelectRecipes(RecipeTable &table);
void addSequenceRecipes(RecipeTable &table);
void addShapeRecipes(RecipeTable &table);
void addSignalRecipes(RecipeTable &table);
void addSoftmaxRecipes(RecipeTable &table);
void addTextRecipes(RecipeTable &table);
void addTfIdfRecipes(RecipeTable &table);
void addTransformerMicrosoftRecipes(RecipeTable &table);
void addTreeRecipes(RecipeTable &table);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_RECIPE_H
