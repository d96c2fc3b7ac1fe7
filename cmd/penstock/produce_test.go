package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/penstock/penstock/internal/produce"
	"github.com/penstock/penstock/internal/running"
)

// fakePipeline takes every event, and is found as a running pipeline would be.
type fakePipeline struct {
	dataDir string
	server  *http.Server
	leave   func()
	// got is closed when the first events have come.
	got chan struct{}

	mu struct {
		sync.Mutex
		events []string
	}
}

// startFake starts a pipeline in an environment of its own.
func startFake(t *testing.T) *fakePipeline {
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR"} {
		t.Setenv(name, t.TempDir())
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"} {
		t.Setenv(name, "")
	}
	f := &fakePipeline{dataDir: t.TempDir(), got: make(chan struct{})}
	if err := f.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.stop() })
	return f
}

// start listens on any port, which is another one each time, and announces it.
func (f *fakePipeline) start() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	f.server = &http.Server{Handler: f}
	go func(server *http.Server) { _ = server.Serve(listener) }(f.server)
	release, err := running.Lock(f.dataDir)
	if err != nil {
		return err
	}
	forget, err := running.Announce(running.Info{
		PID: os.Getpid(), DataDir: f.dataDir, PipelineDir: "examples/orders", Streams: []string{"orders"},
		KinesisURL: "http://" + listener.Addr().String(),
	})
	f.leave = func() { forget(); release() }
	return err
}

func (f *fakePipeline) stop() {
	_ = f.server.Close()
	f.leave()
}

func (f *fakePipeline) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct{ Records []struct{ Data []byte } }
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &request) != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	f.mu.Lock()
	if len(f.mu.events) == 0 {
		close(f.got)
	}
	for _, record := range request.Records {
		f.mu.events = append(f.mu.events, string(record.Data))
	}
	f.mu.Unlock()
	results := strings.Repeat(`,{"SequenceNumber":"1","ShardId":"s"}`, len(request.Records))
	fmt.Fprintf(w, `{"FailedRecordCount":0,"Records":[%s]}`, results[1:])
}

func (f *fakePipeline) events() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.mu.events...)
}

// produceCommand runs `penstock produce` with the arguments.
func produceCommand(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	cmd := newProduceCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var buffer bytes.Buffer
	cmd.SetOut(&buffer)
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return buffer.String(), err
}

func TestProduceFindsThePipelineAndGoesOnCounting(t *testing.T) {
	f := startFake(t)
	if out, err := produceCommand(t, "700"); err != nil || !strings.HasPrefix(out, "Sent 700 events to stream orders in ") {
		t.Fatalf("%s %v", out, err)
	}
	out, err := produceCommand(t, "10", "--json", "--data", f.dataDir)
	var report produceReport
	if err != nil || json.Unmarshal([]byte(out), &report) != nil || report.Sent != 10 || report.Failed != 0 || report.Stream != "orders" {
		t.Fatalf("%s %v", out, err)
	}
	ids := map[int64]bool{}
	for _, text := range f.events() {
		var event struct{ ID int64 }
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			t.Fatal(err)
		}
		ids[event.ID] = true
	}
	if len(ids) != 710 || !ids[1] || !ids[710] {
		t.Errorf("%d different ids", len(ids))
	}
}

func TestProduceFromFilesTakesArgumentsAsFurtherFiles(t *testing.T) {
	f := startFake(t)
	dir := t.TempDir()
	for name, content := range map[string]string{"a.csv": "x\n1\n2\n", "b.ndjson": "{\"x\":3}\n", "c.ndjson": "nonsense\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := produceCommand(t, "--from", filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.ndjson"), filepath.Join(dir, "c.ndjson"), "--in-flight", "1")
	if err != nil || !strings.HasPrefix(out, "Sent 4 events") {
		t.Fatalf("%s %v", out, err)
	}
	want := []string{
		`{"_source_id":"a.csv:2","_source_file":"a.csv","_source_line":2,"x":"1"}`,
		`{"_source_id":"a.csv:3","_source_file":"a.csv","_source_line":3,"x":"2"}`,
		`{"_source_id":"b.ndjson:1","_source_file":"b.ndjson","_source_line":1,"x":3}`,
		`nonsense`,
	}
	if got := f.events(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("sent %q", got)
	}
}

func TestProduceFollowsAPipelineToAnotherPort(t *testing.T) {
	f := startFake(t)
	moved := make(chan error)
	go func() {
		<-f.got
		f.stop()
		moved <- f.start()
	}()
	out, err := produceCommand(t, "3000", "--rate", "4000", "--json")
	if err := <-moved; err != nil {
		t.Fatal(err)
	}
	var report produceReport
	if err != nil || json.Unmarshal([]byte(out), &report) != nil || report.Sent != 3000 || report.Failed != 0 {
		t.Errorf("%s %v", out, err)
	}
}

func TestProduceFailsWhenAnEventWasNotSent(t *testing.T) {
	startFake(t)
	file := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(file, []byte("x,x\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := produceCommand(t, "--from", file)
	if !errors.Is(err, errSilent) || !strings.Contains(out, "failed 1") {
		t.Errorf("%s %v", out, err)
	}
}

func TestProduceWithoutAPipelineSaysWhatToDo(t *testing.T) {
	startFake(t).stop()
	_, err := produceCommand(t, "10")
	if !errors.Is(err, running.ErrNone) || !strings.Contains(err.Error(), "penstock up -c examples/orders") {
		t.Errorf("got %v", err)
	}
}

func TestProduceRefusesBadUsage(t *testing.T) {
	startFake(t)
	for usage, want := range map[string]string{
		"":                             "say how many orders",
		"ten":                          "--from ten",
		"0":                            "is not a number of orders",
		"10 20":                        "say how many orders",
		"10 --rate -1":                 "--rate -1",
		"10 --batch 501":               "--batch 501",
		"10 --in-flight 0":             "--in-flight 0",
		"10 --bad 11":                  "--bad 11",
		"10 --as-is":                   "about files",
		"10 --retry-for -1s":           "--retry-for",
		"--from /no/such/file":         "/no/such/file",
		"--from .":                     "is a folder",
		"--from x --format xml":        `"xml" is no format`,
		"--from x --bad 3":             "about dummy orders",
		"10 --endpoint localhost:4567": "write a URL",
		"10 --endpoint http://[::1]:1": "--stream",
		"10 --region eu-west-1":        "--stream",
		"10 --data d --region eu":      "--data names a pipeline",
	} {
		_, err := produceCommand(t, strings.Fields(usage)...)
		if _, usageFault := errors.AsType[usageError](err); !usageFault || !strings.Contains(err.Error(), want) {
			t.Errorf("produce %s: %v", usage, err)
		}
	}
}

func TestProgressLine(t *testing.T) {
	counts := produce.Counts{Taken: 2000, Sent: 1500, Retried: 12, Failed: 3}
	want := "1,500 of 9,000 sent, 250/s, 12 retried, 3 failed; waiting: connection refused"
	if got := progressLine(counts, 9000, 250.4, "connection\nrefused"); strings.ReplaceAll(got, "·", " ") != want {
		t.Errorf("got %q", got)
	}
	if got := progressLine(produce.Counts{Sent: 7}, 0, 7, ""); got != "7 sent, 7/s" {
		t.Errorf("got %q", got)
	}
}
