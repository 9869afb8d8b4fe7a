// A file becomes a protobuf message of which the frame is known to be sound.
#ifndef COIL_LIB_IMPORT_READER_H
#define COIL_LIB_IMPORT_READER_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringMap.h"

#include <onnx/onnx_pb.h>

#include <deque>
#include <memory>
#include <string>

namespace coil::importer {

namespace pb = ::onnx;

/// The version of each domain's operator set; the default domain is "".
using Opsets = llvm::StringMap<int64_t>;

/// A parsed model. Weights refer to its bytes, so it is shared with them.
struct Model {
  std::string path;
  pb::ModelProto proto;
  /// Nodes made on the way (upgraded, or copied from a function's body): they
  /// may hold tensors too, and live as long.
  std::deque<pb::NodeProto> made;
};

/// "ai.onnx" and "" are the same domain.
inline llvm::StringRef canonicalDomain(llvm::StringRef domain) {
  return domain == "ai.onnx" ? "" : domain;
}

/// How a domain is called in messages.
inline llvm::StringRef domainName(llvm::StringRef domain) {
  return domain.empty() ? "ai.onnx" : domain;
}

Opsets opsetsOf(
    const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports);

/// Reads and checks what concerns the file as a whole. Null after an error.
std::shared_ptr<Model> readModel(llvm::StringRef path,
                                 mlir::MLIRContext *context);

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_READER_H
