//===- Cast.cpp - between element types -----------------------------------===//
//
// Cast and CastLike convert numbers, BitCast reads the same bits as another
// type. What is left open by ONNX: a NaN in float4e2m1, which has none, is -0;
// a negative number in float8e8m0, which has no sign, is its magnitude.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"
#include "passes/legalize/SmallFloat.h"

using namespace coil::onnx;

namespace coil {

Scalar toSmallFloat(Scalar x, Type to, bool saturate, arith::RoundingMode mode) {
  const llvm::fltSemantics &semantics = cast<FloatType>(to).getFloatSemantics();
  if (!x.isFloat() || isSmallFloat(x.type()))
    x = cast(x, x.builder().getF32Type());
  double largest = APFloat::getLargest(semantics).convertToDouble();
  if (APFloat::semanticsHasSignedRepr(semantics)) {
    // Without a NaN or an infinity to say that x is too large, it is clamped.
    bool clamps = saturate || !APFloat::semanticsHasNaN(semantics);
    return cast(clamps ? clamp(x, x.like(-largest), x.like(largest)) : x, to);
  }
  Scalar low = x.like(APFloat::getSmallest(semantics).convertToDouble()), high = x.like(largest);
  x = abs(x);
  x = saturate ? clamp(x, low, high) : select((x >= low) & (x <= high), x, x.like(std::nan("")));
  return rounded(x, to, mode);
}

namespace {

using Rounding = arith::RoundingMode;

/// round_mode of a node, which is about float8e8m0 alone.
std::optional<Rounding> roundingOf(StringRef name) {
  return llvm::StringSwitch<std::optional<Rounding>>(name)
      .Case("up", Rounding::upward)
      .Case("down", Rounding::toward_zero)
      .Case("nearest", Rounding::to_nearest_away)
      .Default(std::nullopt);
}

/// As `cast`; no fused chain leaves this rounding out.
Scalar castAsAsked(Scalar x, Type to) {
  Scalar y = cast(x, to);
  if (auto wide = y.value().getDefiningOp<arith::ExtFOp>())
    if (auto narrow = wide.getIn().getDefiningOp<arith::TruncFOp>())
      narrow->setAttr(kAskedRounding, y.builder().getUnitAttr());
  return y;
}

template <typename Op> Result castTo(Op op, Value x, Type to, CoreBuilder &b) {
  auto mode = roundingOf(op.getRoundMode());
  if (!mode)
    return op.emitOpError("round_mode is '") << op.getRoundMode() << "', expected 'up', 'down' or 'nearest'";
  if (b.elementOf(x) == to)
    return x;
  return b.map(x, [&](Scalar s) {
    return isSmallFloat(to) ? toSmallFloat(s, to, op.getSaturate(), *mode) : castAsAsked(s, to);
  });
}

Result castOp(CastOp op, CoreBuilder &b) { return castTo(op, op.getX(), op.getTo(), b); }
Result castLike(CastLikeOp op, CoreBuilder &b) {
  return castTo(op, op.getInput(), b.elementOf(op.getTargetType()), b);
}

/// The bits of an element as a signless integer. A truth value takes a byte.
Value bitsOf(Scalar s) {
  ImplicitLocOpBuilder &b = s.builder();
  if (s.isBool())
    return b.createOrFold<arith::ExtUIOp>(b.getI8Type(), s.value());
  if (!s.isFloat())
    return s.value();
  return b.createOrFold<arith::BitcastOp>(b.getIntegerType(s.type().getIntOrFloatBitWidth()), stored(s));
}

Result bitCast(BitCastOp op, CoreBuilder &b) {
  Type from = b.elementOf(op.getX()), to = op.getTo();
  auto width = [](Type type) { return type.isInteger(1) ? 8 : type.getIntOrFloatBitWidth(); };
  if (width(from) != width(to))
    return op.emitOpError("the elements have type ")
           << from << " of " << width(from) << " bits, expected as many as " << to << " has, " << width(to);
  if (from == to)
    return op.getX();
  return b.map(op.getX(), [&](Scalar s) {
    Value bits = bitsOf(s);
    if (to.isInteger(1))
      return Scalar(b, bits) != 0;
    return isa<FloatType>(to) ? loaded(b, b.createOrFold<arith::BitcastOp>(to, bits)) : Scalar(b, bits, to);
  });
}

} // namespace

void addCastRecipes(RecipeTable &table) { table.add<castOp, castLike, bitCast>(); }

} // namespace coil
