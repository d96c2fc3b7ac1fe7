// Package harness starts the real binary and drives it from outside, as a user does.
package harness

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/internal/produce"
)

// Root is the repository's root folder.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}

// SharedData is the folder of real data beside the repository; the test is skipped without it.
func SharedData(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(Root(t), "..", "shared", "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the real data is not at %s", dir)
	}
	return dir
}

// Binary is the binary under test: PENSTOCK_BINARY, else bin/penstock of the repository.
func Binary(t testing.TB) string {
	t.Helper()
	path := os.Getenv("PENSTOCK_BINARY")
	if path == "" {
		path = filepath.Join(Root(t), "bin", "penstock")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not there; `make build` builds it", path)
	}
	return path
}

// Pipeline is one pipeline folder and data folder, and the process that runs on them.
type Pipeline struct {
	// Dir is the pipeline's folder, Data its data folder.
	Dir, Data string
	// Args are further arguments of `up`, Env further variables of its environment and that of Run.
	Args, Env []string
	// Wrap, if set, is a command that runs the binary, such as strace and its flags.
	Wrap []string

	t       testing.TB
	process *exec.Cmd
	log     *logBuffer
	done    chan struct{}
	info    runInfo
}

// runInfo is what run.json of a running pipeline says.
type runInfo struct {
	PID        int    `json:"pid"`
	KinesisURL string `json:"kinesis_url"`
	HTTPURL    string `json:"http_url"`
	Token      string `json:"token"`
}

// Example is a pipeline over a copy of one of the repository's examples, not yet started.
func Example(t testing.TB, name string) *Pipeline {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(Root(t), "examples", name))); err != nil {
		t.Fatal(err)
	}
	return &Pipeline{Dir: dir, Data: filepath.Join(t.TempDir(), "data"), t: t}
}

// On is a pipeline over folders that exist, not yet started.
func On(t testing.TB, dir, data string) *Pipeline {
	return &Pipeline{Dir: dir, Data: data, t: t}
}

// StartTimeout is how long a pipeline may take to become ready.
const StartTimeout = 3 * time.Minute

// Start runs `up` and returns when the pipeline is ready. It is stopped when the test ends.
func (p *Pipeline) Start() *Pipeline {
	p.t.Helper()
	if err := p.TryStart(); err != nil {
		p.t.Fatalf("%v\n%s", err, p.Log())
	}
	return p
}

// TryStart is Start for a pipeline that may refuse to.
func (p *Pipeline) TryStart() error {
	args := append([]string{"up", "-c", p.Dir, "--data", p.Data, "--kinesis", "127.0.0.1:0", "--http", "127.0.0.1:0"}, p.Args...)
	command := append(append([]string{}, p.Wrap...), append([]string{Binary(p.t)}, args...)...)
	p.process = exec.Command(command[0], command[1:]...)
	p.process.Env = append(os.Environ(), p.Env...)
	p.log = &logBuffer{ready: make(chan struct{})}
	p.process.Stdout, p.process.Stderr = p.log, p.log
	// A group of its own, so that a signal at the tests does not reach it, and Kill reaches its child.
	p.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.process.Start(); err != nil {
		return err
	}
	p.done = make(chan struct{})
	go func(process *exec.Cmd, done chan struct{}) {
		_ = process.Wait()
		close(done)
	}(p.process, p.done)
	p.t.Cleanup(p.Kill)
	select {
	case <-p.log.ready:
	case <-p.done:
		return fmt.Errorf("penstock up ended: %s", p.process.ProcessState)
	case <-time.After(StartTimeout):
		return errors.New("penstock up was not ready in time")
	}
	text, err := os.ReadFile(filepath.Join(p.Data, "run.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &p.info)
}

// Kill ends the pipeline and its child with SIGKILL, as a crash would. It may be called again.
func (p *Pipeline) Kill() {
	if p.process == nil {
		return
	}
	_ = syscall.Kill(-p.process.Process.Pid, syscall.SIGKILL)
	<-p.done
	p.process = nil
}

// KillParent ends only the pipeline's own process; its child notices by itself.
func (p *Pipeline) KillParent() {
	_ = p.process.Process.Kill()
	<-p.done
	p.process = nil
}

// Stop ends the pipeline by SIGTERM and waits for it; it fails the test unless the exit code is 0.
func (p *Pipeline) Stop() {
	p.t.Helper()
	process := p.process
	_ = syscall.Kill(p.info.PID, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(StartTimeout):
		p.t.Fatalf("penstock up did not stop in time\n%s", p.Log())
	}
	if code := process.ProcessState.ExitCode(); code != 0 {
		p.t.Fatalf("penstock up ended with %d\n%s", code, p.Log())
	}
	p.process = nil
}

// Done is closed when the process has ended.
func (p *Pipeline) Done() <-chan struct{} { return p.done }

// ExitCode is the exit code of a process that has ended.
func (p *Pipeline) ExitCode() int { return p.process.ProcessState.ExitCode() }

// PID is the process id of `up`.
func (p *Pipeline) PID() int { return p.info.PID }

// KinesisURL is the address of the Kinesis API, HTTPURL that of the HTTP API.
func (p *Pipeline) KinesisURL() string { return p.info.KinesisURL }

// HTTPURL is the address of the HTTP API.
func (p *Pipeline) HTTPURL() string { return p.info.HTTPURL }

// Log is what `up` has written so far.
func (p *Pipeline) Log() string {
	if p.log == nil {
		return ""
	}
	return p.log.String()
}

// Client is an AWS SDK client of the pipeline's Kinesis API. It is the producer's own, which does not
// repeat calls that succeeded: tests count rows exactly.
func (p *Pipeline) Client(options ...func(*kinesis.Options)) *kinesis.Client {
	client := produce.NewClient(aws.Config{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}, p.info.KinesisURL)
	return kinesis.New(client.Options(), options...)
}

// Result is how a command of the binary ended.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Run runs a command of the binary, such as "query", "select 1".
func (p *Pipeline) Run(args ...string) Result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, Binary(p.t), args...)
	command.Env = append(os.Environ(), p.Env...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		p.t.Fatalf("penstock %s: %v", strings.Join(args, " "), err)
	}
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: command.ProcessState.ExitCode()}
}

