// A compiled model and its runtime: the frame of one run and what it offers.
// Each op is one call or one load of runtime/rt.h.
#ifndef COIL_DIALECTS_RT_RTOPS_TD
#define COIL_DIALECTS_RT_RTOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Rt_Dialect : Dialect {
  let name = "rt";
  let cppNamespace = "::coil::rt";
  let summary = "What a compiled model asks of its runtime";
  let useDefaultTypePrinterParser = 1;
}

def Rt_Frame : TypeDef<Rt_Dialect, "Frame"> {
  let mnemonic = "frame";
  let summary = "coil_frame: one run of one context";
}

def Rt_List : TypeDef<Rt_Dialect, "List"> {
  let mnemonic = "list";
  let summary = "coil_list: tensors, or the mark that an optional value is absent";
}

def Rt_Bytes : MemRefRankOf<[I8], [1]>;

class Rt_Op<string mnemonic, list<Trait> traits = []>
    : Op<Rt_Dialect, mnemonic, traits>;

/// Memory that the frame holds already: reading where it is has no effect.
class Rt_FrameBytes<string mnemonic, dag extra = (ins)>
    : Rt_Op<mnemonic, [Pure]> {
  let arguments = !con((ins Rt_Frame:$frame), extra);
  let results = (outs Rt_Bytes:$bytes);
}

def Rt_SymbolOp : Rt_Op<"symbol", [Pure]> {
  let summary = "The value of dynamic dimension number `index`";
  let arguments = (ins Rt_Frame:$frame, I64Attr:$index);
  let results = (outs Index:$size);
  let assemblyFormat = "$frame `,` $index attr-dict";
}

def Rt_InputOp : Rt_FrameBytes<"input", (ins I64Attr:$index)> {
  let summary = "The data of input number `index`";
  let assemblyFormat = "$frame `,` $index attr-dict `:` type($bytes)";
}

def Rt_WeightsOp : Rt_FrameBytes<"weights"> {
  let summary = "The weights, 64-byte aligned";
  let assemblyFormat = "$frame attr-dict `:` type($bytes)";
}

def Rt_OutputOp : Rt_Op<"output"> {
  let summary = "The buffer of output number `index` with these dimensions";
  let description = [{
    The caller's buffer, or one of the context's. Fails the run when the
    caller's is too small.
  }];
  let arguments = (ins Rt_Frame:$frame, I64Attr:$index, Variadic<Index>:$dims);
  let results = (outs Rt_Bytes:$bytes);
  let assemblyFormat = "$frame `,` $index `(` $dims `)` attr-dict `:` type($bytes)";
}

def Rt_ArenaOp : Rt_Op<"arena"> {
  let summary = "The run's arena of `size` bytes";
  let arguments = (ins Rt_Frame:$frame, Index:$size);
  let results = (outs Rt_Bytes:$bytes);
  let assemblyFormat = "$frame `,` $size attr-dict `:` type($bytes)";
}

def Rt_AllocOp : Rt_Op<"alloc"> {
  let summary = "Memory whose size only the data tells, until the run ends";
  let description = [{
    A `local` one is gone at the next `rt.release` of a mark that came before it.
  }];
  let arguments = (ins Rt_Frame:$frame, Index:$size, UnitAttr:$local);
  let results = (outs Rt_Bytes:$bytes);
  let assemblyFormat = "(`local` $local^)? $frame `,` $size attr-dict `:` type($bytes)";
}

def Rt_MarkOp : Rt_Op<"mark"> {
  let summary = "How much local memory has been taken";
  let arguments = (ins Rt_Frame:$frame);
  let results = (outs I64:$mark);
  let assemblyFormat = "$frame attr-dict";
}

def Rt_ReleaseOp : Rt_Op<"release"> {
  let summary = "Give back the local memory that was taken after a mark";
  let arguments = (ins Rt_Frame:$frame, I64:$mark);
  let assemblyFormat = "$frame `,` $mark attr-dict";
}

def Rt_DrawOp : Rt_Op<"draw"> {
  let summary = "The number of draws of the context before this one";
  let arguments = (ins Rt_Frame:$frame);
  let results = (outs I64:$number);
  let assemblyFormat = "$frame attr-dict";
}

def Rt_RequireOp : Rt_Op<"require"> {
  let summary = "End the run with COIL_ERROR_DATA unless a condition holds";
  let arguments = (ins Rt_Frame:$frame, I1:$condition, StrAttr:$message, Variadic<Index>:$numbers);
  let assemblyFormat = "$frame `,` $condition `,` $message (`(` $numbers^ `)`)? attr-dict";
}

def Rt_CallOp : Rt_Op<"call", [
    AttrSizedOperandSegments, DestinationStyleOpInterface, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<BufferizableOpInterface,
        ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues", "bufferize"]>]> {
  let summary = "Call a function of the runtime on whole buffers";
  let description = [{
    `coil.call` with a frame: what it is before and after bufferization. Buffers
    are handed over as pointers, and so lie without gaps.
  }];
  let arguments = (ins Rt_Frame:$frame, StrAttr:$callee, Variadic<AnyType>:$ins, Variadic<AnyShaped>:$outs,
                       OptionalAttr<StrAttr>:$node);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $frame `,` $callee `(` ($ins^ `:` type($ins))? `)` `outs` `(` $outs `:` type($outs) `)` attr-dict
    (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutsMutable(); }
  }];
}

def Rt_SiteOp : Rt_Op<"site"> {
  let summary = "The run arrives at a kernel call, for profiles";
  let arguments = (ins Rt_Frame:$frame, I64Attr:$site);
  let assemblyFormat = "$frame `,` $site attr-dict";
}

