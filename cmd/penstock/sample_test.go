package main

import (
	"io"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/infer"
	"github.com/penstock/penstock/internal/produce"
)

func TestEachFileHasItsShareOfTheSample(t *testing.T) {
	long := strings.Repeat(`{"a":1}`+"\n", infer.MaxEvents+1)
	for _, c := range []struct {
		name  string
		files []string
		want  map[string]int
		cut   bool
	}{
		{"one at the limit", []string{long[:len(long)-8]}, map[string]int{"0": infer.MaxEvents}, false},
		{"one past it", []string{long}, map[string]int{"0": infer.MaxEvents}, true},
		{"a long one first", []string{long, `{"b":1}`}, map[string]int{"0": infer.MaxEvents / 2, "1": 1}, true},
		{"a long one last", []string{`{"b":1}`, long}, map[string]int{"0": 1, "1": infer.MaxEvents - 1}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := produce.FilesConfig{Format: produce.FormatNDJSON}
			for i, text := range c.files {
				config.Files = append(config.Files, produce.File{
					Name: string(rune('0' + i)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
				})
			}
			read, err := sampleOf(config)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, e := range read.events {
				got[e.File]++
			}
			for file, n := range c.want {
				if got[file] != n {
					t.Errorf("%d events of file %s, not %d", got[file], file, n)
				}
			}
			if read.cut != c.cut {
				t.Errorf("cut is %t", read.cut)
			}
		})
	}
}

func TestStreamIsNamedAfterTheFolder(t *testing.T) {
	for folder, want := range map[string]string{
		"/tmp/shop": "shop", "/tmp/Größe shop": "Groesse-shop", "/tmp/Cafe\u0301": "Cafe", "/tmp/注文": "events", "/tmp/.hidden.": "hidden",
		"/tmp/" + strings.Repeat("ß", 100): strings.Repeat("s", 128),
	} {
		if got := streamOf(folder); got != want {
			t.Errorf("streamOf(%q) = %q, want %q", folder, got, want)
		}
	}
}