// Query runs SQL with `penstock query --format csv` and returns the rows without the header.
func (p *Pipeline) Query(sql string) [][]string {
	p.t.Helper()
	result := p.Run("query", "--data", p.Data, "--format", "csv", sql)
	if result.Code != 0 {
		p.t.Fatalf("query %s: exit %d\n%s%s", sql, result.Code, result.Stdout, result.Stderr)
	}
	rows, err := csv.NewReader(strings.NewReader(result.Stdout)).ReadAll()
	if err != nil {
		p.t.Fatalf("query %s: %v\n%s", sql, err, result.Stdout)
	}
	return rows[1:]
}

// Status is `penstock status --json` and its exit code.
func (p *Pipeline) Status() (monitor.Status, int) {
	p.t.Helper()
	var status monitor.Status
	result := p.Run("status", "--data", p.Data, "--json")
	if err := json.Unmarshal([]byte(result.Stdout), &status); err != nil && result.Code == 0 {
		p.t.Fatalf("status: %v\n%s%s", err, result.Stdout, result.Stderr)
	}
	return status, result.Code
}

// WaitFor polls the status until it satisfies the condition, and returns it.
func (p *Pipeline) WaitFor(what string, within time.Duration, condition func(monitor.Status) bool) monitor.Status {
	p.t.Helper()
	deadline := time.Now().Add(within)
	for {
		status, _ := p.Status()
		if condition(status) {
			return status
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: not within %s; the last status is %+v\n%s", what, within, status, tail(p.Log(), 6000))
		}
		time.Sleep(50 * time.Millisecond) // a pause between polls, bounded by the deadline
	}
}

// WaitDelivered waits until nothing is in flight and at least accepted records have been accepted.
func (p *Pipeline) WaitDelivered(accepted int64, within time.Duration) monitor.Status {
	p.t.Helper()
	return p.WaitFor(fmt.Sprintf("delivery of %d records", accepted), within, func(s monitor.Status) bool {
		return s.Ledger.Accepted >= accepted && s.Ledger.InFlight == 0
	})
}

func tail(text string, n int) string {
	if len(text) > n {
		return "..." + text[len(text)-n:]
	}
	return text
}

// logBuffer keeps the output and tells when the pipeline says that it is ready.
type logBuffer struct {
	mu    sync.Mutex
	text  bytes.Buffer
	told  bool
	ready chan struct{}
}

var _ io.Writer = (*logBuffer)(nil)

func (b *logBuffer) Write(chunk []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Write(chunk)
	if !b.told && bytes.Contains(b.text.Bytes(), []byte("is ready.")) {
		b.told = true
		close(b.ready)
	}
	return len(chunk), nil
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Status is what `penstock status --json` prints.
type Status = monitor.Status

// KillChildren ends the pipeline's child processes, the warehouse's, with SIGKILL.
func (p *Pipeline) KillChildren() {
	for _, child := range Children(p.t, p.info.PID) {
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
}

// Children are the ids of a process's children.
func Children(t testing.TB, pid int) []int {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, task := range tasks {
		text, _ := os.ReadFile(task) // a thread may have ended meanwhile
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}
