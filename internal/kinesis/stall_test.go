package kinesis

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// serve serves f on a port of its own until the test ends.
func (f *fixture) serve() (address string) {
	f.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- f.server.Serve(ctx, l) }()
	f.t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			f.t.Error(err)
		}
	})
	return l.Addr().String()
}

// stall begins a request that claims a body of so many bytes, and sends some of it.
func stall(t *testing.T, address string, claimed int, sent string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_, err = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nX-Amz-Target: %sPutRecords\r\nContent-Length: %d\r\n\r\n%s",
		jsonContentType, targetPrefix, claimed, sent)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Uploads that stand still hold little memory, so those that do not are taken beside any number of them.
func TestStalledUploadsKeepNobodyOut(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.DrainTimeout = time.Millisecond })
	f.server.stallPatience = time.Hour // what they hold they keep: were it all the memory, no PUT would be taken
	address := f.serve()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	body := records(repeat(500, record(256, "key", ""))...)
	puts := func() time.Duration {
		var took []time.Duration
		for range 40 {
			r, err := http.NewRequest(http.MethodPost, "http://"+address, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", jsonContentType)
			r.Header.Set("X-Amz-Target", targetPrefix+"PutRecords")
			began := time.Now()
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Fatal(answer.Status)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	alone := puts()
	for i := range 600 {
		stall(t, address, 1<<20, strings.Repeat(" ", i%firstRead))
	}
	// A limit would measure what else the machine has to do.
	t.Logf("a PUT takes %s, and %s beside 600 stalled uploads", alone, puts())
}

// A body that stands still is given up, and one that goes on slowly is not.
func TestStalledUploadIsGivenUp(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.DrainTimeout = time.Millisecond })
	f.server.stallPatience = 300 * time.Millisecond
	address := f.serve()
	for name, sent := range map[string]string{"at once": "", "in the middle": strings.Repeat(" ", firstRead/2)} {
		began := time.Now()
		c := stall(t, address, 2*len(sent)+1, sent)
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if took := time.Since(began); answer.StatusCode != http.StatusRequestTimeout || took > 30*time.Second {
			t.Errorf("%s: %s after %s", name, answer.Status, took)
		}
	}
	body := records(record(200_000, "k", ""))
	c := stall(t, address, len(body), "")
	for rest := body; rest != ""; { // about 4 MB/s in small pieces, over longer than the patience
		n := min(4000, len(rest))
		if _, err := c.Write([]byte(rest[:n])); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
		time.Sleep(6 * time.Millisecond)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Error(answer.Status)
	}
}
