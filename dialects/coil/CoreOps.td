// The core algebra: only what arith, math, tensor, linalg and scf lack.
#ifndef COIL_DIALECTS_COIL_COREOPS_TD
#define COIL_DIALECTS_COIL_COREOPS_TD

include "dialects/coil/CoreSequence.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"

def Core_String : TypeDef<Core_Dialect, "String"> {
  let mnemonic = "string";
  let summary = "a string, as an element of a tensor";
  let description = [{
    ONNX's element type STRING. It stays visible on tensors until
    `structure-storage-types`, which makes it the number that it is in a run:
    equal strings have equal numbers, and those that the model knows are counted
    from 0, in the order of the attribute `coil.strings` of @main.
  }];
}


def Core_SymbolOp : Core_Op<"symbol", [Pure]> {
  let summary = "The size of a dynamic dimension, by its ONNX name";
  let description = [{
    Two dimensions that carry one name in the model are one value in the IR,
    so that "known to be equal" is SSA equality.

    ```mlir
    %batch = coil.symbol "batch"
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Index:$size);
  let assemblyFormat = "$name attr-dict";
}

def Core_DrawOp : Core_Op<"draw", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "How many draws the model's context has made before this one";
  let description = [{
    An operator that makes random numbers draws once each time it is run; the
    number, with the operator's seed, says which ones it makes. It counts through
    all runs of a context, from 0.

    ```mlir
    %n = coil.draw
    ```
  }];
  let results = (outs I64:$number);
  let assemblyFormat = "attr-dict";
}

def Core_RequireOp : Core_Op<"require"> {
  let summary = "Fail the run with a message unless a condition holds";
  let description = [{
    What ONNX demands of values that only a run knows: an index in range, two
    dimensions that must agree. The message names the node and what was
    expected; `{0}` and `{1}` in it are the numbers, if it has any, and `{{` is a
    brace then. The run ends with
    COIL_ERROR_DATA.

    ```mlir
    coil.require %ok, "Gather 'embed': index out of range"
    coil.require %same, "node 'join': dimension 1 differs ({0} and {1})" (%n, %m)
    ```
  }];
  let arguments = (ins I1:$condition, StrAttr:$message, Variadic<Index>:$numbers);
  let assemblyFormat = "$condition `,` $message (`(` $numbers^ `)`)? attr-dict";
  let hasCanonicalizeMethod = 1;
  let hasVerifier = 1;
}

def Core_SignOp : Core_Op<"sign", [Pure]> {
  let summary = "Read a number's bits as of the other signedness";
  let description = [{
    arith computes on signless integers; ONNX's unsigned types stay visible on
    tensors (`tensor<4xui8>`). This op crosses between the two inside a body and
    disappears with the unsigned types in `structure-storage-types`.

    ```mlir
    %i = coil.sign %u : ui8 to i8
    ```
  }];
  let arguments = (ins AnyInteger:$in);
  let results = (outs AnyInteger:$out);
  let assemblyFormat = "$in attr-dict `:` type($in) `to` type($out)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Core_HandleOp : Core_Op<"handle", [Pure, SameOperandsAndResultShape]> {
  let summary = "The number of a string, or the string of a number";
  let description = [{
    Formulas have a string as its number, an i64: they move, choose and compare
    them, and nothing else. Disappears with the strings in
    `structure-storage-types`.

    ```mlir
    %n = coil.handle %s : !coil.string to i64
    %t = coil.handle %c : tensor<3xi64> to tensor<3x!coil.string>
    ```
  }];
  let arguments = (ins AnyType:$in);
  let results = (outs AnyType:$out);
  let assemblyFormat = "$in attr-dict `:` type($in) `to` type($out)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Core_CallOp : Core_Op<"call", [AttrSizedOperandSegments, DestinationStyleOpInterface,
                                   DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Let a function of the runtime fill whole tensors";
  let description = [{
    For what arithmetic cannot say: looking at the characters of strings. The
    function, one of `runtime/rt.h`, takes the frame, a pointer for each tensor
    and a number for each scalar among `ins`, a pointer for each of `outs`, and
    the node's name where `node` is given, for its messages. It returns 0, or not
    when it has failed. It fills `outs` whole and must not read them before.

    ```mlir
    %y = coil.call "coil_rt_string_concat"(%a, %b, %n : tensor<?x!coil.string>, tensor<?x!coil.string>, i64)
        outs(%e : tensor<?x!coil.string>) -> tensor<?x!coil.string>
    ```
  }];
  let arguments = (ins StrAttr:$callee, Variadic<AnyType>:$ins, Variadic<AnyRankedTensor>:$outs, OptionalAttr<StrAttr>:$node);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $callee `(` ($ins^ `:` type($ins))? `)` `outs` `(` $outs `:` type($outs) `)` attr-dict `->` type($results)
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutsMutable(); }
  }];
}

// A function of the user's, and what it is told: the operator that the model
// names, the values of attributes, and the ONNX element types of inputs (unit for
// one that is absent and no operand) and outputs.
class Core_UserCall<string mnemonic, list<Trait> traits> : Core_Op<mnemonic, traits # [AttrSizedOperandSegments]> {
  dag callee = (ins StrAttr:$function, StrAttr:$operator_name, ArrayAttr:$types, DictionaryAttr:$values);
}

def Core_CustomOp : Core_UserCall<"custom", [DestinationStyleOpInterface, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "A custom operator: a C function of the user's that writes its outputs";
  let description = [{
    Unless it is `stateful`, it is a function of its operands. The run ends with
    COIL_ERROR_DATA if the function returns anything but 0.

    ```mlir
    %y = coil.custom "acme_scale" ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>)
      {operator_name = "com.acme::Scale", types = [f32, f32], values = {alpha = 0.5 : f32}} -> tensor<?xf32>
    ```
  }];
  let arguments = !con(callee, (ins UnitAttr:$stateful, Variadic<AnyRankedTensor>:$inputs,
                                    Variadic<AnyRankedTensor>:$outputs));
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $function (`ins` `(` $inputs^ `:` type($inputs) `)`)? `outs` `(` $outputs `:` type($outputs) `)` attr-dict
    `->` type($results)
  }];
  let extraClassDeclaration = "::mlir::MutableOperandRange getDpsInitsMutable() { return getOutputsMutable(); }";
}

def Core_CustomShapeOp : Core_UserCall<"custom_shape", [Pure]> {
  let summary = "The sizes of a custom operator's outputs, by a C function of the user's";
  let description = [{
    `sizes` are those of all outputs, one after the other, `ranks` of each; -1 is
    one that the function is to tell. It returns all of them.

    ```mlir
    %m = coil.custom_shape "acme_shape" ins(%x : tensor<4xf32>) ranks [1] sizes(%unknown)
      {operator_name = "com.acme::Peaks", types = [f32, i64], values = {}}
    ```
  }];
  let arguments = !con(callee, (ins DenseI64ArrayAttr:$ranks, Variadic<AnyRankedTensor>:$inputs, Variadic<Index>:$sizes));
  let results = (outs Variadic<Index>:$told);
  let assemblyFormat = [{
    $function (`ins` `(` $inputs^ `:` type($inputs) `)`)? `ranks` $ranks `sizes` `(` $sizes `)` attr-dict `->` type($told)
  }];
  let hasVerifier = 1;
}

def Core_DotOp : Core_Op<"dot", [Pure, AllTypesMatch<["acc", "result"]>, AllTypesMatch<["x", "w"]>]> {
  let summary = "Add four products of bytes, or two of bf16, to each lane";
  let description = [{
    `result[i] = acc[i] + x[4i] * w[4i] + ... + x[4i+3] * w[4i+3]`, modulo 2^32.
    The bytes of `w` have a sign; those of `x` have one unless `unsigned`. What
    machines have as one instruction, VNNI's and NEON's, and whose signs
    `dot_product` and `mixed_signs` of the module's `coil.target` name. Of bf16
    (`bf16_pairs`) two products are added to each f32; how the instruction rounds
    between them is the machine's, and it may take subnormal numbers for zero.

    ```mlir
    %r = coil.dot unsigned %acc, %x, %w : vector<16xi32>, vector<64xi8>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I32, F32]>:$acc, VectorOfRankAndType<[1], [I8, BF16]>:$x,
                       VectorOfRankAndType<[1], [I8, BF16]>:$w, UnitAttr:$xUnsigned);
  let results = (outs VectorOfRankAndType<[1], [I32, F32]>:$result);
  let assemblyFormat = "(`unsigned` $xUnsigned^)? $acc `,` $x `,` $w attr-dict `:` type($acc) `,` type($x)";
  let hasVerifier = 1;
}

def Core_LookupOp : Core_Op<"lookup", [AllTypesMatch<["at", "result"]>]> {
  let summary = "Take each byte from a table of 256";
  let description = [{
    `result[i] = table[at[i]]`, `at` without a sign. What machines do in a few
    instructions on a table in registers; `byte_table` of the module's
    `coil.target` names them.

    ```mlir
    %r = coil.lookup %table, %at : memref<256xi8>, vector<16xi8>
    ```
  }];
  let arguments = (ins Arg<MemRefRankOf<[I8], [1]>, "the table", [MemRead]>:$table, VectorOfRankAndType<[1], [I8]>:$at);
  let results = (outs VectorOfRankAndType<[1], [I8]>:$result);
  let assemblyFormat = "$table `,` $at attr-dict `:` type($table) `,` type($at)";
  let hasVerifier = 1;
}

def Core_ReloadOp : Core_Op<"reload", [MemoryEffects<[MemRead]>, AllTypesMatch<["value", "result"]>]> {
  let summary = "A constant that is loaded wherever it is used";
  let description = [{
    The same as `arith.constant`, but not kept in a register: an instruction that
    overwrites one of its operands, as NEON's FMLA the addend, would have to copy
    it first, on the pipe that computes; a load has a pipe of its own.

    ```mlir
    %c = coil.reload dense<0.5> : vector<4xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs VectorOfRankAndType<[1], [F32]>:$result);
  let assemblyFormat = "attr-dict $value";
}

def Core_WinogradOp : Core_Op<"winograd", [
    DestinationStyleOpInterface, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<BufferizableOpInterface,
        ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues", "bufferize"]>]> {
  let summary = "A convolution by a window of 3 x 3, in few multiplications";
  let description = [{
    Lavin & Gray's F(tile x tile, 3 x 3): patches of (tile + 2)^2 pixels and the
    filters are transformed, multiplied place by place as matrices of pixels by
    channels, and transformed back to tiles of the result. The image is
    [N, H, W, C], the result [N, H', W', F]; `pads` rows above and columns left of
    the image are zero, and so is what the last tiles need below and to the right.
    The filter is transformed already, and in panels:
    [(tile + 2)^2][F / n][C][n]. `block` tiles of an image are computed at a time;
    `scratch` holds what they are transformed to, and their products: what is in
    it afterwards means nothing.

    ```mlir
    %y:2 = coil.winograd ins(%x, %w : tensor<1x56x56x64xf32>, tensor<36x1x64x64xf32>)
        outs(%e, %s : tensor<1x56x56x64xf32>, tensor<259200xf32>) {tile = 4, block = 28, pads = array<i64: 1, 1>}
        -> tensor<1x56x56x64xf32>, tensor<259200xf32>
    ```
  }];
  let arguments = (ins AnyShaped:$image, AnyShaped:$filter, AnyShaped:$into, AnyShaped:$scratch, I64Attr:$tile, I64Attr:$block,
                       DenseI64ArrayAttr:$pads);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $image `,` $filter `:` type($image) `,` type($filter) `)`
    `outs` `(` $into `,` $scratch `:` type($into) `,` type($scratch) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return {getOperation(), 2, 2}; }
  }];
  let hasVerifier = 1;
}

#endif // COIL_DIALECTS_COIL_COREOPS_TD
