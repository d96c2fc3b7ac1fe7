package duckdb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

func keyedTable2(key string, window time.Duration) *contract.Table {
	t := *ordersTable
	t.Key, t.KeyWindow = key, window
	return &t
}

const week = 7 * 24 * time.Hour

func TestKeyLandsOnceAndDuplicatesAreCounted(t *testing.T) {
	r := newRig(t)
	table := keyedTable2("id", week)
	r.prepare(table)
	result := r.load(r.commit(0,
		r.file(0, table, rowsOf("1,a,1", "2,b,1", "1,later,1", ",null,1", ",null,2")...),
		r.file(0, table, rowsOf("2,later,2", "3,c,3")...)))
	equal(t, "result", result.Shards, "[{0 7 2 5 2 map[]}]")
	result = r.load(r.commit(0, r.file(0, table, rowsOf("3,again,1", "4,d,1")...)), r.commit(1, r.file(1, table, rowsOf("1,other shard,1")...)))
	equal(t, "result", result.Shards, "[{0 9 1 1 1 map[]} {1 1 1 0 1 map[]}]")
	// Shard 1's row arrived with shard 0's first one, at the same millisecond as the row it equals,
	// and comes behind it in the order of shards.
	equal(t, "rows", r.query("select id, name from orders order by id, price"), []string{"1|a", "2|b", "3|c", "4|d", "NULL|null", "NULL|null"})
	s := r.snapshot()
	equal(t, "ledger", []int64{s.Rows(), s.Duplicates}, []int64{6, 4})
	r.restart()
	r.prepare(table)
	r.load(r.commit(0, r.file(0, table, rowsOf("4,again,1", "5,e,1")...)))
	s = r.snapshot()
	equal(t, "ledger after a restart", []int64{s.Rows(), s.Duplicates, int64(len(s.Unloaded))}, []int64{7, 5, 0})
}

func TestKeyWindow(t *testing.T) {
	r := newRig(t)
	table := keyedTable2("id", time.Hour)
	r.prepare(table)
	at := func(minutes int64, values string) line { return line{values, day0 + minutes*60_000} }
	r.load(r.commit(0, r.file(0, table, at(0, "1,a,1"), at(59, "1,b,1"), at(60, "1,c,1"), at(61, "1,d,1"), at(119, "1,e,1"), at(121, "1,f,1"))))
	equal(t, "rows", r.query("select name from orders order by _sequence"), []string{"a", "c", "f"})
	r.load(r.commit(0, r.file(0, table, at(122, "1,g,1"), at(180, "1,h,1"), at(181, "1,i,1"))))
	equal(t, "rows", r.query("select name from orders order by _sequence"), []string{"a", "c", "f", "i"})
	equal(t, "duplicates", r.snapshot().Duplicates, 5)
}

func TestKeyThatArrivedEarlierDisplacesTheOneLoadedEarlier(t *testing.T) {
	r := newRig(t)
	table := keyedTable2("name", week)
	r.prepare(table)
	r.load(r.commit(1, r.file(1, table, line{"1,k,1", day0 + 500}, line{"2,l,1", day0 + 501})))
	r.load(r.commit(0, r.file(0, table, line{"3,k,1", day0 + 100}, line{"4,m,1", day0 + 101})))
	equal(t, "rows", r.query("select id from orders order by id"), []string{"2", "3", "4"})
	s := r.snapshot()
	equal(t, "ledger", []int64{s.Rows(), s.Duplicates}, []int64{3, 1})
}

// Whatever the order shards and files are loaded in, the same rows land.
func TestKeyedRowsDoNotDependOnTheOrderOfLoading(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	table := keyedTable2("id", week)
	first := newRig(t)
	first.prepare(table)
	var commits []warehouse.CommitLoad
	for n := range 12 {
		shard := n % 3
		var lines []line
		for range 300 {
			lines = append(lines, line{fmt.Sprintf("%d,n%d,1", random.IntN(800), random.IntN(1000)), 0})
		}
		commits = append(commits, first.commit(shard, first.file(shard, table, lines...)))
	}
	first.load(commits...)
	const sql = "select id, name, _sequence from orders order by id, _sequence"
	want := first.query(sql)
	for round := range 4 {
		other := newRig(t)
		other.prepare(table)
		other.client.Close()
		other.cfg.Dirs = first.cfg.Dirs
		other.start()
		queues := map[int][]warehouse.CommitLoad{}
		for _, c := range commits {
			queues[c.Shard] = append(queues[c.Shard], c)
		}
		for left := len(commits); left > 0; {
			var batch []warehouse.CommitLoad
			for range random.IntN(4) + 1 {
				shard := random.IntN(3)
				if q := queues[shard]; len(q) > 0 {
					batch, queues[shard] = append(batch, q[0]), q[1:]
					left--
				}
			}
			if len(batch) > 0 {
				other.load(batch...)
			}
		}
		if got := other.query(sql); !slices.Equal(got, want) {
			t.Fatalf("round %d: %d rows, want %d, or other ones", round, len(got), len(want))
		}
		s := other.snapshot()
		equal(t, "ledger", s.Rows()+s.Duplicates, 12*300)
	}
}

func TestRedriveHonoursTheKey(t *testing.T) {
	r := newRig(t)
	table := keyedTable2("id", week)
	r.prepare(table)
	r.load(r.commit(0, r.file(0, contract.QuarantineTable(), rowsOf(`not_json,,,,v1,p,x,`, `not_json,,,,v1,p,x,`)...)))
	r.load(r.commit(0, r.file(0, table, rowsOf("1,a,1")...)))
	r.seq[0] = 0
	f := r.file(0, table, rowsOf("1,redriven,1", "2,redriven,1")...)
	r.seq[0] = 3
	c := r.commit(0, f)
	c.Kind = "redrive"
	r.load(c)
	s := r.snapshot()
	// The redriven row arrived before the one that was loaded, so it takes its place.
	equal(t, "ledger", []int64{s.Rows(), s.Quarantined, s.Duplicates}, []int64{2, 0, 1})
	equal(t, "rows", r.query("select name from orders"), []string{"redriven", "redriven"})
}

func TestJudge(t *testing.T) {
	row := func(key string, arrived int64, sequence string, present bool) keyedRow {
		return keyedRow{key: key, arrived: arrived, sequence: sequence, present: present, file: "f" + sequence}
	}
	names := func(rows []keyedRow) (s []string) {
		for _, r := range rows {
			s = append(s, r.sequence)
		}
		return s
	}
	v := judge([]keyedRow{
		row("k", 10, "3", false), row("k", 5, "2", true), row("k", 200, "4", false), row("k", 1, "1", false),
		row("l", 1, "5", true), row("l", 2, "6", true), row("l", 3, "7", false), row("m", 1, "8", false),
	}, 100*time.Microsecond)
	equal(t, "land", names(v.land), "[1 4 8]")
	equal(t, "duplicates", names(v.duplicates), "[3 7]")
	equal(t, "displaced", names(v.displaced), "[2]")
	equal(t, "displaced by", v.displaced[0].file, "f1")
}
