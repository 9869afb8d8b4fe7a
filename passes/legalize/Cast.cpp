//===- Cast.cpp - between element types -----------------------------------===//
//
// Cast and CastLike convert numbers, BitCast reads the same bits as another
// type. What is left open by ONNX: a NaN in float4e2m1, which has none, is -0;
// a negative number in float8e8m0, which has no sign, is its magnitude.
//
//===----------------------------------------------------------------------===//

#include "dialects/coil/Core.h"
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

//===----------------------------------------------------------------------===//
// Strings
//===----------------------------------------------------------------------===//

Value stringsOf(Value x, CoreBuilder &b) {
  Type from = b.elementOf(x);
  Value count = b.index(b.sizeOf(x)).value();
  std::pair<Dims, Type> result{b.dimsOf(x), b.getStringType()};
  auto number = [&](int32_t n) -> Value { return arith::ConstantOp::create(b, b.getI32IntegerAttr(n)); };
  if (from.isSignlessInteger(1))
    return b.map(x, [&](Scalar s) { return select(s, b.text("True"), b.text("False")); });
  if (isa<IntegerType>(from))
    return b.callRuntime("coil_rt_string_from_integer",
                         {b.convert(x, b.getI64Type()), count, number(!from.isUnsignedInteger())}, result)[0];
  const llvm::fltSemantics &semantics = cast<FloatType>(from).getFloatSemantics();
  int32_t bits = APFloat::semanticsPrecision(semantics), least = APFloat::semanticsMinExponent(semantics) - (bits - 1);
  return b.callRuntime("coil_rt_string_from_float",
                       {b.convert(x, b.getF64Type()), count, number(bits), number(least)}, result)[0];
}

/// What strings say, as f64 or as integers. Truth values have names.
Value numbersOf(Value x, Type to, CoreBuilder &b) {
  Type wide = isa<IntegerType>(to) && !to.isInteger(1) ? Type(b.getI64Type()) : b.getF64Type();
  if (to.isInteger(1))
    x = b.map(x, [&](Scalar s) {
      auto is = [&](StringRef name, StringRef other) { return (s == b.text(name)) | (s == b.text(other)); };
      return select(is("True", "true"), b.text("1"), select(is("False", "false"), b.text("0"), s));
    });
  return b.callRuntime(isa<FloatType>(wide) ? "coil_rt_string_to_float" : "coil_rt_string_to_integer",
                       {x, b.index(b.sizeOf(x)).value()}, {{b.dimsOf(x), wide}}, /*named=*/true)[0];
}

template <typename Op> Result castTo(Op op, Value x, Type to, CoreBuilder &b) {
  auto mode = roundingOf(op.getRoundMode());
  if (!mode)
    return op.emitOpError("round_mode is '") << op.getRoundMode() << "', expected 'up', 'down' or 'nearest'";
  if (b.elementOf(x) == to)
    return x;
  if (isa<core::StringType>(to))
    return stringsOf(x, b);
  if (b.isString(x))
    x = numbersOf(x, to, b);
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
