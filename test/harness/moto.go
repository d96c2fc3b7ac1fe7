package harness

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Moto starts moto in server mode, empty, and returns its URL; the test is skipped where it is not installed.
func Moto(t testing.TB) string {
	t.Helper()
	program := filepath.Join(Root(t), ".venv", "bin", "moto_server")
	if _, err := os.Stat(program); err != nil {
		t.Skip("moto is not installed: `make .venv/installed` installs it, and needs python3-venv; nothing stands in for AWS")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	var said bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, program, "-H", "127.0.0.1", "-p", port)
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = server.Wait() })
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if answer, err := http.Get("http://" + address + "/moto-api/data.json"); err == nil {
			_ = answer.Body.Close()
			return "http://" + address
		}
		if time.Now().After(deadline) {
			t.Fatal("moto does not answer")
		}
	}
}
