package document

// Fields finds a fixed set of field names in one walk over an object. It is immutable and may be
// shared.
type Fields struct{}

// NewFields prepares the names; name i answers in slot i. A name that repeats answers in its first
// slot only.
func NewFields(names []string) *Fields { return &Fields{} }

// Len is the number of slots.
func (f *Fields) Len() int { return 0 }

// Fill sets slots[i] to the object's field i, or to Missing; len(slots) must be at least Len. Of
// repeated names the last counts. unknown is the name (a String) of the first field that is not in
// the set, or Missing; of an object only. It allocates nothing.
func (f *Fields) Fill(object Value, slots []Value) (unknown Value) { return Value{} }
