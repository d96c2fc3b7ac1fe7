package stream

import "testing"

func TestNewestGlancesAtWhatIsInMemory(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	if records, ok := l.Newest("orders", 0, 10); ok {
		t.Errorf("an empty stream has %d records", len(records))
	}
	appendRange(t, l, "orders", 0, 0, 5)
	if _, ok := l.Newest("orders", 0, 10); ok {
		t.Error("nobody reads, and a chunk was kept")
	}
	tail, err := l.Tail(t.Context(), "orders", 0, 6)
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	appendRange(t, l, "orders", 0, 5, 105)
	records, ok := l.Newest("orders", 0, 1000)
	if !ok {
		t.Fatal("a reader waits at the end, and there is no newest chunk")
	}
	checkRecords(t, records, 6, 100)
	records, _ = l.Newest("orders", 0, 7)
	checkRecords(t, records, 6, 7)
	for _, absent := range []string{"none", ""} {
		if _, ok := l.Newest(absent, 0, 1); ok {
			t.Errorf("stream %q has records", absent)
		}
	}
}
