package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/test/harness"
)

const textsContract = "contracts/texts.yaml"

// noted is an event of textsPipeline with a field that its contract does not know yet.
func noted(id int) []byte {
	return fmt.Appendf(nil, `{"id":%d,"body":"b","note":"n%d"}`, id, id)
}

const noteColumn = "  - {name: note, type: varchar}\n"

// TestE5PendingPlanIsFinishedUnderItsOwnContracts kills the pipeline between plan and file, changes
// the contracts, and starts it again: what was planned keeps the contracts it was planned with, what
// came after gets the new ones.
func TestE5PendingPlanIsFinishedUnderItsOwnContracts(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{buffer: {interval: 100ms}}").Start()
	put(t, p, "texts", noted(1))
	p.WaitDelivered(1, delivered)
	p.Stop()
	expect(t, p.Run("check", "-c", p.Dir, "--data", p.Data), 0, "ok")

	lake, gone := filepath.Join(p.Data, "lake"), filepath.Join(p.Data, "lake.gone")
	p.Start()
	rename(t, lake, gone)
	put(t, p, "texts", noted(2), noted(3))
	p.WaitFor("the put that fails", delivered, func(s status) bool { return !s.Ready })
	put(t, p, "texts", noted(4), noted(5))
	p.Kill()

	p.Write(textsContract, p.Read(textsContract)+noteColumn)
	rename(t, gone, lake)
	expect(t, p.Run("check", "-c", p.Dir, "--data", p.Data), 0, "note")
	p.Start()
	put(t, p, "texts", noted(6))
	expectLedger(t, p, 6, 0, 0)
	got := rows(t, p, "select id::varchar as id, note from texts order by texts.id")
	for i, row := range got {
		var want any
		if i+1 > 3 { // 2 and 3 were in the plan
			want = fmt.Sprintf("n%d", i+1)
		}
		if row["id"] != fmt.Sprint(i+1) || row["note"] != want {
			t.Errorf("row %d is %v, want note %v", i+1, row, want)
		}
	}

	// From the lake alone come the same rows, though its files have two shapes.
	p.Stop()
	removeWarehouse(t, p)
	p.Start()
	expectLedger(t, p, 6, 0, 0)
	if again := rows(t, p, "select id::varchar as id, note from texts order by texts.id"); fmt.Sprint(again) != fmt.Sprint(got) {
		t.Errorf("rebuilt: %v, was %v", again, got)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestChangesInPlace: further columns and wider types need nothing but a start.
func TestChangesInPlace(t *testing.T) {
	t.Parallel()
	p := harness.New(t, map[string]string{
		"pipeline.yaml": "stream: {name: s}\n",
		"contracts/t.yaml": lines("table: t", "match: has(event.id)", "columns:",
			"  - {name: id, type: integer}", "  - {name: d, type: \"decimal(4,2)\"}"),
	}).Start()
	put(t, p, "s", []byte(`{"id":1,"d":1.5}`), []byte(`{"id":3000000000,"d":1000000.5}`))
	expectLedger(t, p, 1, 1, 0)
	p.Stop()
	p.Write("contracts/t.yaml", lines("table: t", "match: has(event.id)", "columns:",
		"  - {name: id, type: bigint}", "  - {name: d, type: \"decimal(12,2)\"}", "  - {name: e, type: varchar, default: none}"))
	p.Write("contracts/u.yaml", lines("table: u", "match: has(event.name)", "columns:", "  - {name: name, type: varchar}"))
	checked := p.Run("check", "-c", p.Dir, "--data", p.Data)
	expect(t, checked, 0, "column e", "table u is created")
	p.Start()
	expect(t, p.Run("redrive", "--data", p.Data), 0, "1 became rows of t")
	put(t, p, "s", []byte(`{"id":4000000000,"d":9999999999.99,"e":"x"}`), []byte(`{"name":"Ada"}`))
	expectLedger(t, p, 4, 0, 0)
	got := fmt.Sprint(p.Query("select id, d, coalesce(e, 'NULL') from t order by id"))
	if want := "[[1 1.50 NULL] [3000000000 1000000.50 none] [4000000000 9999999999.99 x]]"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	p.Stop()
	removeWarehouse(t, p)
	p.Start()
	expectLedger(t, p, 4, 0, 0)
	if again := fmt.Sprint(p.Query("select id, d, coalesce(e, 'NULL') from t order by id")); again != got {
		t.Errorf("rebuilt: %s, was %s", again, got)
	}
}

// TestChangesThatCannotBeMadeInPlace: check and up refuse them and say what to do; with the old
// contract back, everything goes on.
func TestChangesThatCannotBeMadeInPlace(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{format: csv}").Start()
	put(t, p, "texts", noted(1))
	expectLedger(t, p, 1, 0, 0)
	good := p.Read(textsContract)
	for old, new := range map[string]string{
		"id, type: bigint":                  "id, type: varchar",
		"id, type: bigint, required":        "id, type: integer, required",
		"body, type: varchar":               "body_text, type: varchar",
		"name: body, type: varchar}":        "name: other, type: varchar}\n  - {name: body, type: varchar}",
		"  - {name: body, type: varchar}\n": "",
	} {
		p.Write(textsContract, strings.Replace(good, old, new, 1))
		running := p.Run("check", "-c", p.Dir, "--data", p.Data)
		expect(t, running, 2, "texts", "cannot be changed in place")
		p.Stop()
		expect(t, p.Run("check", "-c", p.Dir, "--data", p.Data), 2, "contracts/texts.yaml: table texts cannot be changed in place")
		expect(t, up(p), 2, "contracts/texts.yaml: table", "cannot be changed in place")
		if got := p.Query("select count(*) from texts")[0][0]; got != "1" {
			t.Errorf("%s rows after a refused start", got)
		}
		p.Write(textsContract, good)
		p.Start()
	}
	put(t, p, "texts", noted(2))
	expectLedger(t, p, 2, 0, 0)
}

// TestE5IncompatibleChangeWhileAPlanIsPending: the refusal must not lose the plan.
func TestE5IncompatibleChangeWhileAPlanIsPending(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{format: csv}").Start()
	lake, gone := filepath.Join(p.Data, "lake"), filepath.Join(p.Data, "lake.gone")
	rename(t, lake, gone)
	put(t, p, "texts", noted(1))
	p.WaitFor("the put that fails", delivered, func(s status) bool { return !s.Ready })
	p.Kill()
	rename(t, gone, lake)
	good := p.Read(textsContract)
	p.Write(textsContract, strings.Replace(good, "id, type: bigint", "id, type: varchar", 1))
	expect(t, up(p), 2, "texts", "cannot be changed in place")
	p.Write(textsContract, good)
	p.Start()
	expectLedger(t, p, 1, 0, 0)
}
