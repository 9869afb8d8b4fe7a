//===- IntegerSums.cpp - products of bytes, without their zero points -----===//
//
// Comes in: matrix products and convolutions over quantized tensors, written
// over reals, with what makes the integers real before it, or over integers
// less their zero points. Goes out: sums of products of bytes, and after them,
// once an element of the result, what zero points and scales make of it:
//
//   sum (x - zx)(w - zw) = sum xw - zx (sum w - K zw) - zw sum x
//
// For a constant weight all of that but the first and the last sum is constant,
// and the last is there only if the weight has a zero point. The sum is exact,
// which one of rounded reals is not. Before layouts, which then meet the final
// maps, and before constants are folded, which carries out what is constant.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/structure/Quantized.h"
#include "passes/support/Bytes.h"
#include "passes/support/Machine.h"

namespace coil {
#define GEN_PASS_DEF_INTEGERSUMSPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// A sum of products of two tensors, either of which may be the weight.
struct Contraction {
  linalg::GenericOp op;
  unsigned x = 0, w = 1; // inputs
  Quantized left, right; // x and w; scales only where the sum is over reals
  bool isReal = false;
};

struct IntegerSumsPass : impl::IntegerSumsPassBase<IntegerSumsPass> {
  void runOnOperation() override {
    machine = Machine::of(getOperation());
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (auto contraction = match(op))
        rewrite(*contraction);
  }

  //===--------------------------------------------------------------------===//
  // What there is
  //===--------------------------------------------------------------------===//

  /// A parameter of the op, as one of its input `of`: of no loop, or of a loop
  /// of the result along one axis of that input.
  static std::optional<Parameter> parameter(linalg::GenericOp op, std::optional<unsigned> input, unsigned of) {
    if (!input)
      return Parameter();
    AffineMap map = op.getIndexingMapsArray()[*input], whose = op.getIndexingMapsArray()[of];
    Value tensor = op.getDpsInputs()[*input];
    if (!isa<RankedTensorType>(tensor.getType()) || map.getNumResults() > 1)
      return std::nullopt;
    if (map.getNumResults() == 0)
      return Parameter{tensor};
    auto position = whose.getResultPosition(map.getResult(0));
    return position ? std::optional(Parameter{tensor, *position}) : std::nullopt;
  }

  std::optional<Contraction> match(linalg::GenericOp op) {
    auto pair = factorsOfSum(op);
    if (!pair || !op.getIndexingMapsArray().back().isProjectedPermutation())
      return std::nullopt;
    Contraction c;
    c.op = op;
    auto type = pair->first.getType();
    if (type.isF32()) {
      auto a = dyn_cast<BlockArgument>(pair->first), b = dyn_cast<BlockArgument>(pair->second);
      if (!a || !b || op.getNumDpsInputs() != 2 || a == b)
        return std::nullopt;
      c.isReal = true;
      // The constant first: it tells that nothing is to be looked for.
      if (!isMadeOfConstants(op.getDpsInputs()[1]))
        std::swap(c.x, c.w);
      if (!isMadeOfConstants(op.getDpsInputs()[c.w]))
        return std::nullopt;
      auto w = quantizations.of(op.getDpsInputs()[c.w]);
      auto x = w ? quantizations.of(op.getDpsInputs()[c.x]) : std::nullopt;
      if (!x || x->scale.axis >= 0)
        return std::nullopt;
      c.left = *x, c.right = *w;
    } else if (type.isInteger(32)) {
      auto a = byteTerm(pair->first), b = byteTerm(pair->second);
      if (!a || !b || a->argument == b->argument || (!a->zeroPoint && !b->zeroPoint && !machine.dot))
        return std::nullopt;
      if (!isMadeOfConstants(op.getDpsInputs()[b->argument]))
        std::swap(a, b);
      c.x = a->argument, c.w = b->argument;
      if (!isMadeOfConstants(op.getDpsInputs()[c.w]))
        return std::nullopt;
      auto zx = parameter(op, a->zeroPoint, c.x), zw = parameter(op, b->zeroPoint, c.w);
      if (!zx || !zw)
        return std::nullopt;
      for (Parameter *z : {&*zx, &*zw})
        if (isAll(*z, 0))
          *z = {};
      c.left = {op.getDpsInputs()[c.x], a->isUnsigned, *zx, {}};
      c.right = {op.getDpsInputs()[c.w], b->isUnsigned, *zw, {}};
    } else {
      return std::nullopt;
    }
    return fits(c) ? std::optional(c) : std::nullopt;
  }

  AffineMap mapOf(const Contraction &c, unsigned operand) {
    return const_cast<linalg::GenericOp &>(c.op).getIndexingMapsArray()[operand];
  }

