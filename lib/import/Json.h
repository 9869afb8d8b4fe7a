// In: the text of a file in JSON that the user wrote. Out: its value.
#ifndef COIL_LIB_IMPORT_JSON_H
#define COIL_LIB_IMPORT_JSON_H

#include "llvm/Support/JSON.h"

namespace coil {

/// As llvm::json::parse, which recurses as deep as a text says: one that nests
/// deeper than any of our files is refused before.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text);

} // namespace coil

#endif // COIL_LIB_IMPORT_JSON_H
