//===- BodyEmitter.cpp - a loop nest's body on scalars and vectors --------===//

#include "passes/vectorize/BodyEmitter.h"

#include "dialects/coil/Core.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "passes/support/Lookup.h"
#include "passes/vectorize/LoopPlan.h"

namespace coil {

SmallVector<Value> BodyEmitter::subscripts(AffineMap map, ArrayRef<Value> indices) {
  SmallVector<Value> at;
  for (AffineExpr e : map.getResults()) {
    if (auto d = dyn_cast<AffineDimExpr>(e))
      at.push_back(indices[d.getPosition()]);
    else
      at.push_back(affine::expandAffineExpr(b, b.getLoc(), e, indices, {}));
  }
  return at;
}

Value BodyEmitter::splat(Value scalar) {
  if (lanes == 1)
    return scalar;
  return vector::BroadcastOp::create(b, VectorType::get(lanes, scalar.getType()), scalar);
}

Value BodyEmitter::vectorOf(Lanes value) {
  if (value.kind == Lanes::Varying || lanes == 1)
    return value.value;
  Value all = splat(value.value);
  if (value.kind == Lanes::Uniform)
    return all;
  Type type = value.value.getType();
  SmallVector<Attribute> steps;
  for (int64_t i = 0; i < lanes; ++i)
    steps.push_back(b.getIntegerAttr(type, i));
  auto ramp = DenseElementsAttr::get(VectorType::get(lanes, type), steps);
  return arith::AddIOp::create(b, all, arith::ConstantOp::create(b, ramp));
}

Type BodyEmitter::accumulatorType() {
  Type element = op.getBody()->getArguments().back().getType();
  return lanes == 1 ? element : Type(VectorType::get(lanes, element));
}

Value BodyEmitter::loadResult(ArrayRef<Value> indices) {
  Value memory = op.getDpsInits().front();
  SmallVector<Value> at = subscripts(maps.back(), indices);
  if (lanes == 1 || !maps.back().isFunctionOfDim(lane))
    return memref::LoadOp::create(b, memory, at);
  return loadLanes(memory, cast<VectorType>(accumulatorType()).getElementType(), at, false);
}

void BodyEmitter::storeResult(Value value, ArrayRef<Value> indices) {
  Value memory = op.getDpsInits().front();
  SmallVector<Value> at = subscripts(maps.back(), indices);
  if (!isa<VectorType>(value.getType()))
    memref::StoreOp::create(b, value, memory, at);
  else if (valid < lanes)
    vector::MaskedStoreOp::create(b, memory, at, firstLanes(b, lanes, valid), value);
  else
    vector::StoreOp::create(b, value, memory, at);
}

Value firstLanes(ImplicitLocOpBuilder &b, int64_t lanes, int64_t valid) {
  SmallVector<bool> bits(lanes, false);
  std::fill_n(bits.begin(), valid, true);
  return arith::ConstantOp::create(b, DenseElementsAttr::get(VectorType::get(lanes, b.getI1Type()), bits));
}

Value BodyEmitter::loadLanes(Value memory, Type element, ArrayRef<Value> at, bool whole) {
  auto type = VectorType::get(lanes, element);
  if (whole || valid == lanes)
    return vector::LoadOp::create(b, type, memory, at);
  Value nothing = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, type, memory, at, firstLanes(b, lanes, valid), nothing);
}

Value BodyEmitter::packedSubscript(AffineExpr e, ArrayRef<Value> indices, int64_t column) {
  if (auto dim = dyn_cast<AffineDimExpr>(e))
    return indices[dim.getPosition()];
  auto binary = dyn_cast<AffineBinaryOpExpr>(e);
  if (!binary || !e.isFunctionOfDim(lane))
    return affine::expandAffineExpr(b, b.getLoc(), e, indices, {});
  // The tile begins where a block does.
  if (binary.getKind() == AffineExprKind::Mod)
    return arith::ConstantIndexOp::create(b, column * lanes);
  int64_t size = cast<AffineConstantExpr>(binary.getRHS()).getValue();
  return b.createOrFold<arith::DivUIOp>(panel, arith::ConstantIndexOp::create(b, size));
}

Value BodyEmitter::loadTerm(unsigned operand, std::vector<int64_t> identity, ArrayRef<Value> indices, int64_t term) {
  identity[*unrolled + 1] = -1;
  Value &block = blocks[identity];
  Value memory = op.getDpsInputs()[operand];
  if (!block) { // made for the first term
    auto type = VectorType::get(terms, cast<MemRefType>(memory.getType()).getElementType());
    block = vector::LoadOp::create(b, type, memory, subscripts(maps[operand], indices));
  }
  return vector::ExtractOp::create(b, block, term);
}

