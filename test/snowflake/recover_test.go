package snowflake_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/snowflake/recovery"
	"github.com/penstock/penstock/test/snowflake/double"
)

const (
	rawOrders     = "PENSTOCK.ORDERS_RAW.ORDERS"
	rawQuarantine = "PENSTOCK.ORDERS_RAW.QUARANTINE"
	ordersFolder  = "s3://lake/data/orders/"
	hourFolder    = "dt=2026-11-22/hour=05/"
)

// TestWhatSnowflakeRefusesEntersTheQuarantine goes all the way with the real program: refused, recovered, loaded into
// the quarantine by its pipe, recovered again, and redriven.
func TestWhatSnowflakeRefusesEntersTheQuarantine(t *testing.T) {
	w, a := newWorld(t), startAWS(t)
	w.must()
	p := newProgram(t, w, a)
	if text := p.snowflake(w, 0, "recover"); !strings.Contains(text, "0 files not loaded whole") {
		t.Errorf("of nothing:\n%s", text)
	}

	// Of the first file two of four rows are refused, the one before them spans lines; of the second all.
	lines := delivered(t, 0, theOrder(1, 5, "one"), theOrder(2, 5, "two\nlines, \"quoted\""), theOrder(3, 5000, "three\r\nlines"), theOrder(4, 5000, "four"), theOrder(5, 5, "five"))
	other := delivered(t, 100, theOrder(101, 5000, "x"))
	if len(lines) != 1 || len(other["orders"]) == 0 {
		t.Fatalf("the contracts take no such orders: %q", lines)
	}
	for name, text := range map[string][]byte{"a.csv.gz": lines["orders"], "b.csv.gz": other["orders"]} {
		object := zipped(text)
		a.put(t, "data/orders/"+hourFolder+name, object)
		w.account.Ingest(rawOrders, ordersFolder, hourFolder+name, object, tooDear(t))
	}
	if n := len(w.account.Copied(rawOrders)); n != 3 {
		t.Fatalf("%d rows were loaded", n)
	}
	// A third is damaged, a fourth is none of the lake's, a fifth is the quarantine's own.
	a.put(t, "data/orders/"+hourFolder+"c.csv.gz", zipped(lines["orders"])[:60])
	w.account.Ingest(rawOrders, ordersFolder, hourFolder+"c.csv.gz", zipped(lines["orders"])[:60], anything)
	w.account.Ingest(rawOrders, "s3://another/bucket/", "d.csv", []byte("x"), anything)
	w.account.Ingest(rawQuarantine, "s3://lake/data/quarantine/", hourFolder+"q.csv.gz", []byte("x"), anything)

	w.account.Answer(`COUNT(*) AS N`, []map[string]string{{"N": "3", "NEWEST": ""}})
	w.account.Answer("PIPE_USAGE_HISTORY", []map[string]string{{"CREDITS": "0"}})
	if text := p.snowflake(w, 0, "status"); !strings.Contains(text, "`penstock snowflake recover`") || strings.Contains(text, "are in the quarantine") {
		t.Errorf("status before:\n%s", text)
	}
	if text := p.snowflake(w, 1, "recover", "--dry-run"); !strings.Contains(text, "2 of 5 rows would be written to data/quarantine/"+hourFolder+"refused-orders-") || len(a.quarantine(t)) != 0 {
		t.Errorf("a dry run:\n%s", text)
	}
	text := p.snowflake(w, 1, "recover")
	for _, want := range []string{"2 of 5 rows written to", "1 of 1 row written to", "! data/orders/" + hourFolder + "c.csv.gz: Load failed", "unexpected EOF",
		"! s3://another/bucket/d.csv", "none of the pipeline's", "! data/quarantine/" + hourFolder + "q.csv.gz", "penstock redrive --outputs", "3 files need somebody"} {
		if !strings.Contains(text, want) {
			t.Errorf("recover does not say %q:\n%s", want, text)
		}
	}
	keys := a.quarantine(t)
	if len(keys) != 2 {
		t.Fatalf("the quarantine has %q", keys)
	}

	// Snowpipe loads what was written.
	for _, k := range keys {
		w.account.Ingest(rawQuarantine, "s3://lake/data/quarantine/", strings.TrimPrefix(k, "data/quarantine/"), a.get(t, k), func(cells []string) double.Refusal {
			if len(cells) != len(contract.MetadataColumns())+len(contract.QuarantineTable().Columns) {
				return double.Refusal{Message: fmt.Sprintf("%d columns", len(cells))}
			}
			return double.Refusal{}
		})
	}
	quarantined := map[string]string{}
	for _, r := range w.account.Copied(rawQuarantine) {
		if r.Cells[0] != "shardId-000000000001" || r.Cells[2] != "2026-11-22T05:06:07.123000Z" || r.Cells[3] != "refused_by_warehouse" || r.Cells[6] != "orders" ||
			!strings.Contains(r.Cells[5], "Number out of representable range") {
			t.Errorf("%q", r.Cells)
		}
		quarantined[r.Cells[1]] = r.Cells[9]
	}
	all := string(lines["orders"]) + string(other["orders"])
	for sequence, part := range map[string]string{"49602": "three", "49603": "four", "49700": "x"} {
		raw := strings.ReplaceAll(quarantined[sequence], "\n", "")
		if !strings.HasPrefix(raw, "shardId-000000000001,"+sequence+",") || !strings.Contains(raw, part) || !strings.Contains(strings.NewReplacer("\r", "", "\n", "").Replace(all), strings.ReplaceAll(raw, "\r", "")) {
			t.Errorf("%s is kept as %q", sequence, quarantined[sequence])
		}
	}
	if len(quarantined) != 3 {
		t.Errorf("%d rows are in the quarantine", len(quarantined))
	}

	// Again nothing is written; status knows it; a redrive sends no row as if it were an event.
	var report recovery.Report
	if err := json.Unmarshal([]byte(p.snowflake(w, 1, "recover", "--json")), &report); err != nil || report.Rows != 0 || len(report.Files) != 5 || report.Faults != 3 || len(a.quarantine(t)) != 2 {
		t.Errorf("%v: %+v", err, report)
	}
	if text := p.snowflake(w, 0, "status"); strings.Count(text, "are in the quarantine") != 2 {
		t.Errorf("status after:\n%s", text)
	}
	if text := p.run(0, "redrive"); !strings.Contains(text, "3 stay: refused_by_warehouse: they are rows") {
		t.Errorf("redrive:\n%s", text)
	}
}

