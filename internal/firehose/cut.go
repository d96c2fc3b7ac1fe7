package firehose

import (
	"cmp"
	"slices"
)

// cut makes a response that is too large fit by failing the fewest records that suffice: those whose
// failure saves most.
func (t *Transformer) cut() []byte {
	withData := t.fail(true)
	if !withData {
		t.fail(false)
	}
	return t.rebuild(withData)
}

// saving is what the response gets shorter by if an answer becomes a failure.
type saving struct{ answer, bytes int }

// fail marks answers as failed until the response fits. With data, it changes nothing and is false if
// failing all of them does not suffice.
func (t *Transformer) fail(withData bool) bool {
	excess := len(t.response) - MaxResponse
	var savings []saving
	var scratch []byte
	for i, a := range t.answers {
		scratch = appendFailed(scratch[:0], &t.event.Records[a.record], withData)
		bytes := a.end - a.start - len(scratch)
		switch {
		case a.verdict == failed:
			excess -= bytes // it fails anyway
		case bytes > 0:
			savings = append(savings, saving{i, bytes})
		}
	}
	slices.SortStableFunc(savings, func(a, b saving) int { return cmp.Compare(b.bytes, a.bytes) })
	n := 0
	for ; n < len(savings) && excess > 0; n++ {
		excess -= savings[n].bytes
	}
	if excess > 0 && withData {
		return false
	}
	for _, s := range savings[:n] {
		t.answers[s.answer].verdict, t.answers[s.answer].reason = failed, ""
	}
	return excess <= 0
}

// rebuild writes the response again with the failures as they are now.
func (t *Transformer) rebuild(withData bool) []byte {
	b := append(t.spare[:0], `{"records":[`...)
	for i, a := range t.answers {
		if i > 0 {
			b = append(b, ',')
		}
		if a.verdict == failed {
			b = appendFailed(b, &t.event.Records[a.record], withData)
		} else {
			b = append(b, t.response[a.start:a.end]...)
		}
	}
	t.spare = append(b, `]}`...)
	return t.spare
}
