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

/// Every branch is reached once from the roots, so that each walk ends.
static LogicalResult checkTrees(Operation *op, const Forest &f) {
  llvm::BitVector seen(f.feature.size());
  SmallVector<int32_t> open(f.roots);
  while (!open.empty()) {
    int32_t node = open.pop_back_val();
    if (seen.test(node) && f.no[node] >= 0)
      return op->emitOpError("the nodes do not form trees: node ") << node << " has two parents";
    seen.set(node);
    if (f.no[node] >= 0)
      open.append({f.yes[node], f.no[node]});
  }
  for (auto [node, child] : llvm::enumerate(f.no))
    if (child >= 0 && !seen.test(node))
      return op->emitOpError("the nodes do not form trees: node ") << node << " has no root";
  return success();
}

FailureOr<Forest> readForest(Operation *op, const NodeLists &lists) {
  auto &[trees, nodes, features, yes, no, missing, values, modes] = lists;
  size_t count = nodes.size();
  for (size_t n : {trees.size(), features.size(), yes.size(), no.size(), values.size(), modes.size()})
    if (n != count || count == 0)
      return op->emitOpError("the lists of nodes have ") << count << " and " << n << " entries", failure();
  Forest f;
  for (size_t i = 0; i < count; ++i)
    if (!f.index.insert({{trees[i], nodes[i]}, int32_t(i)}).second)
      return op->emitOpError("node ") << nodes[i] << " of tree " << trees[i] << " is given twice", failure();
  llvm::BitVector child(count);
  for (size_t i = 0; i < count; ++i) {
    auto name = cast<StringAttr>(modes[i]);
    std::optional<Mode> mode = modeOf(name.getValue());
    if (!mode)
      return op->emitOpError("a node has the mode '") << name.getValue() << "', which is not known", failure();
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
    if (a == f.index.end() || b == f.index.end() || features[i] < 0 || features[i] >= INT32_MAX)
      return op->emitOpError("node ") << nodes[i] << " of tree " << trees[i] << " has no child or no feature", failure();
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

FailureOr<Forest> readForest(MlTreeEnsembleOp op) {
  ArrayRef<int64_t> features = op.getNodesFeatureids(), yes = op.getNodesTruenodeids(), no = op.getNodesFalsenodeids(),
                    yesLeaf = op.getNodesTrueleafs(), noLeaf = op.getNodesFalseleafs(),
                    missing = op.getNodesMissingValueTracksTrue().value_or(ArrayRef<int64_t>());
  SmallVector<double> values = numbers(op.getNodesSplits()), modes = numbers(op.getNodesModes());
  int64_t count = features.size(), leaves = op.getLeafTargetids().size();
  for (int64_t n : {yes.size(), no.size(), yesLeaf.size(), noLeaf.size(), values.size(), modes.size()})
    if (n != count || count == 0)
      return op.emitOpError("the lists of nodes have ") << count << " and " << n << " entries", failure();
  Forest f;
  f.leaves = leaves;
  if (auto sets = op.getMembershipValues())
    f.members = numbers(*sets);
  // Sets lie one after another, each with a NaN behind it.
  size_t next = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (modes[i] < 0 || modes[i] > double(Mode::Member))
      return op.emitOpError("node ") << i << " has the mode " << modes[i] << ", expected 0 to " << int(Mode::Member),
             failure();
    auto child = [&](int64_t id, bool leaf) { return id >= 0 && id < (leaf ? leaves : count); };
    if (!child(yes[i], yesLeaf[i]) || !child(no[i], noLeaf[i]) || features[i] < 0 || features[i] >= INT32_MAX)
      return op.emitOpError("node ") << i << " has no child or no feature", failure();
    f.mode.push_back(int8_t(modes[i]));
    f.feature.push_back(features[i]);
    f.value.push_back(values[i]);
    f.missing.push_back(missing.size() == size_t(count) && missing[i]);
    f.yes.push_back(yesLeaf[i] ? count + yes[i] : yes[i]);
    f.no.push_back(noLeaf[i] ? count + no[i] : no[i]);
    size_t begin = next;
    if (Mode(f.mode.back()) == Mode::Member) {
      if (next >= f.members.size())
        return op.emitOpError("membership_values has no set for node ") << i, failure();
      while (next < f.members.size() && !std::isnan(f.members[next]))
        ++next;
    }
    f.setBegin.push_back(begin);
    f.setEnd.push_back(next);
    next += Mode(f.mode.back()) == Mode::Member;
  }
  for (int64_t i = 0; i < leaves; ++i) {
    f.mode.push_back(int8_t(Mode::Leaf));
    for (auto *list : {&f.feature, &f.setBegin, &f.setEnd})
      list->push_back(0);
    f.value.push_back(0);
    f.missing.push_back(0);
    f.yes.push_back(i);
    f.no.push_back(-1);
  }
  for (int64_t root : op.getTreeRoots()) {
    if (root < 0 || root >= count)
      return op.emitOpError("the root ") << root << " is no node, expected less than " << count, failure();
    f.roots.push_back(root);
  }
  if (f.roots.empty())
    return op.emitOpError("has no trees"), failure();
  if (failed(checkTrees(op, f)))
    return failure();
  return f;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

double nothing(Aggregate how) { return how == Aggregate::Min ? INFINITY : how == Aggregate::Max ? -INFINITY : 0; }

static void addWeight(Weights &w, int64_t at, int64_t id, double weight, Aggregate how) {
  double &entry = w.table[at];
  entry = how == Aggregate::Min ? std::min(entry, weight) : how == Aggregate::Max ? std::max(entry, weight) : entry + weight;
  w.classes.insert(id);
  w.positive &= weight >= 0;
}

FailureOr<Weights> readWeights(Operation *op, const WeightLists &lists, const Forest &f, int64_t classes,
                               Aggregate how) {
  auto &[trees, nodes, ids, weights] = lists;
  if (trees.size() != ids.size() || nodes.size() != ids.size() || weights.size() != ids.size())
    return op->emitOpError("the lists of weights have ") << ids.size() << " and " << weights.size() << " entries", failure();
  Weights w;
  w.table.assign(f.leaves * classes, nothing(how));
  for (size_t i = 0; i < ids.size(); ++i) {
    auto node = f.index.find({trees[i], nodes[i]});
    if (node == f.index.end() || f.no[node->second] >= 0 || ids[i] < 0 || ids[i] >= classes)
      return op->emitOpError("a weight of class ") << ids[i] << " belongs to no leaf or class", failure();
    addWeight(w, f.yes[node->second] * classes + ids[i], ids[i], weights[i], how);
  }
  return w;
}

FailureOr<Weights> readWeights(MlTreeEnsembleOp op, int64_t targets, Aggregate how) {
  ArrayRef<int64_t> ids = op.getLeafTargetids();
  SmallVector<double> weights = numbers(op.getLeafWeights());
  if (weights.size() != ids.size())
    return op.emitOpError("the lists of leaves have ") << ids.size() << " and " << weights.size() << " entries", failure();
  Weights w;
  w.table.assign(ids.size() * targets, nothing(how));
  for (auto [leaf, id, weight] : llvm::enumerate(ids, weights)) {
    if (id < 0 || id >= targets)
      return op.emitOpError("leaf ") << leaf << " has the target " << id << ", expected less than " << targets, failure();
    addWeight(w, leaf * targets + id, id, weight, how);
  }
  return w;
}

} // namespace coil
