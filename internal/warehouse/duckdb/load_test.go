package duckdb

import (
	"context"
	"os"
	"testing"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

func TestLoadMakesTypedRows(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	result := r.load(
		r.commit(0, r.file(0, ordersTable, rowsOf(`1,a,5761931.382`, `2,"",0.001`, `3,,`)...)),
		r.commit(1, r.file(1, ordersTable, rowsOf(`4,"say ""x"", 
then y",1`)...)))
	equal(t, "shards", result.Shards, []warehouse.ShardResult{{Shard: 0, Through: 3, Files: 1, Rows: 3}, {Shard: 1, Through: 1, Files: 1, Rows: 1}})
	equal(t, "rows", r.query("select id, name, price from orders order by id"),
		[]string{"1|a|5761931.382", "2||0.001", "3|NULL|NULL", "4|say \"x\", \nthen y|1.000"})
	equal(t, "metadata", r.query("select _shard, _sequence, _arrived_at from orders where id = 2"),
		[]string{"shardId-000000000000|" + r.shard(0).SequenceNumber(2, day0+2) + "|2025-11-22T08:26:40.002Z"})
	s := r.snapshot()
	equal(t, "counts", s.Tables, []warehouse.TableCount{{Table: "orders", Rows: 4}})
	equal(t, "watermarks", s.Watermarks, []warehouse.Watermark{{Shard: 0, Number: 1, Position: 3, Arrived: day0 + 3}, {Shard: 1, Number: 1, Position: 1, Arrived: day0 + 1}})
}

func TestE3LoadingAgainChangesNothing(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	c := r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1", "2,b,2")...))
	r.load(c)
	r.load(c)
	again := c
	again.Again = true
	r.load(again)
	r.restart()
	r.load(c)
	equal(t, "rows", r.query("select count(*), sum(id) from orders"), []string{"2|3"})
	equal(t, "loads", r.query("select rows, status from _penstock.loads"), []string{"2|loaded"})
}

func TestMissingFileIsRecordedAndLoadedWhenItReturns(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	f := r.file(0, ordersTable, rowsOf("1,a,1", "2,b,2")...)
	gone := f
	gone.Status, gone.Path, gone.Detail = warehouse.StatusMissing, "", "not in the lake"
	r.load(r.commit(0, gone), r.commit(0, r.file(0, ordersTable, rowsOf("3,c,3")...)))
	s := r.snapshot()
	equal(t, "rows", s.Rows(), 1)
	equal(t, "unloaded", s.Unloaded, []warehouse.UnloadedFile{{Name: f.Name, Table: "orders", Number: 1, Status: warehouse.StatusMissing, Detail: "not in the lake", Committed: 2}})
	back := warehouse.CommitLoad{Source: r.shard(0), Loads: []warehouse.FileLoad{f}, Again: true}
	back.Number, back.Kind = 1, catalog.CommitRange
	r.load(back)
	r.load(back)
	s = r.snapshot()
	equal(t, "rows", s.Rows(), 3)
	equal(t, "unloaded", len(s.Unloaded), 0)
	equal(t, "watermark", s.Watermarks[0].Number, 2)
}

func TestRefusedRowsGoToTheQuarantineAlone(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	good := r.file(0, ordersTable, rowsOf("1,a,1")...)
	bad := r.file(0, ordersTable, rowsOf("2,b,2", "x,c,3", "4,d,12345678901234567890.1", "5,e,5")...)
	commits := []warehouse.CommitLoad{r.commit(0, good), r.commit(0, bad), r.commit(0, r.file(0, ordersTable, rowsOf("6,f,6")...))}
	result := r.load(commits...)
	if len(result.Refusals) != 1 || len(result.Refusals[0].Rows) != 2 || result.Refusals[0].Name != bad.Name {
		t.Fatalf("refusals: %+v", result.Refusals)
	}
	equal(t, "rows before", r.snapshot().Rows(), 0)
	rows := result.Refusals[0].Rows
	equal(t, "first refused", rows[0].Sequence+" "+rows[0].Field, r.shard(0).SequenceNumber(3, day0+3)+" id")
	rows[0].Raw, rows[0].PartitionKey = []byte("{\"id\":\"x\"}\x00\xff"), "p"
	commits[1].Loads[0].Refused = rows
	r.load(commits...)
	s := r.snapshot()
	equal(t, "rows and quarantine", []int64{s.Rows(), s.Quarantined}, []int64{4, 2})
	equal(t, "quarantine", r.query("select reason, field, contract, contract_version, partition_key, raw_base64 from quarantine order by _sequence"),
		[]string{"refused_by_warehouse|id|orders|v1|p|eyJpZCI6IngifQD/", "refused_by_warehouse|price|orders|v1||NULL"})
	equal(t, "fallback", r.query("select raw->>'price' from quarantine where raw_base64 is null"), []string{"12345678901234567890.1"})
	equal(t, "unloaded", len(s.Unloaded), 0)
}

func TestDamagedFileHoldsUpNothing(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	bad := r.file(0, ordersTable, rowsOf("1,a,1", "2,b,2")...)
	if err := os.WriteFile(bad.Path, []byte("id\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	commits := []warehouse.CommitLoad{r.commit(0, bad), r.commit(0, r.file(0, ordersTable, rowsOf("3,c,3")...))}
	result := r.load(commits...)
	if len(result.Refusals) != 1 || result.Refusals[0].Status != warehouse.StatusDamaged {
		t.Fatalf("refusals: %+v", result.Refusals)
	}
	commits[0].Loads[0].Status, commits[0].Loads[0].Detail = result.Refusals[0].Status, result.Refusals[0].Detail
	r.load(commits...)
	equal(t, "rows", r.query("select id from orders"), []string{"3"})
	equal(t, "unloaded", r.snapshot().Unloaded[0].Status, warehouse.StatusDamaged)
}

func TestShortFileIsLoadedAndReported(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	f := r.file(0, ordersTable, rowsOf("1,a,1", "2,b,2")...)
	f.Rows = 3
	c := r.commit(0, f)
	result := r.load(c)
	if len(result.Refusals) != 1 || result.Refusals[0].Status != warehouse.StatusShort {
		t.Fatalf("refusals: %+v", result.Refusals)
	}
	c.Loads[0].Status = warehouse.StatusShort
	r.load(c)
	s := r.snapshot()
	equal(t, "rows", s.Rows(), 2)
	equal(t, "unloaded", []int64{s.Unloaded[0].Committed, s.Unloaded[0].Rows}, []int64{3, 2})
}

func TestRedriveMovesRowsOutOfTheQuarantineOnce(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	q := contract.QuarantineTable()
	quarantined := r.file(0, q, rowsOf(
		`missing_field,id,,orders,v1,p,"{""name"":""a""}",`, `not_json,,,,v1,p,x,`, `no_contract,,,,v1,p,{},`)...)
	result := r.load(r.commit(0, quarantined))
	equal(t, "reasons", result.Shards[0].Quarantined, "map[missing_field:1 no_contract:1 not_json:1]")
	equal(t, "quarantined", r.snapshot().Quarantined, 3)
	redrive := func() warehouse.CommitLoad {
		r.seq[0] = 0 // under the old positions
		f := r.file(0, ordersTable, rowsOf("1,a,1")...)
		r.seq[0] = 3
		c := r.commit(0, f)
		c.Kind, c.DroppedSequences = catalog.CommitRedrive, []string{r.shard(0).SequenceNumber(3, day0+3)}
		return c
	}
	r.load(redrive())
	r.load(redrive())
	s := r.snapshot()
	equal(t, "loaded, quarantined, dropped", []int64{s.Rows(), s.Quarantined, s.Dropped}, []int64{1, 1, 1})
	equal(t, "unloaded", len(s.Unloaded), 0)
}

func TestDropsAreSummedPerTable(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	for range 3 {
		c := r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...))
		c.Dropped = map[string]int64{"orders": 2, "": 1}
		r.load(c)
	}
	equal(t, "dropped", r.snapshot().Dropped, 9)
	equal(t, "rows kept for it", r.query("select count(*) from _penstock.dropped"), []string{"2"})
}

func TestAdditiveColumnsAndRefusedChanges(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...)))
	wider := *ordersTable
	wider.Columns = append(append([]contract.Column{}, ordersTable.Columns...), contract.Column{Name: `odd "name"`, Type: contract.Type{Kind: contract.Timestamp}})
	r.prepare(&wider)
	f := r.file(0, &wider, rowsOf("2,b,2,2025-01-01T00:00:00Z")...)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("3,c,3")...)), r.commit(0, f))
	equal(t, "rows", r.query(`select id, "odd ""name""" from orders order by id`), []string{"1|NULL", "2|2025-01-01T00:00:00Z", "3|NULL"})
	changed := *ordersTable
	changed.Columns = []contract.Column{{Name: "id", Type: contract.Type{Kind: contract.Varchar}}, ordersTable.Columns[2], ordersTable.Columns[1]}
	err := r.client.Check(context.Background(), []*contract.Table{&changed})
	equal(t, "check", err, "table orders cannot be changed in place: column id is bigint in the warehouse and varchar in the contract; "+
		"column name has moved; column price has moved; column odd \"name\" is gone or renamed\n"+
		"  columns keep their names, their order and their types, which can only be widened: put them back and append a column with a new name, or use a new table")
	if err := r.client.Prepare(context.Background(), []*contract.Table{&changed}); err == nil {
		t.Fatal("an incompatible table was prepared")
	}
}

