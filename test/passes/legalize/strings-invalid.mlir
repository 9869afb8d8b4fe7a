// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @abs(%x: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{input 0 holds strings, expected numbers}}
  %y = onnx.Abs %x : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @condition(%c: tensor<2x!coil.string>, %x: tensor<2xf32>) -> !onnx.value {
  // expected-error @+1 {{input 0 holds strings, expected numbers}}
  %y = onnx.Where %c, %x, %x : (tensor<2x!coil.string>, tensor<2xf32>, tensor<2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mixed(%x: tensor<2x!coil.string>, %y: tensor<2xi64>) -> !onnx.value {
  // expected-error @+1 {{operands have element types '!coil.string' and 'i64'}}
  %z = onnx.Equal %x, %y : (tensor<2x!coil.string>, tensor<2xi64>) -> !onnx.value
  return %z : !onnx.value
}

// -----

func.func @scatter(%a0: tensor<2x!coil.string>, %a1: tensor<1x1xi64>, %a2: tensor<1x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{reduction is 'add', expected 'none' for strings}}
  %y = onnx.ScatterND %a0, %a1, %a2 {reduction = "add"} : (tensor<2x!coil.string>, tensor<1x1xi64>, tensor<1x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @scatter_mixed(%a0: tensor<2x!coil.string>, %a1: tensor<1x1xi64>, %a2: tensor<1xi64>) -> !onnx.value {
  // expected-error @+1 {{operands have element types '!coil.string' and 'i64'}}
  %y = onnx.ScatterND %a0, %a1, %a2 : (tensor<2x!coil.string>, tensor<1x1xi64>, tensor<1xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @concat(%a0: tensor<2x!coil.string>, %a1: tensor<2xi64>) -> !onnx.value {
  // expected-error @+1 {{an operand has type 'tensor<2xi64>', expected strings}}
  %y = onnx.StringConcat %a0, %a1 : (tensor<2x!coil.string>, tensor<2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @split(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{maxsplit is -1, expected at least 0}}
  %y:2 = onnx.StringSplit %a0 {maxsplit = -1 : i64} : (tensor<2x!coil.string>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @normalize(%a0: tensor<2x2x2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<2x2x2x!coil.string>', expected [C] or [1, C]}}
  %y = onnx.StringNormalizer %a0 : (tensor<2x2x2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rows(%a0: tensor<2x2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{the first dimension and 1 differ: 2 and 1}}
  %y = onnx.StringNormalizer %a0 : (tensor<2x2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @action(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{case_change_action is 'TITLE', expected 'NONE', 'LOWER' or 'UPPER'}}
  %y = onnx.StringNormalizer %a0 {case_change_action = "TITLE"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_open(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{lacks a ')'}}
  %y = onnx.RegexFullMatch %a0 {pattern = "(a"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_close(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has a ')' without its '('}}
  %y = onnx.RegexFullMatch %a0 {pattern = "a)"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_bracket(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{lacks a ']'}}
  %y = onnx.RegexFullMatch %a0 {pattern = "[a"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_nothing(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{repeats nothing}}
  %y = onnx.RegexFullMatch %a0 {pattern = "*a"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_again(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{repeats a repetition}}
  %y = onnx.RegexFullMatch %a0 {pattern = "a**"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_many(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{repeats from 1001 to 1001 times, expected at most 1000}}
  %y = onnx.RegexFullMatch %a0 {pattern = "a{1001}"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_look(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{looks around, which RE2 has not}}
  %y = onnx.RegexFullMatch %a0 {pattern = "(?=a)"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_back(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{refers back to a group, which RE2 has not}}
  %y = onnx.RegexFullMatch %a0 {pattern = "(a)\\1"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_unicode(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has a Unicode class, '\p', which is not supported}}
  %y = onnx.RegexFullMatch %a0 {pattern = "\\pL"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_escape(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has an escape that is not known, '\q'}}
  %y = onnx.RegexFullMatch %a0 {pattern = "\\q"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_end(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{ends with a backslash}}
  %y = onnx.RegexFullMatch %a0 {pattern = "a\\"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_hex(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has a damaged '\x'}}
  %y = onnx.RegexFullMatch %a0 {pattern = "\\x{110000}"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_posix(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has the class '[:word2:]', which is not known}}
  %y = onnx.RegexFullMatch %a0 {pattern = "[[:word2:]]"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_range(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has a range that ends before it begins}}
  %y = onnx.RegexFullMatch %a0 {pattern = "[b-a]"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_group(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has a group whose name is damaged}}
  %y = onnx.RegexFullMatch %a0 {pattern = "(?<>a)"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_kind(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has a group that begins with '(?' and is of no known kind}}
  %y = onnx.RegexFullMatch %a0 {pattern = "(?x)"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_utf8(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{is no UTF-8}}
  %y = onnx.RegexFullMatch %a0 {pattern = "\FF"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_states(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{needs an automaton of more than 16384 states}}
  %y = onnx.RegexFullMatch %a0 {pattern = "[ab]*a[ab]{20}"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_deep(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has groups nested too deeply}}
  %y = onnx.RegexFullMatch %a0 {pattern = "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_repeats_repeated(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has repetitions in repetitions, more than 1000 times together}}
  %y = onnx.RegexFullMatch %a0 {pattern = "(?:(?:(?:){1000}){1000}){1000}"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_repeats_without_end(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{has repetitions in repetitions, more than 1000 times together}}
  %y = onnx.RegexFullMatch %a0 {pattern = "(?:a{32,}){32}"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_steps(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{needs an automaton that takes more than 16777216 steps to make}}
  %y = onnx.RegexFullMatch %a0 {pattern = "a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @regex_long(%a0: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{is too long with its repetitions written out}}
  %y = onnx.RegexFullMatch %a0 {pattern = "a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}a{0,1000}"} : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}
