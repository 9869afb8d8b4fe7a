//===- TreeWalk.cpp - from the root of each tree to a leaf ----------------===//
//
// The nodes of all trees become tables in constants; a loop for each row and
// tree walks from the root to a leaf. What a leaf says of each target is a row
// of another table.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/TreeTables.h"

namespace coil {

LogicalResult requireFeatures(Operation *op, Value x, const Forest &f, CoreBuilder &b) {
  int64_t features = *llvm::max_element(f.feature) + 1;
  if (auto n = b.constant(b.dimOf(x, 1)); n && *n < features)
    return op->emitOpError("the input has ") << *n << " features, expected " << features << " or more";
  b.require(b.index(b.dimOf(x, 1)) >= features, "the input has too few features");
  return success();
}

static Scalar holds(Mode mode, Scalar x, Scalar value) {
  switch (mode) {
  case Mode::Leq: return x <= value;
  case Mode::Lt: return x < value;
  case Mode::Gte: return x >= value;
  case Mode::Gt: return x > value;
  case Mode::Eq: return x == value;
  case Mode::Neq: return x != value;
  case Mode::Member:
  case Mode::Leaf: break;
  }
  llvm_unreachable("no comparison with a value");
}

Value leavesOf(CoreBuilder &b, Value x, const Forest &f, Type type) {
  Type i32 = b.getI32Type(), i8 = b.getI8Type(), index = b.getIndexType(), i1 = b.getI1Type();
  Value feature = table(b, f.feature, i32), value = table(b, f.value, type), yes = table(b, f.yes, i32),
        no = table(b, f.no, i32), roots = table(b, f.roots, i32);
  std::set<int8_t> modes(f.mode.begin(), f.mode.end());
  modes.erase(int8_t(Mode::Leaf));
  Value mode = modes.size() > 1 ? table(b, f.mode, i8) : Value();
  Value missing = llvm::is_contained(f.missing, 1) ? table(b, f.missing, i8) : Value();
  Value begin, end, members;
  if (modes.contains(int8_t(Mode::Member)) && !f.members.empty()) {
    begin = table(b, f.setBegin, i32);
    end = table(b, f.setEnd, i32);
    members = table(b, f.members, type);
  }

  return b.generate({b.dimOf(x, 0), b.dim(int64_t(f.roots.size()))}, [&](ArrayRef<Scalar> i) {
    auto at = [&](Value t, Scalar node) { return b.load(t, {cast(node, index)}); };
    auto isMember = [&](Scalar from, Scalar node) {
      if (!members)
        return constantOf(b, i1, 0);
      Scalar first = cast(at(begin, node), index), last = cast(at(end, node), index);
      return b.fold(last - first, constantOf(b, i1, 0),
                    [&](Scalar k, Scalar found) { return found | (from == b.load(members, {first + k})); });
    };
    Scalar leaf = b.iterate(
        b.load(roots, {i[1]}), [&](Scalar node) { return at(no, node) >= 0; },
        [&](Scalar node) {
          Scalar from = cast(b.load(x, {i[0], cast(at(feature, node), index)}), type), to = at(value, node);
          Scalar goes = constantOf(b, i1, 0);
          for (int8_t m : modes) {
            Scalar here = Mode(m) == Mode::Member ? isMember(from, node) : holds(Mode(m), from, to);
            goes = mode ? goes | (here & (at(mode, node) == int64_t(m))) : here;
          }
          if (missing)
            goes = goes | (isNaN(from) & (at(missing, node) != 0));
          return select(goes, at(yes, node), at(no, node));
        });
    return at(yes, leaf);
  });
}

Value aggregated(CoreBuilder &b, Value leaves, const Weights &w, int64_t targets, Aggregate how, Type type) {
  Value rows = table(b, w.table, type, {int64_t(w.table.size()) / targets, targets});
  Dims sizes{b.dimOf(leaves, 0), b.dim(targets), b.dimOf(leaves, 1)};
  AffineMap read = AffineMap::get(3, 0, {b.getAffineDimExpr(0), b.getAffineDimExpr(2)}, b.getContext());
  Value all = b.accumulate(
      leaves, read, sizes, 2, [&](auto &b) { return constantOf(b, type, nothing(how)); },
      [&](ArrayRef<Scalar> s) {
        Scalar target(b, linalg::IndexOp::create(b, 1));
        Scalar next = b.load(rows, {cast(s[0], b.getIndexType()), target});
        return how == Aggregate::Min ? min(s[1], next) : how == Aggregate::Max ? max(s[1], next) : s[1] + next;
      });
  if (how == Aggregate::Sum)
    return all;
  if (how == Aggregate::Average)
    return b.map({all, b.scalar(cast(b.index(b.dimOf(leaves, 1)), type))},
                 [](ArrayRef<Scalar> s) { return s[0] / s[1]; });
  return b.map(all, [&](Scalar s) { return select(abs(s) == INFINITY, s.like(0), s); });
}

} // namespace coil
