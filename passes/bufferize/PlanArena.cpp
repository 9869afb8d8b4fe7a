//===- PlanArena.cpp - every buffer's place, decided at compile time ------===//
//
// Comes in: @main with memref.alloc. Goes out: one rt.arena and views of it.
// Last of its stage, when all buffers exist.
//
// A buffer lives from its allocation to the last use of any view of it, counted
// in ops of the entry block; what happens inside a region counts as the op that
// holds the region.
//
//===----------------------------------------------------------------------===//

#include "passes/bufferize/Passes.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "passes/support/Machine.h"

namespace coil {
#define GEN_PASS_DEF_PLANARENAPASS
#include "passes/bufferize/Passes.h.inc"

static constexpr int64_t kAlignment = 64;

namespace {
struct Buffer {
  mutable memref::AllocOp alloc;
  unsigned begin = ~0u, end = 0; // first and last op of the entry block that touch it
  int64_t bytes = 0;       // of a fixed size
  SmallVector<Value> dims; // dynamic dimensions, available at the entry
  int64_t offset = 0;      // of a fixed size
  unsigned slot = 0;       // of a dynamic size
  bool isFixed() const { return alloc.getType().hasStaticShape(); }
  bool overlaps(const Buffer &o) const { return begin <= o.end && o.begin <= end; }
  /// Known to have the same size.
  bool isLike(const Buffer &o) const { return dims == o.dims && alloc.getType() == o.alloc.getType(); }
};

class Plan {
public:
  Plan(func::FuncOp func, bool reuse) : func(func), reuse(reuse), flow(func) {
    for (auto [i, op] : llvm::enumerate(func.front()))
      position[&op] = i;
  }

  void run() {
    func.walk([&](memref::AllocOp alloc) { classify(alloc); });
    if (buffers.empty())
      return;
    if (!reuse)
      for (Buffer &buffer : buffers) // all live all the time
        buffer.begin = 0, buffer.end = ~0u;
    placeFixed();
    placeDynamic();
    rewrite();
  }

private:
  static int64_t elementBytes(MemRefType type) {
    return llvm::divideCeil(elementBits(type), 8);
  }

  /// Planned, or taken from scratch memory during the run.
  void classify(memref::AllocOp alloc) {
    Buffer buffer;
    buffer.alloc = alloc;
    if (!lifetime(buffer))
      return toScratch(alloc, /*local=*/false);
    if (!hoistSizes(buffer))
      return toScratch(alloc, /*local=*/alloc->getParentOfType<LoopLikeOpInterface>() != nullptr);
    if (buffer.isFixed())
      buffer.bytes = llvm::alignTo(std::max<int64_t>(alloc.getType().getNumElements() * elementBytes(alloc.getType()), 1),
                                   kAlignment);
    buffers.push_back(buffer);
  }

  /// False when the buffer goes around a loop and so outlives an iteration.
  bool lifetime(Buffer &buffer) {
    bool inLoop = buffer.alloc->getParentOfType<LoopLikeOpInterface>() != nullptr;
    for (Value alias : flow.resolve(buffer.alloc.getResult())) {
      if (inLoop && (isa<BlockArgument>(alias) || alias.getDefiningOp<LoopLikeOpInterface>()))
        return false;
      if (Operation *maker = alias.getDefiningOp())
        touch(buffer, func.front().findAncestorOpInBlock(*maker));
      for (Operation *user : alias.getUsers())
        touch(buffer, func.front().findAncestorOpInBlock(*user));
    }
    return true;
  }
  void touch(Buffer &buffer, Operation *op) {
    if (!op)
      return;
    buffer.begin = std::min(buffer.begin, position[op]);
    buffer.end = std::max(buffer.end, position[op]);
  }

