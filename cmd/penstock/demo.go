package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/examples"
	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/monitor"
)

// demoWait is how long the demo waits for a step before it gives up.
const demoWait = time.Minute

func newDemoCommand() *cobra.Command {
	var pipelineDir string
	var events int64
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See a pipeline work: dummy orders in, rows out, and where each one went",
		Long: `Start a pipeline of dummy orders in a temporary folder, send orders to it with the
AWS SDK, wait until each is a row, show the ledger, the lake files and how long the
events took, and stop. Nothing stays behind.`,
		Example: "  penstock demo\n  penstock demo --events 100000",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if events < 1 {
				return usageError{fmt.Errorf("--events %d: write how many orders to send", events)}
			}
			return interrupted(cmd.Context(), runDemo(cmd.Context(), cmd.OutOrStdout(), pipelineDir, events))
		},
	}
	cmd.Flags().StringVarP(&pipelineDir, "config", "c", "", "a pipeline folder that takes the dummy orders (default: the example that comes with the binary)")
	cmd.Flags().Int64Var(&events, "events", 1800, "how many orders to send")
	return cmd
}

// demo is one run: the folder it happens in and the pipeline that runs there.
type demo struct {
	out  io.Writer
	self string
	dir  string
	data string
}

func runDemo(ctx context.Context, out io.Writer, pipelineDir string, events int64) (err error) {
	runtime.LockOSThread() // the pipeline ends with the thread that started it
	defer runtime.UnlockOSThread()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "penstock-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	d := &demo{out: out, self: self, dir: dir, data: filepath.Join(dir, "data")}
	if pipelineDir == "" {
		pipelineDir = filepath.Join(dir, "orders")
		if err := writeExample(pipelineDir); err != nil {
			return err
		}
	}
	stop, err := d.up(ctx, pipelineDir)
	if err != nil {
		return err
	}
	err = d.show(ctx, events)
	return errors.Join(err, stop())
}

func writeExample(dir string) error {
	files, err := fs.Sub(examples.Files, "orders")
	if err != nil {
		return err
	}
	return os.CopyFS(dir, files)
}

// up starts `penstock up` as a process of its own, as a person would in another terminal.
func (d *demo) up(ctx context.Context, pipelineDir string) (stop func() error, err error) {
	fmt.Fprintf(d.out, "$ penstock up -c %s\n", filepath.Base(pipelineDir))
	command := exec.Command(d.self, "up", "-c", pipelineDir, "--data", d.data,
		"--kinesis", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-level", "warn")
	ready := &readyWriter{out: d.out, ready: make(chan struct{})}
	command.Stdout, command.Stderr = ready, os.Stderr
	command.SysProcAttr = demoAttributes()
	if err := command.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	stop = func() error {
		fmt.Fprintf(d.out, "\nStopping.\n")
		_ = command.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			return err
		case <-time.After(demoWait):
			_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
			return errors.New("the pipeline did not stop in time and was killed")
		}
	}
	select {
	case <-ready.ready:
		return stop, nil
	case err := <-ended:
		if command.ProcessState.ExitCode() == exitUsage {
			err = usageError{err}
		}
		return nil, fmt.Errorf("the pipeline did not start: %w", err)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), stop())
	case <-time.After(demoWait):
		return nil, errors.Join(errors.New("the pipeline was not ready in time"), stop())
	}
}

// readyWriter passes output on and tells when the pipeline says that it is ready.
type readyWriter struct {
	out   io.Writer
	ready chan struct{}
	told  bool
}

func (w *readyWriter) Write(chunk []byte) (int, error) {
	if !w.told {
		w.told = true
		defer close(w.ready) // `up` prints nothing on standard output before it is ready
	}
	return w.out.Write(chunk)
}

func (d *demo) show(ctx context.Context, events int64) error {
	if err := d.run(ctx, "produce", fmt.Sprint(events), "--data", d.data); err != nil {
		return err
	}
	status, err := d.wait(ctx, events)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\n$ penstock status\n")
	if err := printState(d.out, state{Status: status}, false); err != nil {
		return err
	}
	if !status.Balanced || status.Ledger.Loaded != events {
		return fmt.Errorf("%d of %d orders became rows", status.Ledger.Loaded, events)
	}
	if err := d.listLake(); err != nil {
		return err
	}
	if err := d.run(ctx, "query", "--data", d.data,
		"select id, customer_id, product_name, product_quantity, product_price, order_cost, city from orders order by id limit 5"); err != nil {
		return err
	}
	return d.latency(ctx)
}

func (d *demo) run(ctx context.Context, args ...string) error {
	fmt.Fprintf(d.out, "\n$ penstock %s\n", shown(args))
	command := exec.CommandContext(ctx, d.self, args...)
	command.Stdout, command.Stderr = d.out, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("penstock %s: %w", args[0], err)
	}
	return nil
}

// shown is the command as a person types it: without the demo's own folder, which they do not need.
func shown(args []string) string {
	var words []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--data" {
			i++
			continue
		}
		word := args[i]
		if strings.Contains(word, " ") {
			word = `"` + word + `"`
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func (d *demo) wait(ctx context.Context, events int64) (monitor.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, demoWait)
	defer cancel()
	for {
		status, err := app.Status(ctx, d.data)
		if err == nil && status.Ledger.Accepted >= events && status.Ledger.InFlight == 0 {
			return status, nil
		}
		select {
		case <-ctx.Done():
			return status, fmt.Errorf("not every order became a row within %s: %+v: %w", demoWait, status.Ledger, errors.Join(err, ctx.Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (d *demo) listLake() error {
	fmt.Fprintf(d.out, "\nLake files:\n")
	root := filepath.Join(d.data, "lake")
	for _, top := range []string{"data", "quarantine"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || entry.IsDir() {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			fmt.Fprintf(d.out, "  %s  %s\n", name, humanize.IBytes(uint64(info.Size())))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// latency prints how long the events took from the moment they were made to the moment their row
// could be queried.
func (d *demo) latency(ctx context.Context) error {
	took, err := app.Latency(ctx, d.data, "orders", "generate_date")
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\nFrom the making of an event to a row that can be queried: p50 %d ms, p99 %d ms (%d events)\n",
		took.P50MS, took.P99MS, took.Rows)
	return nil
}
