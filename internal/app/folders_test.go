package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/penstock/penstock/internal/pipeline"
)

func TestTheDataFoldersOwnFoldersAreForThisUserAlone(t *testing.T) {
	dir := t.TempDir()
	shared := filepath.Join(dir, "lake")
	if err := os.Mkdir(shared, 0o755); err != nil {
		t.Fatal(err)
	}
	p := &parts{file: &pipeline.Pipeline{}, dataDir: dir}
	if err := errors.Join(p.makeFolders(), p.makeFolder("lake")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"log": 0o700, "warehouse": 0o700, "lake": 0o755} { // somebody made the lake
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	elsewhere := &parts{file: &pipeline.Pipeline{Lake: "s3://bucket", Warehouse: "/srv/x.duckdb"}, dataDir: t.TempDir()}
	if err := elsewhere.makeFolders(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(elsewhere.dataDir, "lake")); err == nil {
		t.Error("a folder for a lake elsewhere was made")
	}
}
