package duckdb

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/warehouse"
)

// A file that is removed or replaced while it is open gives the loader what is there now, and the log says so once.
func TestFileThatIsTakenAwayIsNoticed(t *testing.T) {
	for what, take := range map[string]func(path string) error{
		"removed":             os.Remove,
		"removed with folder": func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
		"replaced": func(path string) error {
			return errors.Join(os.Remove(path+".wal"), os.Rename(path+".other", path))
		},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			r.client.Close()
			if err := os.Rename(r.cfg.Path, r.cfg.Path+".other"); err != nil {
				t.Fatal(err)
			}
			var log lockedLog
			r.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			r.start()
			r.prepare(ordersTable)
			first := r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1", "2,b,2")...))
			r.load(first)
			pid := r.client.Pid()
			if err := take(r.cfg.Path); err != nil {
				t.Fatal(err)
			}
			awaitAnother(t, r.client, pid)
			<-r.client.Replaced()
			second := r.commit(0, r.file(0, ordersTable, rowsOf("3,c,3")...))
			if _, err := r.client.Load(context.Background(), warehouse.Batch{Commits: []warehouse.CommitLoad{second}}); !errors.Is(err, warehouse.ErrRewind) {
				t.Fatalf("the loader does not hear of it: %v", err)
			}
			r.load(first, second)
			equal(t, "rows", r.query("select count(*), sum(id) from orders"), []string{"3|6"})
			equal(t, "deaths", r.client.Deaths(), 1)
			word, _, _ := strings.Cut(what, " ")
			equal(t, "lines that say so", strings.Count(log.String(), "was "+word), 1)
			equal(t, "lines that say which file", strings.Count(log.String(), r.cfg.Path), 1)
			if !strings.Contains(log.String(), "exit status 6") {
				t.Errorf("it ended of something else:\n%s", log.String())
			}
		})
	}
}

// awaitAnother waits until the process pid is replaced by another one.
func awaitAnother(t *testing.T, c *Client, pid int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); c.Pid() == pid || c.Pid() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody noticed")
		}
	}
}

// A query that was under way when the file was taken away is not to be blamed, and is run again.
func TestQueryIsNotBlamedForAFileThatIsTakenAway(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	started := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		close(started)
		_, err := r.client.Query(ctx, eating, Limits{Timeout: time.Hour})
		ended <- err
	}()
	<-started
	pid := r.client.Pid()
	if err := os.Remove(r.cfg.Path); err != nil {
		t.Fatal(err)
	}
	awaitAnother(t, r.client, pid)
	// It runs again, until nobody waits for it any longer; one that is blamed has ended.
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	equal(t, "deaths", r.client.Deaths(), 1)
}

// lockedLog is a log that several goroutines write.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
