//===- TreeTables.cpp - the attributes of a tree ensemble as tables -------===//
//
// Comes in: parallel lists, one entry a node or a weight. Goes out: tables in
// which the children are positions, or an error: a walk must end in a leaf.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/TreeTables.h"

using namespace coil::onnx;

namespace coil {

static std::optional<Mode> modeOf(StringRef name) {
  return llvm::StringSwitch<std::optional<Mode>>(name)
      .Case("BRANCH_LEQ", Mode::Leq)
      .Case("BRANCH_LT", Mode::Lt)
      .Case("BRANCH_GTE", Mode::Gte)
      .Case("BRANCH_GT", Mode::Gt)
      .Case("BRANCH_EQ", Mode::Eq)
      .Case("BRANCH_NEQ", Mode::Neq)
      .Case("LEAF", Mode::Leaf)
      .Default(std::nullopt);
}

SmallVector<double> numbers(std::optional<ArrayRef<float>> list, std::optional<ElementsAttr> tensor) {
  SmallVector<double> result;
  if (list)
    llvm::append_range(result, *list);
  else if (auto dense = dyn_cast_or_null<DenseFPElementsAttr>(tensor.value_or(nullptr)))
    for (APFloat f : dense.getValues<APFloat>())
      result.push_back(f.convertToDouble());
  return result;
}

/// Every node is reached once from the roots, so that each walk ends.
static LogicalResult checkTrees(Operation *op, const Forest &f) {
  llvm::BitVector seen(f.feature.size());
  SmallVector<int32_t> open(f.roots);
  while (!open.empty()) {
    int32_t node = open.pop_back_val();
    if (seen.test(node))
      return op->emitOpError("the nodes do not form trees: node ") << node << " has two parents";
    seen.set(node);
    if (f.no[node] >= 0)
      open.append({f.yes[node], f.no[node]});
  }
  if (!seen.all())
    return op->emitOpError("the nodes do not form trees: node ") << seen.find_first_unset() << " has no root";
  return success();
}

FailureOr<Forest> readForest(MlTreeEnsembleClassifierOp op) {
  auto list = [](std::optional<ArrayRef<int64_t>> l) { return l.value_or(ArrayRef<int64_t>()); };
  ArrayRef<int64_t> trees = list(op.getNodesTreeids()), nodes = list(op.getNodesNodeids()),
                    features = list(op.getNodesFeatureids()), yes = list(op.getNodesTruenodeids()),
                    no = list(op.getNodesFalsenodeids()), missing = list(op.getNodesMissingValueTracksTrue());
  SmallVector<double> values = numbers(op.getNodesValues(), op.getNodesValuesAsTensor());
  size_t count = nodes.size(), modes = op.getNodesModes() ? op.getNodesModes()->size() : 0;
  for (size_t n : {trees.size(), features.size(), yes.size(), no.size(), values.size(), modes})
    if (n != count || count == 0)
      return op.emitOpError("the lists of nodes have ") << count << " and " << n << " entries", failure();
  Forest f;
  for (size_t i = 0; i < count; ++i)
    if (!f.index.insert({{trees[i], nodes[i]}, int32_t(i)}).second)
      return op.emitOpError("node ") << nodes[i] << " of tree " << trees[i] << " is given twice", failure();
  llvm::BitVector child(count);
  for (size_t i = 0; i < count; ++i) {
    auto name = cast<StringAttr>((*op.getNodesModes())[i]);
    std::optional<Mode> mode = modeOf(name.getValue());
    if (!mode)
      return op.emitOpError("a node has the mode '") << name.getValue() << "', which is not known", failure();
    f.mode.push_back(int8_t(*mode));
    f.feature.push_back(features[i]);
    f.value.push_back(values[i]);
    f.missing.push_back(missing.size() == count && missing[i]);
    if (*mode == Mode::Leaf) {
      f.yes.push_back(f.leaves++);
      f.no.push_back(-1);
      continue;
    }
    auto a = f.index.find({trees[i], yes[i]}), b = f.index.find({trees[i], no[i]});
    if (a == f.index.end() || b == f.index.end() || features[i] < 0)
      return op.emitOpError("node ") << nodes[i] << " of tree " << trees[i] << " has no child or no feature", failure();
    f.yes.push_back(a->second);
    f.no.push_back(b->second);
    child.set(a->second);
    child.set(b->second);
  }
  for (size_t i = 0; i < count; ++i)
    if (!child.test(i))
      f.roots.push_back(i);
  if (failed(checkTrees(op, f)))
    return failure();
  return f;
}

FailureOr<Weights> readWeights(MlTreeEnsembleClassifierOp op, const Forest &f, int64_t classes) {
  auto list = [](std::optional<ArrayRef<int64_t>> l) { return l.value_or(ArrayRef<int64_t>()); };
  ArrayRef<int64_t> trees = list(op.getClassTreeids()), nodes = list(op.getClassNodeids()), ids = list(op.getClassIds());
  SmallVector<double> weights = numbers(op.getClassWeights(), op.getClassWeightsAsTensor());
  if (trees.size() != ids.size() || nodes.size() != ids.size() || weights.size() != ids.size())
    return op.emitOpError("the lists of weights have ") << ids.size() << " and " << weights.size() << " entries", failure();
  Weights w;
  w.table.assign(f.leaves * classes, 0);
  for (size_t i = 0; i < ids.size(); ++i) {
    auto node = f.index.find({trees[i], nodes[i]});
    if (node == f.index.end() || f.no[node->second] >= 0 || ids[i] < 0 || ids[i] >= classes)
      return op.emitOpError("a weight of class ") << ids[i] << " belongs to no leaf or class", failure();
    w.table[f.yes[node->second] * classes + ids[i]] += weights[i];
    w.classes.insert(ids[i]);
    w.positive &= weights[i] >= 0;
  }
  return w;
}

} // namespace coil
