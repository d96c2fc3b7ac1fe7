package format_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/penstock/penstock/internal/format"
)

func TestARowIsFoundInAFileOfEachFormat(t *testing.T) {
	for _, cfg := range allConfigs(t) {
		t.Run(cfg.Name(), func(t *testing.T) {
			rows := everyRow()
			for range 600 {
				rows = append(rows, everyRow()[0])
			}
			file := encode(t, encoder(t, cfg, everyType()), rows)
			for _, i := range []int{0, 1, 500, len(rows) - 1} {
				row, ok, err := format.Find(cfg.Name(), file, string(meta(i+1).Sequence))
				if err != nil || !ok || row["_sequence"] != string(meta(i+1).Sequence) || row["id"] == "" {
					t.Fatalf("row %d: %v, %v, %v", i, row, ok, err)
				}
				if i != 1 && row["token"] != "0b6a4a4c-3b1f-4c53-9f0a-8a2f4f3f2e11" {
					t.Errorf("row %d: token %q", i, row["token"])
				}
			}
			if row, ok, err := format.Find(cfg.Name(), file, "1"); ok || err != nil {
				t.Errorf("a row that is not there: %v, %v", row, err)
			}
			if _, _, err := format.Find(cfg.Name(), file[:len(file)/2], "1"); err == nil {
				t.Error("half a file was read without an error")
			}
		})
	}
	if _, _, err := format.Find("txt", nil, "1"); err == nil {
		t.Error("an unknown format was read")
	}
}

func TestWantedRowsAreReadInTheFilesOrder(t *testing.T) {
	for _, cfg := range allConfigs(t) {
		t.Run(cfg.Name(), func(t *testing.T) {
			rows := everyRow()
			for range 600 {
				rows = append(rows, everyRow()[0])
			}
			file := encode(t, encoder(t, cfg, everyType()), rows)
			wanted := map[string]bool{string(meta(300).Sequence): true, string(meta(2).Sequence): true, string(meta(len(rows)).Sequence): true}
			seen := 0
			var got []format.Row
			err := format.Rows(cfg.Name(), bytes.NewReader(file), int64(len(file)), func(s string) bool { seen++; return wanted[s] },
				func(r format.Row) error { got = append(got, r); return nil })
			if err != nil || seen != len(rows) || len(got) != 3 {
				t.Fatalf("%d of %d rows, %d wanted ones, %v", seen, len(rows), len(got), err)
			}
			for i, number := range []int{2, 300, len(rows)} {
				if m := meta(number); got[i].Sequence != string(m.Sequence) || got[i].Arrived != m.ArrivedMillis || got[i].Values["_sequence"] != string(m.Sequence) {
					t.Errorf("row %d: %+v", number, got[i])
				}
			}
			err = format.Rows(cfg.Name(), bytes.NewReader(file), int64(len(file)), func(string) bool { return true }, func(format.Row) error { return io.ErrClosedPipe })
			if !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("the failure of the caller became %v", err)
			}
		})
	}
}
