package powerloss

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// traced are the system calls that change files, or say which file a later one is about.
var traced = strings.Join([]string{
	"open", "openat", "creat", "close", "dup", "dup2", "dup3", "fcntl", "lseek",
	"write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "truncate", "fallocate",
	"rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
	"unlink", "unlinkat", "rmdir", "mkdir", "mkdirat",
	"fsync", "fdatasync", "sync", "syncfs",
	"copy_file_range", "sendfile", "splice", "mmap",
	"clone", "clone3", "fork", "vfork", "execve", "chdir", "fchdir",
}, ",")

// ErrNoTracer means that strace is not installed, or may not trace here.
var ErrNoTracer = errors.New("strace cannot be used on this machine")

// Recording is what a command did to a folder.
type Recording struct {
	root    string // the folder, as an absolute path
	initial string // a copy of it from before the command
	trace   string // strace's output
	dir     string // where the command was started
	lines   int    // of the trace
}

// Record runs cmd under strace until it ends, or until ctx kills it, and records what it and its
// children do in the folder root. work is an empty folder for the recording. The command's standard
// output is part of the recording and goes to cmd.Stdout too. How the command ends is not judged.
func Record(ctx context.Context, root, work string, cmd *exec.Cmd) (*Recording, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTracer, err)
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	dir, err := filepath.Abs(cmd.Dir)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	r := &Recording{root: root, initial: filepath.Join(work, "initial"), trace: filepath.Join(work, "trace"), dir: dir}
	if err := copyTree(r.initial, root); err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	args := []string{"-f", "--seccomp-bpf", "-qq", "-xx", "-s", "33554432", "-e", "trace=" + traced, "-e", "signal=none", "-o", r.trace, "--"}
	runner := exec.CommandContext(ctx, strace, append(args, cmd.Args...)...)
	runner.Env, runner.Dir, runner.Stdin = cmd.Env, cmd.Dir, cmd.Stdin
	runner.Stdout, runner.Stderr = cmd.Stdout, cmd.Stderr
	// strace ends by itself, with all it knows written down, when what it runs is gone.
	runner.Cancel = func() error { return killChildren(runner.Process.Pid) }
	if err := runner.Run(); err != nil && ctx.Err() == nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return nil, fmt.Errorf("recording: %w", err)
		}
	}
	if r.lines, err = countLines(r.trace); err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	if r.lines == 0 {
		return nil, fmt.Errorf("%w: it traced nothing", ErrNoTracer)
	}
	return r, nil
}

func killChildren(pid int) error {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return err
	}
	for child := range strings.FieldsSeq(string(children)) {
		n, err := strconv.Atoi(child)
		if err == nil {
			err = syscall.Kill(n, syscall.SIGKILL)
		}
		if err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}

func countLines(name string) (int, error) {
	lines, err := openLines(name)
	if err != nil {
		return 0, err
	}
	defer lines.close()
	n := 0
	for {
		_, err := lines.next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		n++
	}
}

// copyTree copies the folder from to the new folder to.
func copyTree(to, from string) error {
	if err := os.MkdirAll(from, 0o755); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(from))
}