/// What does not depend on a loop is the same for all its steps.
std::vector<int64_t> BodyEmitter::identityOf(unsigned operand, ArrayRef<int64_t> key) {
  std::vector<int64_t> identity{operand};
  for (auto [loop, step] : llvm::enumerate(key))
    identity.push_back(maps[operand].isFunctionOfDim(loop) ? step : -1);
  return identity;
}

std::vector<int64_t> BodyEmitter::placeOf(unsigned operand, ArrayRef<int64_t> key) const {
  std::vector<int64_t> place;
  for (AffineExpr e : maps[operand].getResults()) {
    int64_t at = 0;
    for (auto [loop, step] : llvm::enumerate(key))
      if (step && e.isFunctionOfDim(loop))
        at += *coefficient(e, loop) * step * (loop == lane ? lanes : 1);
    place.push_back(at);
  }
  return place;
}

Lanes BodyEmitter::loadInput(unsigned operand, ArrayRef<Value> indices, ArrayRef<int64_t> key) {
  if (Value value = provided.lookup(operand))
    return {value, isa<VectorType>(value.getType()) ? Lanes::Varying : Lanes::Uniform};
  std::vector<int64_t> identity = identityOf(operand, key);
  if (window == operand) {
    identity = placeOf(operand, key);
    identity.insert(identity.begin(), {operand, valid});
  }
  Lanes &known = loads[identity];
  if (known.value)
    return known;
  if (packed == operand) {
    SmallVector<Value> at{indices[packedLoop], arith::ConstantIndexOp::create(b, key[lane] * lanes)};
    if (packedStrip)
      at.insert(at.begin(), packedStrip);
    Type element = cast<MemRefType>(packedBuffer.getType()).getElementType();
    return known = {loadLanes(packedBuffer, element, at, true), Lanes::Varying};
  }
  Value memory = op.getDpsInputs()[operand];
  auto type = dyn_cast<MemRefType>(memory.getType());
  if (!type) // a scalar
    return known = {memory, Lanes::Uniform};
  if (lanes == 1 || !maps[operand].isFunctionOfDim(lane)) {
    if (terms > 1 && isContiguous(maps[operand], *unrolled, type))
      return known = {loadTerm(operand, identity, indices, key[*unrolled]), Lanes::Uniform};
    if (rowsTogether && lanes > 1)
      if (Value one = loadOfRows(operand, identity, indices, key[*row]))
        return known = {one, Lanes::Uniform};
    if (!windowSums.empty() && lanes > 1)
      if (Value one = loadOfWindow(operand, identity, indices, key))
        return known = {one, Lanes::Uniform};
    return known = {memref::LoadOp::create(b, memory, subscripts(maps[operand], indices)), Lanes::Uniform};
  }
  if (panel && panelAlong(maps[operand], lane)) {
    SmallVector<Value> at;
    for (AffineExpr e : maps[operand].getResults())
      at.push_back(packedSubscript(e, indices, key[lane]));
    return known = {loadLanes(memory, type.getElementType(), at, true), Lanes::Varying};
  }
  if (auto stride = laneStride(maps[operand], lane, type))
    return known = {loadSteps(operand, indices, *stride), Lanes::Varying};
  if (!isContiguous(maps[operand], lane, type))
    return known = {loadStrided(operand, identity, indices, row ? key[*row] : 0), Lanes::Varying};
  return known = {loadLanes(memory, type.getElementType(), subscripts(maps[operand], indices), false), Lanes::Varying};
}

Lanes BodyEmitter::emitLoad(Operation &inner, DenseMap<Value, Lanes> &values) {
  auto load = cast<memref::LoadOp>(inner);
  if (Value byte = lookupByte(load.getMemRef(), load.getIndices()); byte && lanes > 1)
    if (auto known = values.find(byte); known != values.end() && known->second.kind == Lanes::Varying)
      return {core::LookupOp::create(b, load.getMemRef(), known->second.value), Lanes::Varying};
  SmallVector<Value> at;
  Lanes::Kind kind = Lanes::Uniform;
  for (Value index : load.getIndices()) {
    auto known = values.find(index);
    at.push_back(known == values.end() ? index : known->second.value);
    if (known != values.end() && known->second.kind == Lanes::Stepping)
      kind = Lanes::Varying;
  }
  if (kind == Lanes::Uniform || lanes == 1)
    return {memref::LoadOp::create(b, load.getMemRef(), at), Lanes::Uniform};
  return {loadLanes(load.getMemRef(), load.getType(), at, false), Lanes::Varying};
}

