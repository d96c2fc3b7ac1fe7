package lambda

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// instance is one process of a function and the Runtime API it talks to. It handles one invocation at a time.
type instance struct {
	timeout time.Duration
	arn     string
	process *exec.Cmd
	out     *output
	server  *http.Server

	work   chan *invocation // to the process's question for work
	failed chan *Error      // the initialisation failed; holds one
	gone   chan struct{}    // closed when the process has ended

	mu      sync.Mutex
	current *invocation
	ending  bool
}

// invocation is one payload on its way.
type invocation struct {
	id      string
	payload []byte
	answer  chan answer // holds one
}

type answer struct {
	body []byte
	err  *Error
}

// start starts a function's process; it does not wait until it asks for work.
func start(cfg Config, c code, arn string) (*instance, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the function: %w", err)
	}
	i := &instance{
		timeout: cfg.Timeout, arn: arn, out: &output{logger: cfg.Logger, name: cfg.Name},
		work: make(chan *invocation), failed: make(chan *Error, 1), gone: make(chan struct{}),
	}
	i.server = &http.Server{Handler: i.api(), ReadHeaderTimeout: time.Minute}
	i.process = exec.Command(c.command[0], c.command[1:]...)
	i.process.Dir = c.root
	i.process.Env = environment(cfg, c, listener.Addr().String(), time.Now(), strings.ReplaceAll(newRequestID(), "-", ""))
	i.process.Stdout, i.process.Stderr = i.out, i.out
	// What a function started may hold its output open; it is not waited for.
	i.process.WaitDelay = time.Second
	ownGroup(i.process)
	if err := i.process.Start(); err != nil {
		_ = listener.Close()
		return nil, &Error{Kind: FunctionFailed, Type: "Runtime.InvalidEntrypoint", Message: fmt.Sprintf("%s cannot be started: %v", c.command[0], err)}
	}
	go func() { _ = i.server.Serve(listener) }() // it ends when the server is closed
	go func() {
		_ = i.process.Wait() // the state says how it ended
		close(i.gone)
		_ = i.server.Close()
	}()
	return i, nil
}

func (i *instance) alive() bool {
	select {
	case <-i.gone:
		return false
	default:
		i.mu.Lock()
		defer i.mu.Unlock()
		return !i.ending
	}
}

// end kills the process and all it started, and waits until it is gone.
func (i *instance) end() {
	i.mu.Lock()
	i.ending = true
	i.mu.Unlock()
	killGroup(i.process)
	<-i.gone
}

// invoke gives the process a payload and waits for the answer.
func (i *instance) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	inv := &invocation{id: newRequestID(), payload: payload, answer: make(chan answer, 1)}
	began := time.NewTimer(initTimeout)
	defer began.Stop()
	select {
	case i.work <- inv:
	case err := <-i.failed:
		i.end()
		return nil, err
	case <-i.gone:
		return nil, i.exited(inv)
	case <-began.C:
		i.end()
		return nil, i.fault(TimedOut, "Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: the function asked for no work within %s of its start", inv.id, initTimeout))
	case <-ctx.Done():
		i.end()
		return nil, ctx.Err()
	}
	deadline := time.NewTimer(i.timeout)
	defer deadline.Stop()
	select {
	case a := <-inv.answer:
		if a.err != nil {
			return nil, a.err
		}
		return a.body, nil
	case <-i.gone:
		select {
		case a := <-inv.answer: // it answered, and ended then
			if a.err == nil {
				return a.body, nil
			}
			return nil, a.err
		default:
			return nil, i.exited(inv)
		}
	case <-deadline.C:
		i.end()
		return nil, i.fault(TimedOut, "Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", inv.id, i.timeout.Seconds()))
	case <-ctx.Done():
		i.end()
		return nil, ctx.Err()
	}
}

// exited is the error of an invocation whose process ended.
func (i *instance) exited(inv *invocation) *Error {
	select {
	case err := <-i.failed:
		return err
	default:
	}
	return i.fault(FunctionFailed, "Runtime.ExitError", fmt.Sprintf("RequestId: %s Error: Runtime exited with error: %s", inv.id, i.process.ProcessState))
}

func (i *instance) fault(kind Kind, name, message string) *Error {
	return &Error{Kind: kind, Type: name, Message: message, Output: i.out.last()}
}