  /// Copies the computation of the sizes to the entry, if it needs nothing but
  /// the dynamic dimensions of the inputs.
  bool hoistSizes(Buffer &buffer) {
    for (Value size : buffer.alloc.getDynamicSizes()) {
      Value hoisted = hoist(size);
      if (!hoisted)
        return false;
      buffer.dims.push_back(hoisted);
    }
    return true;
  }
  Value hoist(Value value) {
    if (Value known = hoisted.lookup(value))
      return known;
    Operation *op = value.getDefiningOp();
    if (!op || !isPure(op) || op->getNumRegions() || isa<memref::DimOp>(op) ||
        !llvm::all_of(op->getOperandTypes(), [](Type t) { return isa<IndexType, IntegerType, rt::FrameType>(t); }))
      return {};
    IRMapping map;
    for (Value operand : op->getOperands()) {
      Value source = isa<rt::FrameType>(operand.getType()) ? operand : hoist(operand);
      if (!source)
        return {};
      map.map(operand, source);
    }
    Operation *copy = op->clone(map);
    func.front().getOperations().insert(entryPoint(), copy);
    lastHoisted = copy;
    for (auto [from, to] : llvm::zip(op->getResults(), copy->getResults()))
      hoisted[from] = to;
    return hoisted[value];
  }
  Block::iterator entryPoint() {
    return lastHoisted ? std::next(Block::iterator(lastHoisted)) : func.front().begin();
  }

  /// A local buffer lives no longer than the loop's iteration that it is made in.
  void toScratch(memref::AllocOp alloc, bool local) {
    ImplicitLocOpBuilder b(alloc.getLoc(), alloc);
    if (local)
      markIteration(alloc->getBlock());
    MemRefType type = alloc.getType();
    Value bytes = arith::ConstantIndexOp::create(b, elementBytes(type));
    unsigned next = 0;
    for (int64_t size : type.getShape())
      bytes = arith::MulIOp::create(b, bytes,
                                    ShapedType::isDynamic(size)
                                        ? alloc.getDynamicSizes()[next++]
                                        : Value(arith::ConstantIndexOp::create(b, size)));
    Value memory = rt::AllocOp::create(b, bytesType(b), func.getArgument(0), bytes, local);
    Value zero = arith::ConstantIndexOp::create(b, 0);
    replace(alloc, b, memory, zero, alloc.getDynamicSizes());
  }

  /// Gives back at the end of an iteration what it took. `block` is in it.
  void markIteration(Block *block) {
    while (!isa<LoopLikeOpInterface>(block->getParentOp()))
      block = block->getParentOp()->getBlock();
    if (!marked.insert(block).second)
      return;
    ImplicitLocOpBuilder b(block->getParentOp()->getLoc(), OpBuilder::atBlockBegin(block));
    Value mark = rt::MarkOp::create(b, b.getI64Type(), func.getArgument(0));
    b.setInsertionPoint(block->getTerminator());
    rt::ReleaseOp::create(b, func.getArgument(0), mark);
  }

  /// The largest first, each at the lowest offset that is free while it lives.
  void placeFixed() {
    SmallVector<Buffer *> order;
    for (Buffer &b : buffers)
      if (b.isFixed())
        order.push_back(&b);
    llvm::sort(order, [](Buffer *a, Buffer *b) {
      return std::tie(b->bytes, a->begin) < std::tie(a->bytes, b->begin);
    });
    SmallVector<Buffer *> placed; // by offset
    for (Buffer *buffer : order) {
      int64_t offset = 0;
      for (Buffer *other : placed)
        if (buffer->overlaps(*other) && offset + buffer->bytes > other->offset)
          offset = std::max(offset, other->offset + other->bytes);
      buffer->offset = offset;
      placed.insert(llvm::upper_bound(placed, buffer, [](Buffer *a, Buffer *b) { return a->offset < b->offset; }),
                    buffer);
      fixedBytes = std::max(fixedBytes, offset + buffer->bytes);
    }
  }

  /// A slot holds buffers that never live together; one of equal size first.
  void placeDynamic() {
    for (Buffer &buffer : buffers) {
      if (buffer.isFixed())
        continue;
      unsigned best = slots.size();
      for (auto [i, slot] : llvm::enumerate(slots)) {
        if (llvm::any_of(slot, [&](Buffer *other) { return buffer.overlaps(*other); }))
          continue;
        bool equal = slot.front()->isLike(buffer);
        if (best == slots.size() || equal)
          best = i;
        if (equal)
          break;
      }
      if (best == slots.size())
        slots.emplace_back();
      buffer.slot = best;
      slots[best].push_back(&buffer);
    }
  }

