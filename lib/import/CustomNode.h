// A node whose operator the user has declared.
#ifndef COIL_LIB_IMPORT_CUSTOMNODE_H
#define COIL_LIB_IMPORT_CUSTOMNODE_H

#include "lib/import/CustomOps.h"
#include "lib/import/Tensors.h"

#include "mlir/IR/OperationSupport.h"

namespace coil::importer {

/// The attributes of the `onnx.custom.Call` that stands for `node`, or failure
/// after an error where the node is not as declared.
mlir::FailureOr<mlir::NamedAttrList> importCustom(const CustomOperator &op,
                                                  const pb::NodeProto &node,
                                                  Tensors &tensors,
                                                  mlir::Location loc);

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_CUSTOMNODE_H
