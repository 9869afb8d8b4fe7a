/*===- custom.c - functions of the user's ------------------------------------===*
 *
 * A custom operator is a function outside of the model. What it returns, and
 * that it is not there, becomes a failure of the run that names the node.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

#include <stdio.h>

int32_t coil_rt_custom(coil_frame *frame, coil_function *function,
                     const char *name, coil_call *call) {
  char message[COIL_MESSAGE];
  if (!function) {
    snprintf(message, sizeof message,
             "node '%s': operator '%s': function '%s' is not in this program",
             call->node, call->operator_name, name);
    coil_rt_fail(frame, COIL_ERROR_DATA, message);
    return 1;
  }
  int32_t status = function(call);
  if (status == 0)
    return 0;
  if (call->message)
    snprintf(message, sizeof message, "node '%s': operator '%s': %s",
             call->node, call->operator_name, call->message);
  else
    snprintf(message, sizeof message,
             "node '%s': operator '%s': function '%s' returned %d", call->node,
             call->operator_name, name, (int)status);
  coil_rt_fail(frame, COIL_ERROR_DATA, message);
  return 1;
}
