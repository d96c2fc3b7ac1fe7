package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	for value, want := range map[float64]string{
		0: "0", 7: "7", 0.5: "0.50", 99.999: "100.00", 250.4: "250", 999: "999", 1000: "1,000", 12345.6: "12,346",
		1_002_003: "1,002,003", 300_000: "300,000",
	} {
		if got := number(value); got != want {
			t.Errorf("%g is written %s, want %s", value, got, want)
		}
	}
}

func TestReportCarriesEveryFigureWithItsUnit(t *testing.T) {
	r := result{Run: "ingest", What: "durable ingest"}
	r.add("acknowledged", 123456, "events/s", ">= 300000")
	r.note("the machine was busy")
	r.detail("acked", 7)
	var out bytes.Buffer
	r.print(&out)
	for _, want := range []string{"ingest: durable ingest", "123,456", "events/s", "target >= 300000", "the machine was busy"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	full := report{Machine: machine{Date: time.Unix(1_800_000_000, 0)}, Results: []result{r}}
	path, err := full.write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(text, &back); err != nil || back.Results[0].Figures[0] != r.Figures[0] {
		t.Errorf("%+v, %v", back, err)
	}
}
