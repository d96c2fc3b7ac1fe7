package deliver_test

import (
	"bytes"
	"encoding/base64"
	"testing"
)

func TestLargestEventsGoThroughTheQuarantine(t *testing.T) {
	w := newWorld(t)
	const size = 10 << 20
	binary := bytes.Repeat([]byte{0xff, 0, 'x', '"'}, size/4)
	text := bytes.Repeat([]byte(`a",`+"\n"), size/4)
	w.log.append(eventNumber(1), binary, text, eventNumber(4))
	if _, err := w.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	rows := w.rows(t, w.commits(t))
	exact, err := base64.StdEncoding.DecodeString(rows[2][0].fields["raw_base64"])
	if err != nil || !bytes.Equal(exact, binary) {
		t.Errorf("the binary event came back with %d bytes, %v", len(exact), err)
	}
	if rows[3][0].fields["raw"] != string(text) || rows[3][0].fields["raw_base64"] != "" {
		t.Error("the text event came back changed")
	}
	if rows[1][0].table != "numbers" || rows[4][0].table != "numbers" {
		t.Error("the neighbours suffered")
	}
	for _, c := range w.commits(t) {
		for _, f := range c.Files {
			if f.Table == "quarantine" && f.LongestRow < size {
				t.Errorf("the longest row is said to be %d", f.LongestRow)
			}
		}
	}
}
