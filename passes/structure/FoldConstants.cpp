//===- FoldConstants.cpp - what constants alone decide is computed here ---===//
//
// Comes in: ops whose operands are weights. Goes out: the weights that they
// make. An op is folded together with the ops that lead to it: what only they
// need is never a constant, and its memory is free as soon as it was used.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/structure/Evaluate.h"
#include "passes/structure/Layout.h"

namespace coil {
#define GEN_PASS_DEF_FOLDCONSTANTSPASS
#include "passes/structure/Passes.h.inc"

/// A constant may be larger than what it is made of by a quarter and a page; by
/// as much again where it was padded: few columns packed, a kernel cut into phases.
static bool mayStay(bool padded, int64_t bytes, int64_t madeOf) { return bytes <= madeOf + madeOf / (padded ? 1 : 4) + 4096; }
/// Whether an op moves elements to computed places, and puts others between.
static bool pads(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return isa<linalg::PackOp>(op) || (generic && generic.getNumDpsInputs() == 0);
}
/// A step on the way may be larger: weights of four bits as floats, and masks.
static bool mayPass(int64_t bytes, int64_t madeOf) { return bytes <= 8 * madeOf + (1 << 20); }

static int64_t bytesOf(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.getNumElements() * storageBytes(type.getElementType()).value_or(1);
}

/// Tensors that the op reads, its body included.
static SetVector<Value> inputsOf(Operation *op) {
  SetVector<Value> inputs(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), inputs);
  inputs.remove_if([](Value value) { return !isa<RankedTensorType>(value.getType()); });
  return inputs;
}

static bool scalarsAreConstants(Operation *op) {
  SetVector<Value> read(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), read);
  return llvm::all_of(read, [](Value v) { return isa<RankedTensorType>(v.getType()) || matchPattern(v, m_Constant()); });
}

/// What an accumulator begins with is no constant that anybody reads.
static bool isBeginning(Operation *op) { return isa<tensor::EmptyOp, linalg::FillOp>(op); }

/// Whether a window reads the tensor as its weight. Then it is a constant even
/// where it is one number all over, so that it lies in panels like any other: to
/// multiply by a scalar of the body costs more than to read one from a panel.
static bool isWindowWeight(Value tensor) {
  return llvm::any_of(tensor.getUses(), [](OpOperand &use) {
    if (auto winograd = dyn_cast<core::WinogradOp>(use.getOwner())) // four times as large, or not at all
      return use.get() == winograd.getFilter();
    auto op = dyn_cast<linalg::GenericOp>(use.getOwner());
    auto window = op ? windowLoops(op) : std::nullopt;
    return window && use.getOperandNumber() == window->weight && !op.getMatchingBlockArgument(&use).use_empty();
  });
}

namespace {
/// An op that can be computed.
struct Candidate {
  SetVector<Operation *> constants; // that all of it is made of; valid until folding begins
  int64_t madeOf = 0;               // their bytes
  StringRef name = "constant";      // of the largest
  bool isNeeded = false;            // by the run: becomes a constant, or
  bool padded = false;              // on the way, too
  bool stays = false;               // is computed there, whatever else it leads to
};

class Folding {
public:
  explicit Folding(ModuleOp module) : module(module) {}
  void run() {
    module.walk<WalkOrder::PreOrder>([&](Operation *op) { return consider(op); });
    SmallVector<Operation *> order = llvm::to_vector(llvm::make_first_range(candidates));
    for (Operation *op : llvm::reverse(order))
      decide(op);
    for (Operation *op : order)
      for (Value input : inputsOf(op))
        ++readers[input];
    if (!order.empty())
      countHolders();
    llvm::for_each(order, [&](Operation *op) { fold(op); });
  }

private:
  WalkResult consider(Operation *op) {
    WalkResult next = isa<linalg::LinalgOp, tensor::PadOp, tensor::GenerateOp>(op) ? WalkResult::skip() : WalkResult::advance();
    if (!canEvaluate(op) || op->use_empty() || !scalarsAreConstants(op))
      return next;
    Candidate candidate;
    for (Value input : inputsOf(op)) {
      Operation *maker = input.getDefiningOp();
      if (auto known = candidates.find(maker); maker && known != candidates.end()) {
        candidate.constants.insert_range(known->second.constants);
        candidate.padded |= known->second.padded;
      } else if (auto constant = dyn_cast_or_null<arith::ConstantOp>(maker); constant && Literal::of(constant.getValue()))
        candidate.constants.insert(constant);
      else
        return next;
    }
    candidate.padded |= pads(op);
    int64_t largest = 0;
    for (Operation *constant : candidate.constants) {
      int64_t bytes = bytesOf(constant->getResult(0));
      auto resource = dyn_cast<DenseResourceElementsAttr>(cast<arith::ConstantOp>(constant).getValue());
      candidate.madeOf += bytes;
      if (resource && bytes > largest)
        candidate.name = resource.getRawHandle().getKey();
      largest = std::max(largest, bytes);
    }
    if (isBeginning(op) || mayPass(bytesOf(op->getResult(0)), candidate.madeOf))
      candidates.insert({op, std::move(candidate)});
    return next;
  }

