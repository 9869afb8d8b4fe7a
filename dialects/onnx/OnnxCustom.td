// An operator that the user has bound to a C function of their own.
#ifndef COIL_DIALECTS_ONNX_ONNXCUSTOM_TD
#define COIL_DIALECTS_ONNX_ONNXCUSTOM_TD

include "dialects/onnx/OnnxBase.td"

def Onnx_Declarations : TypedArrayAttrBase<DictionaryAttr, "a dictionary for each value">;

// A declared input has a `name`, the `types` that it may have, a `rank`, or is
// `variadic`, as far as the declaration says. A declared output has a `type` or
// the input `type_of`; and the input `shape_of`, or `sizes`, a map of symbols that
// are the dimensions in `of` (input, axis, input, axis, ...), or only a `rank`:
// then the shape function tells its sizes.
def Onnx_CustomCallOp : Onnx_OpBase<"custom.Call", 1> {
  let arguments = (ins Variadic<AnyType>:$inputs, StrAttr:$operator_name, StrAttr:$function, OptStr:$shape_function,
                       Onnx_Declarations:$declared_inputs, Onnx_Declarations:$declared_outputs,
                       DictionaryAttr:$values, UnitAttr:$stateful);
  let results = (outs Variadic<AnyType>:$outputs);
  let hasVerifier = 1;
}

#endif // COIL_DIALECTS_ONNX_ONNXCUSTOM_TD
