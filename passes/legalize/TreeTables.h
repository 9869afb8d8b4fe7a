//===- TreeTables.h - the attributes of a tree ensemble as tables ---------===//
#ifndef COIL_PASSES_LEGALIZE_TREETABLES_H
#define COIL_PASSES_LEGALIZE_TREETABLES_H

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

#include <set>

namespace coil {

enum class Mode : int8_t { Leq, Lt, Gte, Gt, Eq, Neq, Leaf };

/// The nodes of all trees, one entry a node. A leaf has no second child, and its
/// first is the row of its weights.
struct Forest {
  SmallVector<int32_t> feature, yes, no, roots;
  SmallVector<double> value;
  SmallVector<int8_t> mode, missing;
  int64_t leaves = 0;
  llvm::DenseMap<std::pair<int64_t, int64_t>, int32_t> index; // of (tree, node)
};

FailureOr<Forest> readForest(onnx::MlTreeEnsembleClassifierOp op);

/// What each leaf adds to each class, [leaves, classes].
struct Weights {
  SmallVector<double> table;
  std::set<int64_t> classes; // that occur
  bool positive = true;
};

FailureOr<Weights> readWeights(onnx::MlTreeEnsembleClassifierOp op, const Forest &f, int64_t classes);

/// Numbers of an attribute that is a list of floats or a tensor.
SmallVector<double> numbers(std::optional<ArrayRef<float>> list, std::optional<ElementsAttr> tensor);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_TREETABLES_H
