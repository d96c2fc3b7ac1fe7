package main

import (
	"path/filepath"
	"testing"

	pipelinefile "github.com/penstock/penstock/internal/pipeline"
)

func TestPipelinesAreValidAndAsAsked(t *testing.T) {
	for _, s := range []shape{{}, {keyed: true}, {others: 19}} {
		dir := filepath.Join(t.TempDir(), "orders")
		if err := writePipeline(dir, s); err != nil {
			t.Fatal(err)
		}
		file, err := pipelinefile.Load(dir)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		tables := file.Contracts.Tables()
		if len(tables) != s.others+1 || tables[s.others].Name != "orders" {
			t.Errorf("%+v: %d tables", s, len(tables))
		}
		if keyed := tables[s.others].Key != ""; keyed != s.keyed {
			t.Errorf("%+v: the key is %q", s, tables[s.others].Key)
		}
	}
}
