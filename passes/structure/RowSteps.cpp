//===- RowSteps.cpp - what each scalar op does to a row -------------------===//
//
// A table: op, and its meaning on lanes. What is undefined for some element,
// a division by zero, an element outside of its tensor, stops the evaluation:
// what then happens is for the run to show.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/RowProgram.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringMap.h"

#include <cmath>
#include <cstring>

namespace coil {

template <typename T> static const T *in(const RowStep &s, unsigned i) { return reinterpret_cast<const T *>(s.in[i]); }
template <typename T> static T *out(const RowStep &s) { return reinterpret_cast<T *>(s.out); }

/// A result with the sign of its width.
static int64_t wrap(const RowStep &s, uint64_t value) { return int64_t(value << s.shift) >> s.shift; }

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

template <typename T, auto f> static bool onFloats(const RowStep &s, int64_t n) {
  T *result = out<T>(s);
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_invocable_v<decltype(f), T, T, T>)
      result[i] = f(in<T>(s, 0)[i], in<T>(s, 1)[i], in<T>(s, 2)[i]);
    else if constexpr (std::is_invocable_v<decltype(f), T, T>)
      result[i] = f(in<T>(s, 0)[i], in<T>(s, 1)[i]);
    else
      result[i] = f(in<T>(s, 0)[i]);
  }
  return true;
}

/// Operands as T reads them: int64_t with their sign, uint64_t without.
template <typename T, auto f> static bool onIntegers(const RowStep &s, int64_t n) {
  uint64_t mask = std::is_signed_v<T> ? ~0ull : s.mask;
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_invocable_v<decltype(f), T, T>)
      out<int64_t>(s)[i] = wrap(s, f(T(in<int64_t>(s, 0)[i] & mask), T(in<int64_t>(s, 1)[i] & mask)));
    else
      out<int64_t>(s)[i] = wrap(s, f(T(in<int64_t>(s, 0)[i] & mask)));
  }
  return true;
}

/// A quotient or remainder.
template <typename T, auto f> static bool onDivisors(const RowStep &s, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    if (in<int64_t>(s, 1)[i] == 0)
      return false;
  return onIntegers<T, f>(s, n);
}

/// A shift by less than the width.
template <typename T, auto f> static bool onShifts(const RowStep &s, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    if (uint64_t(in<int64_t>(s, 1)[i]) >= 64 - s.shift)
      return false;
  return onIntegers<T, f>(s, n);
}

//===----------------------------------------------------------------------===//
// Comparisons and choices
//===----------------------------------------------------------------------===//

template <typename T, auto f> static bool compare(const RowStep &s, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    out<int64_t>(s)[i] = -int64_t(f(in<T>(s, 0)[i], in<T>(s, 1)[i]));
  return true;
}

template <auto f> static bool compareUnsigned(const RowStep &s, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    out<int64_t>(s)[i] = -int64_t(f(in<int64_t>(s, 0)[i] & s.mask, in<int64_t>(s, 1)[i] & s.mask));
  return true;
}

using Run = bool (*)(const RowStep &, int64_t);

static Run integerComparison(Operation &op) {
  // In the order of arith::CmpIPredicate.
  static constexpr Run table[] = {
      compare<int64_t, [](auto a, auto b) { return a == b; }>, compare<int64_t, [](auto a, auto b) { return a != b; }>,
      compare<int64_t, [](auto a, auto b) { return a < b; }>,  compare<int64_t, [](auto a, auto b) { return a <= b; }>,
      compare<int64_t, [](auto a, auto b) { return a > b; }>,  compare<int64_t, [](auto a, auto b) { return a >= b; }>,
      compareUnsigned<[](auto a, auto b) { return a < b; }>,   compareUnsigned<[](auto a, auto b) { return a <= b; }>,
      compareUnsigned<[](auto a, auto b) { return a > b; }>,   compareUnsigned<[](auto a, auto b) { return a >= b; }>};
  return table[uint64_t(cast<arith::CmpIOp>(op).getPredicate())];
}

