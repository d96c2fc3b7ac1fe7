package document

// Path names a place in a document: "a.b[0].c", "$.a['odd key']", "$".
type Path struct{}

// ParsePath reads a path. Names are separated by dots; a name with other characters than letters,
// digits, _ - @ : / stands in brackets and quotes; [n] is an array's element, from 0. A leading $ may be
// written. Wildcards, slices, filters and negative indexes are refused, with a message that says so.
func ParsePath(text string) (Path, error) { return Path{}, nil }

// Find is the value at the path; Missing where a step finds none.
func (p Path) Find(v Value) Value { return Value{} }

// Field is the top-level field the path begins with; empty when it begins with an index or is "$".
func (p Path) Field() string { return "" }

// Rest is the path below its first step, so that p.Find(v) is p.Rest().Find(v.Get(p.Field())).
func (p Path) Rest() Path { return Path{} }

// Len is the number of steps; "$" has none.
func (p Path) Len() int { return 0 }

// String is the path in its shortest form.
func (p Path) String() string { return "" }
