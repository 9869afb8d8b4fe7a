//===- TreeTables.h - the attributes of a tree ensemble as tables ---------===//
#ifndef COIL_PASSES_LEGALIZE_TREETABLES_H
#define COIL_PASSES_LEGALIZE_TREETABLES_H

#include "passes/legalize/Ml.h"

#include <set>

namespace coil {

/// In the order of TreeEnsemble's numbers; a leaf is no branch.
enum class Mode : int8_t { Leq, Lt, Gte, Gt, Eq, Neq, Member, Leaf };

/// The nodes of all trees, one entry a node. A leaf has no second child, and its
/// first is the row of its weights.
struct Forest {
  SmallVector<int32_t> feature, yes, no, roots;
  SmallVector<double> value;
  SmallVector<int8_t> mode, missing;
  SmallVector<int32_t> setBegin, setEnd; // in `members`, of a node that asks for one
  SmallVector<double> members;
  int64_t leaves = 0;
  llvm::DenseMap<std::pair<int64_t, int64_t>, int32_t> index; // of (tree, node)
};

/// The lists that say what a node is.
struct NodeLists {
  ArrayRef<int64_t> trees, nodes, features, yes, no, missing;
  SmallVector<double> values;
  ArrayRef<Attribute> modes;
};

FailureOr<Forest> readForest(Operation *op, const NodeLists &lists);
FailureOr<Forest> readForest(onnx::MlTreeEnsembleOp op);

/// The same of the classifier and the regressor, whose attributes have one name.
template <typename Op> FailureOr<Forest> readForest(Op op) {
  auto list = [](std::optional<ArrayRef<int64_t>> l) { return l.value_or(ArrayRef<int64_t>()); };
  NodeLists lists{list(op.getNodesTreeids()), list(op.getNodesNodeids()), list(op.getNodesFeatureids()),
                  list(op.getNodesTruenodeids()), list(op.getNodesFalsenodeids()),
                  list(op.getNodesMissingValueTracksTrue()), numbers(op.getNodesValues(), op.getNodesValuesAsTensor()), {}};
  if (op.getNodesModes())
    lists.modes = op.getNodesModes()->getValue();
  return readForest(op.getOperation(), lists);
}

/// How the weights of several leaves for one target become one.
enum class Aggregate { Average, Sum, Min, Max };

/// What each leaf adds to each class or target, [leaves, classes].
struct Weights {
  SmallVector<double> table;
  std::set<int64_t> classes; // that occur
  bool positive = true;
};

/// The lists that say what a leaf adds to what.
struct WeightLists {
  ArrayRef<int64_t> trees, nodes, ids;
  SmallVector<double> weights;
};

FailureOr<Weights> readWeights(Operation *op, const WeightLists &lists, const Forest &f, int64_t classes, Aggregate how);
/// Those of TreeEnsemble, one weight a leaf.
FailureOr<Weights> readWeights(onnx::MlTreeEnsembleOp op, int64_t targets, Aggregate how);
/// What a target has without a weight.
double nothing(Aggregate how);

/// Fails unless x has as many features as the nodes ask for.
LogicalResult requireFeatures(Operation *op, Value x, const Forest &f, CoreBuilder &b);
/// The leaf that each row of x reaches in each tree, [rows, trees].
Value leavesOf(CoreBuilder &b, Value x, const Forest &f, Type type);
/// What the leaves say of each target together, [rows, targets].
Value aggregated(CoreBuilder &b, Value leaves, const Weights &w, int64_t targets, Aggregate how, Type type);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_TREETABLES_H