  /// Whether zero points can be taken out, and the sum is small enough.
  bool fits(const Contraction &c) {
    linalg::GenericOp op = c.op;
    auto weight = cast<RankedTensorType>(c.right.integers.getType());
    if (!mapOf(c, c.w).isProjectedPermutation() || !weight.hasStaticShape())
      return false;
    int64_t terms = 1;
    auto kinds = op.getIteratorTypesArray();
    for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges()))
      if (kinds[loop] == utils::IteratorType::reduction) {
        if (ShapedType::isDynamic(size) || !mapOf(c, c.w).isFunctionOfDim(loop))
          return false;
        terms *= size;
      }
    if (terms > kMostTerms || c.left.zeroPoint.axis >= 0)
      return false;
    // A parameter of the weight belongs to a loop of the result.
    for (const Parameter &p : {c.right.scale, c.right.zeroPoint})
      if (p && p.axis >= 0 && kinds[loopAt(c.op, c.w, p.axis)] == utils::IteratorType::reduction)
        return false;
    // The sum of x over a window would cost what the zero point saves.
    bool weightIsCentered = c.right.isUnsigned ? isAll(c.right.zeroPoint, 128) : !c.right.zeroPoint;
    return weightIsCentered || mapOf(c, c.x).isProjectedPermutation();
  }

  static unsigned loopAt(linalg::GenericOp op, unsigned operand, int64_t axis) {
    return cast<AffineDimExpr>(op.getIndexingMapsArray()[operand].getResult(axis)).getPosition();
  }

  /// Whether bytes of x have not the sign that the machine's dot product takes.
  bool needsFlip(const Quantized &x) const {
    return machine.dot && !machine.mixedSigns && x.isUnsigned != (machine.dot == Machine::UnsignedBySigned);
  }

  //===--------------------------------------------------------------------===//
  // What becomes of it
  //===--------------------------------------------------------------------===//

  /// A tensor whose axes are the loops of the result that `op`'s input reads.
  struct Part {
    Value tensor;
    SmallVector<unsigned> loops;
  };

  /// The sum of a quantized input over the loops that are summed over.
  Part sumOf(const Contraction &c, const Quantized &q, unsigned input, ImplicitLocOpBuilder &b) {
    AffineMap map = mapOf(c, input);
    auto all = const_cast<linalg::GenericOp &>(c.op).getIteratorTypesArray();
    SmallVector<OpFoldResult> whole = tensor::getMixedSizes(b, b.getLoc(), q.integers), sizes;
    SmallVector<utils::IteratorType> kinds;
    SmallVector<AffineExpr> kept;
    Part part;
    for (auto [axis, e] : llvm::enumerate(map.getResults())) {
      unsigned loop = cast<AffineDimExpr>(e).getPosition();
      kinds.push_back(all[loop]);
      if (all[loop] == utils::IteratorType::reduction)
        continue;
      kept.push_back(b.getAffineDimExpr(axis));
      sizes.push_back(whole[axis]);
      part.loops.push_back(loop);
    }
    AffineMap read = b.getMultiDimIdentityMap(map.getNumResults());
    AffineMap write = AffineMap::get(map.getNumResults(), 0, kept, b.getContext());
    part.tensor = makeGeneric(b, q.integers, {read, write}, sizes, b.getI32Type(), kinds, [&](auto &b, ValueRange args) {
      return arith::AddIOp::create(b, args[1], extend(b, args[0], q.isUnsigned)).getResult();
    });
    return part;
  }

  /// zx * (sum of w - K * zw), an i32 for each column; none without zx.
  Part correction(const Contraction &c, int64_t terms, ImplicitLocOpBuilder &b) {
    if (!c.left.zeroPoint)
      return {};
    Part part = sumOf(c, c.right, c.w, b);
    int64_t rank = part.loops.size();
    AffineMap id = b.getMultiDimIdentityMap(rank);
    SmallVector<Value> inputs{part.tensor, c.left.zeroPoint.tensor};
    SmallVector<AffineMap> maps{id, AffineMap::get(rank, 0, b.getContext())};
    const Parameter &zw = c.right.zeroPoint;
    if (zw) {
      inputs.push_back(zw.tensor);
      maps.push_back(along(c, zw, part.loops, b));
    }
    maps.push_back(id);
    SmallVector<utils::IteratorType> kinds(rank, utils::IteratorType::parallel);
    part.tensor = makeGeneric(b, inputs, maps, tensor::getMixedSizes(b, b.getLoc(), part.tensor), b.getI32Type(), kinds,
                       [&](auto &b, ValueRange args) {
                         Value sum = args[0];
                         if (zw) {
                           Value k = arith::ConstantIntOp::create(b, terms, 32);
                           Value zeros = arith::MulIOp::create(b, extend(b, args[2], c.right.isUnsigned), k);
                           sum = arith::SubIOp::create(b, sum, zeros);
                         }
                         return arith::MulIOp::create(b, sum, extend(b, args[1], c.left.isUnsigned)).getResult();
                       });
    return part;
  }

  /// Reads a parameter of the weight in a nest of these loops.
  AffineMap along(const Contraction &c, const Parameter &p, ArrayRef<unsigned> loops, Builder &b) {
    if (p.axis < 0)
      return AffineMap::get(loops.size(), 0, b.getContext());
    unsigned at = llvm::find(loops, loopAt(c.op, c.w, p.axis)) - loops.begin();
    return AffineMap::get(loops.size(), 0, b.getAffineDimExpr(at), b.getContext());
  }

  /// The product of the scales.
  Parameter scaleOf(const Contraction &c, ImplicitLocOpBuilder &b) {
    const Parameter &sx = c.left.scale, &sw = c.right.scale;
    int64_t rank = sw.axis >= 0;
    AffineMap id = b.getMultiDimIdentityMap(rank), none = AffineMap::get(rank, 0, b.getContext());
    SmallVector<utils::IteratorType> kinds(rank, utils::IteratorType::parallel);
    Value product = makeGeneric(b, {sx.tensor, sw.tensor}, {none, id, id}, tensor::getMixedSizes(b, b.getLoc(), sw.tensor),
                         b.getF32Type(), kinds, [](auto &b, ValueRange args) {
                           return arith::MulFOp::create(b, args[0], args[1]).getResult();
                         });
    return {product, sw.axis};
  }

  void rewrite(Contraction c) {
    linalg::GenericOp op = c.op;
    ImplicitLocOpBuilder b(op.getLoc(), op);
    auto flip = [&](Quantized &q) {
      q.integers = quantizations.flipped(q.integers);
      q.zeroPoint = quantizations.flippedZeroPoint(q.zeroPoint, b);
      q.isUnsigned = !q.isUnsigned;
    };
    if (needsFlip(c.left))
      flip(c.left);
    if (c.right.isUnsigned) // it costs nothing, and may leave no zero point
      flip(c.right);

    auto kinds = op.getIteratorTypesArray();
    int64_t terms = 1;
    for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges()))
      terms *= kinds[loop] == utils::IteratorType::reduction ? size : 1;
    AffineMap write = op.getIndexingMapsArray().back();
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), op.getDpsInits()[0]);
    Value sum = makeGeneric(b, {c.left.integers, c.right.integers}, {mapOf(c, c.x), mapOf(c, c.w), write}, sizes,
                     b.getI32Type(), kinds, [&](auto &b, ValueRange args) {
                       Value x = extend(b, args[0], c.left.isUnsigned), w = extend(b, args[1], c.right.isUnsigned);
                       return arith::AddIOp::create(b, args[2], arith::MulIOp::create(b, x, w)).getResult();
                     });

    // Everything else, element by element of the result.
    SmallVector<unsigned> loops;
    for (AffineExpr e : write.getResults())
      loops.push_back(cast<AffineDimExpr>(e).getPosition());
    auto reads = [&](const Part &part) {
      SmallVector<AffineExpr> at;
      for (unsigned loop : part.loops)
        at.push_back(b.getAffineDimExpr(llvm::find(loops, loop) - loops.begin()));
      return AffineMap::get(loops.size(), 0, at, b.getContext());
    };
    SmallVector<Value> inputs{sum};
    AffineMap id = b.getMultiDimIdentityMap(loops.size());
    SmallVector<AffineMap> maps{id};
    if (Part part = correction(c, terms, b); part.tensor) {
      inputs.push_back(part.tensor);
      maps.push_back(reads(part));
    }
    const Parameter &zw = c.right.zeroPoint;
    bool corrects = inputs.size() > 1;
    if (zw) {
      Part rows = sumOf(c, c.left, c.x, b);
      inputs.append({rows.tensor, zw.tensor});
      maps.append({reads(rows), along(c, zw, loops, b)});
    }
    if (c.isReal) {
      Parameter scale = scaleOf(c, b);
      inputs.push_back(scale.tensor);
      maps.push_back(along(c, scale, loops, b));
    }
    remark::passed(op.getLoc(), remark::RemarkOpts::name("IntegerSums").category("structure").function(getOperation().getName()))
        << remark::metric("terms", terms) << "a sum of products of bytes";
    Value result = sum;
    if (inputs.size() > 1) {
      maps.push_back(id);
      SmallVector<utils::IteratorType> all(loops.size(), utils::IteratorType::parallel);
      Type element = c.isReal ? Type(b.getF32Type()) : b.getI32Type();
      result = makeGeneric(b, inputs, maps, sizes, element, all, [&](auto &b, ValueRange args) {
        Value total = args[0];
        unsigned next = 1;
        if (corrects)
          total = arith::SubIOp::create(b, total, args[next++]);
        if (zw) {
          Value rows = arith::MulIOp::create(b, args[next], extend(b, args[next + 1], c.right.isUnsigned));
          total = arith::SubIOp::create(b, total, rows);
          next += 2;
        }
        if (!c.isReal)
          return total;
        Value real = arith::SIToFPOp::create(b, b.getF32Type(), total);
        return arith::MulFOp::create(b, real, args[next]).getResult();
      });
    }
    op.getResult(0).replaceAllUsesWith(result);
    op.erase();
  }

  Machine machine;
  Quantizations quantizations;
};
} // namespace
} // namespace coil