template <typename T> static Run floatComparison(arith::CmpFPredicate predicate) {
  // In the order of arith::CmpFPredicate. Of what is unordered, the negations
  // of the ordered ones.
  static constexpr Run table[] = {compare<T, [](T, T) { return false; }>,
                                  compare<T, [](T a, T b) { return a == b; }>,
                                  compare<T, [](T a, T b) { return a > b; }>,
                                  compare<T, [](T a, T b) { return a >= b; }>,
                                  compare<T, [](T a, T b) { return a < b; }>,
                                  compare<T, [](T a, T b) { return a <= b; }>,
                                  compare<T, [](T a, T b) { return a < b || a > b; }>,
                                  compare<T, [](T a, T b) { return a == a && b == b; }>,
                                  compare<T, [](T a, T b) { return !(a < b || a > b); }>,
                                  compare<T, [](T a, T b) { return !(a <= b); }>,
                                  compare<T, [](T a, T b) { return !(a < b); }>,
                                  compare<T, [](T a, T b) { return !(a >= b); }>,
                                  compare<T, [](T a, T b) { return !(a > b); }>,
                                  compare<T, [](T a, T b) { return a != b; }>,
                                  compare<T, [](T a, T b) { return a != a || b != b; }>,
                                  compare<T, [](T, T) { return true; }>};
  return table[uint64_t(predicate)];
}

template <typename T> static bool choose(const RowStep &s, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    out<T>(s)[i] = in<int64_t>(s, 0)[i] ? in<T>(s, 1)[i] : in<T>(s, 2)[i];
  return true;
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

template <typename From, typename To> static bool convert(const RowStep &s, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_same_v<From, uint64_t>)
      out<To>(s)[i] = To(uint64_t(in<int64_t>(s, 0)[i]) & s.mask);
    else
      out<To>(s)[i] = To(in<From>(s, 0)[i]);
  }
  return true;
}

/// Towards zero; what does not fit in the type is undefined.
template <typename T, bool isSigned> static bool toInteger(const RowStep &s, int64_t n) {
  unsigned width = 64 - s.shift;
  T limit = std::ldexp(T(1), width - isSigned), least = isSigned ? -limit : T(0);
  for (int64_t i = 0; i < n; ++i) {
    T value = std::trunc(in<T>(s, 0)[i]);
    if (!(value >= least && value < limit))
      return false;
    out<int64_t>(s)[i] = isSigned ? int64_t(value) : wrap(s, uint64_t(value));
  }
  return true;
}

/// Stored as one type and loaded as another: rounding, and bits read anew.
bool throughMemory(const RowStep &s, int64_t n) {
  Lanes memory;
  s.store(s.in[0], memory.bytes, 8, n);
  s.load(memory.bytes, 8, s.out, n);
  return true;
}

