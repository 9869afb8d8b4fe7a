// A graph's inputs and outputs fit the operator around it. The counts are all
// that can be said before types are known, and what legalization may then rely
// on.

#include "dialects/onnx/Onnx.h"

using namespace mlir;
using namespace coil::onnx;

static LogicalResult verifyGraph(Operation *op, Region &graph, int64_t inputs,
                                 int64_t outputs) {
  Block &block = graph.front();
  if (block.getNumArguments() != inputs)
    return op->emitOpError() << "has a graph with " << block.getNumArguments()
                             << " inputs, expected " << inputs;
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield)
    return op->emitOpError("has a graph that does not end in onnx.Yield");
  if (yield.getNumOperands() != outputs)
    return op->emitOpError() << "has a graph with " << yield.getNumOperands()
                             << " outputs, expected " << outputs;
  return success();
}

LogicalResult IfOp::verify() {
  for (Region &graph : getOperation()->getRegions())
    if (failed(verifyGraph(*this, graph, 0, getNumResults())))
      return failure();
  return success();
}

LogicalResult LoopOp::verify() {
  // The first output is whether to go on, which the loop keeps to itself.
  if (failed(
          verifyGraph(*this, getBody(), getNumOperands(), getNumResults() + 1)))
    return failure();
  if (getNumResults() < getInitial().size())
    return emitOpError() << "carries " << getInitial().size()
                         << " values and has " << getNumResults() << " results";
  return success();
}

LogicalResult ScanOp::verify() {
  int64_t scans = getNumScanInputs(),
          carried = int64_t(getNumOperands()) - scans;
  if (scans < 1 || carried < 0)
    return emitOpError() << "has " << getNumOperands() << " inputs, of which "
                         << scans << " are scanned";
  if (int64_t(getNumResults()) < carried)
    return emitOpError() << "carries " << carried << " values and has "
                         << getNumResults() << " results";
  return verifyGraph(*this, getBody(), getNumOperands(), getNumResults());
}

LogicalResult SequenceMapOp::verify() { return verifyGraph(*this, getBody(), getNumOperands(), getNumResults()); }