  /// Whether an op reads a value in the run. It may be part of a body.
  bool isLeftToRun(Operation *op) {
    while (op && !candidates.contains(op))
      op = op->getParentOp();
    return !op || candidates[op].stays;
  }

  /// Users are decided already. What the run reads must be worth its place.
  void decide(Operation *op) {
    Candidate &candidate = candidates[op];
    Value result = op->getResult(0);
    candidate.isNeeded = llvm::any_of(result.getUsers(), [&](Operation *user) { return isLeftToRun(user); });
    candidate.stays = candidate.isNeeded && !isWindowWeight(result) &&
                      (isBeginning(op) || !mayStay(candidate.padded, bytesOf(result), candidate.madeOf));
  }

  /// How many constants hold each resource.
  void countHolders() {
    module.walk([&](Operation *op) {
      op->getAttrDictionary().walk([&](DenseResourceElementsAttr attr) { ++holders[attr.getRawHandle().getKey()]; });
    });
  }

  void fold(Operation *op) {
    SetVector<Value> inputs = inputsOf(op);
    const Candidate &candidate = candidates[op];
    std::optional<Literal> result;
    if (!candidate.stays || readers.contains(op->getResult(0)))
      result = compute(op, inputs);
    for (Value input : inputs)
      if (auto left = readers.find(input); left != readers.end() && --left->second == 0)
        literals.erase(input);
    if (result && candidate.isNeeded && !candidate.stays)
      replace(op, candidate, *result);
    else if (result)
      literals.try_emplace(op->getResult(0), std::move(*result));
  }

  std::optional<Literal> compute(Operation *op, const SetVector<Value> &inputs) {
    DenseMap<Value, Literal> constants;
    for (Value input : inputs) {
      if (auto constant = input.getDefiningOp<arith::ConstantOp>())
        constants.try_emplace(input, *Literal::of(constant.getValue()));
      else if (!literals.contains(input))
        return std::nullopt; // its op was not to be computed
    }
    return evaluate(op, [&](Value value) -> const Literal * {
      auto constant = constants.find(value);
      return constant != constants.end() ? &constant->second : &literals.find(value)->second;
    });
  }

  void replace(Operation *op, const Candidate &candidate, const Literal &literal) {
    OpBuilder b(op);
    ElementsAttr value = (literal.splat && isWindowWeight(op->getResult(0)) ? copied(literal) : literal).attribute(candidate.name);
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
      ++holders[resource.getRawHandle().getKey()];
    auto constant = arith::ConstantOp::create(b, op->getLoc(), cast<TypedAttr>(value));
    remark::passed(op->getLoc(), remark::RemarkOpts::name("FoldConstants").category("structure"))
        << remark::metric("bytes", bytesOf(constant)) << remark::metric("made_of", candidate.madeOf)
        << op->getName().getStringRef();
    op->replaceAllUsesWith(constant);
    eraseDead(op);
  }

  /// Erases an op that nothing reads any more, and what only it read.
  void eraseDead(Operation *op) {
    SetVector<Operation *> dead;
    dead.insert(op);
    while (!dead.empty()) {
      op = dead.pop_back_val();
      if (!op->use_empty())
        continue;
      for (Value input : inputsOf(op))
        if (Operation *maker = input.getDefiningOp(); isa<arith::ConstantOp>(maker) || candidates.contains(maker))
          dead.insert(maker);
      if (auto constant = dyn_cast<arith::ConstantOp>(op))
        release(constant.getValue());
      literals.erase(op->getResult(0));
      op->erase();
    }
  }

  /// The context keeps resources to its end; their bytes it need not keep.
  void release(Attribute value) {
    auto resource = dyn_cast<DenseResourceElementsAttr>(value);
    if (resource && --holders[resource.getRawHandle().getKey()] == 0)
      resource.getRawHandle().getResource()->setBlob(AsmResourceBlob({}, 1, {}, /*dataIsMutable=*/false));
  }

  ModuleOp module;
  llvm::MapVector<Operation *, Candidate> candidates;
  DenseMap<Value, Literal> literals; // of steps on the way, while others need them
  DenseMap<Value, unsigned> readers; // that are candidates
  llvm::StringMap<unsigned> holders;
};

struct FoldConstantsPass : impl::FoldConstantsPassBase<FoldConstantsPass> {
  void runOnOperation() override { Folding(getOperation()).run(); }
};
} // namespace
} // namespace coil
