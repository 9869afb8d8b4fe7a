//===- HalfArithmetic.cpp - single operations on f16 stay f16 -------------===//
//
// Comes in: elementwise ops that widen f16, compute in f32, and narrow the result.
// Goes out: the same in f16 where that gives the same bits, twice the lanes and no
// conversion: an f32 has more than twice the digits of an f16, so a sum, product,
// quotient or root of f16 that is rounded to f32 first is rounded to f16 as if it
// had been exact; and the greater of two, or an absolute value, is one of them.
// A chain of two roundings stays in f32, which is closer to its exact value.
//
// After fusion, which has put chains into one body, on machines that compute f16.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/support/Machine.h"

namespace coil {
#define GEN_PASS_DEF_HALFARITHMETICPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// Makes f16 of values that are f16 in f32.
class Narrower {
public:
  explicit Narrower(ImplicitLocOpBuilder &b) : b(b) {}

  /// What `v` is as an f16, rounded; null where that takes f32.
  Value rounded(Value v) {
    Operation *op = v.getDefiningOp();
    if (op && isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, math::SqrtOp>(op))
      return again(*op, [&](Value operand) { return exact(operand); });
    if (op && isa<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp, arith::NegFOp, math::AbsFOp>(op))
      return again(*op, [&](Value operand) { return rounded(operand); });
    return exact(v);
  }

private:
  /// The f16 that `v` is; null where it is none.
  Value exact(Value v) {
    Operation *op = v.getDefiningOp();
    if (auto extend = dyn_cast_if_present<arith::ExtFOp>(op))
      return extend.getIn().getType().isF16() ? extend.getIn() : Value();
    APFloat number(0.0f);
    if (matchPattern(v, m_ConstantFloat(&number))) {
      bool inexact = false;
      number.convert(APFloat::IEEEhalf(), APFloat::rmNearestTiesToEven, &inexact);
      return inexact ? Value() : arith::ConstantOp::create(b, b.getFloatAttr(b.getF16Type(), number)).getResult();
    }
    if (op && isa<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp, arith::NegFOp, math::AbsFOp>(op))
      return again(*op, [&](Value operand) { return exact(operand); });
    return {};
  }

  Value again(Operation &op, function_ref<Value(Value)> narrow) {
    OperationState state(b.getLoc(), op.getName());
    state.addAttributes(op.getAttrs());
    for (Value operand : op.getOperands()) {
      Value half = narrow(operand);
      if (!half)
        return {};
      state.addOperands(half);
    }
    state.addTypes(b.getF16Type());
    return b.create(state)->getResult(0);
  }

  ImplicitLocOpBuilder &b;
};

struct HalfArithmeticPass : impl::HalfArithmeticPassBase<HalfArithmeticPass> {
  void runOnOperation() override {
    if (!Machine::of(getOperation()).halves)
      return;
    getOperation().walk([&](linalg::GenericOp op) {
      bool found = false;
      for (auto narrow : llvm::make_early_inc_range(op.getBody()->getOps<arith::TruncFOp>())) {
        if (!narrow.getType().isF16() || !narrow.getIn().getType().isF32() || op.getNumReductionLoops())
          continue;
        ImplicitLocOpBuilder b(narrow.getLoc(), narrow);
        if (Value half = Narrower(b).rounded(narrow.getIn())) {
          narrow.replaceAllUsesWith(half);
          found = true;
        }
      }
      // What was tried in vain goes too: a body's widest type tells how many lanes there are.
      for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(*op.getBody())))
        if (isOpTriviallyDead(&inner))
          inner.erase();
      if (found)
        remark::passed(op.getLoc(), remark::RemarkOpts::name("HalfArithmetic").category("structure").function(getOperation().getName()))
            << "computed in f16, to the same bits";
    });
  }
};
} // namespace
} // namespace coil
