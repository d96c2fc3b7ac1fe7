package deliver

import (
	"cmp"
	"slices"
)

// maxStays bounds the kinds of events a redrive's report tells apart: an event may have any number of
// unknown fields. What is beyond is counted by reason and contract.
const maxStays = 1000

// stays counts events that stay, by everything but the count.
type stays map[Stay]int64

func (s stays) count(kind Stay) {
	if _, known := s[kind]; !known && len(s) >= maxStays {
		kind.Field = ""
	}
	s[kind]++
}

// sorted are the kinds with their counts, most first.
func (s stays) sorted() []Stay {
	all := make([]Stay, 0, len(s))
	for kind, n := range s {
		kind.Count = n
		all = append(all, kind)
	}
	slices.SortFunc(all, func(a, b Stay) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason),
			cmp.Compare(a.Contract, b.Contract), cmp.Compare(a.Field, b.Field))
	})
	return all
}
