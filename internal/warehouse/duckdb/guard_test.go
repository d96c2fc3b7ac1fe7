package duckdb

import (
	"context"
	"testing"
	"time"
)

func TestQueryThatWaitsForItsReaderIsNotStubborn(t *testing.T) {
	g := newGuard(openConfig{})
	ctx, r, err := g.query(context.Background(), People)
	if err != nil {
		t.Fatal(err)
	}
	late := time.Now().Add(time.Hour)
	r.enter()
	equal(t, "at work", r.stubborn(late), false)
	r.cancel(errForLoad)
	<-ctx.Done()
	for deadline := time.Now().Add(time.Minute); r.told.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the query does not know that it was told to stop")
		}
	}
	equal(t, "told just now", r.stubborn(time.Now()), false)
	equal(t, "told an hour ago", r.stubborn(late), true)
	r.leave()
	equal(t, "waiting for its reader", r.stubborn(late), false)
	g.done(r)
}

// DuckDB does not look at an interrupt within a value: without an end of the process, a few such
// queries would hold all slots.
func TestQueryThatDoesNotStopIsEnded(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...)))
	ended := make(chan error, peopleQueries)
	for range peopleQueries {
		go func() {
			_, err := queryRows(r.client, "select levenshtein(repeat('a', 300000), repeat('b', 300000))", Limits{Timeout: time.Second})
			ended <- err
		}()
	}
	for range peopleQueries {
		select {
		case err := <-ended:
			if err == nil {
				t.Error("the query has a result")
			}
		case <-time.After(stubbornAfter + 2*time.Minute):
			t.Fatal("the query goes on")
		}
	}
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("2,b,2")...)))
	equal(t, "rows", r.query("select count(*) from orders"), []string{"2"})
	if r.client.Deaths() == 0 {
		t.Error("the process lives on, so this test shows nothing")
	}
}