  static MemRefType bytesType(OpBuilder &b) { return MemRefType::get(ShapedType::kDynamic, b.getI8Type()); }

  void rewrite() {
    ImplicitLocOpBuilder b(func.getLoc(), OpBuilder(&func.front(), entryPoint()));
    Value end = arith::ConstantIndexOp::create(b, fixedBytes);
    SmallVector<Value> offsets;
    for (auto &slot : slots) {
      offsets.push_back(end);
      Value size;
      for (auto [i, buffer] : llvm::enumerate(slot)) {
        if (llvm::any_of(ArrayRef(slot).take_front(i), [&](Buffer *other) { return other->isLike(*buffer); }))
          continue;
        Value bytes = bytesOf(*buffer, b);
        size = size ? b.createOrFold<arith::MaxSIOp>(size, bytes) : bytes;
      }
      end = arith::AddIOp::create(b, end, size);
    }
    Value arena = rt::ArenaOp::create(b, bytesType(b), func.getArgument(0), end);
    if (slots.empty())
      func->setAttr("coil.arena_bytes", b.getI64IntegerAttr(fixedBytes));
    report();
    for (Buffer &buffer : buffers) {
      ImplicitLocOpBuilder at(buffer.alloc.getLoc(), buffer.alloc);
      Value offset = buffer.isFixed() ? Value(arith::ConstantIndexOp::create(at, buffer.offset)) : offsets[buffer.slot];
      replace(buffer.alloc, at, arena, offset, buffer.dims);
    }
  }

  /// Bytes of a dynamic buffer, a multiple of the alignment.
  Value bytesOf(Buffer &buffer, ImplicitLocOpBuilder &b) {
    MemRefType type = buffer.alloc.getType();
    int64_t fixed = elementBytes(type);
    for (int64_t size : type.getShape())
      fixed *= ShapedType::isDynamic(size) ? 1 : size;
    Value bytes = arith::ConstantIndexOp::create(b, fixed);
    for (Value d : buffer.dims)
      bytes = arith::MulIOp::create(b, bytes, d);
    Value up = arith::ConstantIndexOp::create(b, kAlignment - 1), mask = arith::ConstantIndexOp::create(b, -kAlignment);
    return arith::AndIOp::create(b, arith::AddIOp::create(b, bytes, up), mask);
  }

  static void replace(memref::AllocOp alloc, ImplicitLocOpBuilder &b, Value bytes, Value offset, ValueRange sizes) {
    Value view = memref::ViewOp::create(b, alloc.getType(), bytes, offset, sizes);
    alloc.getResult().replaceAllUsesWith(view);
    alloc.erase();
  }

  /// The plan beside the least that any plan could need.
  void report() {
    int64_t bound = 0;
    for (const Buffer &at : buffers) {
      int64_t live = 0;
      for (const Buffer &other : buffers)
        if (other.begin <= at.begin && at.begin <= other.end)
          live += other.bytes;
      bound = std::max(bound, live);
    }
    remark::analysis(func.getLoc(), remark::RemarkOpts::name("PlanArena").category("bufferize"))
        << remark::metric("buffers", buffers.size()) << remark::metric("fixed_bytes", fixedBytes)
        << remark::metric("lower_bound", bound) << remark::metric("dynamic_slots", slots.size());
  }

  func::FuncOp func;
  bool reuse;
  BufferViewFlowAnalysis flow;
  DenseMap<Operation *, unsigned> position;
  DenseMap<Value, Value> hoisted;
  DenseSet<Block *> marked; // iterations that give memory back
  Operation *lastHoisted = nullptr;
  std::vector<Buffer> buffers;
  SmallVector<SmallVector<Buffer *>> slots;
  int64_t fixedBytes = 0;
};

struct PlanArenaPass : impl::PlanArenaPassBase<PlanArenaPass> {
  using PlanArenaPassBase::PlanArenaPassBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func.getNumArguments() != 1 || !isa<rt::FrameType>(func.getArgumentTypes()[0]))
      return;
    Plan(func, reuse).run();
  }
};
} // namespace
} // namespace coil
