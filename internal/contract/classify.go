package contract

import (
	"math/bits"
	"strings"

	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/expression"
)

// index finds the contracts that can match an event without asking each. Every contract is filed
// under one thing its match requires: a field that must exist, or must hold a certain text. An event
// looks up what it has; only contracts found there, and those that require nothing, are asked.
type index struct {
	fields *document.Fields
	probes []probe
	// always are the contracts that require nothing.
	always candidates
}

// candidates is a set of contracts, by their number.
type candidates []uint64

func (c candidates) add(i int) { c[i/64] |= 1 << (i % 64) }

func (c candidates) union(other candidates) {
	for i, word := range other {
		c[i] |= word
	}
}

// next is the smallest number in the set from on; -1 when there is none.
func (c candidates) next(from int) int {
	for w := from / 64; w < len(c); w++ {
		word := c[w]
		if w == from/64 {
			word &= ^uint64(0) << (from % 64)
		}
		if word != 0 {
			return w*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// probe is one place in events that contracts are filed under.
type probe struct {
	slot int      // of the first step
	rest []string // further steps
	// exists are the contracts that want a value there; equals those that want that text.
	exists candidates
	equals map[string]candidates
}

func newIndex(contracts []*contract) index {
	words := (len(contracts) + 63) / 64
	x := index{always: make(candidates, words)}
	requirements := make([][]expression.Requirement, len(contracts))
	use := map[string]int{}
	for i, c := range contracts {
		if c.match == nil {
			continue
		}
		for _, r := range c.match.Requires() {
			if len(r.Path) > 0 {
				requirements[i] = append(requirements[i], r)
				use[pathKey(r)]++
			}
		}
	}
	var names []string
	slots, places := map[string]int{}, map[string]int{}
	for i := range contracts {
		r, found := mostTelling(requirements[i], use)
		if !found {
			x.always.add(i)
			continue
		}
		slot, known := slots[r.Path[0]]
		if !known {
			slot = len(names)
			names = append(names, r.Path[0])
			slots[r.Path[0]] = slot
		}
		place := strings.Join(r.Path, "\x00")
		at, known := places[place]
		if !known {
			at = len(x.probes)
			places[place] = at
			x.probes = append(x.probes, probe{slot: slot, rest: r.Path[1:], exists: make(candidates, words)})
		}
		x.probes[at].file(i, r, words)
	}
	x.fields = document.NewFields(names)
	return x
}

// mostTelling is the requirement that fewest contracts share, one with a text before others.
func mostTelling(requirements []expression.Requirement, use map[string]int) (best expression.Requirement, found bool) {
	for _, r := range requirements {
		better := r.HasEquals && !best.HasEquals ||
			r.HasEquals == best.HasEquals && use[pathKey(r)] < use[pathKey(best)]
		if !found || better {
			best, found = r, true
		}
	}
	return best, found
}

func pathKey(r expression.Requirement) string {
	key := strings.Join(r.Path, "\x00")
	if r.HasEquals {
		key += "\x00=" + r.Equals
	}
	return key
}

func (p *probe) file(contract int, r expression.Requirement, words int) {
	if !r.HasEquals {
		p.exists.add(contract)
		return
	}
	if p.equals == nil {
		p.equals = map[string]candidates{}
	}
	if p.equals[r.Equals] == nil {
		p.equals[r.Equals] = make(candidates, words)
	}
	p.equals[r.Equals].add(contract)
}

// find sets found to the contracts that may match the event. fields is of the index's fields.
func (x *index) find(root document.Value, fields *document.Finder, found candidates) {
	copy(found, x.always)
	if len(x.probes) == 0 {
		return
	}
	fields.Find(root)
	for i := range x.probes {
		p := &x.probes[i]
		v := fields.At(p.slot)
		for _, name := range p.rest {
			v = v.Get(name)
		}
		if !v.Exists() {
			continue
		}
		found.union(p.exists)
		if p.equals != nil && v.Kind() == document.String {
			found.union(p.equals[string(v.Text())])
		}
	}
}
