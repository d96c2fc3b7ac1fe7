package lambda_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/lambda"
)

// folder holds files, by their names.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil { //nolint:gosec // some are to be run
			t.Fatal(err)
		}
	}
	return dir
}

// What compilers, bundlers and consoles make of a handler, and what handlers do besides answering.
func TestHandlersInTheShapesThatToolsGiveThem(t *testing.T) {
	const answers = `async () => "here"`
	for name, c := range map[string]struct {
		files   map[string]string
		handler string
		want    string
	}{
		"TypeScript for CommonJS": {map[string]string{"index.js": `"use strict";
			Object.defineProperty(exports, "__esModule", { value: true });
			exports.handler = void 0;
			const handler = ` + answers + `; exports.handler = handler;`}, "", ""},
		"a bundle whose exports are getters": {map[string]string{"index.js": `
			var get = { handler: () => handler }; var out = {};
			for (const name in get) Object.defineProperty(out, name, { get: get[name], enumerable: true });
			module.exports = out; var handler = ` + answers + `;`}, "", ""},
		"a default export":           {map[string]string{"index.mjs": `export default { handler: ` + answers + ` }`}, "", ""},
		"type module":                {map[string]string{"package.json": `{"type":"module"}`, "index.js": `export const handler = ` + answers}, "", ""},
		"a module that waits":        {map[string]string{"index.mjs": `await new Promise((go) => setTimeout(go, 5)); export const handler = ` + answers}, "", ""},
		"a folder of its own":        {map[string]string{"dist/src/main.js": `exports.api = { go: ` + answers + ` }`}, "dist/src/main.api.go", ""},
		"modules beside it":          {map[string]string{"index.js": `exports.handler = async () => require("lib")`, "node_modules/lib/index.js": `module.exports = "here"`}, "", ""},
		"done":                       {map[string]string{"index.js": `exports.handler = (event, context) => { context.done(null, "here") }`}, "", ""},
		"a timer that never ends":    {map[string]string{"index.js": `setInterval(() => {}, 1000); exports.handler = (e, context, done) => { context.callbackWaitsForEmptyEventLoop = false; done(null, "here") }`}, "", ""},
		"output without an end":      {map[string]string{"index.js": `exports.handler = async () => { process.stdout.write("x".repeat(300000)); return "here" }`}, "", ""},
		"an answer after another":    {map[string]string{"index.js": `exports.handler = async (e, c, done) => { done(null, "here"); return "too late" }`}, "", ""},
		"nothing":                    {map[string]string{"index.js": `exports.handler = () => {}`}, "", "null"},
		"a Python package":           {map[string]string{"shop/__init__.py": "", "shop/main.py": "from .lib import text\ndef run(event, context):\n    return text\n", "shop/lib.py": "text = 'here'\n"}, "shop/main.run", ""},
		"a Python package with dots": {map[string]string{"shop/__init__.py": "", "shop/main.py": "def run(event, context):\n    return 'here'\n"}, "shop.main.run", ""},
		"Python with modules":        {map[string]string{"lambda_function.py": "import lib\ndef lambda_handler(event, context):\n    print('x' * 300000, end='')\n    return lib.text\n", "lib/__init__.py": "text = 'here'\n"}, "", ""},
		"a bootstrap of the shell": {map[string]string{"bootstrap": `#!/bin/sh
			while true; do
				head=$(mktemp)
				curl -sS -o /dev/null -D "$head" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" || exit 0
				id=$(grep -i Lambda-Runtime-Aws-Request-Id "$head" | tr -d '\r' | cut -d' ' -f2)
				curl -sS -o /dev/null -d '"here"' "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response" || exit 0
			done`}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, lambda.Config{Source: folder(t, c.files), Handler: c.handler, Timeout: 2 * time.Minute})
			want := c.want
			if want == "" {
				want = `"here"`
			}
			for range 2 {
				if body, err := f.Invoke(t.Context(), []byte(`{}`)); err != nil || string(body) != want {
					t.Fatalf("%.200s, %v; want %s", body, err, want)
				}
			}
		})
	}
}

func TestHandlersThatDoNotAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		files   map[string]string
		handler string
		kind    string
		message string
	}{
		"exits in the middle":      {map[string]string{"index.js": `exports.handler = async () => { console.log("bye"); process.exit(0) }`}, "", "Runtime.ExitError", "bye"},
		"throws a text":            {map[string]string{"index.js": `exports.handler = () => { throw "up" }`}, "", "string", "up"},
		"rejects unseen":           {map[string]string{"index.js": `exports.handler = () => new Promise(() => { Promise.reject(new Error("unseen")) })`}, "", "Runtime.UnhandledPromiseRejection", "unseen"},
		"throws later":             {map[string]string{"index.js": `exports.handler = () => new Promise(() => { setTimeout(() => { throw new Error("later") }) })`}, "", "Runtime.UncaughtException", "later"},
		"no such export":           {map[string]string{"index.js": `exports.handle = 1`}, "", "Runtime.HandlerNotFound", "not exported"},
		"a module that is missing": {map[string]string{"index.js": `require("nowhere"); exports.handler = 1`}, "", "", "nowhere"},
		"no JSON":                  {map[string]string{"index.js": `exports.handler = async () => 1n`}, "", "TypeError", "BigInt"},
		"Python exits":             {map[string]string{"lambda_function.py": "import sys\ndef lambda_handler(event, context):\n    sys.exit(3)\n"}, "", "Runtime.ExitError", "exit status"},
		"Python no JSON":           {map[string]string{"lambda_function.py": "def lambda_handler(event, context):\n    return {1, 2}\n"}, "", "TypeError", "set"},
		"Python no such function":  {map[string]string{"lambda_function.py": "lambda_handle = 1\n"}, "lambda_function.lambda_handler", "AttributeError", "lambda_handler"},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, lambda.Config{Source: folder(t, c.files), Handler: c.handler, Timeout: 2 * time.Minute})
			body, err := f.Invoke(t.Context(), []byte(`{}`))
			failed, ok := errors.AsType[*lambda.Error](err)
			if !ok || c.kind != "" && failed.Type != c.kind || !strings.Contains(err.Error(), c.message) {
				t.Errorf("%.100s, %v; want %s and %q", body, err, c.kind, c.message)
			}
		})
	}
}
