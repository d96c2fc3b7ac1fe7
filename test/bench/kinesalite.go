package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/penstock/penstock/test/loadgen/load"
)

const (
	kinesaliteVersion = "3.3.3"
	kinesaliteTime    = 20 * time.Second
	kinesaliteStart   = 30 * time.Second
	// kinesaliteHeader is a signature of the right form, which is all that kinesalite looks for.
	kinesaliteHeader = "Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0\r\n" +
		"X-Amz-Date: 20260101T000000Z\r\n"
)

// kinesalite puts the same load on kinesalite, which keeps it in memory, as a control.
func (b *bench) kinesalite(ctx context.Context) (r result, err error) {
	r = result{Run: "kinesalite", What: fmt.Sprintf("the same load on kinesalite %s, in memory, for %s", kinesaliteVersion, kinesaliteTime), Begun: time.Now().UTC()}
	dir := filepath.Join(b.dir, "kinesalite")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return r, err
	}
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", "kinesalite@"+kinesaliteVersion)
	install.Dir = dir
	if text, err := install.CombinedOutput(); err != nil {
		return r, fmt.Errorf("installing kinesalite: %w\n%s", err, text)
	}
	address, err := freeAddress()
	if err != nil {
		return r, err
	}
	_, port, _ := strings.Cut(address, ":")
	server := exec.Command(filepath.Join(dir, "node_modules", ".bin", "kinesalite"), "--port", port, "--createStreamMs", "0")
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		return r, err
	}
	defer func() { _ = syscall.Kill(-server.Process.Pid, syscall.SIGKILL); _ = server.Wait() }()
	if err := createStream(ctx, address); err != nil {
		return r, err
	}
	w, err := watch(ctx, server.Process.Pid)
	if err != nil {
		return r, err
	}
	sent, err := load.Run(ctx, load.Config{Address: address, Duration: kinesaliteTime, Header: kinesaliteHeader})
	if err = errors.Join(err, ctx.Err()); err != nil {
		return r, err
	}
	used, err := w.usage()
	if err != nil {
		return r, err
	}
	peak, _ := w.stop()
	r.add("acknowledged", sent.EventsPerSecond, "events/s", "")
	r.add("CPU", perEvent(used.pipeline(), sent.Acked), "us/event", "")
	r.add("other processes", used.Others, "cores", "")
	r.add("peak memory", mebibytes(peak.Resident), "MiB", "")
	r.addLoad(sent)
	return r, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// createStream makes the stream orders, and returns when it takes records.
func createStream(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, kinesaliteStart)
	defer cancel()
	retry := func(operation, body, want string) error {
		for {
			answer, err := call(ctx, address, operation, body)
			if err == nil && strings.Contains(answer, want) {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s on kinesalite: %w; it answered %q", operation, errors.Join(err, ctx.Err()), answer)
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	if err := retry("CreateStream", `{"StreamName":"orders","ShardCount":1}`, ""); err != nil {
		return err
	}
	return retry("DescribeStream", `{"StreamName":"orders"}`, `"StreamStatus":"ACTIVE"`)
}

func call(ctx context.Context, address, operation, body string) (answer string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "Kinesis_20131202."+operation)
	for line := range strings.SplitSeq(strings.TrimSpace(kinesaliteHeader), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return string(text), err
}
