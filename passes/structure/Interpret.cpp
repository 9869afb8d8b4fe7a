//===- Interpret.cpp - ops with a body, on known tensors ------------------===//
//
// Comes in: a linalg op whose operands are constants. Goes out: the bytes of
// its result. A body that only hands elements on is a strided copy; one that
// computes is interpreted a row at a time.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Interpret.h"

#include "passes/structure/Nest.h"
#include "passes/structure/RowProgram.h"

namespace coil {


/// Every index a sum of loops and constants.
static bool isLinear(AffineMap map) {
  bool linear = map.getNumSymbols() == 0;
  map.walkExprs([&](AffineExpr e) {
    linear &= e.getKind() != AffineExprKind::Mod && e.getKind() != AffineExprKind::FloorDiv &&
              e.getKind() != AffineExprKind::CeilDiv;
  });
  return linear;
}

/// The nest of an op over `operands`, its tensors; `offsets` is where each
/// begins, in bytes.
static Nest nestOf(linalg::LinalgOp op, ArrayRef<AffineMap> maps, ArrayRef<SmallVector<int64_t>> steps,
                   SmallVectorImpl<int64_t> &offsets) {
  Nest nest;
  auto kinds = op.getIteratorTypesArray();
  for (auto [size, kind] : llvm::zip(op.getStaticLoopRanges(), kinds))
    nest.push_back({size, {}, /*sums=*/kind == utils::IteratorType::reduction});
  SmallVector<int64_t> at(nest.size(), 0);
  for (auto [map, step] : llvm::zip(maps, steps)) {
    auto position = [&] {
      int64_t bytes = 0;
      for (auto [index, distance] : llvm::zip(map.compose(at), step))
        bytes += index * distance;
      return bytes;
    };
    offsets.push_back(position());
    for (auto [i, loop] : llvm::enumerate(nest)) {
      at[i] = 1;
      loop.steps.push_back(position() - offsets.back());
      at[i] = 0;
    }
  }
  return nest;
}

/// The loop whose iterations are a row: a parallel one, long enough, along
/// which the result moves least. Without one, each element is a row.
static std::optional<unsigned> rowLoop(const Nest &nest) {
  std::optional<unsigned> best;
  auto worth = [&](unsigned i) {
    return std::pair(std::min<int64_t>(nest[i].size, 64), -nest[i].steps.back());
  };
  for (unsigned i = 0; i < nest.size(); ++i)
    if (!nest[i].sums && (!best || worth(i) > worth(*best)))
      best = i;
  return best;
}

namespace {
/// Runs a program over a nest: rows inside, sums around them, everything else
/// outside, so that the row of the result stays close while it is summed up.
class Interpreter {
public:
  Interpreter(RowProgram &program, const Nest &nest, ArrayRef<unsigned> arguments, ArrayRef<const char *> from,
              char *to)
      : program(program), nest(nest), arguments(arguments), result(to) {
    at.assign(from.begin(), from.end());
    if ((row = rowLoop(nest)))
      order.push_back(*row);
    for (bool sums : {false, true})
      for (unsigned i = 0; i < nest.size(); ++i)
        if (i != row && nest[i].sums == sums)
          order.insert(sums ? order.end() : order.end() - row.has_value(), i);
  }

  bool run() { return loop(0); }

private:
  void move(unsigned i, int64_t count) {
    for (auto [pointer, step] : llvm::zip(at, nest[i].steps))
      pointer += count * step;
    result += count * nest[i].steps.back();
  }

  bool loop(unsigned depth) {
    if (depth == order.size())
      return body();
    unsigned i = order[depth];
    int64_t stride = i == row ? kRow : 1;
    for (int64_t k = 0; k < nest[i].size; k += stride) {
      if (i == row) {
        lanes = std::min(kRow, nest[i].size - k);
        program.setIndex(i, k, 1, lanes);
      } else {
        program.setIndex(i, k, 0, kRow);
      }
      if (!loop(depth + 1))
        return false;
      move(i, stride);
    }
    int64_t moved = llvm::alignTo(nest[i].size, stride);
    move(i, -moved);
    return true;
  }

  bool body() {
    auto step = [&](unsigned operand) { return row ? nest[*row].steps[operand] : 0; };
    for (auto [i, argument] : llvm::enumerate(arguments))
      program.load(argument, at[i], step(i), lanes);
    if (!program.run(lanes))
      return false;
    program.store(result, row ? nest[*row].steps.back() : 0, lanes);
    return true;
  }

  RowProgram &program;
  const Nest &nest;
  ArrayRef<unsigned> arguments;
  SmallVector<const char *> at;
  char *result;
  std::optional<unsigned> row;
  SmallVector<unsigned> order;
  int64_t lanes = 1;
};
} // namespace

/// The argument that the body hands on as it is.
static std::optional<unsigned> moved(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  auto yielded = dyn_cast<BlockArgument>(body->getTerminator()->getOperand(0));
  if (!llvm::hasSingleElement(*body) || !yielded || yielded.getOwner() != body || op.getNumReductionLoops() ||
      !isa<RankedTensorType>(op->getOperand(yielded.getArgNumber()).getType()) ||
      yielded.getType() != getElementTypeOrSelf(op->getResult(0)))
    return std::nullopt;
  return yielded.getArgNumber();
}

bool canInterpret(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && op.getNumDpsInits() == 1 && llvm::all_of(op.getIndexingMapsArray(), isLinear) &&
         (moved(op) || RowProgram::knows(op));
}

std::optional<Literal> interpret(linalg::LinalgOp op, Literals literals) {
  OpOperand *init = op.getDpsInitOperand(0);
  std::optional<unsigned> source = moved(op);
  Block *body = op.getBlock();
  Literal result = op.payloadUsesValueFromOperand(init) ? copied(*literals(init->get()))
                                                        : Literal::allocate(cast<RankedTensorType>(op->getResult(0).getType()));
  // What is read, and last what is written.
  SmallVector<unsigned> arguments;
  SmallVector<AffineMap> maps;
  SmallVector<SmallVector<int64_t>> steps;
  SmallVector<const char *> from;
  auto access = [&](OpOperand *operand, const Literal &literal) {
    maps.push_back(op.getMatchingIndexingMap(operand));
    steps.push_back(literal.steps());
    from.push_back(literal.data.data());
  };
  for (OpOperand &operand : op->getOpOperands()) {
    unsigned i = operand.getOperandNumber();
    if (!isa<RankedTensorType>(operand.get().getType()) || body->getArgument(i).use_empty() || (source && i != source))
      continue;
    arguments.push_back(i);
    access(&operand, &operand == init ? result : *literals(operand.get()));
  }
  access(init, result);
  SmallVector<int64_t> offsets;
  Nest nest = nestOf(op, maps, steps, offsets);
  if (llvm::any_of(nest, [](const Loop &loop) { return loop.size == 0; }))
    return result;
  for (auto [pointer, offset] : llvm::zip(from, offsets))
    pointer += offset;

  if (source) {
    for (Loop &loop : nest)
      std::swap(loop.steps[0], loop.steps[1]);
    copyElements(std::move(nest), result.bytes() + offsets.back(), from[0], result.elementBytes());
    return result;
  }
  if (!op.hasIndexSemantics())
    simplify(nest);
  RowProgram program(op, literals);
  Interpreter interpreter(program, nest, arguments, ArrayRef(from).drop_back(), result.bytes() + offsets.back());
  return interpreter.run() ? std::optional(std::move(result)) : std::nullopt;
}

} // namespace coil
