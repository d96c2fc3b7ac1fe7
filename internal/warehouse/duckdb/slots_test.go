package duckdb

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock/penstock/internal/event"
)

func TestSlots(t *testing.T) {
	for _, of := range []struct {
		class, other Class
		most         int
	}{{People, Pages, peopleQueries}, {Pages, People, pagesQueries}} {
		synctest.Test(t, func(t *testing.T) {
			s := newSlots()
			take := func(class Class) (func(), time.Duration, error) {
				began := time.Now()
				free, err := s.take(t.Context(), class, slotPatience)
				return free, time.Since(began), err
			}
			var free func()
			for range of.most {
				f, waited, err := take(of.class)
				if err != nil || waited != 0 {
					t.Fatalf("class %d: waited %s, %v", of.class, waited, err)
				}
				free = f
			}
			_, waited, err := take(of.class)
			var busy *event.Error
			if !errors.As(err, &busy) || busy.Code != "query_busy" || busy.Hint == "" || waited != slotPatience {
				t.Errorf("class %d: one more waited %s, %v", of.class, waited, err)
			}
			if _, waited, err := take(of.other); err != nil || waited != 0 {
				t.Errorf("class %d beside: waited %s, %v", of.other, waited, err)
			}
			time.AfterFunc(slotPatience-time.Millisecond, free)
			if _, waited, err := take(of.class); err != nil || waited != slotPatience-time.Millisecond {
				t.Errorf("class %d: the last moment: waited %s, %v", of.class, waited, err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			gone := errors.New("gone")
			cancel(gone)
			if _, err := s.take(ctx, of.class, slotPatience); !errors.Is(err, gone) {
				t.Error(err)
			}
		})
	}
}

// eating is a query that runs until its time is up, and needs no memory to speak of: there is no join in it.
const eating = "select count(*) from range(100000000000000) t(i) where hash(i) = 7"

// People who ask for everything wait for each other, not the pages for them, and who waits in vain is told so.
func TestPeoplesQueriesDoNotHoldUpPages(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...)))
	ctx, cancel := context.WithCancel(t.Context())
	var eaters sync.WaitGroup
	defer eaters.Wait()
	defer cancel()
	ended := make(chan error, 5)
	for range cap(ended) {
		eaters.Go(func() {
			rows, err := r.client.Query(ctx, eating, Limits{Timeout: time.Hour})
			if err == nil {
				rows.Close()
			}
			ended <- err
		})
	}
	// Who finds no slot is told so, which also shows that the others run by now.
	for range cap(ended) - peopleQueries {
		var busy *event.Error
		if err := <-ended; !errors.As(err, &busy) || busy.Code != "query_busy" {
			t.Errorf("a query too many: %v", err)
		}
	}
	for range 5 {
		if rows, err := queryRows(r.client, "select count(*) from orders", Limits{Class: Pages}); err != nil || rows[0] != "1" {
			t.Errorf("%v, %v", rows, err)
		}
	}
	select {
	case err := <-ended:
		t.Errorf("nobody ate while the pages asked: %v", err)
	default:
	}
}

// Time spent waiting for a slot is not the query's. On a machine with much else to do a query may not begin at all.
func TestTimeoutCountsFromTheBeginning(t *testing.T) {
	r := newRig(t)
	const timeout = time.Second
	var asked sync.WaitGroup
	for range 2 * peopleQueries {
		asked.Go(func() {
			_, err := queryRows(r.client, eating, Limits{Timeout: timeout})
			var e *event.Error
			if !errors.As(err, &e) || e.Code != "query_timeout" && e.Code != "query_busy" {
				t.Error(err)
			}
		})
	}
	started := time.Now()
	asked.Wait()
	if took := time.Since(started); took < 2*timeout {
		t.Errorf("%d queries of %s, %d at once, ended after %s", 2*peopleQueries, timeout, peopleQueries, took)
	}
}
