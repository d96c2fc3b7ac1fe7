package lambda

import (
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// The runtimes: what of Lambda's own images a handler needs.
//
//go:embed runtime/node.mjs runtime/python.py
var runtimes embed.FS

// code is a function that can be started.
type code struct {
	name    string // of the function
	runtime string // nodejs, python, provided
	root    string // LAMBDA_TASK_ROOT
	handler string // _HANDLER
	command []string
}

// findCode finds out what kind of function cfg names. Zips are unpacked, and runtimes put, below scratch.
func findCode(cfg Config, scratch string) (code, error) {
	if len(cfg.Command) > 0 {
		return code{name: "penstock-transformer", runtime: "provided", root: cfg.TaskRoot, handler: "bootstrap", command: cfg.Command}, nil
	}
	info, err := os.Stat(cfg.Source)
	if err != nil {
		return code{}, &event.Error{Code: "function", Message: fmt.Sprintf("there is no function at %s", cfg.Source), Err: err,
			Hint: "name a folder, a zip, a handler's file, or the URL of a Lambda endpoint"}
	}
	root, handler := cfg.Source, cfg.Handler
	stem := strings.TrimSuffix(filepath.Base(cfg.Source), filepath.Ext(cfg.Source))
	switch {
	case info.IsDir():
	case strings.EqualFold(filepath.Ext(cfg.Source), ".zip"):
		root = filepath.Join(scratch, "task")
		if err := unzip(cfg.Source, root); err != nil {
			return code{}, err
		}
	default:
		root = filepath.Dir(cfg.Source)
		if handler == "" {
			handler = handlerIn(cfg.Source)
		}
	}
	if root, err = filepath.Abs(root); err != nil {
		return code{}, fmt.Errorf("find the function: %w", err)
	}
	c, err := detect(root, handler)
	if err != nil {
		return code{}, err
	}
	c.name = functionName(stem)
	if info.IsDir() {
		c.name = functionName(filepath.Base(root))
	}
	return c, c.prepare(scratch)
}

// functionName keeps what a function's name may hold.
func functionName(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, text)
	return clean[:min(len(clean), 64)]
}

// nodeFiles and pythonFile are the endings of handlers' files.
var nodeFiles = []string{".mjs", ".js", ".cjs"}

const pythonFile = ".py"

// usual are the handlers that consoles and templates give functions, in the order they are looked for.
var usual = []string{"index.handler", "lambda_function.lambda_handler", "app.handler", "app.lambda_handler", "handler.handler", "main.handler"}

// detect finds the handler below root: the one named, a custom runtime, a usual one, or the only one.
func detect(root, handler string) (code, error) {
	if handler == "" {
		if isFile(filepath.Join(root, "bootstrap")) {
			return code{runtime: "provided", root: root, handler: "bootstrap"}, nil
		}
		for _, name := range usual {
			if c, ok := handlerFile(root, name); ok && c.plausible() {
				return c, nil
			}
		}
		handler = onlyHandler(root)
	}
	if c, ok := handlerFile(root, handler); ok {
		return c, nil
	}
	message := fmt.Sprintf("no handler was found in %s", root)
	if handler != "" {
		message = fmt.Sprintf("there is no file of the handler %s in %s", handler, root)
	}
	return code{}, &event.Error{Code: "function", Message: message,
		Hint: "a function has index.mjs, index.js, lambda_function.py or an executable bootstrap; name any other handler, such as --transformer-handler file.function"}
}

// handlerFile is the code whose handler is named file.function, if there is the file. In Node the function may lie
// deeper, as in folder/file.a.b; in Python the file may lie in packages, as in package.file.function.
func handlerFile(root, handler string) (code, bool) {
	last := strings.LastIndexByte(handler, '.')
	first := strings.LastIndexByte(handler, '/') + 1
	first += strings.IndexByte(handler[first:], '.')
	if last <= 0 || last == len(handler)-1 || handler[first] != '.' || !filepath.IsLocal(handler) {
		return code{}, false
	}
	file := filepath.Join(root, filepath.FromSlash(handler[:first]))
	for _, ending := range nodeFiles {
		if isFile(file + ending) {
			return code{runtime: "nodejs", root: root, handler: handler}, true
		}
	}
	c := code{runtime: "python", root: root, handler: handler}
	return c, isFile(c.pythonFile())
}

// pythonFile is the file of a Python handler.
func (c code) pythonFile() string {
	module := c.handler[:strings.LastIndexByte(c.handler, '.')]
	return filepath.Join(c.root, filepath.FromSlash(strings.ReplaceAll(module, ".", "/"))) + pythonFile
}

// plausible says whether a Python file has the function it was guessed to have; Node's runtime says so
// itself.
func (c code) plausible() bool {
	return c.runtime != "python" || definesPython(c.pythonFile(), c.handler[strings.LastIndexByte(c.handler, '.')+1:])
}

// definesPython says whether a Python file seems to define a function; one that cannot be read may.
func definesPython(path, function string) bool {
	text, err := os.ReadFile(path)
	return err != nil || strings.Contains(string(text), function)
}

// onlyHandler is the handler of the only source file in root, or "".
func onlyHandler(root string) string {
	entries, err := os.ReadDir(root)
	if err != nil {
		return ""
	}
	found := ""
	for _, entry := range entries {
		ext := filepath.Ext(entry.Name())
		if entry.IsDir() || ext != pythonFile && !slices.Contains(nodeFiles, ext) {
			continue
		}
		if found != "" {
			return ""
		}
		found = handlerIn(filepath.Join(root, entry.Name()))
	}
	return found
}

// handlerIn is the handler that a file most likely has.
func handlerIn(path string) string {
	ext := filepath.Ext(path)
	stem := strings.TrimSuffix(filepath.Base(path), ext)
	if ext == pythonFile && definesPython(path, "lambda_handler") {
		return stem + ".lambda_handler"
	}
	return stem + ".handler"
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// prepare puts the runtime and finds the program that runs it.
func (c *code) prepare(scratch string) error {
	program, file := "", ""
	switch c.runtime {
	case "provided":
		path := filepath.Join(c.root, "bootstrap")
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 == 0 {
			return &event.Error{Code: "function", Message: path + " is not executable", Hint: "chmod +x it; in a zip, the mode is part of the zip"}
		}
		c.command = []string{path}
		return nil
	case "nodejs":
		program, file = "node", "node.mjs"
	case "python":
		program, file = "python3", "python.py"
	}
	text, err := runtimes.ReadFile("runtime/" + file)
	if err != nil {
		return err
	}
	script := filepath.Join(scratch, file)
	if script, err = filepath.Abs(script); err != nil {
		return fmt.Errorf("prepare the function: %w", err)
	}
	if err := os.WriteFile(script, text, 0o600); err != nil {
		return fmt.Errorf("prepare the function: %w", err)
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return &event.Error{Code: "function", Message: fmt.Sprintf("the function needs %s, which is not installed", program), Err: err,
			Hint: "install it, or put it on PATH"}
	}
	c.command = []string{path, script}
	return nil
}