/// A lane of a vector that serves several terms or rows is extended with all of
/// them: one instruction, and the product still takes it from its lane. Equal
/// ones are merged later.
Value BodyEmitter::extendBlock(Operation &inner, ArrayRef<Lanes> operands) {
  if (lanes == 1 || !isa<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp>(inner))
    return {};
  auto lane = operands.front().value.getDefiningOp<vector::ExtractOp>();
  if (!lane || lane.hasDynamicPosition() || lane.getSource().getType().getRank() != 1)
    return {};
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfterValue(lane.getSource());
  OperationState state(b.getLoc(), inner.getName());
  state.addAttributes(inner.getAttrs());
  state.addOperands(lane.getSource());
  state.addTypes(lane.getSource().getType().clone(inner.getResult(0).getType()));
  Value wide = b.create(state)->getResult(0);
  b.setInsertionPointAfter(lane);
  return vector::ExtractOp::create(b, wide, lane.getStaticPosition());
}

Lanes BodyEmitter::emitOp(Operation &inner, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values) {
  if (auto index = dyn_cast<linalg::IndexOp>(inner))
    return {indices[index.getDim()], index.getDim() == lane && lanes > 1 ? Lanes::Stepping : Lanes::Uniform};
  if (isa<memref::LoadOp>(inner))
    return emitLoad(inner, values);

  SmallVector<Lanes> operands;
  Lanes::Kind kind = Lanes::Uniform;
  unsigned stepping = 0;
  for (Value operand : inner.getOperands()) {
    auto known = values.find(operand);
    operands.push_back(known == values.end() ? Lanes{operand, Lanes::Uniform} : known->second);
    kind = std::max(kind, operands.back().kind);
    stepping += operands.back().kind == Lanes::Stepping;
  }
  // loop + uniform still steps by one; anything else on it is a vector.
  if (kind == Lanes::Stepping) {
    bool stays = (isa<arith::AddIOp>(inner) && stepping == 1) || isa<arith::IndexCastOp>(inner) ||
                 (isa<arith::SubIOp>(inner) && operands[1].kind == Lanes::Uniform);
    if (!stays)
      kind = Lanes::Varying;
  }
  if (Value wide = kind == Lanes::Uniform ? extendBlock(inner, operands) : Value())
    return {wide, Lanes::Uniform};
  OperationState state(b.getLoc(), inner.getName());
  state.addAttributes(inner.getAttrs());
  for (Lanes operand : operands)
    state.addOperands(kind == Lanes::Varying ? vectorOf(operand) : operand.value);
  Type type = inner.getResult(0).getType();
  state.addTypes(kind == Lanes::Varying && lanes > 1 ? VectorType::get(lanes, type) : type);
  if (auto constant = dyn_cast<arith::ConstantOp>(inner); constant)
    return {b.clone(inner)->getResult(0), Lanes::Uniform};
  return {b.create(state)->getResult(0), kind};
}

void BodyEmitter::emitRegions(Operation &inner, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values) {
  IRMapping map;
  for (auto &[from, to] : values)
    map.map(from, to.value);
  Operation *copy = b.clone(inner, map);
  copy->walk([&](linalg::IndexOp index) {
    index.replaceAllUsesWith(indices[index.getDim()]);
    index.erase();
  });
  for (auto [from, to] : llvm::zip(inner.getResults(), copy->getResults()))
    values[from] = {to, Lanes::Uniform};
}

Lanes BodyEmitter::emitBranch(Operation &inner, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values) {
  auto branch = cast<scf::IfOp>(inner);
  auto valueOf = [&](Value v) {
    auto known = values.find(v);
    return known == values.end() ? Lanes{v, Lanes::Uniform} : known->second;
  };
  // First what is in it, which tells whether its result is a vector.
  std::unique_ptr<Block> blocks[2];
  Lanes results[2];
  Block *sources[2] = {branch.thenBlock(), branch.elseBlock()};
  for (auto [block, result, from] : llvm::zip(blocks, results, sources)) {
    OpBuilder::InsertionGuard guard(b);
    block = std::make_unique<Block>();
    b.setInsertionPointToEnd(block.get());
    emitOps(*from, indices, values);
    result = valueOf(from->getTerminator()->getOperand(0));
  }
  bool varies = results[0].kind != Lanes::Uniform || results[1].kind != Lanes::Uniform;
  Type type = branch.getResult(0).getType();
  if (varies)
    type = VectorType::get(lanes, type);
  auto made = scf::IfOp::create(b, type, valueOf(branch.getCondition()).value, /*addThenBlock=*/false, /*addElseBlock=*/false);
  for (auto [region, block, result] : llvm::zip(made->getRegions(), blocks, results)) {
    OpBuilder::InsertionGuard guard(b);
    region.push_back(block.release());
    b.setInsertionPointToEnd(&region.front());
    scf::YieldOp::create(b, varies ? vectorOf(result) : result.value);
  }
  return {made.getResult(0), varies ? Lanes::Varying : Lanes::Uniform};
}

