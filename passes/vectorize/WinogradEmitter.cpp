//===- WinogradEmitter.cpp - the loops of a convolution in few products ---===//
//
// A block of tiles at a time, so that what lies between the three steps stays in
// a cache: patches of the image become factors, these are multiplied place by
// place as matrices, the products become tiles of the result. Threads share each
// step. The products are a generic op, for which the passes after this one choose
// loops as for any other.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/WinogradEmitter.h"

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/vectorize/BodyEmitter.h"
#include "passes/vectorize/StackBuffer.h"
#include "passes/vectorize/WinogradTransforms.h"

namespace coil {

WinogradEmitter::WinogradEmitter(core::WinogradOp op, OpOperand *consumer, Winograd shape, const Machine &machine)
    : op(op), shape(shape), machine(machine), b(op.getLoc(), op), vector(VectorType::get(shape.lanes, b.getF32Type())),
      image(op.getImage()), into(op.getInto()) {
  if (!consumer)
    return;
  epilogue = cast<linalg::GenericOp>(consumer->getOwner());
  epilogueOperand = consumer->getOperandNumber();
  b.setInsertionPoint(epilogue);
}

Value WinogradEmitter::plus(Value index, int64_t n) { return n == 0 ? index : b.createOrFold<arith::AddIOp>(index, number(n)); }

void WinogradEmitter::forEach(Value begin, Value end, function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, begin, end, number(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

Value WinogradEmitter::buffer(ArrayRef<int64_t> size) {
  return stackBuffer(b, b.getLoc(), size, b.getF32Type());
}

/// A matrix for each place of a patch, in the scratch memory.
Value WinogradEmitter::planes(int64_t offset, int64_t plane, int64_t columns) {
  SmallVector<int64_t> sizes{shape.matrices(), shape.block, columns}, strides{plane, columns, 1};
  auto type = MemRefType::get(sizes, b.getF32Type(), StridedLayoutAttr::get(b.getContext(), offset, strides));
  return memref::ReinterpretCastOp::create(b, type, op.getScratch(), offset, sizes, strides);
}

void WinogradEmitter::run() {
  patches = planes(0, shape.patchPlane(), shape.channels);
  products = planes(shape.matrices() * shape.patchPlane(), shape.productPlane(), shape.products());
  Value images = b.createOrFold<memref::DimOp>(image, 0);
  auto batch = [&](Value number) {
    imageNumber = number;
    if (shape.blocks() == 1)
      return emitBlock(this->number(0));
    auto loop = scf::ForOp::create(b, this->number(0), this->number(shape.tiles()), this->number(shape.block));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitBlock(loop.getInductionVar());
  };
  if (getConstantIntValue(images) == 1)
    batch(number(0));
  else
    forEach(number(0), images, batch);
}

void WinogradEmitter::emitBlock(Value first) {
  forEachTile(first, shape.channels / shape.lanes, shape.tile == 4 ? 120 : 50,
              [&](const Place &place, Value vector) { emitPatch(place, b.createOrFold<arith::MulIOp>(vector, number(shape.lanes))); });
  emitProducts();
  int64_t vectors = shape.products() / shape.lanes, rest = shape.filters % shape.lanes;
  forEachTile(first, vectors, shape.tile == 4 ? 120 : 50, [&](const Place &place, Value vector) {
    Value filter = b.createOrFold<arith::MulIOp>(vector, number(shape.lanes));
    if (rest == 0 || vectors == 1)
      return emitTile(place, filter, rest ? rest : shape.lanes);
    // The last vector has lanes that stand for nothing.
    Value full = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, vector, number(vectors - 1));
    auto choice = scf::IfOp::create(b, full, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    emitTile(place, filter, shape.lanes);
    b.setInsertionPointToStart(choice.elseBlock());
    emitTile(place, filter, rest);
  });
}

void WinogradEmitter::forEachTile(Value first, int64_t vectors, double cycles, function_ref<void(const Place &, Value)> body) {
  Value frame = op->getParentOfType<func::FuncOp>().getArgument(0);
  Value left = b.createOrFold<arith::SubIOp>(number(shape.tiles()), first);
  Value tiles = shape.tiles() % shape.block == 0 ? number(shape.block) : b.createOrFold<arith::MinUIOp>(left, number(shape.block));
  Value grain = number(std::max<int64_t>(1, std::ceil(wakeCycles(machine) / cycles)));
  auto parallel = rt::ParallelOp::create(b, frame, b.createOrFold<arith::MulIOp>(tiles, number(vectors)), grain);
  OpBuilder::InsertionGuard guard(b);
  Block *part = b.createBlock(&parallel.getBody(), {}, {b.getIndexType(), b.getIndexType()}, {b.getLoc(), b.getLoc()});
  forEach(part->getArgument(0), part->getArgument(1), [&](Value step) {
    Place place;
    place.tile = b.createOrFold<arith::DivUIOp>(step, number(vectors));
    Value vector = b.createOrFold<arith::RemUIOp>(step, number(vectors));
    Value at = b.createOrFold<arith::AddIOp>(first, place.tile), across = number(shape.across());
    place.top = b.createOrFold<arith::MulIOp>(arith::DivUIOp::create(b, at, across), number(shape.tile));
    place.left = b.createOrFold<arith::MulIOp>(arith::RemUIOp::create(b, at, across), number(shape.tile));
    body(place, vector);
  });
}

//===----------------------------------------------------------------------===//
// Patches
//===----------------------------------------------------------------------===//

void WinogradEmitter::emitPatch(const Place &place, Value channel) {
  int64_t side = shape.side();
  auto type = cast<MemRefType>(image.getType());
  Value top = arith::SubIOp::create(b, place.top, number(op.getPads()[0]));
  Value left = arith::SubIOp::create(b, place.left, number(op.getPads()[1]));
  auto transform = [&](function_ref<Value(int64_t, int64_t)> pixel) {
    Square patch;
    for (int64_t row = 0; row < side; ++row)
      for (int64_t column = 0; column < side; ++column)
        patch.push_back(pixel(row, column));
    for (auto [i, factor] : llvm::enumerate(transformPatch(b, shape.tile, patch)))
      vector::StoreOp::create(b, factor, patches, ValueRange{number(i), place.tile, channel});
  };
  auto below = [&](Value index, int64_t limit) { // as unsigned: a negative one is not
    return limit < 0 ? arith::ConstantOp::create(b, b.getBoolAttr(false)).getResult()
                     : arith::CmpIOp::create(b, arith::CmpIPredicate::ult, index, number(limit)).getResult();
  };
  Value inside = arith::AndIOp::create(b, below(top, type.getDimSize(1) - side + 1), below(left, type.getDimSize(2) - side + 1));
  auto choice = scf::IfOp::create(b, inside, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  transform([&](int64_t row, int64_t column) {
    return vector::LoadOp::create(b, vector, image, ValueRange{imageNumber, plus(top, row), plus(left, column), channel});
  });
  b.setInsertionPointToStart(choice.elseBlock());
  Value edges = buffer({side, side, shape.lanes});
  copyEdges(edges, top, left, channel);
  transform([&](int64_t row, int64_t column) {
    return vector::LoadOp::create(b, vector, edges, ValueRange{number(row), number(column), number(0)});
  });
}

void WinogradEmitter::copyEdges(Value edges, Value top, Value left, Value channel) {
  int64_t side = shape.side();
  auto type = cast<MemRefType>(image.getType());
  Value zero = number(0), nothing = arith::ConstantOp::create(b, b.getZeroAttr(vector));
  for (int64_t row = 0; row < side; ++row)
    for (int64_t column = 0; column < side; ++column)
      vector::StoreOp::create(b, nothing, edges, ValueRange{number(row), number(column), zero});
  // The rows, and columns, of the patch that are in the image.
  auto range = [&](Value first, int64_t size) {
    Value begin = arith::MaxSIOp::create(b, arith::SubIOp::create(b, zero, first), zero);
    Value end = arith::MinSIOp::create(b, arith::SubIOp::create(b, number(size), first), number(side));
    return std::pair(begin, end);
  };
  auto [fromRow, toRow] = range(top, type.getDimSize(1));
  auto [fromColumn, toColumn] = range(left, type.getDimSize(2));
  forEach(fromRow, toRow, [&, fromColumn = fromColumn, toColumn = toColumn](Value row) {
    Value y = arith::AddIOp::create(b, top, row);
    forEach(fromColumn, toColumn, [&](Value column) {
      Value x = arith::AddIOp::create(b, left, column);
      vector::StoreOp::create(b, vector::LoadOp::create(b, vector, image, ValueRange{imageNumber, y, x, channel}), edges,
                              ValueRange{row, column, zero});
    });
  });
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

void WinogradEmitter::emitProducts() {
  int64_t panel = cast<MemRefType>(op.getFilter().getType()).getDimSize(3);
  auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
  // Places, tiles, filters, channels.
  auto mapOf = [&](ArrayRef<AffineExpr> at) { return AffineMap::get(4, 0, at, b.getContext()); };
  SmallVector<AffineMap> maps{mapOf({d(0), d(1), d(3)}), mapOf({d(0), d(2).floorDiv(panel), d(3), d(2) % panel}), mapOf({d(0), d(1), d(2)})};
  SmallVector<utils::IteratorType> kinds(4, utils::IteratorType::parallel);
  kinds[3] = utils::IteratorType::reduction;
  linalg::FillOp::create(b, arith::ConstantOp::create(b, b.getF32FloatAttr(0)).getResult(), products);
  linalg::GenericOp::create(b, ValueRange{patches, op.getFilter()}, ValueRange{products}, maps, kinds,
                            [](OpBuilder &nested, Location loc, ValueRange args) {
                              Value product = arith::MulFOp::create(nested, loc, args[0], args[1]);
                              linalg::YieldOp::create(nested, loc, arith::AddFOp::create(nested, loc, args[2], product).getResult());
                            });
}

//===----------------------------------------------------------------------===//
// Tiles of the result
//===----------------------------------------------------------------------===//

void WinogradEmitter::store(Value pixel, Value row, Value column, Value filter, int64_t valid) {
  SmallVector<Value> at{imageNumber, row, column, filter};
  if (epilogue) {
    BodyEmitter emitter(epilogue, 3, shape.lanes, b);
    emitter.setValid(valid);
    emitter.provide(epilogueOperand, pixel);
    // It may add to what is there.
    Value before = epilogue.getBody()->getArguments().back().use_empty() ? Value() : emitter.loadResult(at);
    emitter.storeResult(emitter.emit(at, {0, 0, 0, 0}, before), at);
  } else if (valid < shape.lanes) {
    vector::MaskedStoreOp::create(b, into, at, firstLanes(b, shape.lanes, valid), pixel);
  } else {
    vector::StoreOp::create(b, pixel, into, at);
  }
}

void WinogradEmitter::emitTile(const Place &place, Value filter, int64_t valid) {
  Square square;
  for (int64_t i = 0; i < shape.matrices(); ++i)
    square.push_back(vector::LoadOp::create(b, vector, products, ValueRange{number(i), place.tile, filter}));
  Square pixels = transformProducts(b, shape.tile, square);
  // By way of a buffer: what follows has its code once, and edges are shorter loops.
  Value tile = buffer({shape.tile, shape.tile, shape.lanes}), zero = number(0);
  for (auto [i, pixel] : llvm::enumerate(pixels))
    vector::StoreOp::create(b, pixel, tile, ValueRange{number(i / shape.tile), number(i % shape.tile), zero});
  auto end = [&](Value first, int64_t size) -> Value {
    if (size % shape.tile == 0)
      return number(shape.tile);
    return arith::MinUIOp::create(b, arith::SubIOp::create(b, number(size), first), number(shape.tile));
  };
  forEach(zero, end(place.top, shape.height), [&](Value row) {
    Value y = arith::AddIOp::create(b, place.top, row);
    forEach(zero, end(place.left, shape.width), [&](Value column) {
      Value pixel = vector::LoadOp::create(b, vector, tile, ValueRange{row, column, zero});
      store(pixel, y, arith::AddIOp::create(b, place.left, column), filter, valid);
    });
  });
}

} // namespace coil
