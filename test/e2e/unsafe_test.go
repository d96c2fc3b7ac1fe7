package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/test/harness"
)

// Without fsync the pipeline works and says so, loudly, for as long as it runs.
func TestAnUnsafePipelineSaysSo(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Env = []string{"PENSTOCK_UNSAFE_NO_SYNC=1", "PENSTOCK_LOG_FORMAT=json", "PENSTOCK_LOG_LEVEL=error"}
	p.Start()
	if !strings.Contains(p.Log(), `"level":"ERROR","msg":"PENSTOCK_UNSAFE_NO_SYNC=1 is set`) || strings.Contains(p.Log(), `"level":"INFO"`) {
		t.Errorf("the log:\n%s", p.Log())
	}
	status, code := p.Status()
	if len(status.Problems) != 1 || !strings.Contains(status.Problems[0], "PENSTOCK_UNSAFE_NO_SYNC") || !status.Ready || code != 0 {
		t.Errorf("exit %d, %+v", code, status)
	}
	for _, name := range []string{"", "log", "lake", "warehouse"} {
		if info, err := os.Stat(filepath.Join(p.Data, name)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("the data folder's %q: %v, %v", name, info.Mode(), err)
		}
	}
}
