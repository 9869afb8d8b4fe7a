//===- WinogradTransforms.cpp - to few multiplications and back -----------===//
//
// Comes in: vectors of a patch, or of products. Goes out: the arithmetic of the
// transformation, first of each column, then of each row. What the points a and -a
// have in common is computed once.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/WinogradTransforms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/support/Winograd.h"

namespace coil {

namespace {
/// Arithmetic on vectors of one type.
struct Vectors {
  ImplicitLocOpBuilder &b;

  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value splat(double value, Value like) {
    auto type = cast<ShapedType>(like.getType());
    return arith::ConstantOp::create(b, DenseElementsAttr::get(type, b.getFloatAttr(type.getElementType(), value)));
  }
  Value times(double factor, Value x) { return arith::MulFOp::create(b, splat(factor, x), x); }
  /// factor * x + y.
  Value fma(double factor, Value x, Value y) { return math::FmaOp::create(b, splat(factor, x), x, y); }
};
} // namespace

using Line = SmallVector<Value, 6>;

static Line patchLine(Vectors v, const Line &d) {
  if (d.size() == 4)
    return {v.sub(d[0], d[2]), v.add(d[1], d[2]), v.sub(d[2], d[1]), v.sub(d[1], d[3])};
  WinogradPoints points;
  double a = points.a, b = points.b, sum = a * a + b * b;
  static_assert(WinogradPoints().a * WinogradPoints().b == 1.0, "else d[0] and d[1] have factors");
  Value evenA = v.fma(-b * b, d[2], d[4]), oddA = v.fma(-b * b, d[1], d[3]);
  Value evenB = v.fma(-a * a, d[2], d[4]), oddB = v.fma(-a * a, d[1], d[3]);
  return {v.fma(-sum, d[2], v.add(d[0], d[4])), v.fma(a, oddA, evenA),  v.fma(-a, oddA, evenA),
          v.fma(b, oddB, evenB),                v.fma(-b, oddB, evenB), v.fma(-sum, d[3], v.add(d[1], d[5]))};
}

static Line productLine(Vectors v, const Line &m) {
  Value even = v.add(m[1], m[2]), odd = v.sub(m[1], m[2]);
  if (m.size() == 4)
    return {v.add(m[0], even), v.sub(odd, m[3])};
  WinogradPoints points;
  double a = points.a, b = points.b;
  Value evenB = v.add(m[3], m[4]), oddB = v.sub(m[3], m[4]);
  return {v.add(v.add(m[0], even), evenB), v.fma(a, odd, v.times(b, oddB)),
          v.fma(a * a, even, v.times(b * b, evenB)), v.fma(a * a * a, odd, v.fma(b * b * b, oddB, m[5]))};
}

/// Each column of `in`, `side` x `side`, then each row of what comes of it.
static Square eachWay(ImplicitLocOpBuilder &b, int64_t side, const Square &in, Line (*line)(Vectors, const Line &)) {
  SmallVector<Line> columns;
  for (int64_t column = 0; column < side; ++column) {
    Line values;
    for (int64_t row = 0; row < side; ++row)
      values.push_back(in[row * side + column]);
    columns.push_back(line({b}, values));
  }
  Square out;
  for (size_t row = 0; row < columns.front().size(); ++row) {
    Line values;
    for (const Line &column : columns)
      values.push_back(column[row]);
    llvm::append_range(out, line({b}, values));
  }
  return out;
}

Square transformPatch(ImplicitLocOpBuilder &b, int64_t tile, Square patch) { return eachWay(b, tile + 2, patch, patchLine); }

Square transformProducts(ImplicitLocOpBuilder &b, int64_t tile, Square products) {
  return eachWay(b, tile + 2, products, productLine);
}

} // namespace coil
