// The runtime of Node functions: asks for invocations by the Lambda Runtime API, calls the handler the way
// Lambda's own runtime does, and sends its answer. What a handler may rely on is here; nothing else is.
import http from 'node:http';
import path from 'node:path';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import process from 'node:process';

const env = process.env;
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, to, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : Buffer.from(body);
    const request = http.request(
      {
        host, port, method, agent, path: '/2018-06-01/runtime/' + to,
        headers: payload ? { 'Content-Type': 'application/json', 'Content-Length': payload.length, ...headers } : headers,
      },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(payload);
  });
}

function describe(error) {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

const report = (to, error) => {
  const said = describe(error);
  console.error(said.trace.join('\n') || said.errorMessage);
  return call('POST', to, JSON.stringify(said), { 'Lambda-Runtime-Function-Error-Type': said.errorType });
};

// The handler "file.function" or "folder/file.function"; the function may lie deeper: "file.a.b".
async function load() {
  const base = path.basename(env._HANDLER);
  const at = base.indexOf('.');
  const stem = path.join(env.LAMBDA_TASK_ROOT, path.dirname(env._HANDLER), base.slice(0, at));
  const file = ['.js', '.mjs', '.cjs'].map((ending) => stem + ending).find(existsSync);
  if (!file) {
    throw Object.assign(new Error(`Cannot find module '${stem}'`), { name: 'Runtime.ImportModuleError' });
  }
  const module = await import(pathToFileURL(file).href);
  const find = (from) => base.slice(at + 1).split('.').reduce((value, name) => value?.[name], from);
  const handler = find(module) ?? find(module.default);
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(`${env._HANDLER} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  }
  return handler;
}

// One invocation. The first answer counts, by whichever way it comes: the callback, the context's done,
// succeed and fail, or the promise.
function invoke(handler, event, headers) {
  return new Promise((resolve, reject) => {
    let finished = false;
    const once = (fn) => (...values) => {
      if (!finished) {
        finished = true;
        process.off('beforeExit', nothing);
        fn(...values);
      }
    };
    // There is nothing left to wait for, and no answer came: that is one, too.
    const nothing = once(() => resolve(null));
    process.on('beforeExit', nothing);
    const settle = (error, value) => (error === undefined || error === null ? resolve(value) : reject(error));
    const context = {
      callbackWaitsForEmptyEventLoop: true,
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: undefined,
      identity: undefined,
      invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
      awsRequestId: headers['lambda-runtime-aws-request-id'],
      getRemainingTimeInMillis: () => Number(headers['lambda-runtime-deadline-ms']) - Date.now(),
      done: once(settle),
      succeed: once((value) => settle(null, value)),
      fail: once((error) => settle(error ?? 'handled')),
    };
    const callback = once((error, value) => {
      if ((error === undefined || error === null) && context.callbackWaitsForEmptyEventLoop) {
        process.once('beforeExit', () => setImmediate(() => settle(null, value)));
      } else {
        settle(error, value);
      }
    });
    const result = handler(event, context, callback);
    if (typeof result?.then === 'function') {
      result.then(context.succeed, context.fail);
    }
  });
}

async function main() {
  let handler;
  try {
    handler = await load();
  } catch (error) {
    await report('init/error', error);
    process.exit(1);
  }
  for (;;) {
    const next = await call('GET', 'invocation/next');
    const id = next.headers['lambda-runtime-aws-request-id'];
    env._X_AMZN_TRACE_ID = next.headers['lambda-runtime-trace-id'];
    const fatal = (name) => (error) => {
      const said = error instanceof Error ? error : new Error(String(error));
      said.name = name;
      report(`invocation/${id}/error`, said).finally(() => process.exit(128));
    };
    const rejection = fatal('Runtime.UnhandledPromiseRejection');
    const exception = fatal('Runtime.UncaughtException');
    process.on('unhandledRejection', rejection).on('uncaughtException', exception);
    try {
      const value = await invoke(handler, JSON.parse(next.body.toString('utf8')), next.headers);
      await call('POST', `invocation/${id}/response`, JSON.stringify(value === undefined ? null : value));
    } catch (error) {
      await report(`invocation/${id}/error`, error);
    }
    process.off('unhandledRejection', rejection).off('uncaughtException', exception);
  }
}

main().catch(() => process.exit(1)); // nobody is there to answer any more
