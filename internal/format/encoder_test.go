package format_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/format"
)

func allConfigs(t *testing.T) []format.Config {
	t.Helper()
	var all []format.Config
	for _, name := range []string{"csv", "csv.gz", "csv.zst", "parquet", "zstd.parquet", "gz.parquet", "plain.parquet"} {
		cfg, err := format.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cfg)
	}
	return all
}

func TestNamesParseBack(t *testing.T) {
	for _, cfg := range allConfigs(t) {
		back, err := format.Parse(cfg.Name())
		if err != nil || back != cfg {
			t.Errorf("%+v is called %q, which is %+v, %v", cfg, cfg.Name(), back, err)
		}
	}
	if got := (format.Config{}).Name(); got != "csv.gz" {
		t.Errorf("the default is called %q", got)
	}
	if got := (format.Config{Format: format.Parquet}).Name(); got != "parquet" {
		t.Errorf("the default of Parquet is called %q", got)
	}
}

func TestWrongConfigsAreRefusedWithWhatToWrite(t *testing.T) {
	for cfg, want := range map[format.Config]string{
		{Format: "cvs"}:                         "write csv or parquet",
		{Format: "csv", Compression: "snappy"}:  "write gzip, zstd or none",
		{Format: "parquet", Compression: "lz4"}: "write snappy, zstd, gzip or none",
	} {
		if _, err := format.New(cfg, everyType()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v does not say %q", cfg, err, want)
		}
	}
	if _, err := format.Parse("csv.bz2"); err == nil {
		t.Error("csv.bz2 parsed")
	}
}

// A plan finished again after a crash must meet its own files, whatever its encoder did before.
func TestE5SameRowsGiveSameBytes(t *testing.T) {
	for _, cfg := range allConfigs(t) {
		t.Run(cfg.Name(), func(t *testing.T) {
			rows := everyRow()
			for i := range 3000 {
				row := everyRow()[0]
				row[7] = text(fmt.Sprintf("%x", i*i*2654435761))
				rows = append(rows, row)
			}
			fresh := encode(t, encoder(t, cfg, everyType()), rows)
			used := encoder(t, cfg, everyType())
			encode(t, used, rows[:1000])
			if again := encode(t, used, rows); !bytes.Equal(fresh, again) {
				t.Error("a used encoder wrote other bytes than a fresh one")
			}
			for i := range 2500 {
				if err := used.Append(meta(i), rows[i]); err != nil {
					t.Fatal(err)
				}
			}
			used.Discard()
			if again := encode(t, used, rows); !bytes.Equal(fresh, again) {
				t.Error("an encoder that discarded rows wrote other bytes than a fresh one")
			}
		})
	}
}

func TestFinishedFilesStayAsTheyAre(t *testing.T) {
	for _, cfg := range allConfigs(t) {
		e := encoder(t, cfg, everyType())
		first := encode(t, e, everyRow())
		kept := bytes.Clone(first)
		for range 3 {
			encode(t, e, everyRow()[3:])
		}
		if !bytes.Equal(first, kept) {
			t.Errorf("%s: a finished file changed while the next was written", cfg.Name())
		}
	}
}

func TestCounters(t *testing.T) {
	e := encoder(t, format.Config{Compression: format.None}, everyType())
	if e.Rows() != 0 || e.Size() != 0 || e.LongestRow() != 0 {
		t.Error("an empty encoder counts")
	}
	for i, row := range everyRow() {
		if err := e.Append(meta(i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	rows, size, longest := e.Rows(), e.Size(), e.LongestRow()
	body, err := e.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if rows != int64(len(everyRow())) || size != int64(len(body)) {
		t.Errorf("rows %d, size %d of a file of %d rows and %d bytes", rows, size, len(everyRow()), len(body))
	}
	for _, line := range lines(body) {
		if int64(len(line)) > longest {
			t.Errorf("longest row is said to be %d, but one has %d: %s", longest, len(line), line)
		}
	}
	if e.Rows() != 0 || e.Size() != 0 || e.LongestRow() != 0 {
		t.Error("a finished encoder still counts")
	}
}

func TestRowsOfAnotherShapeLeaveNothingBehind(t *testing.T) {
	table := everyType()
	bad := everyRow()[0]
	bad[0] = null
	for _, cfg := range allConfigs(t) {
		want := encode(t, encoder(t, cfg, table), everyRow())
		e := encoder(t, cfg, table)
		if err := e.Append(meta(9), bad); !errors.Is(err, format.ErrRow) || !strings.Contains(err.Error(), "id") {
			t.Errorf("%s: a required column without a value: %v", cfg.Name(), err)
		}
		if err := e.Append(meta(9), bad[:3]); !errors.Is(err, format.ErrRow) {
			t.Errorf("%s: a short row: %v", cfg.Name(), err)
		}
		if e.Rows() != 0 {
			t.Errorf("%s: refused rows are counted", cfg.Name())
		}
		if got := encode(t, e, everyRow()); !bytes.Equal(got, want) {
			t.Errorf("%s: refused rows left something in the file", cfg.Name())
		}
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	table, row := wide()
	for _, name := range []string{"csv.gz", "csv.zst"} {
		cfg, _ := format.Parse(name)
		e := encoder(t, cfg, table)
		m := meta(1)
		if err := e.Append(m, row); err != nil {
			t.Fatal(err)
		}
		// 100 rows stay within a chunk; the compressor's output grows by doubling and is not a row's.
		if n := testing.AllocsPerRun(50, func() {
			if err := e.Append(m, row); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a row", name, n)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	table, row := wide()
	for _, name := range []string{"csv", "csv.gz", "csv.zst", "parquet", "zstd.parquet"} {
		b.Run(name, func(b *testing.B) {
			cfg, _ := format.Parse(name)
			e := encoder(b, cfg, table)
			m := meta(1)
			b.ReportAllocs()
			var out, in int64
			for i := range b.N {
				m.Sequence = shard.AppendSequenceNumber(m.Sequence[:0], uint64(i), m.ArrivedMillis+int64(i))
				row[0] = contract.Value{Int: int64(i) * 7919}
				row[11].Int += 997
				if err := e.Append(m, row); err != nil {
					b.Fatal(err)
				}
				if e.Size() > 4<<20 {
					in += e.Size()
					body, err := e.Finish()
					if err != nil {
						b.Fatal(err)
					}
					out += int64(len(body))
				}
			}
			if out > 0 {
				b.ReportMetric(float64(in)/float64(out), "ratio")
			}
		})
	}
}

// BenchmarkRow is a row's encoding alone, without compression.
func BenchmarkRow(b *testing.B) {
	table, row := wide()
	e := encoder(b, format.Config{Compression: format.None}, table)
	m := meta(1)
	b.ReportAllocs()
	for range b.N {
		if err := e.Append(m, row); err != nil {
			b.Fatal(err)
		}
		if e.Size() > 32<<10 {
			e.Discard()
		}
	}
}
