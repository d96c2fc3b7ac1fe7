package document

// Finder answers for a set of fields as Fields does, and remembers where they are in the shapes of documents it
// has met: it looks no name up, and writes nothing. It belongs to one goroutine at a time.
type Finder struct {
	fields *Fields
	// known has an entry for each shape of the parser, by number.
	known []finding

	// parser is that of the present object if it has a shape, found what is known of that; else parser is
	// nil, and slots holds the fields.
	parser *Parser
	found  finding
	slots  []Value
}

// finding is what a shape means for a Finder.
type finding struct {
	shape *shape
	// places is where in the shape the field of each slot is, counted from 0; -1: nowhere.
	places []int8
	// unknown is the first place whose name is not in the set; -1: there is none.
	unknown int8
}

// NewFinder makes a Finder for the fields.
func NewFinder(f *Fields) Finder { return Finder{fields: f} }

// Find makes object the one that At answers for, until the next Find or Parse. unknown is as in Fields.Fill.
func (f *Finder) Find(object Value) (unknown Value) {
	p := object.p
	if p == nil || object.at != 0 || p.shape == nil {
		if f.parser = nil; f.slots == nil {
			f.slots = make([]Value, f.fields.Len())
		}
		return f.fields.Fill(object, f.slots)
	}
	f.parser = p
	if f.found.shape != p.shape {
		f.found = f.know(p.shape)
	}
	if f.found.unknown < 0 {
		return Value{}
	}
	return Value{p: p, at: p.places[f.found.unknown] - 1}
}

// At is the field of a slot, or Missing. Of repeated names the last counts.
func (f *Finder) At(slot int) Value {
	if f.parser == nil {
		return f.slots[slot]
	}
	place := f.found.places[slot]
	if place < 0 {
		return Value{}
	}
	return Value{p: f.parser, at: f.parser.places[place]}
}

// know is what a shape means, which is found out when it is met first.
func (f *Finder) know(s *shape) finding {
	for s.number >= len(f.known) {
		f.known = append(f.known, finding{})
	}
	known := &f.known[s.number]
	if known.shape == s {
		return *known
	}
	*known = finding{shape: s, places: make([]int8, f.fields.Len()), unknown: -1}
	for slot := range known.places {
		known.places[slot] = -1
	}
	for place, name := range s.names {
		if slot := f.fields.named(NewName(name)); slot >= 0 {
			known.places[slot] = int8(place)
		} else if known.unknown < 0 {
			known.unknown = int8(place)
		}
	}
	return *known
}
