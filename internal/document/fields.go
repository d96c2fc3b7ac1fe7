package document

// Fields finds a fixed set of field names in one walk over an object. It is immutable and may be
// shared.
type Fields struct {
	slots int
	// table is open-addressed by tag, never more than a quarter full.
	table []fieldEntry
	mask  uint16
}

type fieldEntry struct {
	name Name
	slot int32 // counted from 1; 0 is an empty entry
}

// maxFields keeps the table within what a tag can address.
const maxFields = 1 << 14

// NewFields prepares the names; name i answers in slot i. A name that repeats answers in its first
// slot only. Names beyond the 16,384th are never found.
func NewFields(names []string) *Fields {
	f := &Fields{slots: len(names)}
	size := 8
	for size < 4*min(len(names), maxFields) {
		size *= 2
	}
	f.table, f.mask = make([]fieldEntry, size), uint16(size-1)
	for slot, text := range names[:min(len(names), maxFields)] {
		name := NewName(text)
		at := name.tag & f.mask
		for f.table[at].slot != 0 && f.table[at].name != name {
			at = (at + 1) & f.mask
		}
		if f.table[at].slot == 0 {
			f.table[at] = fieldEntry{name: name, slot: int32(slot + 1)}
		}
	}
	return f
}

// Len is the number of slots.
func (f *Fields) Len() int { return f.slots }

// Fill sets slots[i] to the object's field i, or to Missing; len(slots) must be at least Len. Of
// repeated names the last counts. unknown is the name (a String) of the first field that is not in
// the set, or Missing; of an object only. It allocates nothing.
func (f *Fields) Fill(object Value, slots []Value) (unknown Value) {
	clear(slots[:f.slots])
	if object.Kind() != Object {
		return Value{}
	}
	p := object.p
	for at, end := object.at+1, p.nodes[object.at].next; at < end; {
		key := &p.nodes[at]
		if slot := f.find(key.info.tag(), p.textAt(at)); slot >= 0 {
			slots[slot] = Value{p: p, at: p.valueAt(at)}
		} else if unknown.p == nil {
			unknown = Value{p: p, at: at}
		}
		at = key.next
	}
	return unknown
}

// find is the slot of a name, or -1.
func (f *Fields) find(tag uint16, name []byte) int {
	for at := tag & f.mask; ; at = (at + 1) & f.mask {
		e := &f.table[at]
		if e.slot == 0 {
			return -1
		}
		if e.name.tag == tag && e.name.text == string(name) {
			return int(e.slot - 1)
		}
	}
}

// named is find for a prepared name.
func (f *Fields) named(name Name) int {
	for at := name.tag & f.mask; ; at = (at + 1) & f.mask {
		e := &f.table[at]
		if e.slot == 0 {
			return -1
		}
		if e.name == name {
			return int(e.slot - 1)
		}
	}
}
