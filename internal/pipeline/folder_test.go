package pipeline

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFolderInAFilesPlaceIsAFault(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"shop.yaml", "notes", ".hidden.yaml"} {
		if err := os.MkdirAll(filepath.Join(dir, dashboardsDir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readDashboards(dir, nil)
	if err != nil || len(got) != 1 || got[0].Name != "shop" || len(got[0].Faults) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