// TestDoctorNamesRefusedFiles until their rows are in the quarantine.
func TestDoctorNamesRefusedFiles(t *testing.T) {
	w, objects := newWorld(t), double.NewObjects()
	w.must()
	for _, p := range []string{rawOrders, rawQuarantine} {
		w.account.Set("PIPE", p, "lastReceivedMessageTimestamp", "2026-11-22T05:06:07.123Z")
	}
	broken := func() (found []snowflake.Finding) {
		t.Helper()
		all, err := snowflake.New(w.cfg, snowflake.Deps{Account: w.login(), Roles: w.cloud, Bucket: w.cloud, Objects: objects}).Doctor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			if !f.OK {
				found = append(found, f)
			}
		}
		return found
	}
	if found := broken(); len(found) > 0 {
		t.Fatalf("%+v", found)
	}
	object := zipped(delivered(t, 0, theOrder(1, 5000, "one"))["orders"])
	objects.Put("data/orders/"+hourFolder+"a.csv.gz", object)
	w.account.Ingest(rawOrders, ordersFolder, hourFolder+"a.csv.gz", object, tooDear(t))
	found := broken()
	if len(found) != 1 || found[0].Link != "files of table ORDERS loaded whole" || found[0].Mend != "penstock snowflake recover" || !strings.Contains(found[0].Cause, "1 file(s)") ||
		!strings.Contains(found[0].Cause, "out of representable range") {
		t.Errorf("%+v", found)
	}
	report, err := recovery.Run(t.Context(), recovery.Config{Tables: w.cfg.Tables, Lake: w.cfg.Lake},
		snowflake.New(w.cfg, snowflake.Deps{Account: w.login()}), objects)
	if err != nil || report.Rows != 1 {
		t.Fatalf("%+v %v", report, err)
	}
	if found := broken(); len(found) > 0 {
		t.Errorf("after it was recovered: %+v", found)
	}
}