void BodyEmitter::emitOps(Block &block, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values) {
  for (Operation &inner : block.without_terminator()) {
    if (inner.getNumRegions() && lanes == 1)
      emitRegions(inner, indices, values);
    else if (inner.getNumRegions())
      values[inner.getResult(0)] = emitBranch(inner, indices, values);
    else
      values[inner.getResult(0)] = emitOp(inner, indices, values);
  }
}

Type BodyEmitter::narrowType() { return getElementTypeOrSelf(op.getDpsInputs()[dot->w]); }

/// The bytes from a quad on: they go on after the last dimension's four.
Value BodyEmitter::loadQuads(ArrayRef<Value> indices, ArrayRef<int64_t> key) {
  Lanes &known = loads[identityOf(dot->w, key)];
  if (!known.value) {
    SmallVector<Value> at;
    for (AffineExpr e : maps[dot->w].getResults())
      at.push_back(packedSubscript(e, indices, key[lane]));
    known.value = vector::LoadOp::create(b, VectorType::get(dot->terms * lanes, narrowType()), op.getDpsInputs()[dot->w], at);
  }
  return known.value;
}

/// One quad in all lanes: from a register that holds `terms` of them, or from
/// memory.
Value BodyEmitter::loadQuad(ArrayRef<Value> indices, ArrayRef<int64_t> key) {
  Lanes &known = loads[identityOf(dot->x, key)];
  if (known.value)
    return known.value;
  // An instruction takes a lane of its own type.
  Type laneType = op.getBody()->getArguments().back().getType();
  Value quads;
  int64_t at = 0;
  if (terms > 1) {
    at = key[*unrolled];
    std::vector<int64_t> identity = identityOf(dot->x, key);
    identity[*unrolled + 1] = -1;
    quads = blocks[identity];
  }
  if (!quads) { // at the first of them
    auto type = VectorType::get(dot->terms * terms, narrowType());
    Value bytes = vector::LoadOp::create(b, type, op.getDpsInputs()[dot->x], subscripts(maps[dot->x], indices));
    quads = vector::BitCastOp::create(b, VectorType::get(terms, laneType), bytes);
    if (terms > 1) {
      std::vector<int64_t> identity = identityOf(dot->x, key);
      identity[*unrolled + 1] = -1;
      blocks[identity] = quads;
    }
  }
  Value quad = vector::ExtractOp::create(b, quads, at);
  Value all = vector::BroadcastOp::create(b, VectorType::get(lanes, laneType), quad);
  return known.value = vector::BitCastOp::create(b, VectorType::get(dot->terms * lanes, narrowType()), all);
}

Value BodyEmitter::emitDot(ArrayRef<Value> indices, ArrayRef<int64_t> key, Value accumulator) {
  Value x = loadQuad(indices, key), w = loadQuads(indices, key);
  return core::DotOp::create(b, accumulator, x, w, dot->xUnsigned);
}

Value BodyEmitter::emitHalf(const HalfProduct &product, ArrayRef<Value> indices, ArrayRef<int64_t> key, Value run) {
  Value x = vectorOf(loadInput(product.x, indices, key)), w = vectorOf(loadInput(product.w, indices, key));
  if (!run)
    return arith::MulFOp::create(b, w, x);
  if (lanes == 1)
    return arith::AddFOp::create(b, run, arith::MulFOp::create(b, w, x));
  return vector::FMAOp::create(b, w, x, run);
}

Value BodyEmitter::emit(ArrayRef<Value> indices, ArrayRef<int64_t> key, Value accumulator) {
  if (dot)
    return emitDot(indices, key, accumulator);
  DenseMap<Value, Lanes> values;
  Block *body = op.getBody();
  for (unsigned i = 0; i + 1 < body->getNumArguments(); ++i)
    if (!body->getArgument(i).use_empty())
      values[body->getArgument(i)] = loadInput(i, indices, key);
  if (accumulator)
    values[body->getArguments().back()] = {accumulator,
                                           isa<VectorType>(accumulator.getType()) ? Lanes::Varying : Lanes::Uniform};
  emitOps(*body, indices, values);
  Value result = body->getTerminator()->getOperand(0);
  auto known = values.find(result);
  return vectorOf(known == values.end() ? Lanes{result, Lanes::Uniform} : known->second);
}

} // namespace coil