def Rt_ListInputOp : Rt_Op<"list_input"> {
  let summary = "Input number `index`, a sequence or an optional value";
  let description = [{
    Checks it against the model's signature, and fails the run where it does not
    fit.
  }];
  let arguments = (ins Rt_Frame:$frame, I64Attr:$index);
  let results = (outs Rt_List:$list);
  let assemblyFormat = "$frame `,` $index attr-dict";
}

def Rt_ListOutputOp : Rt_Op<"list_output"> {
  let summary = "Hand a list to the caller as output number `index`";
  let arguments = (ins Rt_Frame:$frame, I64Attr:$index, Rt_List:$list);
  let assemblyFormat = "$frame `,` $index `,` $list attr-dict";
}

def Rt_ListEmptyOp : Rt_Op<"list_empty", [Pure]> {
  let summary = "The list without elements";
  let arguments = (ins Rt_Frame:$frame);
  let results = (outs Rt_List:$list);
  let assemblyFormat = "$frame attr-dict";
}

def Rt_ListAbsentOp : Rt_Op<"list_absent", [Pure]> {
  let summary = "What stands for an optional value that is not there";
  let arguments = (ins Rt_Frame:$frame);
  let results = (outs Rt_List:$list);
  let assemblyFormat = "$frame attr-dict";
}

def Rt_ListLengthOp : Rt_Op<"list_length", [Pure]> {
  let summary = "The number of elements; negative where the list stands for nothing";
  let arguments = (ins Rt_List:$list);
  let results = (outs Index:$length);
  let assemblyFormat = "$list attr-dict";
}

def Rt_ListElementOp : Rt_Op<"list_element", [MemoryEffects<[MemRead]>]> {
  let summary = "The data and the dimensions of an element";
  let description = [{
    Nobody writes to an element that is in a list. Fails the run when the position
    is out of range, or the element has another rank than `dims` are.

    ```mlir
    %bytes, %d:2 = rt.list_element %frame, %list[%i] : memref<?xi8>, index, index
    ```
  }];
  let arguments = (ins Rt_Frame:$frame, Rt_List:$list, Index:$position);
  let results = (outs Rt_Bytes:$bytes, Variadic<Index>:$dims);
  let assemblyFormat = "$frame `,` $list `[` $position `]` attr-dict `:` type(results)";
}

def Rt_ListInsertOp : Rt_Op<"list_insert"> {
  let summary = "The list with one more element, whose data lies at `bytes` until the run ends";
  let arguments = (ins Rt_Frame:$frame, Rt_List:$list, Index:$position, Rt_Bytes:$bytes, Index:$size, Variadic<Index>:$dims);
  let results = (outs Rt_List:$longer);
  let assemblyFormat = "$frame `,` $list `[` $position `]` `,` $bytes `size` $size `(` $dims `)` attr-dict `:` type($bytes)";
}

def Rt_ListEraseOp : Rt_Op<"list_erase"> {
  let summary = "The list without one of its elements";
  let arguments = (ins Rt_Frame:$frame, Rt_List:$list, Index:$position);
  let results = (outs Rt_List:$shorter);
  let assemblyFormat = "$frame `,` $list `[` $position `]` attr-dict";
}

def Rt_ParallelOp : Rt_Op<"parallel", [SingleBlock, NoTerminator, RecursiveMemoryEffects]> {
  let summary = "Run a range in parts on the context's threads";
  let description = [{
    The body gets [begin, end), a part of [0, count) at least `grain` long, and
    loops over it. Parts are independent.

    ```mlir
    rt.parallel %frame, %count grain %g {
    ^bb0(%begin: index, %end: index):
      scf.for %i = %begin to %end step %c1 { ... }
    }
    ```
  }];
  let arguments = (ins Rt_Frame:$frame, Index:$count, Index:$grain);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$frame `,` $count `grain` $grain $body attr-dict";
  let hasRegionVerifier = 1;
}

def Rt_Buffer : AnyTypeOf<[AnyRankedTensor, AnyMemRef], "a tensor or, when it has its place, a buffer">;

class Rt_UserCall<string mnemonic, list<Trait> traits> : Rt_Op<mnemonic, traits # [AttrSizedOperandSegments, DeclareOpInterfaceMethods<BufferizableOpInterface,
        ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues", "bufferize"]>]> {
  dag callee = (ins Rt_Frame:$frame, StrAttr:$function, StrAttr:$operator_name, ArrayAttr:$types, DictionaryAttr:$values);
}

def Rt_CustomOp : Rt_UserCall<"custom", [DestinationStyleOpInterface, MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "`coil.custom` with the frame that a failure ends";
  let arguments = !con(callee, (ins Variadic<Rt_Buffer>:$inputs, Variadic<Rt_Buffer>:$outputs));
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $frame `,` $function (`ins` `(` $inputs^ `:` type($inputs) `)`)? `outs` `(` $outputs `:` type($outputs) `)` attr-dict
    (`->` type($results)^)?
  }];
  let extraClassDeclaration = "::mlir::MutableOperandRange getDpsInitsMutable() { return getOutputsMutable(); }";
}

def Rt_CustomShapeOp : Rt_UserCall<"custom_shape", [MemoryEffects<[MemRead]>]> {
  let summary = "`coil.custom_shape` with the frame that a failure ends";
  let arguments = !con(callee, (ins DenseI64ArrayAttr:$ranks, Variadic<Rt_Buffer>:$inputs, Variadic<Index>:$sizes));
  let results = (outs Variadic<Index>:$told);
  let assemblyFormat = [{
    $frame `,` $function (`ins` `(` $inputs^ `:` type($inputs) `)`)? `ranks` $ranks `sizes` `(` $sizes `)` attr-dict
    `->` type($told)
  }];
}

#endif // COIL_DIALECTS_RT_RTOPS_TD
