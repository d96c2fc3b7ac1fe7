package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/test/harness"
)

// TestE2AMissingLakeFolderIsToldAndNotMadeAgain: a folder that holds committed files was moved away or
// is not mounted. Once it is back, the pipeline goes on.
func TestE2AMissingLakeFolderIsToldAndNotMadeAgain(t *testing.T) {
	for name, folder := range map[string]string{"inside the data folder": "", "elsewhere": filepath.Join(t.TempDir(), "lake")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := harness.Example(t, "orders")
			lake := filepath.Join(p.Data, "lake")
			if folder != "" {
				lake = folder
				p.Write("pipeline.yaml", strings.Replace(p.Read("pipeline.yaml"), "lake:      folder ", "lake: "+folder+" ", 1))
			}
			p.Start()
			p.Stop()
			// Nothing is committed yet: the folder is made again.
			if err := os.RemoveAll(lake); err != nil {
				t.Fatal(err)
			}
			p.Start()
			put(t, p, "orders", orders(t, 1, 100)...)
			expectLedger(t, p, 100, 0, 0)
			p.Stop()

			rename(t, lake, lake+".gone")
			for range 2 {
				expect(t, up(p), 1, lake, "committed", "restore the folder", "mount", "mkdir")
				if _, err := os.Stat(lake); err == nil {
					t.Fatal("the folder was made again")
				}
			}
			rename(t, lake+".gone", lake)
			p.Start()
			put(t, p, "orders", orders(t, 101, 100)...)
			expectLedger(t, p, 200, 0, 0)
			p.Stop()
		})
	}
}
