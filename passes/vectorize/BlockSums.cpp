//===- BlockSums.cpp - weights of few bits in a tile of registers ---------===//
//
// What a block of the sum adds to a tile, and the panel that many rows share: it is
// unpacked once, into a buffer that stays near, and not by each tile again. Of reals
// the scale and the zero point are applied there, so that the product is then like
// any other; bytes keep their blocks, whose sums are exact.
//
// An integer is real at no cost where it has been added to the bits of a large float:
// 1.5 * 2^23 + n has n in its last digits, for n of less than 23 bits. A sum that
// begins with these bits takes one subtraction of floats; a conversion of four lanes
// takes as long as four of these on a Neoverse N1.
//
//===----------------------------------------------------------------------===//

#include "dialects/coil/Core.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/vectorize/NestEmitter.h"

namespace coil {

/// 1.5 * 2^23, in whose last digits a sum lies, and its bits.
static constexpr int64_t kLargeBits = 0x4B400000;
static constexpr double kLarge = 12582912.0;

/// As f32, or a vector of it.
static Value asReal(ImplicitLocOpBuilder &b, Value v, bool isUnsigned = false) {
  auto as = [&](Type element) -> Type {
    auto vector = dyn_cast<VectorType>(v.getType());
    return vector ? Type(vector.clone(element)) : element;
  };
  Type element = getElementTypeOrSelf(v);
  if (element.isF32())
    return v;
  if (isa<FloatType>(element))
    return arith::ExtFOp::create(b, as(b.getF32Type()), v);
  if (isUnsigned)
    return arith::UIToFPOp::create(b, as(b.getF32Type()), v);
  return arith::SIToFPOp::create(b, as(b.getF32Type()), v);
}

void NestEmitter::emitStrip(unsigned i, const Piece &row, const Piece &column) {
  Value steps = arith::ConstantIndexOp::create(b, 1);
  for (unsigned level : ArrayRef(levels).drop_front(i)) {
    Value size = b.createOrFold<arith::SubIOp>(value(ends[level]), value(begins[level]));
    steps = b.createOrFold<arith::MulIOp>(steps, size);
  }
  auto emitUnpacked = [&] {
    unpacked = unpackPanel(column);
    emitLevel(i, row, column);
    unpacked = Value();
  };
  if (auto known = getConstantIntValue(steps))
    return *known >= plan.unpackFrom ? emitUnpacked() : emitLevel(i, row, column);
  Value many = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, steps, value(b.getIndexAttr(plan.unpackFrom)));
  auto choice = scf::IfOp::create(b, many, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(choice.thenYield());
  emitUnpacked();
  b.setInsertionPoint(choice.elseYield());
  emitLevel(i, row, column);
}

Value NestEmitter::unpackPanel(const Piece &column) {
  unsigned block = reductions[0];
  BlockTerm term = *blockTerm(op, blocks->terms);
  int64_t count = *getConstantIntValue(sizes[block]);
  BlockEmitter emitter(*blocks, op, machine, column.lanes, column.count, b);
  if (!panelBuffer)
    panelBuffer = buffer({count * emitter.unpackedRows(), plan.columns * emitter.unpackedLanes()}, emitter.unpackedElement());
  Value first = indices[plan.lane];
  loop({b.getIndexAttr(0), sizes[block], 1}, block, {}, [&](ValueRange) {
    BodyEmitter parameters(op, plan.lane, column.lanes, b);
    parameters.startPanel(first);
    emitter.place({indices}, first, indices[block]);
    SmallVector<Value> scales, zeros;
    forEachVector(1, column.count, column.lanes, [&](unsigned, int64_t) {
      scales.push_back(asReal(b, parameters.vectorInput(term.scale, indices, key)));
      if (term.zeros) {
        Value zero = parameters.vectorInput(*term.zeros, indices, key);
        zeros.push_back(emitter.isReal() ? asReal(b, zero, term.zerosUnsigned) : zero);
      }
    });
    emitter.unpack(panelBuffer, term, scales, zeros);
    return Carried();
  });
  return panelBuffer;
}

NestEmitter::Carried NestEmitter::addBlock(BodyEmitter &emitter, ValueRange carried, const Piece &column, int64_t rows) {
  int64_t columns = column.count, lanes = column.lanes;
  SmallVector<SmallVector<Value>> at(rows, indices);
  for (int64_t r = 1; r < rows; ++r)
    at[r][*plan.row] = plus(indices[*plan.row], r);
  BlockEmitter block(*blocks, op, machine, lanes, columns, b);
  block.place(at, indices[plan.lane], indices[reductions[0]]);
  Carried results(carried);
  if (unpacked) {
    block.readUnpacked(unpacked);
    if (block.isReal()) // scaled, too
      return block.emit(results);
  }
  auto term = blockTerm(op, blocks->terms);
  bool inLarge = term && block.fitsFloat(*term);
  bool subtracts = term && term->sumOfX && !(unpacked && block.foldsZero(*term));

  auto i32 = VectorType::get(lanes, b.getI32Type()), f32 = VectorType::get(lanes, b.getF32Type());
  Value large = arith::ConstantOp::create(b, b.getI32IntegerAttr(kLargeBits));
  Carried sums;
  forEachVector(rows, columns, lanes, [&](unsigned, int64_t) {
    if (!inLarge) {
      sums.push_back(arith::ConstantOp::create(b, b.getZeroAttr(block.isReal() ? f32 : i32)));
    } else if (!subtracts) {
      sums.push_back(emitter.splat(large));
    } else if (term->zeros) {
      Value zero = emitter.vectorInput(*term->zeros, indices, key), x = emitter.vectorInput(*term->sumOfX, indices, key);
      if (term->zerosUnsigned)
        zero = arith::ExtUIOp::create(b, i32, zero);
      else
        zero = arith::ExtSIOp::create(b, i32, zero);
      sums.push_back(arith::SubIOp::create(b, emitter.splat(large), arith::MulIOp::create(b, zero, x)));
    } else {
      Value x = emitter.scalarInput(*term->sumOfX, indices, key), zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(term->zero));
      sums.push_back(emitter.splat(arith::SubIOp::create(b, large, arith::MulIOp::create(b, x, zero))));
    }
  });
  sums = block.emit(sums);
  forEachVector(rows, columns, lanes, [&](unsigned n, int64_t at) {
    if (!inLarge) {
      emitter.provide(blocks->terms, sums[n]);
      results[n] = emitter.emit(indices, key, results[n]);
      return;
    }
    Value base = arith::ConstantOp::create(b, DenseElementsAttr::get(f32, b.getF32FloatAttr(kLarge)));
    Value real = arith::SubFOp::create(b, vector::BitCastOp::create(b, f32, sums[n]), base);
    if (term->step)
      real = arith::MulFOp::create(b, real, asReal(b, emitter.vectorInput(*term->step, indices, key)));
    results[n] = vector::FMAOp::create(b, real, asReal(b, emitter.vectorInput(term->scale, indices, key)), results[n]);
  });
  return results;
}

} // namespace coil
