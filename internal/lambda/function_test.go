package lambda_test

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/lambda"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a function; the test is skipped where its runtime is not installed.
func open(t *testing.T, cfg lambda.Config) *lambda.Function {
	t.Helper()
	cfg.ScratchDir = t.TempDir()
	f, err := lambda.Open(cfg)
	if errors.Is(err, exec.ErrNotFound) {
		t.Skipf("not installed: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func source(name string) lambda.Config {
	return lambda.Config{Source: filepath.Join("testdata", name), Timeout: 2 * time.Minute}
}

func invoke(t *testing.T, f *lambda.Function, payload string) map[string]any {
	t.Helper()
	body, err := f.Invoke(t.Context(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return answer
}

func TestHandlersAsUsersHaveThem(t *testing.T) {
	t.Setenv("SECRET", "of the pipeline")
	t.Run("callback", func(t *testing.T) {
		f := open(t, source("callback"))
		for range 3 {
			answer := invoke(t, f, `{"records":[{"recordId":"r","data":"eyJhIjoxLCJiIjoieCJ9"}]}`)
			if got := fmt.Sprint(answer["records"]); got != "[map[data:MSwieCI= recordId:r result:Ok]]" { // 1,"x"
				t.Errorf("%s", got)
			}
		}
	})
	for _, name := range []string{"returns", "python"} {
		t.Run(name, func(t *testing.T) {
			cfg := source(name)
			cfg.Env, cfg.Name = []string{"GIVEN=yes"}, "shop"
			f := open(t, cfg)
			answer := invoke(t, f, `{"ä":[1,"\u0000"]}`)
			if fmt.Sprint(answer["event"]) != "map[ä:[1 \x00]]" || len(answer["id"].(string)) != 36 || answer["name"] != "shop" || answer["memory"] != "256" ||
				answer["arn"] != "arn:aws:lambda:us-east-1:123456789012:function:shop:$LATEST" || answer["left"].(float64) < 10_000 {
				t.Errorf("%+v", answer)
			}
			if name == "returns" && (answer["secret"] != nil || answer["given"] != "yes" || answer["root"] != true) {
				t.Errorf("%+v", answer)
			}
		})
	}
	t.Run("CommonJS", func(t *testing.T) {
		f := open(t, source("commonjs"))
		if invoke(t, f, `{"late":true}`)["later"] != true || invoke(t, f, `{}`)["later"] != false {
			t.Error("another answer")
		}
		failure(t, f, `{"fail":1}`, lambda.FunctionFailed, "TypeError", "as asked")
	})
	t.Run("one file", func(t *testing.T) {
		invoke(t, open(t, source("python/lambda_function.py")), `{}`)
	})
}

func failure(t *testing.T, f *lambda.Function, payload string, kind lambda.Kind, name, message string) {
	t.Helper()
	body, err := f.Invoke(t.Context(), []byte(payload))
	known, ok := errors.AsType[*lambda.Error](err)
	if !ok || known.Kind != kind || known.Type != name || !strings.Contains(err.Error(), message) {
		t.Errorf("got %.40s, %v", body, err)
	}
}

func TestFailures(t *testing.T) {
	failure(t, open(t, source("throws")), `{}`, lambda.FunctionFailed, "RangeError", "too far")
	failure(t, open(t, source("python")), `{"fail":"bad"}`, lambda.FunctionFailed, "ValueError", "bad")
	failure(t, open(t, source("exits")), `{}`, lambda.FunctionFailed, "Runtime.ExitError", "last words")
	failure(t, open(t, source("broken")), `{}`, lambda.FunctionFailed, "RangeError", "cannot start")
	large := open(t, source("large"))
	failure(t, large, `{"size":6291555}`, lambda.FunctionFailed, "Function.ResponseSizeTooLarge", "6291556")
	if body, err := large.Invoke(t.Context(), []byte(`{"size":6291554}`)); err != nil || len(body) != 6291556 { // with its quotes
		t.Errorf("%d bytes, %v", len(body), err)
	}
	failure(t, large, `"`+strings.Repeat("x", lambda.MaxPayload-1)+`"`, lambda.TooLarge, "RequestTooLargeException", "too large")
}

func TestATimeoutEndsTheProcessAndTheNextCallGetsAnother(t *testing.T) {
	cfg := source("endless")
	cfg.Timeout = 5 * time.Second // the second call must start a process within it
	f := open(t, cfg)
	failure(t, f, `{}`, lambda.TimedOut, "Sandbox.Timedout", "5.00 seconds")
	if body, err := f.Invoke(t.Context(), []byte(`{"quick":true}`)); err != nil || string(body) != `"here"` {
		t.Errorf("%s, %v", body, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, []byte(`{}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestInvocationsAtOnceGetProcessesOfTheirOwn(t *testing.T) {
	f := open(t, source("returns"))
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for range 5 {
				body, err := f.Invoke(t.Context(), fmt.Appendf(nil, `{"i":%d}`, i))
				if err != nil || !strings.Contains(string(body), fmt.Sprintf(`{"i":%d}`, i)) {
					t.Errorf("%s, %v", body, err)
				}
			}
		})
	}
	group.Wait()
}

func TestZips(t *testing.T) {
	dir := t.TempDir()
	write := func(name, inside, text string) string {
		path := filepath.Join(dir, name)
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		archive := zip.NewWriter(file)
		header := &zip.FileHeader{Name: inside}
		header.SetMode(0o755)
		w, err := archive.CreateHeader(header)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err := errors.Join(err, archive.Close(), file.Close()); err != nil {
			t.Fatal(err)
		}
		return path
	}
	invoke(t, open(t, lambda.Config{Source: write("ok.zip", "src/main.mjs", "export const go = () => Promise.resolve({})"), Handler: "src/main.go"}), `{}`)
	failure(t, open(t, lambda.Config{Source: write("custom.zip", "bootstrap", "#!/bin/sh\necho from the bootstrap\nexit 4\n")}), `{}`,
		lambda.FunctionFailed, "Runtime.ExitError", "exit status 4")
	for name, path := range map[string]string{
		"outside": write("slip.zip", "../escaped.mjs", ""), "no zip": filepath.Join("testdata", "returns", "index.mjs") + ".zip",
		"no handler": write("empty.zip", "README", ""),
	} {
		_, err := lambda.Open(lambda.Config{Source: path, ScratchDir: dir})
		if known, ok := errors.AsType[*event.Error](err); !ok || known.Code != "function" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "escaped.mjs")); err == nil {
		t.Error("a zip wrote outside of its folder")
	}
}

func TestEndpoints(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the caller is gone
		switch r.URL.Path {
		case "/2015-03-31/functions/function/invocations":
			fmt.Fprint(w, `{"records":[]}`)
		case "/handled":
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			fmt.Fprint(w, `{"errorType":"E","errorMessage":"m"}`)
		case "/throttled":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/slow":
			<-r.Context().Done()
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer server.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	endpoint := func(path string) *lambda.Function {
		timeout := time.Minute
		if path == "/slow" {
			timeout = 300 * time.Millisecond
		}
		return open(t, lambda.Config{Source: server.URL + path, Timeout: timeout})
	}
	invoke(t, endpoint(""), `{}`)
	failure(t, endpoint("/handled"), `{}`, lambda.FunctionFailed, "E", "m")
	failure(t, endpoint("/throttled"), `{}`, lambda.Throttled, "", "429")
	failure(t, endpoint("/slow"), `{}`, lambda.TimedOut, "", "in time")
	failure(t, endpoint("/else"), `{}`, lambda.Unavailable, "", "502")
	closed := httptest.NewServer(nil)
	closed.Close()
	failure(t, open(t, lambda.Config{Source: closed.URL}), `{}`, lambda.Unavailable, "", "refused")
	if _, err := lambda.Open(lambda.Config{Source: "http://"}); err == nil {
		t.Error("a URL without a host was taken")
	}
}