// TestManyRefusedFiles: at the bound all are read, one past it the oldest are, and it is said.
func TestManyRefusedFiles(t *testing.T) {
	w := newWorld(t)
	w.direct = true
	w.must()
	table := w.cfg.Tables[0]
	for n := range snowflake.MaxRefused {
		w.account.Remember(rawOrders, map[string]string{"STATUS": "Load failed", "STAGE_LOCATION": ordersFolder, "FILE_NAME": fmt.Sprint(hourFolder, n)})
	}
	for _, more := range []bool{false, true} {
		files, got, err := snowflake.New(w.cfg, snowflake.Deps{Account: w.login()}).Refused(t.Context(), table, snowflake.Remembered)
		if err != nil || got != more || len(files) != snowflake.MaxRefused || files[0].Key != "data/orders/"+hourFolder+"0" {
			t.Errorf("%d files, more %v, %v", len(files), got, err)
		}
		w.account.Remember(rawOrders, map[string]string{"STATUS": "Load failed", "STAGE_LOCATION": ordersFolder, "FILE_NAME": hourFolder + "last"})
	}
}

// TestAFileIsFoundHoweverItIsNamed in COPY_HISTORY; what lies elsewhere is none.
func TestAFileIsFoundHoweverItIsNamed(t *testing.T) {
	const want = "data/orders/" + hourFolder + "a.csv.gz"
	for _, c := range []struct{ location, file, key string }{
		{"s3://lake/data/orders/", hourFolder + "a.csv.gz", want},
		{"s3://lake/data/orders", hourFolder + "a.csv.gz", want},
		{"s3://lake/data/", "orders/" + hourFolder + "a.csv.gz", want},
		{"s3://lake/", want, want},
		{"s3://lake/data/orders/", want, want},
		{`PENSTOCK.ORDERS_RAW.LAKE`, "orders/" + hourFolder + "a.csv.gz", want},
		{`PENSTOCK.ORDERS_RAW.LAKE`, want, want},
		{"s3://other/data/orders/", hourFolder + "a.csv.gz", ""},
		{"s3://lake/errors/", "a.csv.gz", ""},
		{"s3://lake/data/quarantine/", "a.csv.gz", ""},
		{"s3://lake/data/orders/", "", ""},
		{"", "", ""},
	} {
		w := newWorld(t)
		w.direct = true
		w.must()
		w.account.Remember(rawOrders, map[string]string{"STATUS": "Load failed", "STAGE_LOCATION": c.location, "FILE_NAME": c.file})
		files, _, err := snowflake.New(w.cfg, snowflake.Deps{Account: w.login()}).Refused(t.Context(), w.cfg.Tables[0], snowflake.Remembered)
		if err != nil || len(files) != 1 || files[0].Key != c.key {
			t.Errorf("%s and %s: %+v, %v", c.location, c.file, files, err)
		}
	}
}

// TestTheLimitOfSince is what Snowflake remembers.
func TestTheLimitOfSince(t *testing.T) {
	w, a := newWorld(t), startAWS(t)
	w.must()
	p := newProgram(t, w, a)
	p.snowflake(w, 0, "recover", "--since", "336h")
	for since, says := range map[string]string{"337h": "14 days", "2126-01-01": "lies ahead", "soon": "write a duration"} {
		if text := p.snowflake(w, 2, "recover", "--since", since); !strings.Contains(text, says) {
			t.Errorf("--since %s:\n%s", since, text)
		}
	}
	if text := p.snowflake(w, 2, "recover", "--external-tables"); !strings.Contains(text, "refuse none") {
		t.Errorf("external tables:\n%s", text)
	}
}
