// Which operators COIL knows.
#ifndef COIL_LIB_IMPORT_CHECK_H
#define COIL_LIB_IMPORT_CHECK_H

#include "lib/import/Function.h"

#include "mlir/IR/OperationSupport.h"

namespace coil {
class CustomOps;
}

namespace coil::importer {

/// The operation that stands for an ONNX operator.
std::optional<mlir::RegisteredOperationName>
findOperator(llvm::StringRef domain, llvm::StringRef opType,
             mlir::MLIRContext *context);

/// Reports every operator of the model that COIL does not know, once each (with
/// `everyNode`, at each of its nodes), and not merely the first: a user wants to
/// know how far away a model is.
mlir::LogicalResult checkOperators(const Model &model,
                                   const Functions &functions,
                                   const CustomOps *customOps,
                                   mlir::MLIRContext *context, bool everyNode);

/// Where a node is: its name, or one made of operator and index, in the file.
mlir::Location nodeLocation(const Model &model, const pb::NodeProto &node,
                            int64_t index, mlir::MLIRContext *context);

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_CHECK_H