// Whose the events are moves with a redrive: from the contract that refused them, or from none, to
// the one that takes them now.
func TestRedriveMovesEventsBetweenContracts(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	q := contract.QuarantineTable()
	c := r.commit(0, r.file(0, q, rowsOf(
		`missing_field,id,,orders,v1,p,{},`, `wrong_type,id,,returns,v1,p,{},`, `no_contract,,,,v1,p,{},`, `not_json,,,,v1,p,x,`)...))
	c.Quarantined = map[string]int64{"orders": 1, "returns": 1, "": 2}
	r.load(c)
	s := r.snapshot()
	equal(t, "by contract", s.QuarantinedBy, "map[:2 orders:1 returns:1]")
	equal(t, "moved", s.Moved, "map[]")
	for range 2 { // the second time there is nothing to move
		r.seq[0] = 0
		f := r.file(0, ordersTable, rowsOf("1,a,1", "2,b,1", "3,c,1")...)
		r.seq[0] = 4
		c := r.commit(0, f)
		c.Kind, c.DroppedContract, c.DroppedSequences = catalog.CommitRedrive, "returns", []string{r.shard(0).SequenceNumber(4, day0+4)}
		r.load(c)
		s = r.snapshot()
		equal(t, "rows", s.Rows(), 3)
		equal(t, "by contract", s.QuarantinedBy, "map[]")
		equal(t, "dropped", s.DroppedBy, "map[returns:1]")
		equal(t, "moved", s.Moved, "map[:-2 orders:2 returns:0]")
	}
	r.restart()
	equal(t, "moved, after a restart", r.snapshot().Moved, "map[:-2 orders:2 returns:0]")
}

