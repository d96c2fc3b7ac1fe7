// Package laketest holds what every lake must do, and a lake that fails on demand.
package laketest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/lake"
)

// Run tests a lake; open makes a new, empty one for each test.
func Run(t *testing.T, open func(t *testing.T) lake.Lake) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, l lake.Lake)
	}{
		{"PutThenRead", putThenRead},
		{"PutAgain", putAgain},
		{"PutOtherContent", putOtherContent},
		{"PutAtOnce", putAtOnce},
		{"Missing", missing},
		{"List", list},
		{"ListStops", listStops},
		{"BadNames", badNames},
		{"Local", local},
		{"Probe", probe},
		{"EndedContext", endedContext},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func read(t *testing.T, l lake.Lake, name string) []byte {
	t.Helper()
	r, err := l.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return body
}

func put(t *testing.T, l lake.Lake, name, body string) {
	t.Helper()
	if err := l.Put(t.Context(), name, []byte(body)); err != nil {
		t.Fatal(err)
	}
}

func putThenRead(t *testing.T, l lake.Lake) {
	large := make([]byte, 3<<20)
	for i := range large {
		large[i] = byte(rand.Uint32())
	}
	for name, body := range map[string][]byte{
		"a":                                []byte("one"),
		"empty":                            {},
		"data/orders/dt=2026-11-22/x.csv":  large,
		"data/orders/dt=2026-11-22/x.csv2": []byte("beside"),
		"data/a b+c%20&=?#ü/😀":             []byte("hard name"),
	} {
		if err := l.Put(t.Context(), name, body); err != nil {
			t.Fatalf("put %s: %v", name, err)
		}
		if got := read(t, l, name); !bytes.Equal(got, body) {
			t.Errorf("%s has %d bytes, want %d, or other ones", name, len(got), len(body))
		}
		if size, err := l.Stat(t.Context(), name); err != nil || size != int64(len(body)) {
			t.Errorf("%s is said to have %d bytes, %v; want %d", name, size, err, len(body))
		}
	}
}

func putAgain(t *testing.T, l lake.Lake) {
	for _, body := range []string{"", "same", strings.Repeat("x", 200_000)} {
		name := fmt.Sprintf("d/%d", len(body))
		put(t, l, name, body)
		put(t, l, name, body)
		if got := read(t, l, name); string(got) != body {
			t.Errorf("%s changed to %d bytes", name, len(got))
		}
	}
}

func putOtherContent(t *testing.T, l lake.Lake) {
	long := strings.Repeat("x", 200_000)
	for first, second := range map[string]string{"a": "b", "ab": "a", "b": "bc", "": "z", "y": "", long: long[1:] + "y"} {
		name := fmt.Sprintf("d/%d-%d", len(first), len(second))
		put(t, l, name, first)
		if err := l.Put(t.Context(), name, []byte(second)); !errors.Is(err, lake.ErrDiffers) || errors.Is(err, lake.ErrUnavailable) {
			t.Errorf("other content under the name %s: %v", name, err)
		}
		if got := read(t, l, name); string(got) != first {
			t.Errorf("%s changed to %q", name, got)
		}
	}
}

// Many writers of one name: all with the winner's content succeed, all others learn that it differs.
func putAtOnce(t *testing.T, l lake.Lake) {
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() { errs[i] = l.Put(t.Context(), "at/once", fmt.Appendf(nil, "body %d", i%2)) })
	}
	group.Wait()
	winner := read(t, l, "at/once")
	for i, err := range errs {
		if won := string(winner) == fmt.Sprintf("body %d", i%2); won && err != nil || !won && !errors.Is(err, lake.ErrDiffers) {
			t.Errorf("writer %d, winner is %q: %v", i, winner, err)
		}
	}
}

