package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/penstock/penstock/test/harness"
)

func TestDemoShowsWhereEveryEventWent(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Alone(t.TempDir())
	expect(t, p.Run("demo"), 0, "is ready", "accepted              1,800", "loaded                1,800", "data/orders/dt=",
		"select id", "p50", "p99", "Stopping")
	expect(t, p.Run("status"), 1, "no pipeline is running")
}

// TestDemoThatIsEndedLeavesNoPipelineBehind, whether it was asked to end or killed.
func TestDemoThatIsEndedLeavesNoPipelineBehind(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		p := harness.Example(t, "orders").Alone(t.TempDir())
		demo := exec.Command(harness.Binary(t), "demo", "--events", "100000000")
		demo.Env = append(os.Environ(), p.Env...)
		out, err := demo.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := demo.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.Contains(lines.Text(), "$ penstock produce") {
		}
		if !strings.Contains(lines.Text(), "$ penstock produce") {
			t.Fatal("the demo did not start")
		}
		if err := demo.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = demo.Wait()
		deadline := time.Now().Add(delivered)
		for !strings.Contains(p.Run("status").Stderr, "no pipeline is running") {
			if time.Now().After(deadline) {
				t.Fatalf("%s: a pipeline is still running", signal)
			}
			time.Sleep(50 * time.Millisecond) // a pause between polls
		}
	}
}