// Commits of older versions do not say whose the events in their quarantine files are. Loading one
// says it, and so does opening a warehouse into which an older version has loaded them.
func TestQuarantineOfAnOlderVersionMovesToItsContracts(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, contract.QuarantineTable(), rowsOf(
		`missing_field,id,,orders,v1,p,{},`, `missing_field,id,,orders,v1,p,{},`, `not_json,,,,v1,p,x,`)...)))
	equal(t, "moved by the load", r.snapshot().Moved, "map[:-2 orders:2]")
	r.seq[0] = 0
	f := r.file(0, ordersTable, rowsOf("1,a,1")...)
	r.seq[0] = 3
	c := r.commit(0, f)
	c.Kind = catalog.CommitRedrive
	r.load(c)
	equal(t, "moved", r.snapshot().Moved, "map[:-2 orders:2]")
	equal(t, "balance of orders", r.snapshot().QuarantinedBy["orders"]+r.snapshot().Rows(), 2)
}

func TestWarehouseOfAnOlderVersionLearnsWhatHasMoved(t *testing.T) {
	r := newRig(t)
	r.cfg.Stream = "orders"
	r.restart()
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, contract.QuarantineTable(), rowsOf(
		`missing_field,id,,orders,v1,p,{},`, `missing_field,id,,orders,v1,p,{},`, `not_json,,,,v1,p,x,`)...)))
	r.seq[0] = 0
	f := r.file(0, ordersTable, rowsOf("1,a,1")...)
	f.Name = "data/orders/dt=2026-11-22/hour=05/orders-redrive-x-0000.csv"
	r.seq[0] = 3
	c := r.commit(0, f)
	c.Kind = catalog.CommitRedrive
	r.load(c)
	before := r.snapshot()
	r.client.Close()

	open, err := r.cfg.withDefaults().open()
	if err != nil {
		t.Fatal(err)
	}
	e, err := openEngine(t.Context(), open)
	if err != nil {
		t.Fatal(err)
	}
	session, err := e.session(t.Context())
	if err == nil {
		_, err = session.exec(t.Context(), "DROP TABLE _penstock.moved")
		session.close()
	}
	e.close()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second start finds the table
		r.start()
		equal(t, "moved", r.snapshot().Moved, "map[:-2 orders:2]")
		equal(t, "the rest", r.snapshot().QuarantinedBy, before.QuarantinedBy)
		r.client.Close()
	}
	r.start()
}
