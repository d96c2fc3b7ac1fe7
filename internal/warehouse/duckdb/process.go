package duckdb

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// childFD is where the child finds its end of the socket.
const childFD = 3

// process is one running child.
type process struct {
	cmd  *exec.Cmd
	end  net.Conn
	http *http.Client
	// queries are those of people that it works on, or was working on when it ended.
	queries atomic.Int64
	// gone is closed when the process has ended and exit is set.
	gone chan struct{}
	exit error
}

// startProcess starts a child. The calling goroutine must be locked to its thread for as long as
// the child is to live: Linux ends the child with the thread that started it.
func startProcess(cfg Config) (*process, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := exec.Command(cfg.Executable, cfg.Args...)
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Env = childEnv(cfg)
	cmd.SysProcAttr = childAttributes()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		ours.Close()
		return nil, err
	}
	cmd.Stdout = cmd.Stderr
	if err := cmd.Start(); err != nil {
		ours.Close()
		return nil, fmt.Errorf("start the duckdb process: %w", err)
	}
	p := &process{cmd: cmd, end: ours, http: clientOver(ours), gone: make(chan struct{})}
	go p.wait(stderr, cfg.Logger)
	return p, nil
}

// socketPair makes two connected stream sockets, one for us and one to hand on.
func socketPair() (net.Conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make a socket pair: %w", err)
	}
	ours := os.NewFile(uintptr(fds[0]), "duckdb parent")
	theirs := os.NewFile(uintptr(fds[1]), "duckdb child")
	conn, err := net.FileConn(ours)
	ours.Close() // FileConn has a copy
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("use the socket pair: %w", err)
	}
	return conn, theirs, nil
}

// kept are the variables a child may have; everything else, such as credentials, stays out.
var kept = []string{"TZ", "LANG", "LC_ALL", "TMPDIR", "GOCOVERDIR", "GORACE"}

func childEnv(cfg Config) []string {
	// The child's Go side is small and mostly idle, so it collects early. Few malloc arenas keep
	// what DuckDB's threads have freed from staying with the process.
	env := []string{"GOGC=50", "GOMEMLIMIT=64MiB", "MALLOC_ARENA_MAX=2", "GOTRACEBACK=single"}
	for _, name := range kept {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// maxLines bounds what one child may write into the log. What it died of comes first; the trace of a crash
// goes on for thousands of lines.
const maxLines = 8

func (p *process) wait(stderr io.Reader, log *slog.Logger) {
	lines := bufio.NewScanner(stderr)
	n := 0
	for lines.Scan() {
		if n++; n <= maxLines {
			log.Warn("from the duckdb process", "pid", p.cmd.Process.Pid, "line", lines.Text())
		}
	}
	_, _ = io.Copy(io.Discard, stderr) // a line too long for the scanner
	p.exit = p.cmd.Wait()
	p.http.CloseIdleConnections()
	p.end.Close()
	close(p.gone)
}

// stop asks the child to end by closing its socket, and makes it end after a while.
func (p *process) stop(patience time.Duration) error {
	p.http.CloseIdleConnections()
	p.end.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-p.gone:
	case <-ctx.Done():
		_ = p.cmd.Process.Kill()
		<-p.gone
	}
	return p.exit
}
