package duckdb

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

const day = 24 * 60 * 60_000

// A filter built from the table knows the newest window only; a late row needs one before it.
func TestKeyOfALateRowIsRecognizedAfterARestart(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart ", restart), func(t *testing.T) {
			r := newRig(t)
			table := keyedTable2("id", week)
			r.prepare(table)
			r.load(r.commit(0, r.file(0, table, line{"1,first,1", day0}, line{"2,newest,1", day0 + 9*day})))
			if restart {
				r.restart()
				r.prepare(table)
			}
			r.load(r.commit(1, r.file(1, table, line{"1,late,1", day0 + 5*day})))
			equal(t, "rows", r.query("select name from orders order by name"), "[first newest]")
		})
	}
}

// Rows that landed without a key, or under another window, are known to the key that follows.
func TestKeyThatComesLaterKnowsTheRowsBeforeIt(t *testing.T) {
	for name, before := range map[string]*contract.Table{"no key": ordersTable, "other key": keyedTable2("name", week), "other window": keyedTable2("id", 2*week)} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			table := keyedTable2("id", week)
			r.prepare(table) // the present contract; the commits before it are still to be loaded
			r.load(r.commit(0, r.file(0, before, rowsOf("1,before,1")...)))
			r.load(r.commit(0, r.file(0, table, rowsOf("1,again,1")...)))
			equal(t, "rows", r.query("select name from orders order by name"), "[before]")
		})
	}
}

// The same commits in one transaction or in two.
func TestWindowsOfTwoContractsDoNotMix(t *testing.T) {
	for _, together := range []bool{true, false} {
		r := newRig(t)
		short, long := keyedTable2("id", time.Hour), keyedTable2("id", week)
		r.prepare(long)
		a := r.commit(0, r.file(0, short, line{"1,a,1", day0}))
		b := r.commit(0, r.file(0, long, line{"1,b,1", day0 + day}))
		if together {
			r.load(a, b)
		} else {
			r.load(a)
			r.load(b)
		}
		equal(t, fmt.Sprint("rows, together ", together), r.query("select name from orders order by name"), "[a]")
	}
}

// A redriven row that the warehouse refuses stays in the quarantine, once.
func TestRefusedRowOfARedriveStaysInTheQuarantineOnce(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, contract.QuarantineTable(), rowsOf(`not_json,,,,v1,p,x,`, `not_json,,,,v1,p,x,`)...)))
	r.seq[0] = 0
	f := r.file(0, ordersTable, rowsOf("1,redriven,1", "x,redriven,1")...)
	r.seq[0] = 2
	c := r.commit(0, f)
	c.Kind = catalog.CommitRedrive
	// A neighbour in the batch is damaged, so that every file of it is looked at.
	bad := r.file(0, ordersTable, rowsOf("3,c,3")...)
	if err := os.WriteFile(bad.Path, []byte("id\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	d := r.commit(0, bad)
	result := r.load(c, d)
	for _, refusal := range result.Refusals {
		for _, load := range []*warehouse.FileLoad{&c.Loads[0], &d.Loads[0]} {
			if load.Name == refusal.Name {
				load.Status, load.Detail, load.Refused = refusal.Status, refusal.Detail, refusal.Rows
			}
		}
	}
	r.load(c, d)
	s := r.snapshot()
	equal(t, "rows and quarantine", []int64{s.Rows(), s.Quarantined}, []int64{1, 1})
}

// With room for few keys, what is forgotten in the middle of a load is not
// taken for new.
func TestForgettingInTheMiddleOfALoad(t *testing.T) {
	r := newRig(t)
	r.client.Close()
	r.cfg.KeyMemory = 1 << 20
	r.start()
	table := keyedTable2("id", week)
	r.prepare(table)
	lines := make([]line, 0, 200_000)
	for i := range 200_000 {
		lines = append(lines, line{fmt.Sprintf("%d,n,1", i), 0})
	}
	r.load(r.commit(0, r.file(0, table, lines...)))
	lines = lines[:0]
	for i := range 120_000 {
		lines = append(lines, line{fmt.Sprintf("%d,again,1", (200_000+i)%300_000), 0})
	}
	r.load(r.commit(0, r.file(0, table, lines...)))
	equal(t, "rows", r.query("select count(*), count(distinct id) from orders"), "[300000|300000]")
}

// DuckDB's own column for a row's file is called filename, as a contract's may be.
func TestKeyOfATableWithAColumnFilename(t *testing.T) {
	for _, key := range []string{"filename", "id"} {
		table := &contract.Table{Name: "uploads", Key: key, KeyWindow: week, Columns: []contract.Column{
			{Name: "filename", Type: contract.Type{Kind: contract.Varchar}, Required: true},
			{Name: "id", Type: contract.Type{Kind: contract.Bigint}, Required: true},
		}}
		r := newRig(t)
		r.prepare(table)
		result := r.load(r.commit(0, r.file(0, table, rowsOf("a,1", "b,2", "a,1")...), r.file(0, table, rowsOf("b,2", "c,3")...)))
		equal(t, "result", result.Shards, "[{0 5 2 3 2 map[]}]")
		equal(t, "rows", r.query("select filename, id from uploads order by id"), []string{"a|1", "b|2", "c|3"})
		equal(t, "duplicates of each file", r.query("select duplicates from _penstock.loads order by name"), []string{"1", "1"})
	}
}
