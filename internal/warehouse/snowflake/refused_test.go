package snowflake

import (
	"testing"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

func loadOf(name, table string, change func(*warehouse.FileLoad)) warehouse.FileLoad {
	f := warehouse.FileLoad{File: catalog.File{Name: name, Table: table}, Status: warehouse.StatusLoaded}
	if change != nil {
		change(&f)
	}
	return f
}

// All files of the table are looked at together, but for those of which it is known what becomes of them.
func TestWhichFilesAreLookedAt(t *testing.T) {
	refused := func(f *warehouse.FileLoad) { f.Refused = make([]warehouse.RefusedRow, 1) }
	batch := warehouse.Batch{Commits: []warehouse.CommitLoad{
		{Commit: catalog.Commit{Version: "v1"}, Loads: []warehouse.FileLoad{loadOf("a1", "a", nil), loadOf("b1", "b", nil), loadOf("a2", "a", refused)}},
		{Commit: catalog.Commit{Version: "v2"}, Loads: []warehouse.FileLoad{
			loadOf("a3", "a", nil), loadOf("a4", "a", func(f *warehouse.FileLoad) { f.Status = warehouse.StatusMissing }), loadOf("a5", "a", nil)}},
	}}
	suspects, known := suspectsOf(batch, "a3")
	var names string
	for _, s := range suspects {
		names += s.Name + s.version + " "
	}
	if names != "a1v1 a3v2 a5v2 " || known {
		t.Errorf("%s, known %v", names, known)
	}
	if _, known := suspectsOf(batch, "a2"); !known {
		t.Error("a file whose refused rows are known is looked at again")
	}
	if suspects, _ := suspectsOf(batch, "gone"); len(suspects) != 0 {
		t.Errorf("%d files are looked at for one that is not of the batch", len(suspects))
	}
}

// Snowflake names a file by its URL or by its path below the stage, and the column only of the first error.
func TestWhatSnowflakeSaysOfAFile(t *testing.T) {
	all := outcomes{"s3://bucket/lake/data/a.csv": {loaded: 1}, "data/b.csv": {loaded: 2}, "s3://bucket/lake/data/ba.csv": {loaded: 3}}
	for name, loaded := range map[string]int64{"data/a.csv": 1, "data/b.csv": 2, "data/ba.csv": 3, "a/a.csv": 0} {
		if got := all.of(name).loaded; got != loaded {
			t.Errorf("%s: %d", name, got)
		}
	}
	s := suspect{FileLoad: loadOf("data/a.csv", "a", func(f *warehouse.FileLoad) { f.Columns = []contract.Column{{Name: "city"}} })}
	for column, field := range map[string]string{`"A"["CITY":5]`: "city", `"A"["OTHER":5]`: "", "CITY": "", "": ""} {
		if got, detail := (outcome{first: "too long", column: column}).about(s, 1); got != field || detail != "too long" {
			t.Errorf("%s: %q, %q", column, got, detail)
		}
	}
	if field, detail := (outcome{first: "too long", line: "7", column: `"A"["CITY":5]`}).about(s, 2); field != "" || detail != "too long (the first error of 2 rows, in line 7 of data/a.csv)" {
		t.Errorf("%q, %q", field, detail)
	}
}
