package main

import "testing"

func TestRatiosUseTheMeanOfBothControls(t *testing.T) {
	control := func(run string, hash float64) result {
		r := result{Run: run}
		r.add("sha256 on one core", hash, "MB/s", "")
		return r
	}
	ingest := result{Run: "ingest"}
	ingest.add("acknowledged", 300_000, "events/s", "")
	all := report{Results: []result{control(controlsBefore, 400), ingest, control(controlsAfter, 800)}}
	got := all.ratios()
	if len(got.Figures) != 1 || got.Figures[0].Value != 500 || got.Figures[0].Unit != "events/MB" {
		t.Errorf("%+v", got.Figures)
	}
	if got := (&report{}).ratios(); len(got.Figures) != 0 {
		t.Errorf("without figures: %+v", got)
	}
}
