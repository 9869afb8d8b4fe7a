//===- Tuning.cpp - choices that were measured, in place of the model's ---===//

#include "passes/support/Tuning.h"

namespace coil {

static constexpr TuningField kFields[] = {
    {"lanes", false},     {"columns", false}, {"row_loop", false},    {"rows", false},
    {"term_loop", false}, {"terms", false},   {"shared_loop", false}, {"order", true},
};

ArrayRef<TuningField> tuningFields() { return kFields; }

static Attribute fieldOf(Operation *op, StringRef field) {
  auto tuning = op->getAttrOfType<DictionaryAttr>(kTuningAttr);
  return tuning ? tuning.get(field) : Attribute();
}

std::optional<int64_t> tuned(Operation *op, StringRef field) {
  auto n = dyn_cast_if_present<IntegerAttr>(fieldOf(op, field));
  return n ? std::optional(n.getInt()) : std::nullopt;
}

std::optional<ArrayRef<int64_t>> tunedList(Operation *op, StringRef field) {
  auto list = dyn_cast_if_present<DenseI64ArrayAttr>(fieldOf(op, field));
  return list ? std::optional(list.asArrayRef()) : std::nullopt;
}

} // namespace coil