func missing(t *testing.T, l lake.Lake) {
	put(t, l, "d/here", "x")
	for _, name := range []string{"gone", "d/gone", "d", "d/here/below"} {
		_, openErr := l.Open(t.Context(), name)
		_, statErr := l.Stat(t.Context(), name)
		_, release, localErr := l.Local(t.Context(), name)
		release()
		for what, err := range map[string]error{"open": openErr, "stat": statErr, "local": localErr} {
			if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, lake.ErrUnavailable) {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
	}
}

func list(t *testing.T, l lake.Lake) {
	names := []string{
		"a-b", "a", "a0", "data/t/dt=1/hour=1/f", "data/t/dt=1/hour=1/g", "data/t/dt=1/hour=10/f", "data/t-2/f",
		"data/t.x", "data/u/f", "databases", "b/c/d/e", "b/c!", "b/c0", "é/x", "Z",
	}
	for i, name := range names {
		put(t, l, name, strings.Repeat("x", i))
	}
	for _, prefix := range []string{"", "a", "data/", "data", "data/t", "data/t/", "data/t/dt=1/hour=1", "data/t/dt=1/hour=1/", "b/c", "b/c/", "nothing", "nothing/here/", "a/b"} {
		var want []string
		for i, name := range names {
			if strings.HasPrefix(name, prefix) {
				want = append(want, fmt.Sprintf("%s %d", name, i))
			}
		}
		slices.Sort(want)
		var got []string
		if err := l.List(t.Context(), prefix, func(name string, size int64) error {
			got = append(got, fmt.Sprintf("%s %d", name, size))
			return nil
		}); err != nil {
			t.Errorf("list %q: %v", prefix, err)
		}
		// Sizes come last in the texts, so their order is not quite that of names.
		if !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(nameOf(a), nameOf(b)) }) {
			t.Errorf("list %q is not in the order of names: %q", prefix, got)
		}
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("list %q: %s", prefix, d)
		}
	}
}

func nameOf(line string) string { return line[:strings.LastIndexByte(line, ' ')] }

func listStops(t *testing.T, l lake.Lake) {
	for i := range 5 {
		put(t, l, fmt.Sprintf("d/%d", i), "x")
	}
	stop, seen := fmt.Errorf("enough: %w", fs.ErrNotExist), 0
	if err := l.List(t.Context(), "", func(string, int64) error {
		if seen++; seen == 3 {
			return stop
		}
		return nil
	}); !errors.Is(err, stop) || seen != 3 {
		t.Errorf("after %d names: %v", seen, err)
	}
}

func badNames(t *testing.T, l lake.Lake) {
	for _, name := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..", ".tmp/x", ".hidden", "a\x00b", "a\nb", `a\b`, "\xff",
		strings.Repeat("x", 256), strings.Repeat("x/", 600) + "x",
	} {
		_, openErr := l.Open(t.Context(), name)
		_, statErr := l.Stat(t.Context(), name)
		_, release, localErr := l.Local(t.Context(), name)
		release()
		for what, err := range map[string]error{
			"put": l.Put(t.Context(), name, []byte("x")), "open": openErr, "stat": statErr, "local": localErr,
		} {
			if !errors.Is(err, lake.ErrName) {
				t.Errorf("%s %q: %v", what, name, err)
			}
		}
	}
	if err := l.List(t.Context(), "", func(name string, _ int64) error { return fmt.Errorf("%s is there", name) }); err != nil {
		t.Error(err)
	}
}

func local(t *testing.T, l lake.Lake) {
	put(t, l, "d/x.csv.gz", "content")
	first, releaseFirst, err := l.Local(t.Context(), "d/x.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	second, releaseSecond, err := l.Local(t.Context(), "d/x.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	releaseFirst()
	releaseFirst()
	for _, path := range []string{first, second} {
		if !strings.HasSuffix(path, "x.csv.gz") {
			t.Errorf("the local file %s does not end like the object", path)
		}
	}
	if body, err := os.ReadFile(second); err != nil || string(body) != "content" {
		t.Errorf("the local file has %q, %v, while another one is released", body, err)
	}
	releaseSecond()
	if got := read(t, l, "d/x.csv.gz"); string(got) != "content" {
		t.Errorf("after the releases the object has %q", got)
	}
}

func probe(t *testing.T, l lake.Lake) {
	for range 2 {
		if err := l.Probe(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := l.List(t.Context(), "", func(name string, _ int64) error { return fmt.Errorf("%s is there", name) }); err != nil {
		t.Error(err)
	}
	if !strings.Contains(l.URL(), "://") {
		t.Errorf("the lake's URL is %q", l.URL())
	}
}

func endedContext(t *testing.T, l lake.Lake) {
	put(t, l, "x", "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, openErr := l.Open(ctx, "x")
	_, statErr := l.Stat(ctx, "x")
	for what, err := range map[string]error{
		"put": l.Put(ctx, "y", nil), "open": openErr, "stat": statErr, "probe": l.Probe(ctx),
		"list": l.List(ctx, "", func(string, int64) error { return nil }),
	} {
		if !errors.Is(err, context.Canceled) || errors.Is(err, lake.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