static bool extract(const RowStep &s, int64_t n) {
  const Literal &table = *s.table;
  SmallVector<int64_t> steps = table.steps();
  Lanes gathered;
  int64_t width = table.elementBytes();
  for (int64_t i = 0; i < n; ++i) {
    const char *from = table.data.data();
    for (auto [dim, step] : llvm::enumerate(steps)) {
      int64_t at = in<int64_t>(s, dim)[i];
      if (at < 0 || at >= table.type.getDimSize(dim))
        return false;
      from += at * step;
    }
    std::memcpy(gathered.bytes + i * width, from, width);
  }
  s.load(gathered.bytes, width, s.out, n);
  return true;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {
/// What an op does to lanes of each kind, by that of its first operand.
struct Meaning {
  Run integers = nullptr, floats = nullptr, doubles = nullptr;
};
using Table = llvm::StringMap<Meaning>;

template <typename Op, auto f> void floats(Table &t) {
  t[Op::getOperationName()] = {nullptr, onFloats<float, f>, onFloats<double, f>};
}
template <typename Op, auto f> void integers(Table &t) { t[Op::getOperationName()] = {onIntegers<int64_t, f>}; }
template <typename Op, auto f> void naturals(Table &t) { t[Op::getOperationName()] = {onIntegers<uint64_t, f>}; }
} // namespace

static int64_t floorDivide(int64_t a, int64_t b) { return b == -1 ? int64_t(-uint64_t(a)) : a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static Table makeTable() {
  Table t;
  floats<arith::AddFOp, [](auto a, auto b) { return a + b; }>(t);
  floats<arith::SubFOp, [](auto a, auto b) { return a - b; }>(t);
  floats<arith::MulFOp, [](auto a, auto b) { return a * b; }>(t);
  floats<arith::DivFOp, [](auto a, auto b) { return a / b; }>(t);
  floats<arith::RemFOp, [](auto a, auto b) { return std::fmod(a, b); }>(t);
  floats<arith::NegFOp, [](auto a) { return -a; }>(t);
  floats<arith::MaximumFOp, [](auto a, auto b) { return a != a ? a : b != b ? b : a > b || (a == b && !std::signbit(a)) ? a : b; }>(t);
  floats<arith::MinimumFOp, [](auto a, auto b) { return a != a ? a : b != b ? b : a < b || (a == b && std::signbit(a)) ? a : b; }>(t);
  floats<arith::MaxNumFOp, [](auto a, auto b) { return std::fmax(a, b); }>(t);
  floats<arith::MinNumFOp, [](auto a, auto b) { return std::fmin(a, b); }>(t);
  floats<math::AbsFOp, [](auto a) { return std::abs(a); }>(t);
  floats<math::Atan2Op, [](auto a, auto b) { return std::atan2(a, b); }>(t);
  floats<math::CeilOp, [](auto a) { return std::ceil(a); }>(t);
  floats<math::CopySignOp, [](auto a, auto b) { return std::copysign(a, b); }>(t);
  floats<math::CosOp, [](auto a) { return std::cos(a); }>(t);
  floats<math::ErfOp, [](auto a) { return std::erf(a); }>(t);
  floats<math::ExpOp, [](auto a) { return std::exp(a); }>(t);
  floats<math::Exp2Op, [](auto a) { return std::exp2(a); }>(t);
  floats<math::ExpM1Op, [](auto a) { return std::expm1(a); }>(t);
  floats<math::FloorOp, [](auto a) { return std::floor(a); }>(t);
  floats<math::FmaOp, [](auto a, auto b, decltype(a) c) { return std::fma(a, b, c); }>(t);
  floats<math::LogOp, [](auto a) { return std::log(a); }>(t);
  floats<math::Log1pOp, [](auto a) { return std::log1p(a); }>(t);
  floats<math::Log2Op, [](auto a) { return std::log2(a); }>(t);
  floats<math::PowFOp, [](auto a, auto b) { return std::pow(a, b); }>(t);
  floats<math::RoundOp, [](auto a) { return std::round(a); }>(t);
  floats<math::RoundEvenOp, [](auto a) { return std::nearbyint(a); }>(t);
  floats<math::RsqrtOp, [](auto a) { return 1 / std::sqrt(a); }>(t);
  floats<math::SinOp, [](auto a) { return std::sin(a); }>(t);
  floats<math::SqrtOp, [](auto a) { return std::sqrt(a); }>(t);
  floats<math::TanhOp, [](auto a) { return std::tanh(a); }>(t);
  floats<math::TruncOp, [](auto a) { return std::trunc(a); }>(t);

  // Unsigned: what leaves the width is cut off, and nothing is undefined.
  naturals<arith::AddIOp, [](auto a, auto b) { return a + b; }>(t);
  naturals<arith::SubIOp, [](auto a, auto b) { return a - b; }>(t);
  naturals<arith::MulIOp, [](auto a, auto b) { return a * b; }>(t);
  naturals<arith::AndIOp, [](auto a, auto b) { return a & b; }>(t);
  naturals<arith::OrIOp, [](auto a, auto b) { return a | b; }>(t);
  naturals<arith::XOrIOp, [](auto a, auto b) { return a ^ b; }>(t);
  naturals<arith::MinUIOp, [](auto a, auto b) { return std::min(a, b); }>(t);
  naturals<arith::MaxUIOp, [](auto a, auto b) { return std::max(a, b); }>(t);
  naturals<arith::ExtUIOp, [](auto a) { return a; }>(t);
  naturals<arith::IndexCastUIOp, [](auto a) { return a; }>(t);
  integers<arith::MinSIOp, [](auto a, auto b) { return std::min(a, b); }>(t);
  integers<arith::MaxSIOp, [](auto a, auto b) { return std::max(a, b); }>(t);
  integers<arith::ExtSIOp, [](auto a) { return a; }>(t);
  integers<arith::TruncIOp, [](auto a) { return a; }>(t);
  integers<arith::IndexCastOp, [](auto a) { return a; }>(t);
  integers<math::AbsIOp, [](auto a) { return a < 0 ? -uint64_t(a) : uint64_t(a); }>(t);
  t[arith::DivUIOp::getOperationName()] = {onDivisors<uint64_t, [](auto a, auto b) { return a / b; }>};
  t[arith::RemUIOp::getOperationName()] = {onDivisors<uint64_t, [](auto a, auto b) { return a % b; }>};
  t[arith::DivSIOp::getOperationName()] = {onDivisors<int64_t, [](auto a, auto b) { return b == -1 ? -uint64_t(a) : uint64_t(a / b); }>};
  t[arith::RemSIOp::getOperationName()] = {onDivisors<int64_t, [](auto a, auto b) { return b == -1 ? 0 : a % b; }>};
  t[arith::FloorDivSIOp::getOperationName()] = {onDivisors<int64_t, floorDivide>};
  t[arith::ShLIOp::getOperationName()] = {onShifts<uint64_t, [](auto a, auto b) { return a << b; }>};
  t[arith::ShRUIOp::getOperationName()] = {onShifts<uint64_t, [](auto a, auto b) { return a >> b; }>};
  t[arith::ShRSIOp::getOperationName()] = {onShifts<int64_t, [](auto a, auto b) { return a >> b; }>};
  return t;
}

/// Ops whose meaning depends on the result, or on an attribute.
static Run runnerOf(Operation &op, Lane from, Lane to) {
  using F = float;
  using D = double;
  bool wide = to == Lane::Double;
  if (isa<arith::CmpIOp>(op))
    return integerComparison(op);
  if (auto comparison = dyn_cast<arith::CmpFOp>(op))
    return from == Lane::Double ? floatComparison<D>(comparison.getPredicate()) : floatComparison<F>(comparison.getPredicate());
  if (isa<arith::SelectOp>(op))
    return to == Lane::Integer ? choose<int64_t> : wide ? choose<D> : choose<F>;
  if (isa<arith::SIToFPOp>(op))
    return wide ? convert<int64_t, D> : convert<int64_t, F>;
  if (isa<arith::UIToFPOp>(op))
    return wide ? convert<uint64_t, D> : convert<uint64_t, F>;
  if (isa<arith::ExtFOp>(op))
    return wide ? (from == Lane::Double ? nullptr : convert<F, D>) : convert<F, F>;
  if (isa<arith::FPToSIOp>(op))
    return from == Lane::Double ? toInteger<D, true> : toInteger<F, true>;
  if (isa<arith::FPToUIOp>(op))
    return from == Lane::Double ? toInteger<D, false> : toInteger<F, false>;
  if (isa<arith::TruncFOp, arith::BitcastOp>(op))
    return throughMemory;
  if (isa<tensor::ExtractOp>(op))
    return extract;
  return nullptr;
}

static unsigned widthOf(Type type) { return isa<IntegerType>(type) ? type.getIntOrFloatBitWidth() : 64; }

std::optional<RowStep> stepFor(Operation &op) {
  static const Table table = makeTable();
  if (op.getNumResults() != 1 || op.getNumOperands() == 0)
    return std::nullopt;
  Type result = op.getResult(0).getType();
  Type operand = op.getOperand(0).getType();
  if (auto tensor = dyn_cast<RankedTensorType>(operand))
    operand = tensor.getElementType();
  auto from = laneOf(operand), to = laneOf(result);
  if (!from || !to)
    return std::nullopt;
  auto meaning = table.find(op.getName().getStringRef());
  Run run = meaning == table.end()    ? runnerOf(op, *from, *to)
            : *from == Lane::Integer ? meaning->second.integers
            : *from == Lane::Float   ? meaning->second.floats
                                     : meaning->second.doubles;
  if (!run)
    return std::nullopt;
  RowStep step;
  step.run = run;
  step.shift = 64 - widthOf(result);
  if (widthOf(operand) < 64)
    step.mask = (1ull << widthOf(operand)) - 1;
  step.load = loaderOf(result);
  step.store = storerOf(isa<arith::BitcastOp>(op) ? operand : result, *from);
  if (run == throughMemory && (!step.load || !step.store))
    return std::nullopt;
  if (run == extract && !step.load)
    return std::nullopt;
  return step;
}

} // namespace coil
