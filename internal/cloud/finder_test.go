package cloud

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestUUIDsAreFoundWhereverTheyStand(t *testing.T) {
	const beginning = "70656e73-0000-8000-8000-"
	id := func(n string) string { return beginning + strings.Repeat("0", 12-len(n)) + n }
	const block = 64 << 10
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"none":            {strings.Repeat("x", 3*block), nil},
		"an empty file":   {"", nil},
		"rows":            {"shard,1," + id("1") + ",x\nshard,2,\"" + id("2") + "\"\n", []string{id("1"), id("2")}},
		"touching":        {id("1") + id("2"), []string{id("1"), id("2")}},
		"twice":           {id("1") + "," + id("1"), []string{id("1"), id("1")}},
		"cut off":         {"x," + id("1")[:35], nil},
		"over a border":   {strings.Repeat("x", block-10) + id("1") + strings.Repeat("x", block-3) + id("2"), []string{id("1"), id("2")}},
		"before a border": {strings.Repeat("x", block-36) + id("1") + strings.Repeat("x", block) + id("2"), []string{id("1"), id("2")}},
		"begins alike":    {strings.Repeat(beginning[:20], 9000) + id("1"), []string{id("1")}},
	} {
		for way, in := range map[string]io.Reader{"whole": strings.NewReader(test.text), "byte by byte": iotest.OneByteReader(strings.NewReader(test.text)), "with its end": iotest.DataErrReader(strings.NewReader(test.text))} {
			var got []string
			if err := uuids(in, beginning, func(id string) { got = append(got, id) }); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%s, %s: %q, %v", name, way, got, err)
			}
		}
	}
	var got []string
	err := uuids(io.MultiReader(strings.NewReader(id("1")), iotest.ErrReader(io.ErrUnexpectedEOF)), beginning, func(id string) { got = append(got, id) })
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != 1 {
		t.Errorf("a damaged file: %q, %v", got, err)
	}
	for _, beginning := range []string{"", id("1") + "0"} {
		if err := uuids(strings.NewReader("x"), beginning, nil); err == nil {
			t.Errorf("%q was looked for", beginning)
		}
	}
}
