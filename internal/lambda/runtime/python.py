# The runtime of Python functions: asks for invocations by the Lambda Runtime API, calls the handler the
# way Lambda's own runtime does, and sends its answer. What a handler may rely on is here; nothing else is.
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

env = os.environ
connection = http.client.HTTPConnection(env["AWS_LAMBDA_RUNTIME_API"])


def call(method, to, body=None, headers=None):
    connection.request(method, "/2018-06-01/runtime/" + to, body, headers or {})
    response = connection.getresponse()
    return response, response.read()


def report(to, error):
    kind = type(error).__name__
    trace = traceback.format_tb(error.__traceback__)
    said = {"errorMessage": str(error), "errorType": kind, "stackTrace": trace}
    print("".join(trace) + kind + ": " + str(error), file=sys.stderr, flush=True)
    call("POST", to, json.dumps(said), {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": kind})


class Context:
    """The context object, with the members Lambda documents."""

    client_context = None
    identity = None

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.function_name = env["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = env["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = env["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = env["AWS_LAMBDA_LOG_STREAM_NAME"]

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        print(message, flush=True)


def load():
    sys.path[0] = env["LAMBDA_TASK_ROOT"]
    module, _, function = env["_HANDLER"].rpartition(".")
    return getattr(importlib.import_module(module.replace("/", ".")), function)


def main():
    logging.basicConfig(stream=sys.stdout)
    try:
        handler = load()
    except Exception as error:
        report("init/error", error)
        sys.exit(1)
    while True:
        response, body = call("GET", "invocation/next")
        request = response.headers["Lambda-Runtime-Aws-Request-Id"]
        env["_X_AMZN_TRACE_ID"] = response.headers.get("Lambda-Runtime-Trace-Id", "")
        try:
            answer = json.dumps(handler(json.loads(body), Context(response.headers)))
        except Exception as error:
            report("invocation/" + request + "/error", error)
            continue
        call("POST", "invocation/" + request + "/response", answer, {"Content-Type": "application/json"})


try:
    main()
except (ConnectionError, http.client.HTTPException):
    sys.exit(1)  # nobody is there to answer any more
